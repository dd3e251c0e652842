"""Gates and counts of looks in the table, where two writes meet at the worst moment."""

from collections.abc import Callable
from typing import Any

import pytest

from report_shares.rules.gate import PLACES, Place
from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.store.gate_table import GateTable
from report_shares.store.view_table import ViewTable
from report_shares.times import DAY
from tests.handlers.calls import before_each_call, recorded
from tests.world import NOON, World


@pytest.fixture
def share(world: World) -> Share:
    made = world.create(world.add_key()).json
    return items.share_from(world.dynamodb.get_item(TableName="shares", Key=items.share_key(made["id"]))["Item"])


@pytest.fixture
def gate(world: World) -> GateTable:
    return GateTable(world.dynamodb, "shares")


def places(world: World, share: Share) -> dict[str, Place]:
    return items.gate_places_from(world.dynamodb.get_item(TableName="shares", Key=items.gate_key(share.id))["Item"])


def before_the_second_write(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Lets somebody else work between the first write, which finds no item, and the one that makes it."""
    writes: list[str] = []

    def look(operation: str, _: Any) -> None:
        if operation == "UpdateItem":
            writes.append(operation)
            if len(writes) == 2:
                work()

    before_each_call(monkeypatch, look)


def filled(gate: GateTable, share: Share) -> None:
    for number in range(PLACES):
        assert gate.take(share, str(number), NOON, {}) is None


def test_of_two_first_tries_neither_takes_the_others_place(
    world: World, gate: GateTable, share: Share, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_second_write(monkeypatch, lambda: gate.take(share, "faster", NOON, {}))

    assert gate.take(share, "slower", NOON, {}) == {}  # look again
    assert gate.take(share, "slower", NOON, {}) is None
    assert set(places(world, share)) == {"faster", "slower"}


def test_the_first_place_of_a_gate_costs_two_writes_each_further_one_and_a_refusal_one(
    gate: GateTable, share: Share
) -> None:
    costs = []
    for number in range(PLACES + 1):
        with recorded() as calls:
            gate.take(share, str(number), NOON, {})
        costs.append(calls)

    assert costs == [["UpdateItem"] * 2, *[["UpdateItem"]] * PLACES]


def test_places_are_cleared_only_as_they_were_seen(world: World, gate: GateTable, share: Share) -> None:
    filled(gate, share)
    seen = places(world, share)
    gate.keep_as_wrong(share.id, "3", NOON)

    found = gate.take(share, "late", NOON + 1, {"2": seen["2"], "3": seen["3"]})

    assert found == places(world, share) == seen | {"3": Place(NOON, is_wrong=True)}
    assert gate.take(share, "late", NOON + 1, {"2": seen["2"]}) is None
    assert set(places(world, share)) == seen.keys() - {"2"} | {"late"}


def test_a_place_that_was_cleared_meanwhile_is_neither_given_back_nor_kept(
    world: World, gate: GateTable, share: Share
) -> None:
    gate.take(share, "there", NOON, {})

    gate.keep_as_wrong(share.id, "gone", NOON)
    gate.give_back(share.id, "gone")

    assert places(world, share) == {"there": Place(NOON)}


def test_of_two_first_looks_both_count(world: World, share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    views = ViewTable(world.dynamodb, "shares")
    before_the_second_write(monkeypatch, lambda: views.count_view(share, NOON, NOON + DAY))

    views.count_view(share, NOON, NOON + DAY)

    item = world.dynamodb.get_item(TableName="shares", Key=items.views_key(share.id))["Item"]
    assert items.views_from(item).count == 2
    assert item["times"]["L"][-2:] == [items.number(NOON)] * 2
    assert len(item["times"]["L"]) == 60
