"""One link per client: the caller's shares of one schedule under several names."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from report_shares.times import DAY, iso
from tests.handlers.answers import assert_refused
from tests.handlers.calls import recorded
from tests.handlers.runs import run, runs_behind
from tests.world import NOON, Json, World

A, B = {"name": "Client A"}, {"name": "Client B"}


def items_of(world: World, kind: str) -> list[Json]:
    return [item for item in world.items() if item["sk"]["S"] == kind]


def names(world: World, key: str) -> list[str | None]:
    return [share["name"] for share in world.list(key).json["data"]]


def opened(world: World, share: Json) -> int:
    return world.read(share["access_token"]).status


# ---- create, refresh, rotate -----------------------------------------------------------------------------------------


def test_each_name_has_a_share_of_its_own_beside_the_nameless_one(world: World) -> None:
    key = world.add_key()

    made = [world.create(key, body) for body in (None, A, B)]

    assert [(answer.status, answer.json["name"], answer.json["is_existing"]) for answer in made] == [
        (201, None, False),
        (201, "Client A", False),
        (201, "Client B", False),
    ]
    assert len({answer.json["access_token"] for answer in made}) == 3
    assert {opened(world, answer.json) for answer in made} == {200}


def test_a_refresh_is_of_the_share_of_that_name_and_of_no_other(world: World) -> None:
    key = world.add_key()
    nameless, of_a, of_b = (world.create(key, body).json for body in (None, A, B))
    world.put_run(run(1))
    world.clock.now += DAY

    answer = world.create(key, A)

    assert answer.status == 200
    assert answer.json == of_a | {"is_existing": True, "expires_at": iso(NOON + 31 * DAY)}
    shown = [runs_behind(world, share["access_token"]) for share in (nameless, of_a, of_b)]
    assert shown == [0, 1, 0]


@pytest.mark.parametrize("spelling", [" client a ", "CLIENT A", "Client\u00a0 A", "\uff23lient A"])
def test_another_spelling_of_a_name_is_that_name_and_the_first_one_stays(world: World, spelling: str) -> None:
    key = world.add_key()
    first = world.create(key, A).json

    for again in (world.create(key, {"name": spelling}), world.create(key, {"name": spelling, "rotate": True})):
        assert again.json["name"] == "Client A"
    assert opened(world, first) == 410
    assert names(world, key) == ["Client A"]


def test_a_name_is_kept_without_the_white_space_around_it(world: World) -> None:
    assert world.create(world.add_key(), {"name": "  Client A\u3000"}).json["name"] == "Client A"


@pytest.mark.parametrize("other", ["Client-A", "Client \u00c4", "Client A\u00ae", "ClientA", "*Client A*"])
def test_two_clients_never_get_one_link(world: World, other: str) -> None:
    key = world.add_key()
    first = world.create(key, A).json

    second = world.create(key, {"name": other})

    assert (second.status, second.json["name"]) == (201, other)
    assert opened(world, first) == 200


def test_a_name_that_is_null_is_none(world: World) -> None:
    key = world.add_key()
    nameless = world.create(key).json

    again = world.create(key, {"name": None})

    assert (again.status, again.json["id"]) == (200, nameless["id"])


@pytest.mark.parametrize("rotated", [None, "Client A"])
def test_a_rotation_drops_the_share_of_that_name_and_no_other(world: World, rotated: str | None) -> None:
    key = world.add_key()
    before = {body["name"]: world.create(key, body).json for body in ({"name": None}, A, B)}

    answer = world.create(key, {"name": rotated, "rotate": True})

    assert (answer.status, answer.json["name"], answer.json["is_existing"]) == (201, rotated, False)
    assert {name: opened(world, share) for name, share in before.items()} == {
        name: 410 if name == rotated else 200 for name in before
    }


def test_a_rotation_keeps_what_the_share_is_unless_the_body_says_otherwise(world: World) -> None:
    key = world.add_key()
    world.create(key, A | {"live": True})

    kept = world.create(key, A | {"rotate": True}).json
    frozen = world.create(key, A | {"rotate": True, "live": False}).json
    still_frozen = world.create(key, A | {"rotate": True}).json

    assert (kept["live"], frozen["live"], still_frozen["live"]) == (True, False, False)


def test_teammates_may_use_the_same_name(world: World) -> None:
    of_ada = world.create(world.add_key("ada"), A)
    of_bob = world.create(world.add_key("bob"), A)

    assert (of_ada.status, of_bob.status) == (201, 201)
    assert of_ada.json["id"] != of_bob.json["id"]


def test_a_name_counts_on_its_schedule_only(world: World) -> None:
    key, other = world.add_key(), uuid4()
    world.add_schedule(other)
    world.create(key, A)

    assert world.create(key, A, schedule_id=other).status == 201


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u3000\u00a0", "\u2800", "\u200b", "a\u200bb", "a\nb", "\u202eA", "x" * 81, 7, ["Client A"], True],
    ids=repr,
)
def test_what_is_no_name_is_422(world: World, name: object) -> None:
    key = world.add_key()
    share = world.create(key).json

    for answer in (world.create(key, {"name": name}), world.change(key, share["id"], {"name": name})):
        assert_refused(answer, 422, "body_validation_error")
        assert {fault["loc"][1] for fault in answer.error["details"]["errors"]} == {"name"}
    assert names(world, key) == [None]


@pytest.mark.parametrize(
    "name",
    ["x", "x" * 80, "\U0001f469\u200d\U0001f680 & S\u00f6hne <3", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
)
def test_names_of_up_to_80_characters_are_taken_as_they_are(world: World, name: str) -> None:
    assert world.create(world.add_key(), {"name": name}).json["name"] == name


# ---- the cap ---------------------------------------------------------------------------------------------------------


def test_each_name_takes_a_place_and_a_refusal_tells_how_many_are_the_callers(world: World) -> None:
    world.cap = 3
    world.restart()
    ada, bob = world.add_key("ada"), world.add_key("bob")
    world.create(ada, A)
    world.create(ada, B)
    world.create(bob)

    refused = world.create(ada)

    assert_refused(refused, 400, "validation_error")
    assert refused.error["details"] == {"max_active_shares": 3, "active_shares": 3, "caller_active_shares": 2}
    assert world.create(ada, A).status == 200
    assert world.create(ada, A | {"rotate": True}).status == 201


def test_a_name_frees_its_place_at_the_moment_its_share_expires(world: World) -> None:
    world.cap = 2
    world.restart()
    key = world.add_key()
    world.create(key, A | {"expiration_days": 1})
    world.create(key, B)
    world.clock.now += DAY - 1
    assert world.create(key).status == 400
    world.clock.now += 1

    assert world.create(key).status == 201
    assert names(world, key) == [None, "Client B"]


# ---- list, get, revoke -----------------------------------------------------------------------------------------------


def test_the_list_shows_all_of_the_callers_shares_newest_first(world: World) -> None:
    ada, bob = world.add_key("ada"), world.add_key("bob")
    for body in (A, None, B):
        world.create(ada, body)
        world.clock.now += 1
    world.create(bob, {"name": "Client C"})

    assert names(world, ada) == ["Client B", None, "Client A"]


def test_shares_of_the_same_millisecond_are_listed_by_their_ids(world: World) -> None:
    key = world.add_key()
    made = [world.create(key, {"name": f"Client {number}"}).json["id"] for number in range(8)]

    assert [share["id"] for share in world.list(key).json["data"]] == sorted(made)


def test_a_list_of_many_shares_takes_as_many_calls_as_one_of_one(world: World) -> None:
    world.cap, world.rate_limit = 50, 120
    world.restart()
    key = world.add_key()
    calls: list[list[str]] = []
    for number in range(20):
        share = world.create(key, {"name": f"Client {number}"}).json
        if number in (0, 19):
            with recorded() as listing:
                assert len(world.list(key).json["data"]) == number + 1
            with recorded() as getting:
                world.get(key, share["id"])
            calls += [sorted(listing), sorted(getting)]

    assert all(one == ["BatchGetItem", "BatchGetItem", "UpdateItem"] for one in calls)


@pytest.mark.parametrize("body", [A, None])
def test_each_share_is_found_by_its_id(world: World, body: Json | None) -> None:
    key = world.add_key()
    world.create(key, B)
    share = world.create(key, body).json

    answer = world.get(key, share["id"])

    assert (answer.status, answer.json) == (200, share | {"is_existing": True})


def test_revoking_one_share_leaves_the_others(world: World) -> None:
    key = world.add_key()
    nameless, of_a, of_b = (world.create(key, body).json for body in (None, A, B))

    assert world.revoke(key, of_a["id"]).status == 204

    assert [opened(world, share) for share in (nameless, of_a, of_b)] == [200, 410, 200]
    assert sorted(map(str, names(world, key))) == ["Client B", "None"]


def test_revoking_all_withdraws_every_name_in_one_step(world: World) -> None:
    ada, bob = world.add_key("ada"), world.add_key("bob")
    mine = [world.create(ada, body).json for body in (None, A, B)]
    of_bob = world.create(bob, A).json

    with recorded() as calls:
        answer = world.revoke_all(ada, "once")

    assert answer.status == 204
    assert calls.count("TransactWriteItems") == 1
    assert {opened(world, share) for share in mine} == {410}
    assert opened(world, of_bob) == 200
    assert world.revoke_all(ada, "once").headers["Idempotent-Replayed"] == "true"


def test_revoking_all_gives_up_the_place_of_a_share_whose_row_is_lost(world: World) -> None:
    world.cap = 1
    world.restart()
    key = world.add_key()
    share = world.create(key).json
    world.dynamodb.delete_item(TableName="shares", Key={"pk": {"S": f"SHARE#{share['id']}"}, "sk": {"S": "SHARE"}})

    assert world.revoke_all(key).status == 204

    assert world.create(world.add_key("bob")).status == 201


# ---- rename ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(None, "Client A"), ("Client A", "Client B"), ("Client A", None)])
def test_a_renamed_share_is_the_one_of_its_new_name(world: World, before: str | None, after: str | None) -> None:
    key = world.add_key()
    share = world.create(key, {"name": before}).json

    answer = world.change(key, share["id"], {"name": after})

    assert (answer.status, answer.json) == (200, share | {"name": after, "is_existing": True})
    assert world.create(key, {"name": after}).json["id"] == share["id"]
    assert world.create(key, {"name": before}).status == 201
    assert opened(world, share) == 200


@pytest.mark.parametrize("taken", [None, "CLIENT B"])
def test_a_name_that_the_caller_uses_is_409_and_changes_nothing(world: World, taken: str | None) -> None:
    key = world.add_key()
    share = world.create(key, A).json
    for body in (None, B):
        world.create(key, body)
    before = items_of(world, "SHARE") + items_of(world, "LEDGER")

    answer = world.change(key, share["id"], {"name": taken, "expiration_days": 1, "live": True}, "once")

    assert_refused(answer, 409, "conflict", "You have another active share of this name")
    assert items_of(world, "SHARE") + items_of(world, "LEDGER") == before
    assert not [item for item in world.items() if "fingerprint" in item]


def test_a_name_that_only_a_teammate_or_a_dead_share_uses_is_free(world: World) -> None:
    key = world.add_key()
    world.create(world.add_key("bob"), B)
    world.create(key, B | {"expiration_days": 1})
    share = world.create(key, A).json
    world.clock.now += DAY

    assert world.change(key, share["id"], B).status == 200
    assert names(world, key) == ["Client B"]


def test_a_share_may_be_given_another_spelling_of_its_name(world: World) -> None:
    key = world.add_key()
    share = world.create(key, A).json

    assert world.change(key, share["id"], {"name": "CLIENT A"}).json["name"] == "CLIENT A"
    assert world.create(key, A).json["name"] == "CLIENT A"


def test_renaming_takes_no_place_and_works_at_the_cap(world: World) -> None:
    world.cap = 1
    world.restart()
    key = world.add_key()
    share = world.create(key, A).json

    assert world.change(key, share["id"], B).status == 200
    assert world.create(key, A).status == 400
    assert world.revoke(key, share["id"]).status == 204
    assert world.create(key, A).status == 201


@pytest.mark.parametrize("change", [World.get, World.revoke], ids=["get", "revoke"])
def test_a_renamed_share_is_found_by_its_id(world: World, change: Callable[..., object]) -> None:
    key = world.add_key()
    share = world.create(key, A).json
    world.change(key, share["id"], B)

    assert getattr(change(world, key, share["id"]), "status") in {200, 204}  # noqa: B009


# ---- PATCH -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", ["", "{}", {"name": ""}, {"live": None}, {"live": "yes"}, {"live": 1}, {"rotate": True}]
)
def test_a_change_names_at_least_one_thing_and_nothing_else(world: World, body: object) -> None:
    key = world.add_key()
    share = world.create(key, A).json

    assert_refused(world.change(key, share["id"], body), 422, "body_validation_error")
    assert world.list(key).json["data"] == [share | {"is_existing": True}]


def test_a_change_of_one_thing_leaves_the_others(world: World) -> None:
    key = world.add_key()
    share = world.create(key, A | {"live": True, "white_label_config": {"company_name": "Northlight"}}).json
    world.clock.now += DAY

    renamed = world.change(key, share["id"], B).json
    extended = world.change(key, share["id"], {"expiration_days": 60}).json
    frozen = world.change(key, share["id"], {"live": False}).json

    same = share | {"is_existing": True, "name": "Client B"}
    assert renamed == same
    assert extended == same | {"expires_at": iso(NOON + 61 * DAY)}
    assert frozen == extended | {"live": False}


def test_all_that_can_be_changed_is_changed_in_one_request(world: World) -> None:
    key = world.add_key()
    share = world.create(key, A).json

    answer = world.change(key, share["id"], {"name": "Client B", "live": True, "expiration_days": 1})

    changed = {"is_existing": True, "name": "Client B", "live": True, "expires_at": iso(NOON + DAY)}
    assert answer.json == share | changed
    assert world.list(key).json["data"] == [share | changed]


def test_a_replay_of_a_change_shows_the_name_as_it_was_answered_first(world: World) -> None:
    key = world.add_key()
    share = world.create(key, A).json
    first = world.change(key, share["id"], B, "once")
    world.change(key, share["id"], {"name": "Client C", "live": True})

    again = world.change(key, share["id"], B, "once")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.text == first.text


# ---- the ledger as it is stored --------------------------------------------------------------------------------------


def test_a_nameless_share_stands_in_the_ledger_as_it_always_did(world: World) -> None:
    world.create(world.add_key("ada"))

    (ledger,) = items_of(world, "LEDGER")

    assert set(ledger["active"]["M"]) == {"ada"}


def test_no_name_stands_in_the_ledger(world: World) -> None:
    world.create(world.add_key("ada"), {"name": "Acquisition of Blue Heron"})

    (ledger,) = items_of(world, "LEDGER")

    (place,) = ledger["active"]["M"]
    assert place.startswith("ada#")
    assert len(place) == len("ada#") + 22
