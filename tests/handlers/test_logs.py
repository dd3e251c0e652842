"""One structured line per request, and never a token, a key, a link or a secret in any of them."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import NoReturn, cast
from uuid import uuid4

import pytest
from aws_lambda_powertools.event_handler import Response
from functions.share_api import app as share_api

from report_shares.api import html
from report_shares.api.share_responses import share_of
from report_shares.refusals import ServiceUnavailable
from report_shares.store.roll_up_table import RollUpTable
from report_shares.use_cases.roll_up_store import Overtaken
from tests.gateway import public_event
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import run, run_id
from tests.world import SCHEDULE_ID, Json, World, event


@pytest.fixture
def log(world: World) -> Iterator[StringIO]:  # noqa: ARG001 # its functions make the logger
    """What goes to CloudWatch, as it goes there."""
    logger = logging.getLogger("report-shares")
    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(logger.handlers[0].formatter)
    logger.addHandler(handler)
    yield handler.stream
    logger.removeHandler(handler)


def lines(log: StringIO) -> list[Json]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_each_request_leaves_one_line_with_who_what_how_and_how_long(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line that holds the metrics: each byte that is logged costs more than it takes to read."""
    answer = world.create(world.add_key("ada"))

    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["correlation_id"] == answer.request_id
    assert line["request"] == "POST /v1/scheduled-reports/{scheduled_report_id}/shares"
    assert line["status"] == 201
    assert line["principal_id"] == "ada"
    assert line["Duration"][0] > 0


def test_a_request_without_credentials_leaves_a_line_without_a_principal(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.create("nobody")

    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["status"] == 401
    assert "principal_id" not in line


def test_an_outage_of_aws_leaves_what_failed_and_how(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    failing(monkeypatch, "BatchGetItem", aws_error("BatchGetItem", "ThrottlingException"))

    answer = world.create(key)

    (warning,) = lines(log)
    assert (warning["level"], warning["message"]) == ("WARNING", "unavailable")
    assert warning["cause"] == "BatchGetItem: ThrottlingException"
    assert warning["correlation_id"] == answer.request_id


def test_a_defect_leaves_an_error_with_what_was_raised(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    failing(monkeypatch, "BatchGetItem", RuntimeError("a defect of ours"))

    answer = world.create(key)

    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    (error,) = lines(log)
    assert (error["level"], error["message"], error["exception_name"]) == ("ERROR", "unexpected error", "RuntimeError")


def test_an_answer_that_is_not_what_the_contract_says_leaves_where_and_never_what(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"share_url": ["https://reports.example.com/shared/secret"]}
    monkeypatch.setattr(share_api, "share_of", lambda link: share_of(link).model_dump() | wrong)
    key = world.add_key()
    share_id = world.create(key).json["id"]

    answer = world.get(key, share_id)

    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    (error,) = lines(log)
    assert (error["level"], error["message"]) == ("ERROR", "an answer of ours does not match its model")
    assert error["faults"] == [{"loc": ["response", "share_url"], "type": "string_type"}]
    assert "secret" not in log.getvalue() + answer.text


def test_an_asset_that_is_no_text_is_a_defect_of_ours_and_no_bad_request(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "asset_response", lambda _: Response(200, "text/css", cast("str", 7)))

    answer = world.send(world.shared_report, event("read_asset", ASSET="report.css"))

    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    (error,) = lines(log)
    assert (error["level"], error["message"]) == ("ERROR", "an answer of ours does not match its model")


def test_a_refused_run_file_leaves_its_key_and_the_reason(world: World, log: StringIO) -> None:
    world.put_run(b"{", f"runs/{SCHEDULE_ID}/{run_id(1)}.json")

    refused = [line for line in lines(log) if line["message"] == "run file refused"]
    assert [line["key"] for line in refused] == [f"runs/{SCHEDULE_ID}/{run_id(1)}.json"]
    assert "JSON" in refused[0]["reason"]


def test_folded_files_leave_a_line_with_schedule_statuses_and_what_was_left_out(world: World, log: StringIO) -> None:
    odd = run(1)
    odd["regions"][0]["answers"].append("no answer")

    world.put_run(odd)

    (line,) = [line for line in lines(log) if line["message"] == "folded"]
    assert line["scheduled_report_id"] == str(SCHEDULE_ID)
    assert line["statuses"] == ["rolled_up"]
    assert line["left_out"] == {"answer_malformed": 1}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("passing", [Overtaken, ServiceUnavailable])
def test_a_fold_that_others_overtake_or_aws_cannot_serve_leaves_a_warning_and_no_error(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch, passing: type[Exception]
) -> None:
    def fail(*_: object) -> NoReturn:
        raise passing

    monkeypatch.setattr(RollUpTable, "move_pointer", fail)

    world.put_run(run(1))

    (line,) = lines(log)
    assert (line["level"], line["message"]) == ("WARNING", "will be tried again")
    assert line["scheduled_report_id"] == str(SCHEDULE_ID)


def test_a_defect_while_folding_leaves_an_error_that_names_the_schedule(
    world: World, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    world.put_run(run(1))

    (line,) = lines(log)
    assert (line["level"], line["message"]) == ("ERROR", "unexpected error")
    assert line["scheduled_report_id"] == str(SCHEDULE_ID)
    assert line["exception_name"] == "ClientError"


def test_nothing_that_opens_anything_is_ever_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every route, at debug level, with its refusals, faults of AWS and defects of ours."""
    monkeypatch.setattr(logging.getLogger("report-shares"), "level", logging.DEBUG)
    world.put_run(run(1))
    key = world.add_key()
    unknown = world.add_key().replace("rp_live_", "rp_live_x")
    first = world.create(key, idempotency_key="order-66").json
    world.create(key, idempotency_key="order-66")
    second = world.create(key, {"rotate": True}).json
    tokens = [first["access_token"], second["access_token"]]
    for token in (*tokens, tokens[0][:-1] + "_"):
        for link in ("read_shared_report", "read_shared_page"):
            world.read(token, link)
            world.send(world.shared_report, event(link, TOKEN=token) | {"httpMethod": "POST"})
            world.send(world.shared_report, event(link, TOKEN=f"{token}/more"))
        for path in (
            "/shared/{}.",
            "/shared/{}//",
            "/shared/{}/more",
            "/shared/{}/trend.csv",
            "/SHARED/{}",
            "/v1/shared/{}/",
            "/{}",
            "/x/{}/y",
        ):
            world.send(world.shared_report, public_event(path.format(token)))
    world.list(key)
    world.extend(key, second["id"], {"expiration_days": 3})
    world.create(unknown)
    world.create(key, "{")
    world.create(key, schedule_id=uuid4())
    for operation in ("GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem", "GetSecretValue", "GetObject"):
        for code in ("ThrottlingException", "AccessDeniedException"):
            with monkeypatch.context() as patched:
                failing(patched, operation, aws_error(operation, code))
                world.restart()
                world.create(key)
                world.read(tokens[1])
    world.revoke(key, second["id"])

    logged = log.getvalue() + "".join(capsys.readouterr())
    document = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])
    assert "unexpected error" in logged
    secrets = [key, unknown, *tokens, document["1"], "Bearer"]
    assert [secret[:8] for secret in secrets if secret in logged] == []
    assert [token[:8] for token in tokens if token[8:40] in logged] == []
