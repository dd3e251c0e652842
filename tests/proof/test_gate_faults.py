"""AWS failing, and functions dying, while a password is tried or a look is told: the gate holds."""

import pytest

from report_shares.rules.gate import PLACES
from report_shares.store import items
from report_shares.times import MINUTE, SECOND
from tests.handlers.test_gate import enter, page, protect
from tests.handlers.test_views import beacon, counted
from tests.passwords import PASSWORD
from tests.proof import aws_faults
from tests.proof.aws_faults import Fault, Killed, on, wire
from tests.world import Json, World

LOST = (aws_faults.LOST_ANSWER, aws_faults.RESET_AFTER)
NOT_DONE = (aws_faults.LOST_REQUEST, aws_faults.THROTTLED, aws_faults.BROKEN)


@pytest.fixture(autouse=True)
def untired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)


@pytest.fixture
def share(world: World) -> Json:
    made = world.create(world.add_key()).json
    protect(world, made)
    return made


def places(world: World, share: Json) -> int:
    item = world.dynamodb.get_item(TableName="shares", Key=items.gate_key(share["id"])).get("Item")
    return len(items.gate_places_from(item)) if item else 0


@pytest.mark.parametrize("first", [1, 2, 3], ids=["the first place", "taking", "giving back"])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.name)
def test_an_answer_that_is_lost_takes_no_second_place_and_keeps_none(
    world: World, share: Json, fault: Fault, first: int
) -> None:
    """The right password is right all the same, and one place is given back once."""
    with wire(on("UpdateItem", fault, attempts=1, first=first)):
        assert enter(world, share).status == 303

    assert places(world, share) == 0


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.name)
def test_the_tenth_place_is_taken_once_though_its_answer_was_lost(world: World, share: Json, fault: Fault) -> None:
    for _ in range(PLACES - 1):
        enter(world, share, "wrong")

    with wire(on("UpdateItem", fault, attempts=1)):
        assert enter(world, share).status == 303

    assert places(world, share) == PLACES - 1


@pytest.mark.parametrize("first", [1, 3], ids=["taking", "keeping"])
@pytest.mark.parametrize("fault", NOT_DONE, ids=lambda fault: fault.name)
def test_a_fault_that_stays_is_503_and_a_wrong_one_still_counts(
    world: World, share: Json, fault: Fault, first: int
) -> None:
    with wire(on("UpdateItem", fault, first=first)):
        assert enter(world, share, "wrong").status == 503

    assert places(world, share) == (0 if first == 1 else 1)


def tried_to_death(world: World, share: Json, death: Fault) -> None:
    """As many wrong ones as there are places, each of which dies when it is to be kept as wrong."""
    enter(world, share)
    for _ in range(PLACES):
        with wire(on("UpdateItem", death, first=2)), pytest.raises(Killed):
            enter(world, share, "wrong")
    assert places(world, share) == PLACES


def test_tries_that_die_before_they_are_kept_close_the_gate_once_they_must_be_dead(world: World, share: Json) -> None:
    tried_to_death(world, share, aws_faults.KILLED)

    assert enter(world, share).headers["Retry-After"] == "1"
    world.clock.now += 30 * SECOND
    assert enter(world, share).headers["Retry-After"] == "570"
    world.clock.now += 570 * SECOND
    assert enter(world, share).status == 303


def test_tries_that_die_after_they_are_kept_close_the_gate_at_once(world: World, share: Json) -> None:
    tried_to_death(world, share, aws_faults.KILLED_AFTER)

    assert enter(world, share).headers["Retry-After"] == "600"
    world.clock.now += 10 * MINUTE
    assert enter(world, share).status == 303


@pytest.mark.parametrize("fault", [*LOST, *NOT_DONE], ids=lambda fault: fault.name)
def test_a_look_that_cannot_be_counted_is_503_and_the_page_is_there(world: World, fault: Fault) -> None:
    share = world.create(world.add_key()).json
    beacon(world, share)

    with wire(on("UpdateItem", fault)):
        assert beacon(world, share).status == 503
        assert page(world, share).status == 200

    assert counted(world, share)[0] <= 3  # carried out twice and never answered


def test_a_wrong_one_costs_two_writes_and_so_does_a_right_one(world: World, share: Json) -> None:
    enter(world, share)
    for password in ("wrong", PASSWORD):
        with wire(lambda *_: None) as met:
            enter(world, share, password)
        assert met.attempts.count("UpdateItem") == 2
