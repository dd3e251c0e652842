"""How the service is doing, as CloudWatch reads it out of the log."""

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from functions.synthetic_check import app as synthetic_check

from report_shares.api import metrics, rest_api
from report_shares.rules.roll_up import RollUp
from report_shares.times import DAY, MINUTE
from tests.gateway import public_event
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import key_of, run, run_id
from tests.template.template import dashboard, template
from tests.world import SCHEDULE_ID, Json, World, event

POST = "POST /v1/scheduled-reports/{scheduled_report_id}/shares"


@pytest.fixture
def sent(world: World, capsys: pytest.CaptureFixture[str]) -> "Sent":  # noqa: ARG001 # the functions print
    return Sent(capsys)


class Sent:
    """The lines that hold metrics."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def lines(self) -> list[Json]:
        """Those since the last look."""
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines() if '"_aws"' in line]

    def line(self) -> Json:
        (line,) = self.lines()
        return line


def told_apart_by(line: Json, name: str) -> list[str]:
    (dimensions,) = [
        dimensions
        for directive in line["_aws"]["CloudWatchMetrics"]
        for dimensions in directive["Dimensions"]
        if name in [metric["Name"] for metric in directive["Metrics"]]
    ]
    return list(dimensions)


def outcome(line: Json) -> tuple[str, str]:
    return line["route"], line["outcome"]


def test_a_request_is_counted_and_timed_by_its_route_and_outcome(world: World, sent: Sent) -> None:
    world.create(world.add_key())

    line = sent.line()
    assert (line["service"], line["route"], line["outcome"], line["Requests"]) == (
        "report-shares",
        POST,
        "created",
        [1],
    )
    assert line["Duration"][0] > 0
    assert sorted(told_apart_by(line, "Requests")) == ["outcome", "route", "service"]
    assert sorted(told_apart_by(line, "Duration")) == ["outcome", "route", "service"]


def test_the_duration_is_that_of_the_request_in_milliseconds(
    world: World, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([100.0, 100.123477])
    monkeypatch.setattr(rest_api, "perf_counter", lambda: next(seconds))

    world.create("nobody")

    line = sent.line()
    assert line["Duration"] == [123.5]
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "Requests", "Unit": "Count"},
        {"Name": "Duration", "Unit": "Milliseconds"},
    ]


@pytest.mark.parametrize(
    ("body", "expected"), [(None, "refreshed"), ({"rotate": True}, "rotated")], ids=["refreshed", "rotated"]
)
def test_a_second_request_is_told_from_the_first(world: World, sent: Sent, body: Any, expected: str) -> None:
    key = world.add_key()
    world.create(key)
    sent.lines()

    world.create(key, body)

    assert outcome(sent.line()) == (POST, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"expiration_days": 3}, "extended"), ({"name": "Client A"}, "changed"), ({"live": True}, "changed")],
)
def test_an_extension_is_told_from_any_other_change(world: World, sent: Sent, body: Json, expected: str) -> None:
    key = world.add_key()
    share = world.create(key).json
    sent.lines()

    world.change(key, share["id"], body)

    assert outcome(sent.line())[1] == expected


def test_a_refusal_at_the_cap_is_told_from_other_bad_requests(world: World, sent: Sent) -> None:
    world.cap = 1
    world.restart()
    world.create(world.add_key("ada"))
    world.create(world.add_key("bob"))
    world.create(world.add_key("bob"), schedule_id="no-uuid")

    created, refused, bad = sent.lines()
    assert "CapRefusals" not in created
    assert (refused["outcome"], refused["CapRefusals"]) == ("cap_reached", [1])
    assert bad["outcome"] == "bad_request"
    assert "CapRefusals" not in bad


@pytest.mark.parametrize(
    ("body", "expected"), [(None, "replayed"), ({"rotate": True}, "conflict")], ids=["replayed", "key of another"]
)
def test_a_full_schedule_is_no_refusal_at_the_cap_where_another_answer_is_given(
    world: World, sent: Sent, body: Any, expected: str
) -> None:
    world.cap = 1
    world.restart()
    ada, bob = world.add_key("ada"), world.add_key("bob")
    world.create(ada, idempotency_key="once")
    world.revoke_all(ada)
    world.create(bob)
    sent.lines()

    world.create(ada, body, idempotency_key="once")

    line = sent.line()
    assert (line["outcome"], line.get("CapRefusals")) == (expected, None)


def test_a_dead_link_is_counted_as_gone_on_each_route(world: World, sent: Sent) -> None:
    token = world.create(world.add_key()).json["access_token"]
    world.clock.now += 30 * DAY
    sent.lines()

    world.read(token)
    world.read(token, "read_shared_page")

    assert [outcome(line) for line in sent.lines()] == [
        ("GET /v1/shared/{token}", "gone"),
        ("GET /shared/{token}", "gone"),
    ]


def test_whatever_a_scanner_asks_for_and_how_is_one_metric(world: World, sent: Sent) -> None:
    token = world.create(world.add_key()).json["access_token"]
    sent.lines()

    for path in ("/wp-login.php", "/.env", "/a/b/c", "/SHARED/x", "/shared/x/y", f"/shared/{token}//", "/v1/none"):
        world.send(world.shared_report, public_event(path))
        world.send(world.shared_report, public_event(path) | {"httpMethod": "PUT"})
    world.send(world.share_api, event("put_share", API_KEY=world.add_key()))

    assert {line["route"] for line in sent.lines()} == {"other", "GET /{proxy+}"}


def test_an_answer_that_is_given_again_is_counted_as_such(world: World, sent: Sent) -> None:
    key = world.add_key()
    world.create(key, idempotency_key="once")
    world.create(key, idempotency_key="once")

    assert [line["outcome"] for line in sent.lines()] == ["created", "replayed"]


def test_conflicts_that_were_retried_are_counted(world: World, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.add_key()
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # the one place all calls pass
    in_the_way = [aws_error("TransactWriteItems", "TransactionCanceledException") for _ in range(2)]
    for error in in_the_way:
        error.response["CancellationReasons"] = [{"Code": "TransactionConflict"}]

    def call(client: BaseClient, name: str, arguments: dict[str, Any]) -> object:
        if name == "TransactWriteItems" and in_the_way:
            canceled: Any = client.exceptions.from_code("TransactionCanceledException")
            raise canceled(in_the_way.pop().response, name)
        return make_api_call(client, name, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)

    assert world.create(key).status == 201

    line = sent.line()
    assert (line["outcome"], line["ConflictsRetried"]) == ("created", [2])


def test_what_one_request_told_is_not_told_by_the_next(world: World, sent: Sent) -> None:
    world.put_run(run(1))
    key = world.add_key()
    world.create(key)
    world.list(key)

    assert ["RollUpAge" in line for line in sent.lines() if "route" in line] == [True, False]


@pytest.mark.parametrize(("later", "age"), [(3 * DAY, 3 * DAY), (1, 1), (0, 0), (-1, 0)])
def test_a_share_tells_how_old_its_roll_up_is_whatever_two_clocks_say(
    world: World, sent: Sent, later: int, age: int
) -> None:
    world.put_run(run(1))
    world.clock.now += later
    sent.lines()

    world.create(world.add_key())

    line = sent.line()
    assert line["RollUpAge"] == [age]


def test_folded_run_files_tell_what_became_of_them_and_how_long_each_had_waited(world: World, sent: Sent) -> None:
    world.clock.now = int(event("run_file_arrived")["Records"][0]["attributes"]["SentTimestamp"]) + 2 * MINUTE
    for number, body in enumerate([json.dumps(run(0)), json.dumps(run(1)), "{"]):
        world.s3.put_object(Bucket="reports", Key=key_of(number), Body=body.encode())

    world.fold(*map(key_of, range(3)))

    *counted, not_folded, waited = sent.lines()
    assert {line["outcome"]: line["RunFiles"] for line in counted} == {"rolled_up": [2], "rejected": [1]}
    assert not_folded["RunFilesNotFolded"] == [1]
    assert waited["RollUpLag"] == [2 * MINUTE] * 3
    assert {line["service"] for line in (*counted, not_folded, waited)} == {"report-shares"}


def test_files_whose_fold_ends_in_an_unexpected_error_are_counted_as_not_folded(
    world: World, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function does not crash then, so that only this tells."""

    def defect(*_: object) -> RollUp:
        raise KeyError

    monkeypatch.setattr(RollUp, "of", defect)
    keys = [key_of(number) for number in range(2)]
    for number, key in enumerate(keys):
        world.s3.put_object(Bucket="reports", Key=key, Body=json.dumps(run(number)).encode())

    world.fold(*keys)

    lines = sent.lines()
    assert [(line["outcome"], line["RunFiles"]) for line in lines if "RunFiles" in line] == [("failed", [1])] * 2
    assert [line["RunFilesNotFolded"] for line in lines if "RunFilesNotFolded" in line] == [[1]] * 2


def test_nothing_is_said_of_files_not_folded_where_all_are(world: World, sent: Sent) -> None:
    world.put_run(run(1))

    assert not [line for line in sent.lines() if "RunFilesNotFolded" in line]


ODD = run(1)["regions"][0] | {"answers": [run(1)["regions"][0]["answers"][0] | {"citations": ["x", "y"], "rank": 0}]}


def test_what_is_left_out_of_run_files_is_counted_by_reason(world: World, sent: Sent) -> None:
    keys = [key_of(number) for number in range(2)]
    for number, key in enumerate(keys):
        world.s3.put_object(Bucket="reports", Key=key, Body=json.dumps(run(number, regions=[ODD])).encode())

    world.fold(*keys)

    *by_reason, together = [line for line in sent.lines() if "RunFilePartsLeftOut" in line]
    assert {line["reason"]: line["RunFilePartsLeftOut"] for line in by_reason} == {
        "citation_without_address": [4],
        "rank": [2],
    }
    assert {tuple(sorted(told_apart_by(line, "RunFilePartsLeftOut"))) for line in by_reason} == {("reason", "service")}
    assert together["RunFilePartsLeftOut"] == [6]
    assert list(told_apart_by(together, "RunFilePartsLeftOut")) == ["service"]


def test_a_file_that_must_come_again_is_not_counted_yet(
    world: World, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "ThrottlingException"))

    world.put_run(run(1))

    assert sent.lines() == []


@pytest.mark.parametrize("key", [key_of(1), "runs/elsewhere.json"], ids=["file", "name"])
def test_a_broken_run_file_is_counted_as_rejected(world: World, sent: Sent, key: str) -> None:
    world.put_run(b"{", key)

    lines = sent.lines()
    assert [(line["outcome"], line["RunFiles"]) for line in lines if "RunFiles" in line] == [("rejected", [1])]
    assert [line["RunFilesNotFolded"] for line in lines if "RunFilesNotFolded" in line] == [[1]]


def test_no_metric_is_told_apart_by_who_or_which(world: World, sent: Sent) -> None:
    """Of these there are many, and each value of a dimension is a metric with a price; who called is a fact beside."""
    world.put_run(run(1))
    key = world.add_key("ada")
    share = world.create(key).json
    world.read(share["access_token"])

    lines = sent.lines()
    said = json.dumps(
        [{name: line[name] for name in told_apart_by(line, "Requests")} for line in lines if "Requests" in line]
    )
    for fact in (share["id"], str(SCHEDULE_ID), "ada", str(run_id(1))):
        assert fact not in said
    for secret in (key, share["access_token"], share["id"]):
        assert secret not in json.dumps(lines)


def test_every_metric_of_ours_on_the_dashboard_and_in_an_alarm_is_sent_with_these_dimensions(
    world: World, sent: Sent
) -> None:
    world.put_run(run(1, regions=[ODD]))
    world.put_run(b"{", key_of(2))
    expected: set[tuple[str, ...]] = {(name, "outcome", "route", "service") for name in metrics.OF_REQUESTS}
    for line in sent.lines():
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        (dimensions,) = directive["Dimensions"]
        expected |= {(metric["Name"], *sorted(dimensions)) for metric in directive["Metrics"]}
    expected |= {(name, "service") for name in (synthetic_check.PASSED, synthetic_check.DURATION)}
    board = json.loads(dashboard())
    shown: set[tuple[str, ...]] = set()
    for widget in board["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == metrics.NAMESPACE:
                shown.add((metric[1], metric[2]))
            elif isinstance(metric[0], dict):
                labels, name = metric[0]["expression"].split("{ReportShares,")[1].split("} MetricName=")
                shown.add((name.split('"')[1], *sorted(labels.split(","))))
    for found in template()["Resources"].values():
        if found["Type"] == "AWS::CloudWatch::Alarm" and found["Properties"].get("Namespace") == metrics.NAMESPACE:
            alarm = found["Properties"]
            shown.add((alarm["MetricName"], *(dimension["Name"] for dimension in alarm["Dimensions"])))

    assert shown == expected


def test_every_alarm_is_on_the_dashboard() -> None:
    board = dashboard()
    alarms = [name for name, found in template()["Resources"].items() if found["Type"] == "AWS::CloudWatch::Alarm"]

    assert [name for name in alarms if f'"${{{name}.Arn}}"' not in board] == []
