"""POST /shared/{token}/views: what the page's script tells, how it is counted, and that nothing else counts."""

from collections.abc import Callable

import pytest

from report_shares.rules.views import MOST_IN_WINDOW
from report_shares.store import items
from report_shares.times import DAY, MINUTE, iso
from tests.gateway import public_event
from tests.handlers.calls import aws_error, failing, recorded
from tests.handlers.test_gate import cookie_of, enter, protect
from tests.world import Answer, Json, World


def ask(world: World, path: str, method: str, **headers: str) -> Answer:
    given = {name: [value] for name, value in headers.items()}
    return world.send(world.shared_report, public_event(path, method, given))


def beacon(world: World, share: Json, **headers: str) -> Answer:
    return ask(world, f"/shared/{share['access_token']}/views", "POST", **headers)


def counted(world: World, share: Json) -> tuple[int, int | None]:
    item = world.dynamodb.get_item(TableName="shares", Key=items.views_key(share["id"])).get("Item")
    return (int(item["views_count"]["N"]), int(item["last_viewed_at"]["N"])) if item else (0, None)


@pytest.fixture
def share(world: World) -> Json:
    return world.create(world.add_key()).json


def test_each_look_that_is_told_counts_and_the_last_one_is_known(world: World, share: Json) -> None:
    first = beacon(world, share, Origin="null")
    world.clock.now += 5
    second = beacon(world, share)

    assert (first.status, first.text, second.status) == (204, "", 204)
    assert counted(world, share) == (2, world.clock.now)


def test_the_owner_sees_how_often_and_when_a_share_was_looked_at_and_nobody_elses(world: World) -> None:
    key = world.add_key()
    seen, unseen = (world.create(key, {"name": name}).json for name in ("Client A", "Client B"))
    beacon(world, seen)
    world.clock.now += 5
    beacon(world, seen)

    listed = {share["name"]: share for share in world.list(key).json["data"]}

    expected = {"Client A": (2, iso(world.clock.now)), "Client B": (0, None)}
    assert {name: (share["views_count"], share["last_viewed_at"]) for name, share in listed.items()} == expected
    assert world.get(key, seen["id"]).json == listed["Client A"]
    assert world.get(key, unseen["id"]).json == listed["Client B"]
    refreshed, rotated = (world.create(key, {"name": "Client A", "rotate": rotate}).json for rotate in (False, True))
    assert (refreshed["views_count"], refreshed["last_viewed_at"]) == expected["Client A"]
    assert (rotated["views_count"], rotated["last_viewed_at"]) == (0, None)


@pytest.mark.parametrize(("base", "method"), [("/shared", "GET"), ("/shared", "HEAD"), ("/v1/shared", "GET")])
def test_reading_does_not_count_and_writes_nothing(world: World, share: Json, base: str, method: str) -> None:
    with recorded() as calls:
        assert ask(world, f"{base}/{share['access_token']}", method).status == 200

    assert set(calls) <= {"GetItem", "BatchGetItem", "GetObject", "GetSecretValue"}
    assert counted(world, share) == (0, None)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_view_can_only_be_posted(world: World, share: Json, method: str) -> None:
    answer = ask(world, f"/shared/{share['access_token']}/views", method)

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert counted(world, share) == (0, None)


def test_so_many_count_in_any_minute_and_what_is_beyond_is_204_without_a_write(world: World, share: Json) -> None:
    for _ in range(MOST_IN_WINDOW):
        beacon(world, share)
        world.clock.now += 100
    full = world.uncounted()

    beyond = beacon(world, share)

    assert (beyond.status, world.uncounted()) == (204, full)
    assert counted(world, share)[0] == MOST_IN_WINDOW == 60
    world.clock.now += MINUTE - MOST_IN_WINDOW * 100
    beacon(world, share)
    beacon(world, share)  # the second of the first minute is not a minute ago
    assert counted(world, share)[0] == MOST_IN_WINDOW + 1


def test_counting_is_one_write_but_for_the_first(world: World, share: Json) -> None:
    beacon(world, share)

    with recorded() as calls:
        beacon(world, share)

    assert calls.count("UpdateItem") == 1


def test_views_are_kept_of_one_share_each_and_as_long_as_it_may_last(world: World, share: Json) -> None:
    other = world.create(world.add_key("bob")).json
    beacon(world, share)

    assert counted(world, other) == (0, None)
    (item,) = [item for item in world.items() if item["sk"]["S"] == "VIEWS"]
    assert set(item) == {"pk", "sk", "views_count", "last_viewed_at", "times", "scheduled_report_id", "ttl"}
    assert int(item["ttl"]["N"]) * 1000 >= world.clock.now + 30 * DAY + 365 * DAY


@pytest.mark.parametrize("token", ["A" * 51, "nonsense"])
def test_a_forged_token_counts_nothing_and_reaches_no_database(world: World, token: str) -> None:
    with recorded() as calls:
        assert beacon(world, {"access_token": token}).status == 404

    assert set(calls) <= {"GetSecretValue"}


def test_a_dead_link_counts_nothing(world: World, share: Json) -> None:
    world.clock.now += 30 * DAY

    assert beacon(world, share).status == 410
    assert counted(world, share) == (0, None)


def test_behind_a_password_only_who_may_see_the_page_counts(world: World, share: Json) -> None:
    protect(world, share)
    cookie = cookie_of(enter(world, share))

    assert beacon(world, share).status == 401
    assert counted(world, share) == (0, None)
    assert beacon(world, share, Cookie=cookie).status == 204
    assert counted(world, share)[0] == 1


def test_a_table_that_takes_no_more_writes_does_not_slow_the_page(
    world: World, share: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "ThrottlingException"))

    assert beacon(world, share).status == 503
    assert ask(world, f"/shared/{share['access_token']}", "GET").status == 200


HOLDS: dict[str, Callable[[str], bool]] = {
    "says that it is sent": lambda page: "<body data-views" in page,
    "may send to its own host only": lambda page: "connect-src 'self'" in page,
}


@pytest.mark.parametrize("holds", HOLDS.values(), ids=HOLDS)
def test_the_page_of_a_report(world: World, share: Json, holds: Callable[[str], bool]) -> None:
    answer = ask(world, f"/shared/{share['access_token']}", "GET")

    assert holds(answer.text + answer.headers["Content-Security-Policy"])


def test_no_other_page_may_send_anything(world: World, share: Json) -> None:
    protect(world, share)

    assert "connect-src" not in ask(world, f"/shared/{share['access_token']}", "GET").headers["Content-Security-Policy"]
