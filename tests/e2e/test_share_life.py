"""The life of a share on a deployed stack, and what stands around it: headers, envelopes, replays, the cap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx
import pytest

from tests.e2e.conftest import Caller, Service, eventually, get, read

# A new account of AWS runs ten functions at once.
AT_ONCE = 8


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    made = service.new_caller()
    yield made
    made.ask("DELETE")


def has_the_envelope(answer: httpx.Response, status: int, code: str) -> bool:
    """Whether this error is told as every other one."""
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert body["error"]["message"]
    assert str(UUID(body["request_id"])) == body["request_id"] == answer.headers["x-correlation-id"]
    return "no-store" in answer.headers["cache-control"]


def test_a_share_is_listed_extended_and_revoked(caller: Caller) -> None:
    share = caller.post(expiration_days=1).json()

    extended = caller.ask("PATCH", f"/{share['id']}", {"expiration_days": 60})
    listed = caller.ask("GET").json()
    one = caller.ask("GET", f"/{share['id']}").json()
    revoked = caller.ask("DELETE", f"/{share['id']}")

    assert extended.status_code == 200
    assert extended.json()["expires_at"] > share["expires_at"]
    assert [entry["id"] for entry in listed["data"]] == [share["id"]]
    assert one["expires_at"] == extended.json()["expires_at"]
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert caller.ask("GET").json()["data"] == []
    assert has_the_envelope(read(share["share_url"]), 410, "gone")


def test_a_repeated_request_is_answered_as_before_and_has_no_second_effect(caller: Caller) -> None:
    key = {"Idempotency-Key": str(uuid4())}

    first = caller.ask("POST", body={"rotate": True}, **key)
    replay = caller.ask("POST", body={"rotate": True}, **key)
    other = caller.ask("POST", body={"rotate": False}, **key)

    assert first.status_code == replay.status_code == 201
    assert replay.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert replay.headers["idempotent-replayed"] == "true"
    assert has_the_envelope(other, 409, "conflict")
    assert get(first.json()["share_url"]).status_code == 200


def test_each_answer_says_how_many_requests_are_left(caller: Caller) -> None:
    first, second = caller.ask("GET"), caller.ask("GET")

    assert int(first.headers["ratelimit-limit"]) > 1
    assert int(second.headers["ratelimit-remaining"]) == int(first.headers["ratelimit-remaining"]) - 1
    assert 0 <= int(second.headers["ratelimit-reset"]) <= 60


def test_one_request_more_than_allowed_is_told_to_wait(service: Service, caller: Caller) -> None:
    limit, refused = int(service.parameter("RateLimit")), list[httpx.Response]()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(2 + limit // AT_ONCE):
            answers = pool.map(lambda _: caller.ask("GET"), range(AT_ONCE))
            refused += [answer for answer in answers if answer.status_code == 429]

    assert refused
    assert has_the_envelope(refused[0], 429, "rate_limit_exceeded")
    assert int(refused[0].headers["retry-after"]) == refused[0].json()["error"]["details"]["retry_after"] >= 1


@pytest.mark.parametrize(
    ("method", "body", "status", "code"),
    [
        ("POST", {"expiration_days": 366}, 422, "body_validation_error"),
        ("POST", {"unknown": 1}, 422, "body_validation_error"),
        ("POST", {"white_label_config": {"cover_title": "a" * 17_000}}, 413, "payload_too_large"),
        ("PUT", {}, 405, "method_not_allowed"),
    ],
)
def test_what_is_refused_has_the_envelope(caller: Caller, method: str, body: object, status: int, code: str) -> None:
    assert has_the_envelope(caller.ask(method, body=body), status, code)


def test_an_unknown_key_an_unknown_schedule_and_an_unknown_route_have_the_envelope(
    service: Service, caller: Caller
) -> None:
    nobody = Caller(service.shares_url, f"rp_live_{'0' * 43}")
    elsewhere = Caller(service.shares_url_of(str(uuid4())), caller.key)

    assert has_the_envelope(nobody.ask("GET"), 401, "unauthorized")
    assert has_the_envelope(elsewhere.post(), 404, "not_found")
    assert has_the_envelope(get(f"{service.base_url}/v1/nothing"), 404, "not_found")


def test_a_revoked_key_stops_at_once(service: Service) -> None:
    caller = service.new_caller()
    assert caller.ask("GET").status_code == 200

    code, said = service.sharectl("keys", "revoke", caller.key)

    assert code == 0, said
    assert has_the_envelope(caller.ask("GET"), 401, "unauthorized")


def test_however_many_create_at_once_a_schedule_has_no_more_shares_than_its_cap(service: Service) -> None:
    schedule_id, cap = service.new_schedule(), int(service.parameter("MaxActiveShares"))
    callers = service.new_callers(cap + 5, schedule_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(_created, callers))

    created = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 400]
    assert (len(created), len(refused)) == (cap, 5), [answer.status_code for answer in answers]
    assert len({answer.json()["access_token"] for answer in created}) == cap
    assert {answer.json()["error"]["details"]["active_shares"] for answer in refused} == {cap}
    held = [caller.ask("GET").json()["data"] for caller in callers]
    assert [len(data) for data in held] == [int(answer.status_code == 201) for answer in answers]


def _created(caller: Caller) -> httpx.Response:
    """The answer to a create, repeated where the service or the account's concurrency asks for patience."""

    def settled() -> httpx.Response | None:
        answer = caller.post()
        return None if answer.status_code in (409, 429, 503) else answer

    return eventually(settled, "an answer to a create", 120)


def test_each_alarm_tells_the_topic_and_the_dashboard_is_there(service: Service) -> None:
    alarms = service.resources("AWS::CloudWatch::Alarm")
    cloudwatch = service.client("cloudwatch")

    found = {
        alarm["AlarmName"]: alarm["AlarmActions"]
        for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=list(alarms.values()))
        for alarm in page["MetricAlarms"]
    }

    assert found.keys() == set(alarms.values())
    assert all(actions == [service.output("AlarmTopicArn")] for actions in found.values())
    (dashboard,) = service.resources("AWS::CloudWatch::Dashboard").values()
    assert alarms["LatencyAlarm"] in cloudwatch.get_dashboard(DashboardName=dashboard)["DashboardBody"]
