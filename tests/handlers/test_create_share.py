"""POST .../shares: the five rules of the contract, and the seed's answer."""

import re
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from report_shares.times import DAY, iso
from tests.handlers.calls import before_each_call, recorded
from tests.handlers.runs import run
from tests.world import BRAND_ID, NOON, SCHEDULE_ID, World, request


def test_a_first_share_is_created_with_the_defaults(world: World) -> None:
    answer = world.create(world.add_key())

    assert answer.status == 201
    share = answer.json
    assert re.fullmatch(r"[A-Za-z0-9_-]{51}", share["access_token"])
    # With the stage, as the client addressed it.
    assert answer.headers["Location"] == f"/dev/v1/scheduled-reports/{SCHEDULE_ID}/shares/{share['id']}"
    assert UUID(share["id"]).version == 4
    assert share == {
        "access_token": share["access_token"],
        "brand_id": str(BRAND_ID),
        "created_at": "2026-04-20T15:23:04.512Z",
        "expires_at": "2026-05-20T15:23:04.512Z",
        "has_password": False,
        "id": share["id"],
        "is_existing": False,
        "last_viewed_at": None,
        "live": False,
        "name": None,
        "object": "scheduled_report.share",
        "scheduled_report_id": str(SCHEDULE_ID),
        "share_type": "scheduled",
        "share_url": f"https://reports.example.com/shared/{share['access_token']}",
        "views_count": 0,
        "white_label_config": None,
    }


@pytest.mark.parametrize("behind", ["", "/", "//"])
def test_location_is_usable_with_a_slash_behind_the_path_too(world: World, behind: str) -> None:
    asked = request("create_share", world.add_key())
    asked["path"] += behind
    asked["requestContext"]["path"] += behind

    answer = world.send(world.share_api, asked)

    assert answer.headers["Location"] == f"/dev/v1/scheduled-reports/{SCHEDULE_ID}/shares/{answer.json['id']}"


@pytest.mark.parametrize("body", [None, "", "  ", {}])
def test_an_empty_body_means_all_defaults(world: World, body: object) -> None:
    answer = world.create(world.add_key(), body)

    assert answer.status == 201
    assert answer.json["expires_at"] == iso(NOON + 30 * DAY)


@pytest.mark.parametrize(("given", "days"), [("1", 1), ("365", 365), ("30.0", 30)])
def test_a_share_lasts_as_long_as_asked_for(world: World, given: str, days: int) -> None:
    answer = world.create(world.add_key(), f'{{"expiration_days": {given}}}')

    assert answer.json["expires_at"] == iso(NOON + days * DAY)


def test_a_deployment_may_let_links_last_longer_by_default(world: World) -> None:
    world.default_expiration_days = 90
    world.restart()
    key = world.add_key()

    assert world.create(key).json["expires_at"] == iso(NOON + 90 * DAY)

    world.clock.now += DAY
    assert world.create(key).json["expires_at"] == iso(NOON + 91 * DAY)


def test_the_link_points_to_the_api_itself_where_no_base_is_configured(world: World) -> None:
    world.public_base_url = ""
    world.restart()

    share = world.create(world.add_key()).json

    base = "https://abcdef1234.execute-api.us-east-1.amazonaws.com/dev/shared/"
    assert share["share_url"] == base + share["access_token"]


# ---- refresh -----------------------------------------------------------------------------------------------------


def test_a_second_call_refreshes_the_same_share(world: World) -> None:
    key = world.add_key()
    first = world.create(key).json
    world.clock.now += DAY

    answer = world.create(key)

    assert answer.status == 200
    assert "Location" not in answer.headers
    assert answer.json == first | {"is_existing": True, "expires_at": iso(NOON + 31 * DAY)}


def test_two_keys_of_one_teammate_are_one_caller(world: World) -> None:
    first = world.create(world.add_key("ada")).json

    again = world.create(world.add_key("ada"))

    assert again.status == 200
    assert again.json["access_token"] == first["access_token"]


def test_teammates_have_shares_of_their_own(world: World) -> None:
    of_ada = world.create(world.add_key("ada")).json

    of_bob = world.create(world.add_key("bob"))

    assert of_bob.status == 201
    assert of_bob.json["access_token"] != of_ada["access_token"]


def test_a_refresh_shows_the_runs_completed_since(world: World) -> None:
    key = world.add_key()
    token = world.create(key).json["access_token"]
    world.put_run(run(1))
    before = world.read(token).json

    world.clock.now += 1
    world.create(key)

    after = world.read(token).json
    assert before["snapshot"]["stats"]["runs_count"] == 0
    assert after["snapshot"]["stats"]["runs_count"] == 1
    assert after["snapshot_at"] == iso(NOON + 1)


@pytest.mark.parametrize(
    ("given_first", "days_later", "given_then", "days_from_the_start"),
    [
        (30, 10, None, 40),
        (365, 10, None, 365),
        (30, 10, 5, 15),
        (5, 4, 365, 369),
    ],
    ids=["extended by the default", "never shortened by the default", "shortened when asked", "extended when asked"],
)
def test_what_a_refresh_makes_of_the_expiry(
    world: World, given_first: int, days_later: int, given_then: int | None, days_from_the_start: int
) -> None:
    key = world.add_key()
    world.create(key, {"expiration_days": given_first})
    world.clock.now += days_later * DAY

    answer = world.create(key, {} if given_then is None else {"expiration_days": given_then})

    assert answer.json["expires_at"] == iso(NOON + days_from_the_start * DAY)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({}, {"company_name": "Northlight"}),
        ({"white_label_config": None}, None),
        ({"white_label_config": {"cover_title": "Spring"}}, {"cover_title": "Spring"}),
        ({"white_label_config": {}}, None),
        ({"white_label_config": {"cover_title": None, "report_sections_config": {"show_footer": None}}}, None),
        ({"white_label_config": {"report_sections_config": {}, "cover_title": "Spring"}}, {"cover_title": "Spring"}),
    ],
    ids=["left out: unchanged", "null: dropped", "given: replaced", "empty", "nothing set", "empty section"],
)
def test_what_a_refresh_makes_of_the_white_label(world: World, body: object, shown: object) -> None:
    key = world.add_key()
    world.create(key, {"white_label_config": {"company_name": "Northlight"}})

    assert world.create(key, body).json["white_label_config"] == shown


def test_an_expired_share_is_not_refreshed_but_followed_by_a_new_one(world: World) -> None:
    key = world.add_key()
    first = world.create(key, {"expiration_days": 1}).json
    world.clock.now += DAY

    answer = world.create(key)

    assert answer.status == 201
    assert answer.json["id"] != first["id"]
    assert world.read(first["access_token"]).status == 410


def test_a_share_whose_row_is_lost_is_followed_by_a_new_one(world: World) -> None:
    key = world.add_key()
    first = world.create(key).json
    world.dynamodb.delete_item(TableName="shares", Key={"pk": {"S": f"SHARE#{first['id']}"}, "sk": {"S": "SHARE"}})

    answer = world.create(key)

    assert answer.status == 201
    assert answer.json["id"] != first["id"]


# ---- rotate ------------------------------------------------------------------------------------------------------


def test_rotating_replaces_id_and_token_and_closes_the_old_link(world: World) -> None:
    key = world.add_key()
    old = world.create(key).json
    world.clock.now += DAY

    answer = world.create(key, {"rotate": True})

    assert answer.status == 201
    new = answer.json
    assert new["is_existing"] is False
    assert new["created_at"] == iso(NOON + DAY)
    assert new["id"] != old["id"]
    assert world.read(old["access_token"]).status == 410
    assert world.read(new["access_token"]).status == 200


def test_rotating_without_a_share_creates_one(world: World) -> None:
    assert world.create(world.add_key(), {"rotate": True}).status == 201


def test_rotating_leaves_the_shares_of_teammates_alone(world: World) -> None:
    of_bob = world.create(world.add_key("bob")).json
    key = world.add_key("ada")
    world.create(key)

    world.create(key, {"rotate": True})

    assert world.read(of_bob["access_token"]).status == 200


def test_rotating_drops_the_overrides_of_the_share_before(world: World) -> None:
    key = world.add_key()
    world.create(key, {"white_label_config": {"company_name": "Northlight"}})

    assert world.create(key, {"rotate": True}).json["white_label_config"] is None


# ---- the cap -----------------------------------------------------------------------------------------------------


def test_the_fiftieth_share_is_accepted_and_the_fifty_first_refused(world: World) -> None:
    statuses = [world.create(world.add_key(f"teammate {number}")).status for number in range(50)]
    answer = world.create(world.add_key("one too many"))

    assert statuses == [201] * 50
    assert answer.status == 400
    assert answer.error["code"] == "validation_error"
    assert answer.error["details"] == {
        "max_active_shares": 50,
        "active_shares": 50,
        "caller_active_shares": 0,
    }


def full(world: World, **of_the_first: int) -> list[str]:
    """A schedule at its cap of two; the keys of those who hold the places."""
    world.cap = 2
    world.restart()
    keys = [world.add_key("ada"), world.add_key("bob")]
    world.create(keys[0], of_the_first)
    world.create(keys[1])
    return keys


def test_a_refused_share_changes_nothing(world: World) -> None:
    full(world)
    key = world.add_key("cyd")
    before = world.uncounted()

    world.create(key)

    assert world.uncounted() == before


def test_a_refusal_at_the_cap_says_how_many_shares_there_are_and_may_be(world: World) -> None:
    full(world)

    answer = world.create(world.add_key("cyd"))

    assert answer.error["message"] == "This scheduled report already has 2 active shares, the most it may have"
    assert answer.error["details"] == {"max_active_shares": 2, "active_shares": 2, "caller_active_shares": 0}


def test_refreshing_and_rotating_work_at_the_cap(world: World) -> None:
    ada, _ = full(world)

    assert world.create(ada).status == 200
    assert world.create(ada, {"rotate": True}).status == 201
    assert world.create(world.add_key("cyd")).status == 400


def test_an_expired_share_frees_its_place_at_that_moment_though_its_row_is_there(world: World) -> None:
    full(world, expiration_days=1)
    cyd = world.add_key("cyd")

    world.clock.now = NOON + DAY - 1
    just_before = world.create(cyd).status
    world.clock.now = NOON + DAY
    at_that_moment = world.create(cyd).status

    assert (just_before, at_that_moment) == (400, 201)
    assert world.create(world.add_key("dee")).status == 400


def test_an_expired_share_of_the_caller_does_not_take_a_second_place(world: World) -> None:
    ada, _ = full(world, expiration_days=1)
    world.clock.now += DAY

    assert world.create(ada).status == 201
    assert world.create(world.add_key("cyd")).status == 400


def test_schedules_have_caps_of_their_own(world: World) -> None:
    full(world)
    other = uuid4()
    world.add_schedule(other)

    assert world.create(world.add_key("cyd"), schedule_id=other).status == 201


# ---- cost --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runs", [0, 3])
def test_creating_takes_three_calls_however_many_runs_there_are(world: World, runs: int) -> None:
    warm_up = world.add_key("bob")
    world.create(warm_up)
    for number in range(runs):
        world.put_run(run(number))
    key = world.add_key("ada")
    world.create(key, schedule_id=uuid4())  # its first use sets up the key's rate limit

    with recorded() as calls:
        world.create(key)

    assert sorted(calls) == ["BatchGetItem", "TransactWriteItems", "UpdateItem"]


def test_the_caller_is_authenticated_while_the_schedule_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.add_key()
    world.create(key, schedule_id=uuid4())
    both_under_way = Barrier(2, timeout=20)

    def meet(operation: str, _: object) -> None:
        if operation in ("UpdateItem", "BatchGetItem"):
            both_under_way.wait()

    before_each_call(monkeypatch, meet)

    assert world.create(key).status == 201


def test_refreshing_takes_one_read_more(world: World) -> None:
    key = world.add_key()
    world.create(key)

    with recorded() as calls:
        world.create(key)

    assert sorted(calls) == ["BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]


# ---- what is kept ------------------------------------------------------------------------------------------------


def test_the_row_is_purged_by_ttl_no_earlier_than_the_share_expires(world: World) -> None:
    share = world.create(world.add_key(), {"expiration_days": 1}).json

    (row,) = [item for item in world.items() if item["pk"]["S"] == f"SHARE#{share['id']}"]

    assert int(row["ttl"]["N"]) * 1000 - (NOON + DAY) in range(1000)


def test_neither_token_nor_key_is_stored(world: World) -> None:
    key = world.add_key()
    token = world.create(key).json["access_token"]

    stored = repr(world.items())

    assert token not in stored
    assert key not in stored


def test_a_share_is_rotated_though_the_cap_was_lowered_below_what_is_active(world: World) -> None:
    keys = [world.add_key(f"teammate {number}") for number in range(4)]
    for key in keys:
        world.create(key)
    world.cap = 2
    world.restart()

    assert world.create(keys[0], {"rotate": True}).status == 201
    assert world.create(world.add_key("newcomer")).status == 400
