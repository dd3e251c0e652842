"""Live shares: the link shows the roll-up as it is when it is opened."""

import pytest

from report_shares.store import items
from report_shares.times import DAY, iso
from tests.gateway import public_event
from tests.handlers.calls import before_each_call, recorded
from tests.handlers.runs import run, runs_behind
from tests.world import NOON, SCHEDULE_ID, Answer, Json, World, event

LIVE, FROZEN = "shows the latest results whenever it is opened", "later results do not change it"


def share(world: World, body: Json | None = None) -> tuple[str, str, str]:
    """An API key, the id of its share, and what opens it."""
    key = world.add_key()
    made = world.create(key, body).json
    return key, made["id"], made["access_token"]


def page(world: World, token: str, if_none_match: str = "") -> Answer:
    asked = event("read_shared_page", TOKEN=token)
    asked["multiValueHeaders"]["If-None-Match"] = [if_none_match]
    return world.send(world.shared_report, asked)


def rename_schedule(world: World) -> None:
    key = items.schedule_key(SCHEDULE_ID)
    row = world.dynamodb.get_item(TableName="shares", Key=key)["Item"]
    world.dynamodb.put_item(TableName="shares", Item=row | {"name": {"S": "Daily"}, "frequency": {"S": "daily"}})


def test_a_live_link_shows_each_new_roll_up_and_when_it_was_made(world: World) -> None:
    world.put_run(run(1))
    _, _, token = share(world, {"live": True})
    world.clock.now += DAY
    world.put_run(run(2))
    world.clock.now += DAY

    report = world.read(token).json

    assert report["live"] is True
    assert report["snapshot"]["stats"]["runs_count"] == 2
    assert report["snapshot_at"] == iso(NOON + DAY)


def test_a_frozen_link_says_so_and_stays(world: World) -> None:
    world.put_run(run(1))
    _, _, token = share(world)
    world.clock.now += DAY
    world.put_run(run(2))

    report = world.read(token).json

    assert report["live"] is False
    assert report["snapshot"]["stats"]["runs_count"] == 1
    assert report["snapshot_at"] == iso(NOON)


def test_a_live_link_shows_its_schedules_present_name_and_frequency(world: World) -> None:
    _, _, live = share(world, {"live": True})
    frozen = world.create(world.add_key("bob")).json["access_token"]

    rename_schedule(world)

    assert world.read(live).json["schedule"] == {"name": "Daily", "frequency": "daily"}
    assert world.read(frozen).json["schedule"] == {"name": "Weekly visibility", "frequency": "weekly"}


def test_a_live_link_made_before_the_first_run_shows_it_when_it_has_come(world: World) -> None:
    _, _, token = share(world, {"live": True})
    before = world.read(token).json

    world.put_run(run(1))

    assert (before["snapshot"]["stats"]["runs_count"], before["snapshot_at"]) == (0, iso(NOON))
    assert runs_behind(world, token) == 1


@pytest.mark.parametrize(
    ("live", "told"), [(True, "as soon as there are any"), (False, "when whoever sent you this link refreshes it")]
)
def test_a_page_without_a_run_says_when_its_results_appear(world: World, live: bool, told: str) -> None:
    _, _, token = share(world, {"live": live})

    assert f"Its results will appear here {told}." in page(world, token).text


@pytest.mark.parametrize("live", [True, False])
def test_a_file_without_a_run_promises_no_results(world: World, live: bool) -> None:
    _, _, token = share(world, {"live": live})

    text = world.send(world.shared_report, public_event(f"/shared/{token}/report.html")).text

    assert "The first run of this report has not been completed.</p>" in text


def test_a_link_that_was_frozen_yesterday_and_is_made_live_today_shows_today(world: World) -> None:
    world.put_run(run(1))
    key, share_id, token = share(world)
    world.clock.now += DAY
    world.put_run(run(2))

    answer = world.change(key, share_id, {"live": True})

    assert (answer.status, answer.json["live"]) == (200, True)
    assert runs_behind(world, token) == 2


def test_a_live_link_that_is_frozen_shows_what_stood_then(world: World) -> None:
    key, share_id, token = share(world, {"live": True})
    world.put_run(run(1))
    world.clock.now += DAY

    assert world.change(key, share_id, {"live": False}).json["live"] is False

    world.put_run(run(2))
    report = world.read(token).json
    assert (report["live"], report["snapshot_at"]) == (False, iso(NOON + DAY))
    assert report["snapshot"]["stats"]["runs_count"] == 1


def test_a_change_of_something_else_freezes_nothing(world: World) -> None:
    key, share_id, token = share(world, {"live": True})
    world.clock.now += DAY

    world.change(key, share_id, {"name": "Client A", "expiration_days": 3})

    assert world.read(token).json["snapshot_at"] == iso(NOON)


def test_freezing_what_is_frozen_changes_nothing_of_it(world: World) -> None:
    world.put_run(run(1))
    key, share_id, token = share(world)
    frozen = world.read(token).text
    world.put_run(run(2))
    world.clock.now += DAY

    world.change(key, share_id, {"live": False})

    assert world.read(token).text == frozen


@pytest.mark.parametrize(("body", "live"), [({}, True), ({"live": False}, False), ({"live": True}, True)])
def test_a_refresh_leaves_live_unless_it_says_otherwise(world: World, body: Json, live: bool) -> None:
    key, _, token = share(world, {"live": True})

    assert world.create(key, body).json["live"] is live

    world.put_run(run(1))
    assert runs_behind(world, token) == int(live)


def test_a_share_is_not_live_unless_it_is_asked_for(world: World) -> None:
    key, _, _ = share(world)

    assert world.list(key).json["data"][0]["live"] is False


def test_a_live_link_is_read_with_as_many_calls_as_a_frozen_one(world: World) -> None:
    world.put_run(run(1))
    _, _, live = share(world, {"live": True})
    frozen = world.create(world.add_key("bob")).json["access_token"]
    calls = []
    for token in (live, frozen):
        world.restart()
        with recorded() as made:
            world.read(token)
        calls.append(sorted(made))

    assert calls[0] == calls[1] == ["BatchGetItem", "GetItem", "GetObject", "GetSecretValue"]


@pytest.mark.parametrize("live", [True, False])
def test_only_a_live_link_insists_on_the_schedule_as_it_is_now(
    world: World, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    _, _, token = share(world, {"live": live})
    asked: list[bool] = []

    def look(operation: str, arguments: Json) -> None:
        if operation == "BatchGetItem":
            asked.append(arguments["RequestItems"]["shares"]["ConsistentRead"])

    before_each_call(monkeypatch, look)
    world.read(token)

    assert asked == [live]


def test_the_page_of_a_live_link_is_new_to_who_has_seen_the_roll_up_before(world: World) -> None:
    world.put_run(run(1))
    _, _, token = share(world, {"live": True})
    seen = page(world, token)
    assert page(world, token, seen.headers["ETag"]).status == 304

    world.put_run(run(2, appears=False))

    again = page(world, token, seen.headers["ETag"])
    assert (again.status, again.text == seen.text) == (200, False)


def test_a_page_is_new_to_who_has_seen_it_frozen_once_it_is_live(world: World) -> None:
    world.put_run(run(1))
    key, share_id, token = share(world)
    seen = page(world, token)

    world.change(key, share_id, {"live": True})

    assert page(world, token, seen.headers["ETag"]).status == 200


def test_the_page_says_which_of_the_two_it_is(world: World) -> None:
    key, share_id, token = share(world)
    frozen = page(world, token).text
    world.change(key, share_id, {"live": True})
    live = page(world, token).text

    assert (FROZEN in frozen, LIVE in frozen) == (True, False)
    assert (FROZEN in live, LIVE in live) == (False, True)


def test_a_live_link_whose_schedule_is_gone_is_gone(world: World) -> None:
    _, _, token = share(world, {"live": True})
    world.dynamodb.delete_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))

    assert world.read(token).status == 410


def test_a_row_from_before_there_were_live_shares_is_a_frozen_nameless_one(world: World) -> None:
    key, share_id, token = share(world)

    (row,) = [item for item in world.items() if item["sk"]["S"] == "SHARE"]

    assert not {"name", "live", "password_hash"} & set(row)
    assert (row["pk"]["S"], world.read(token).json["live"]) == (f"SHARE#{share_id}", False)
    assert world.get(key, share_id).json["name"] is None
