"""The gate explored completely: every interleaving, crash, lost answer and tick of the real tries, small scope."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from report_shares.rules import gate, passwords
from report_shares.rules.gate import Place, Places
from report_shares.rules.shares import Share
from report_shares.use_cases import try_password
from report_shares.use_cases.try_password import TryPassword
from tests.proof import gate_explorer, memory_gate
from tests.proof.gate_explorer import TICK, Exploration, Scope
from tests.proof.memory_gate import Gate, KeepAsWrong, Take

EVERY_ANSWER = {"right", "wrong", "closed", "busy"}

QUICK = {
    "one place, two at once": Scope(places=1, window=3, longest_try=2, at_once=2, purges=True),
    "two places, one at a time": Scope(places=2, window=3, longest_try=2, at_once=1, purges=True),
    "two places, two at once, the beginning": Scope(2, window=3, longest_try=2, at_once=2, states_at_most=8_000),
}
LARGER = {
    "one place, three at once": Scope(places=1, window=3, longest_try=2, at_once=3),
    "two places, two at once": Scope(places=2, window=3, longest_try=2, at_once=2),
    "three places, one at a time": Scope(places=3, window=4, longest_try=2, at_once=1),
}


@pytest.fixture(autouse=True)
def few_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_password, "_MAX_ATTEMPTS", 3)
    monkeypatch.setattr("report_shares.rules.passwords.is_right", gate_explorer.stand_in)


@pytest.fixture
def explored(monkeypatch: pytest.MonkeyPatch, progress: Callable[[str], None]) -> Callable[[Scope], Exploration]:
    def explore(scope: Scope) -> Exploration:
        monkeypatch.setattr(gate, "PLACES", scope.places)
        monkeypatch.setattr(gate, "WINDOW", scope.window * TICK)
        monkeypatch.setattr(gate, "_LONGEST_TRY", scope.longest_try * TICK)
        exploration = Exploration(scope)
        exploration.run(lambda states, left: progress(f"{states:,} states, {left:,} to follow"))
        progress(f"{exploration.states:,} states, {exploration.transitions:,} transitions, all followed")
        return exploration

    return explore


@pytest.mark.parametrize("scope", QUICK.values(), ids=QUICK)
def test_no_interleaving_of_tries_breaks_the_gate(explored: Callable[[Scope], Exploration], scope: Scope) -> None:
    exploration = explored(scope)

    assert exploration.ended.keys() >= EVERY_ANSWER


@pytest.mark.long
@pytest.mark.parametrize("scope", LARGER.values(), ids=LARGER)
def test_no_interleaving_of_tries_breaks_the_gate_in_a_larger_scope(
    explored: Callable[[Scope], Exploration], scope: Scope
) -> None:
    exploration = explored(scope)

    assert exploration.states > 10_000
    assert exploration.ended.keys() >= EVERY_ANSWER


# ---- the exploration finds what it is there to find ------------------------------------------------------------------

ONE_AT_A_TIME, TWO_AT_ONCE = QUICK["two places, one at a time"], QUICK["one place, two at once"]


def test_a_place_that_is_only_looked_for_before_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Take, "write", _takes_whatever_stands_there)

    with pytest.raises(AssertionError, match=r"2 wrong passwords hashed|a place was taken at a closed gate") as found:
        explored(TWO_AT_ONCE)

    assert "the way there:" in found.value.__notes__[0]


def _takes_whatever_stands_there(take: Take, present: Gate | None) -> tuple[Gate | None, bool]:
    """Takes a place of a gate whatever stands there."""
    if present is None:
        return None, False
    places = present.by_name | {take.name: Place(take.now)}
    return present._replace(places=frozenset(places.items())), True


def test_a_wrong_one_that_counts_from_its_beginning_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(wrong: KeepAsWrong, present: Gate | None) -> tuple[Gate | None, bool]:
        if present is None or wrong.name not in present.by_name:
            return present, False
        place = replace(present.by_name[wrong.name], is_wrong=True)
        return present._replace(places=frozenset((present.by_name | {wrong.name: place}).items())), True

    monkeypatch.setattr(KeepAsWrong, "write", kept)

    with pytest.raises(AssertionError, match=r"a place was taken at a closed gate"):
        explored(ONE_AT_A_TIME)


def test_a_wrong_one_that_gives_its_place_back_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TryPassword, "__call__", _gives_back_whatever_it_was)

    with pytest.raises(AssertionError, match=r"gave back a place that it must not"):
        explored(ONE_AT_A_TIME)


def _gives_back_whatever_it_was(use_case: TryPassword, share: Share, password: str) -> bool:
    name = use_case.new_name()
    use_case._take_place(share, name)
    is_right = passwords.is_right(password, "")
    use_case.gate.give_back(share.id, name)
    return is_right


def test_a_hash_without_a_place_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TryPassword, "_take_place", lambda use_case, *_: use_case.clock())

    with pytest.raises(AssertionError, match=r"hash without a place"):
        explored(ONE_AT_A_TIME)


def test_a_gate_that_opens_with_its_oldest_place_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    to_clear = gate.to_clear

    def oldest_out(places: Places, now: int) -> Places:
        over = {name: place for name, place in places.items() if place.is_over(now)}
        return over or to_clear(places, now)

    monkeypatch.setattr(gate, "to_clear", oldest_out)

    with pytest.raises(AssertionError, match=r"a place was taken at a closed gate"):
        explored(ONE_AT_A_TIME)


def test_crashed_tries_that_never_count_are_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Place, "counts_as_wrong", lambda place, _: place.is_wrong)

    with pytest.raises(AssertionError, match=r"busy with the dead"):
        explored(ONE_AT_A_TIME)


def test_a_gate_that_is_deleted_while_it_counts_is_found_to_break(
    explored: Callable[[Scope], Exploration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_gate, "kept_until", lambda now: now + gate.WINDOW)

    with pytest.raises(AssertionError, match=r"a place was taken at a closed gate"):
        explored(ONE_AT_A_TIME)
