"""Idempotency-Key: the record and the effect are one, and a replay is the first answer byte for byte."""

from collections.abc import Callable
from hashlib import sha256
from typing import NoReturn
from uuid import uuid4

import pytest

from report_shares.store.share_table import ShareTable
from report_shares.times import DAY
from report_shares.use_cases.share_changes import Contended
from tests.handlers.answers import assert_refused
from tests.handlers.calls import recorded
from tests.world import SCHEDULE_ID, Answer, Json, World, event

type Request = Callable[[World, str, str, str], Answer]

REQUESTS: dict[str, Request] = {
    "create": lambda world, key, _, once: world.create(key, {"rotate": True}, idempotency_key=once),
    "extend": lambda world, key, share_id, once: world.extend(key, share_id, {"expiration_days": 9}, once),
    "revoke": lambda world, key, share_id, once: world.revoke(key, share_id, once),
    "revoke all": lambda world, key, _, once: world.revoke_all(key, once),
}
EACH = pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)


def shares(world: World) -> list[Json]:
    return [item for item in world.items() if item["sk"]["S"] in ("SHARE", "LEDGER")]


def without_marks(answer: Answer) -> dict[str, str]:
    """The headers that a replay shares with the first answer."""
    own = {"X-Correlation-ID", "Idempotent-Replayed", "RateLimit-Remaining", "RateLimit-Reset"}
    return {name: value for name, value in answer.headers.items() if name not in own}


@EACH
def test_the_same_request_again_replays_the_first_answer_and_changes_nothing(world: World, request_: Request) -> None:
    key = world.add_key()
    share_id = world.create(key).json["id"]
    first = request_(world, key, share_id, "order-66")
    before = shares(world)
    world.clock.now += DAY - 1

    again = request_(world, key, share_id, "order-66")

    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status, again.text, without_marks(again)) == (first.status, first.text, without_marks(first))
    assert shares(world) == before


@EACH
def test_a_replay_is_given_by_another_key_of_the_same_teammate(world: World, request_: Request) -> None:
    key = world.add_key("ada")
    share_id = world.create(key).json["id"]
    first = request_(world, key, share_id, "order-66")

    again = request_(world, world.add_key("ada"), share_id, "order-66")

    assert again.text == first.text
    assert again.headers["Idempotent-Replayed"] == "true"


def test_teammates_may_choose_the_same_key(world: World) -> None:
    of_ada = world.create(world.add_key("ada"), idempotency_key="1")
    of_bob = world.create(world.add_key("bob"), idempotency_key="1")

    assert (of_ada.status, of_bob.status) == (201, 201)
    assert of_ada.json["id"] != of_bob.json["id"]


def test_the_same_request_under_another_key_is_made_anew(world: World) -> None:
    key = world.add_key()
    first = world.create(key, {"rotate": True}, idempotency_key="1")

    second = world.create(key, {"rotate": True}, idempotency_key="2")

    assert "Idempotent-Replayed" not in second.headers
    assert second.json["id"] != first.json["id"]


@EACH
def test_after_24_hours_a_key_may_be_used_anew(world: World, request_: Request) -> None:
    key = world.add_key()
    share_id = world.create(key).json["id"]
    request_(world, key, share_id, "order-66")
    world.clock.now += DAY

    later = request_(world, key, share_id, "order-66")

    assert "Idempotent-Replayed" not in later.headers


@pytest.mark.parametrize(
    "other",
    [
        lambda world, key, _: world.create(key, {"expiration_days": 8}, idempotency_key="order-66"),
        lambda world, key, _: world.create(key, idempotency_key="order-66"),
        lambda world, key, share_id: world.extend(key, share_id, {"expiration_days": 7}, "order-66"),
        lambda world, key, share_id: world.revoke(key, share_id, "order-66"),
        lambda world, key, _: world.revoke_all(key, "order-66"),
    ],
    ids=["other body", "no body", "other method", "other path", "all"],
)
def test_the_key_of_another_request_is_409_and_changes_nothing(
    world: World, other: Callable[[World, str, str], Answer]
) -> None:
    key = world.add_key()
    share_id = world.create(key, {"expiration_days": 7}, idempotency_key="order-66").json["id"]
    before = shares(world)

    answer = other(world, key, share_id)

    assert_refused(answer, 409, "conflict", "The Idempotency-Key was used for another request")
    assert shares(world) == before


def test_another_method_on_the_same_path_without_a_body_is_another_request(world: World) -> None:
    key = world.add_key()
    world.create(key, idempotency_key="order-66")

    assert_refused(world.revoke_all(key, "order-66"), 409, "conflict")
    assert len(world.list(key).json["data"]) == 1


def test_the_same_body_for_another_schedule_is_another_request(world: World) -> None:
    other_schedule = uuid4()
    world.add_schedule(other_schedule)
    key = world.add_key()
    world.create(key, {"expiration_days": 7}, idempotency_key="order-66")

    answer = world.create(key, {"expiration_days": 7}, other_schedule, "order-66")

    assert_refused(answer, 409, "conflict")
    assert world.list(key, other_schedule).json["data"] == []


def test_a_refusal_is_not_recorded(world: World) -> None:
    world.cap = 1
    world.restart()
    bob = world.add_key("bob")
    share_id = world.create(bob).json["id"]
    ada = world.add_key("ada")
    refused = world.create(ada, idempotency_key="1")
    world.revoke(bob, share_id)

    accepted = world.create(ada, idempotency_key="1")

    assert (refused.status, accepted.status) == (400, 201)
    assert "Idempotent-Replayed" not in accepted.headers


def test_a_create_is_replayed_though_the_schedule_is_full_by_now(world: World) -> None:
    world.cap = 1
    world.restart()
    ada = world.add_key("ada")
    first = world.create(ada, idempotency_key="1")
    world.revoke_all(ada)
    world.create(world.add_key("bob"))

    again = world.create(ada, idempotency_key="1")

    assert (again.status, again.text) == (201, first.text)
    assert world.read(again.json["access_token"]).status == 410


@pytest.mark.usefixtures("no_waiting")
def test_a_create_is_replayed_though_others_interfere_without_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.add_key("ada")
    first = world.create(ada, {"rotate": True}, idempotency_key="1")

    def contended(*_: object) -> NoReturn:
        raise Contended

    monkeypatch.setattr(ShareTable, "commit", contended)

    again = world.create(ada, {"rotate": True}, idempotency_key="1")

    assert (again.status, again.text) == (201, first.text)
    other = world.create(ada, {"rotate": True})
    assert_refused(other, 409, "conflict")
    assert other.error["message"] == "Too many changes at once, please retry"


def test_a_key_that_lost_the_scope_sees_no_earlier_answer(world: World) -> None:
    world.create(world.add_key("ada"), idempotency_key="1")
    reader = world.add_key("ada", scopes=("read:all",))

    assert_refused(world.create(reader, idempotency_key="1"), 403, "forbidden")


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "é", "a\n", "a\x7f"])
def test_a_malformed_key_is_400(world: World, key: str) -> None:
    answer = world.create(world.add_key(), idempotency_key=key)

    assert_refused(answer, 400, "validation_error")
    assert answer.error["details"]["errors"][0]["loc"] == ["header", "Idempotency-Key"]


@pytest.mark.parametrize("key", ["!", "~" * 255, "a#b|c"])
def test_any_visible_ascii_up_to_255_characters_is_a_key(world: World, key: str) -> None:
    assert world.create(world.add_key(), idempotency_key=key).status == 201


def test_a_key_that_is_given_twice_is_400(world: World) -> None:
    request = event("create_share", API_KEY=world.add_key())
    request["multiValueHeaders"]["Idempotency-Key"] = ["one", "two"]

    answer = world.send(world.share_api, request)

    assert_refused(answer, 400, "validation_error")
    fault = {"loc": ["header", "Idempotency-Key"], "msg": "Must be given once", "type": "repeated"}
    assert answer.error["details"] == {"errors": [fault]}


def test_a_deployment_can_demand_the_header_on_post(world: World) -> None:
    world.require_idempotency_key = True
    world.restart()
    key = world.add_key()

    assert_refused(world.create(key), 400, "idempotency_key_required")
    share_id = world.create(key, idempotency_key="1").json["id"]
    assert world.extend(key, share_id, {"expiration_days": 9}).status == 200


def test_the_record_holds_no_token(world: World) -> None:
    share = world.create(world.add_key(), idempotency_key="1").json

    assert share["access_token"] not in repr(world.items())


def test_a_caller_without_credentials_is_not_told_about_the_header(world: World) -> None:
    assert_refused(world.create("nobody", idempotency_key="a b"), 401, "unauthorized")


def test_the_same_key_and_body_for_another_schedule_is_another_request(world: World) -> None:
    other = uuid4()
    world.add_schedule(other)
    key = world.add_key()
    world.create(key, idempotency_key="order-66")

    assert_refused(world.create(key, schedule_id=other, idempotency_key="order-66"), 409, "conflict")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"workspace": "elsewhere"}, 404, "not_found"),
        ({"brand_ids": frozenset({str(uuid4())})}, 403, "forbidden"),
    ],
    ids=["another workspace", "other brands"],
)
def test_a_key_that_may_not_make_the_request_now_sees_no_earlier_answer(
    world: World, more: Json, status: int, code: str
) -> None:
    world.create(world.add_key("ada"), idempotency_key="1")

    assert_refused(world.create(world.add_key("ada", **more), idempotency_key="1"), status, code)


def test_a_request_is_recognised_by_a_digest_that_nobody_without_the_secret_can_make(world: World) -> None:
    body = '{"expiration_days": 7}'
    key = world.add_key()
    world.create(key, body, idempotency_key="1")

    (record,) = [item for item in world.items() if item["pk"]["S"].startswith("IDEMPOTENCY#")]
    path = f"/v1/scheduled-reports/{SCHEDULE_ID}/shares"
    guesses = [sha256(f"POST{mark}{path}{mark}{body}".encode()).hexdigest() for mark in ("\0", " ", "")]
    assert len(record["fingerprint"]["S"]) == 64
    assert record["fingerprint"]["S"] not in guesses
    assert "expiration_days" not in repr(record)


def test_a_key_is_recognised_after_the_current_secret_was_changed(world: World) -> None:
    key = world.add_key()
    first = world.create(key, idempotency_key="1")
    world.change_secrets({"current": "2", "2": "n" * 64})
    world.restart()

    assert world.create(key, idempotency_key="1").text == first.text


def test_the_first_answer_is_not_replayed_once_the_secret_of_its_link_was_withdrawn(world: World) -> None:
    key = world.add_key()
    world.create(key)
    world.change_secrets({"current": "2", "2": "n" * 64})
    world.restart()
    world.create(key, idempotency_key="1")
    world.change_secrets({"1": None})
    world.restart()

    withdrawn = "The link of the first answer was withdrawn, use another Idempotency-Key"
    assert_refused(world.create(key, idempotency_key="1"), 409, "conflict", withdrawn)


def test_a_replay_asks_for_no_secret_that_is_known(world: World) -> None:
    key = world.add_key()
    world.create(key, idempotency_key="1")

    with recorded() as calls:
        world.create(key, idempotency_key="1")

    assert "GetSecretValue" not in calls


def test_a_replay_shows_the_address_that_the_first_answer_showed(world: World) -> None:
    key = world.add_key()
    first = world.create(key, idempotency_key="1")
    world.public_base_url = "https://elsewhere.example.com/r/"
    world.restart()

    assert world.create(key, idempotency_key="1").text == first.text
