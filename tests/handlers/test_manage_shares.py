"""List, extend and revoke: owner only, and a teammate's share cannot be told from none."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from report_shares.store import items
from report_shares.times import DAY, iso
from tests.handlers.answers import assert_refused
from tests.handlers.calls import before_each_call, recorded
from tests.handlers.runs import run
from tests.world import NOON, Answer, Json, World, event

type Change = Callable[[World, str, object], Answer]


def extend(world: World, key: str, share_id: object) -> Answer:
    return world.extend(key, share_id, {"expiration_days": 60})


def revoke(world: World, key: str, share_id: object) -> Answer:
    return world.revoke(key, share_id)


BOTH = pytest.mark.parametrize("change", [extend, revoke])


# ---- list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_callers_active_share_as_it_is(world: World) -> None:
    key = world.add_key()
    share = world.create(key, {"white_label_config": {"company_name": "Northlight"}}).json

    answer = world.list(key)

    assert answer.status == 200
    assert answer.json == {"object": "list", "data": [share | {"is_existing": True}]}


def test_the_list_is_empty_without_a_share(world: World) -> None:
    assert world.list(world.add_key()).json == {"object": "list", "data": []}


def test_a_list_that_nothing_was_rotated_away_from_is_looked_up_once(world: World) -> None:
    key = world.add_key()
    world.list(key)

    with recorded() as calls:
        world.list(key)

    assert sorted(calls) == ["BatchGetItem", "UpdateItem"]


def test_the_list_shows_the_new_share_when_the_one_it_looked_up_is_rotated_away_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    world.create(key)
    rotated: list[str] = []

    def rotate(name: str, asked: Any) -> None:
        of_shares = "SHARE#" in str(asked)
        if name == "BatchGetItem" and of_shares and not rotated:
            rotated.append("")
            rotated[0] = world.create(key, {"rotate": True}).json["id"]

    warm = world.share_api
    world.restart()
    world.share_api, listing = warm, world.share_api
    before_each_call(monkeypatch, rotate)

    answer = world.send(listing, event("list_shares", API_KEY=key))

    assert [share["id"] for share in answer.json["data"]] == rotated


def test_the_list_never_shows_a_teammates_share(world: World) -> None:
    world.create(world.add_key("bob"))

    assert world.list(world.add_key("ada")).json["data"] == []


def test_the_list_leaves_out_what_has_expired_was_revoked_or_rotated_away(world: World) -> None:
    ada, bob, cyd = (world.add_key(name) for name in ("ada", "bob", "cyd"))
    world.create(ada, {"expiration_days": 1})
    world.revoke(bob, world.create(bob).json["id"])
    world.create(cyd)
    rotated = world.create(cyd, {"rotate": True}).json
    world.clock.now += DAY

    assert world.list(ada).json["data"] == []
    assert world.list(bob).json["data"] == []
    assert [share["id"] for share in world.list(cyd).json["data"]] == [rotated["id"]]


@pytest.mark.parametrize(("scope", "status"), [("read:scheduled", 200), ("write:all", 200), ("read:brands", 403)])
def test_reading_is_enough_to_list(world: World, scope: str, status: int) -> None:
    assert world.list(world.add_key(scopes=(scope,))).status == status


def test_the_shares_of_a_schedule_of_another_workspace_are_404(world: World) -> None:
    assert_refused(world.list(world.add_key(workspace="elsewhere")), 404, "not_found")


def test_listing_writes_nothing_but_the_count(world: World) -> None:
    key = world.add_key()
    world.create(key)

    with recorded() as calls:
        world.list(key)

    assert sorted(calls) == ["BatchGetItem", "BatchGetItem", "UpdateItem"]


# ---- extend ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 60, 365])
def test_an_extended_share_expires_so_many_days_from_now(world: World, days: int) -> None:
    key = world.add_key()
    share = world.create(key).json
    world.clock.now += 10 * DAY

    answer = world.extend(key, share["id"], {"expiration_days": days})

    assert answer.status == 200
    assert answer.json == share | {"is_existing": True, "expires_at": iso(NOON + (10 + days) * DAY)}


def test_extending_keeps_the_snapshot_frozen(world: World) -> None:
    key = world.add_key()
    share = world.create(key).json
    world.put_run(run(1))
    world.clock.now += DAY

    world.extend(key, share["id"], {"expiration_days": 60})

    report = world.read(share["access_token"]).json
    assert report["snapshot"]["stats"]["runs_count"] == 0
    assert report["snapshot_at"] == iso(NOON)
    assert report["expires_at"] == iso(NOON + 61 * DAY)


def test_a_shortened_share_is_gone_and_frees_its_place_at_its_new_moment(world: World) -> None:
    world.cap = 1
    world.restart()
    key = world.add_key()
    share = world.create(key).json

    world.extend(key, share["id"], {"expiration_days": 1})
    world.clock.now += DAY

    assert world.read(share["access_token"]).status == 410
    assert world.create(world.add_key("bob")).status == 201


@pytest.mark.parametrize(
    "body",
    ["", "null", {}, {"expiration_days": 0}, {"expiration_days": 366}, {"expiration_days": 3, "rotate": True}],
)
def test_extending_needs_a_valid_number_of_days(world: World, body: object) -> None:
    key = world.add_key()
    share = world.create(key).json

    answer = world.extend(key, share["id"], body)

    assert_refused(answer, 422, "body_validation_error")


def test_a_change_of_nothing_is_told_that_it_needs_a_field(world: World) -> None:
    key = world.add_key()

    answer = world.extend(key, world.create(key).json["id"], {})

    fault = {"loc": ["body"], "msg": "Must have at least one field", "type": "missing"}
    assert answer.error["details"] == {"errors": [fault]}


# ---- revoke ------------------------------------------------------------------------------------------------------


def test_a_revoked_link_is_gone_and_frees_its_place_at_once(world: World) -> None:
    world.cap = 1
    world.restart()
    key = world.add_key()
    share = world.create(key).json

    answer = world.revoke(key, share["id"])

    assert (answer.status, answer.text) == (204, "")
    assert world.read(share["access_token"]).status == 410
    assert world.create(world.add_key("bob")).status == 201


def test_revoking_all_withdraws_the_callers_shares_and_no_teammates(world: World) -> None:
    ada, bob = world.add_key("ada"), world.add_key("bob")
    of_ada, of_bob = world.create(ada).json, world.create(bob).json

    answer = world.revoke_all(ada)

    assert (answer.status, answer.text) == (204, "")
    assert world.read(of_ada["access_token"]).status == 410
    assert world.read(of_bob["access_token"]).status == 200


def test_revoking_all_of_none_is_no_fault(world: World) -> None:
    assert world.revoke_all(world.add_key()).status == 204


def test_a_share_created_after_revoking_has_a_link_of_its_own(world: World) -> None:
    key = world.add_key()
    first = world.create(key).json
    world.revoke(key, first["id"])

    second = world.create(key)

    assert second.status == 201
    assert second.json["access_token"] != first["access_token"]
    assert world.read(first["access_token"]).status == 410


# ---- whose share it is -------------------------------------------------------------------------------------------


@BOTH
def test_a_teammates_share_cannot_be_told_from_none(world: World, change: Change) -> None:
    of_bob = world.create(world.add_key("bob")).json
    ada = world.add_key("ada")
    world.create(ada)

    hidden, absent = change(world, ada, of_bob["id"]), change(world, ada, uuid4())

    assert_refused(hidden, 404, "not_found")
    assert hidden.error == absent.error
    assert world.read(of_bob["access_token"]).json["expires_at"] == of_bob["expires_at"]


@BOTH
def test_an_expired_share_is_404_and_never_resurrected(world: World, change: Change) -> None:
    key = world.add_key()
    share = world.create(key, {"expiration_days": 1}).json
    world.clock.now += DAY

    assert_refused(change(world, key, share["id"]), 404, "not_found")
    assert world.read(share["access_token"]).status == 410


@BOTH
def test_a_share_just_rotated_away_is_404_and_never_resurrected(world: World, change: Change) -> None:
    key = world.add_key()
    old = world.create(key).json
    new = world.create(key, {"rotate": True}).json

    assert_refused(change(world, key, old["id"]), 404, "not_found")
    assert world.read(old["access_token"]).status == 410
    assert world.read(new["access_token"]).status == 200


@BOTH
def test_a_revoked_share_is_404_and_never_resurrected(world: World, change: Change) -> None:
    key = world.add_key()
    share = world.create(key).json
    world.revoke(key, share["id"])

    assert_refused(change(world, key, share["id"]), 404, "not_found")
    assert world.read(share["access_token"]).status == 410


@BOTH
def test_a_share_of_another_schedule_is_404(world: World, change: Change) -> None:
    key, other = world.add_key(), uuid4()
    world.add_schedule(other)
    elsewhere = world.create(key, schedule_id=other).json

    assert_refused(change(world, key, elsewhere["id"]), 404, "not_found")


@BOTH
def test_reading_is_not_enough_to_change(world: World, change: Change) -> None:
    share = world.create(world.add_key("ada")).json
    reader = world.add_key("ada", scopes=("read:all",))

    assert_refused(change(world, reader, share["id"]), 403, "forbidden")


@BOTH
def test_an_id_that_is_no_uuid_is_400(world: World, change: Change) -> None:
    assert_refused(change(world, world.add_key(), "latest"), 400, "validation_error")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_one_share_can_only_be_read_extended_and_revoked(world: World, method: str) -> None:
    request = event("revoke_share", API_KEY=world.add_key(), SHARE_ID=str(uuid4())) | {"httpMethod": method}

    answer = world.send(world.share_api, request)

    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, PATCH"


# ---- one share -------------------------------------------------------------------------------------------------------


def test_what_a_new_shares_location_points_to_is_the_share_as_in_the_list(world: World) -> None:
    key = world.add_key()
    created = world.create(key)

    answer = world.get(key, created.json["id"])

    assert created.headers["Location"].endswith(f"/shares/{created.json['id']}")
    assert (answer.status, answer.json) == (200, world.list(key).json["data"][0])


def test_a_teammates_a_dead_and_an_unknown_share_are_not_found(world: World) -> None:
    ada, bob = world.add_key("ada"), world.add_key("bob")
    of_ada = world.create(ada).json["id"]
    world.create(bob)
    revoked = world.create(ada, {"rotate": True}).json["id"]
    world.revoke(ada, revoked)

    answers = [world.get(bob, of_ada), world.get(ada, revoked), world.get(ada, uuid4())]

    for answer in answers:
        assert_refused(answer, 404, "not_found")


def test_reading_a_share_takes_the_scope_to_read(world: World) -> None:
    share_id = world.create(world.add_key()).json["id"]

    assert world.get(world.add_key(scopes=("read:scheduled",)), share_id).status == 200
    assert_refused(world.get(world.add_key(scopes=("read:brands",)), share_id), 403, "forbidden")


# ---- what is told of a share and kept elsewhere ----------------------------------------------------------------------


def looked_at(world: World, share_id: str, count: int, at: int) -> None:
    key = items.views_key(UUID(share_id))
    views = {"views_count": items.number(count), "last_viewed_at": items.number(at)}
    world.dynamodb.put_item(TableName="shares", Item=key | views)


def views_in(share: Json) -> tuple[int, str | None]:
    return share["views_count"], share["last_viewed_at"]


def test_every_answer_tells_how_often_the_page_was_looked_at_and_when_last(world: World) -> None:
    key = world.add_key()
    share = world.create(key, {"name": "Client A"}).json
    world.clock.now += 1
    other = world.create(key, {"name": "Client B"}).json
    looked_at(world, share["id"], 3, NOON + 1)

    answers = [
        world.get(key, share["id"]).json,
        world.list(key).json["data"][1],
        world.create(key, {"name": "Client A"}).json,
        world.change(key, share["id"], {"live": True}).json,
    ]

    assert [views_in(answer) for answer in answers] == [(3, iso(NOON + 1))] * 4
    assert views_in(world.get(key, other["id"]).json) == (0, None)


def test_the_views_of_a_link_are_not_its_successors(world: World) -> None:
    key = world.add_key()
    looked_at(world, world.create(key).json["id"], 3, NOON)

    assert views_in(world.create(key, {"rotate": True}).json) == (0, None)


def test_a_replay_tells_the_views_as_they_were_answered_first(world: World) -> None:
    key = world.add_key()
    share = world.create(key).json
    looked_at(world, share["id"], 3, NOON)
    first = world.change(key, share["id"], {"live": True}, "once")
    looked_at(world, share["id"], 4, NOON + 1)

    again = world.change(key, share["id"], {"live": True}, "once")

    assert (views_in(first.json), again.text) == ((3, iso(NOON)), first.text)


def with_password(world: World, share_id: str, password_hash: str) -> None:
    (row,) = [item for item in world.items() if item["pk"]["S"] == f"SHARE#{share_id}"]
    world.dynamodb.put_item(TableName="shares", Item=row | {"password_hash": items.text(password_hash)})


def test_a_share_tells_that_it_has_a_password_and_nothing_of_it(world: World) -> None:
    key = world.add_key()
    share = world.create(key).json
    with_password(world, share["id"], "scrypt of something")

    answers = [
        world.get(key, share["id"]),
        world.list(key),
        world.create(key),
        world.change(key, share["id"], {"live": True}),
    ]

    assert [answer.json.get("has_password", True) for answer in answers] == [True] * 4
    assert not [answer for answer in answers if "scrypt" in answer.text]


def test_a_rotation_keeps_the_password(world: World) -> None:
    key = world.add_key()
    share = world.create(key, {"name": "Client A"}).json
    with_password(world, share["id"], "scrypt of something")

    rotated = world.create(key, {"name": "Client A", "rotate": True}).json

    assert rotated["has_password"]
    (row,) = [item for item in world.items() if item["pk"]["S"] == f"SHARE#{rotated['id']}"]
    assert row["password_hash"] == {"S": "scrypt of something"}
    assert not world.create(key).json["has_password"]


def test_a_record_keeps_that_there_was_a_password_and_nothing_that_guesses_can_be_tried_on(world: World) -> None:
    key = world.add_key()
    share = world.create(key).json
    with_password(world, share["id"], "scrypt of something")
    first = world.change(key, share["id"], {"live": True}, "once")

    (record,) = [item for item in world.items() if "fingerprint" in item]
    again = world.change(key, share["id"], {"live": True}, "once")

    assert "scrypt" not in str(record)
    assert (first.json["has_password"], again.text) == (True, first.text)
