"""At most ten wrong passwords in ten minutes: which places make room, and how long a gate stays shut."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_shares.rules.gate import PLACES, WINDOW, NoPlace, Place, to_clear
from report_shares.times import MINUTE, SECOND

NOW = 100 * MINUTE


def tries(*ages: int, is_wrong: bool = True) -> dict[str, Place]:
    """Tries that began so many milliseconds ago."""
    return {str(number): Place(NOW - age, is_wrong) for number, age in enumerate(ages)}


def refused(places: dict[str, Place], now: int = NOW) -> tuple[int, bool]:
    with pytest.raises(NoPlace) as refusal:
        to_clear(places, now)
    return refusal.value.retry_after, refusal.value.is_closed


def test_while_there_is_room_nothing_is_cleared() -> None:
    assert to_clear(tries(*[11 * MINUTE] * 9), NOW) == {}


def test_ten_wrong_ones_within_ten_minutes_close_the_gate_until_ten_minutes_after_the_tenth() -> None:
    wrong = tries(*(age * MINUTE for age in range(10)))  # the first was nine minutes ago

    assert refused(wrong) == (600, True)
    assert refused(wrong, NOW + 5 * MINUTE) == (300, True)  # when the first is over for long
    assert refused(wrong, NOW + 10 * MINUTE - 1) == (1, True)
    assert set(to_clear(wrong, NOW + 10 * MINUTE)) == set(wrong)


def test_ten_wrong_ones_that_took_ten_minutes_do_not_close_it() -> None:
    wrong = tries(WINDOW, *(age * MINUTE for age in range(9)))

    assert set(to_clear(wrong, NOW)) == {"0"}


def test_while_all_places_are_only_taken_the_answer_is_a_second() -> None:
    assert refused(tries(*[0] * 10, is_wrong=False)) == (1, False)


def test_while_one_place_is_only_taken_the_gate_is_not_closed() -> None:
    places = tries(*[MINUTE] * 9) | {"last": Place(NOW)}

    assert refused(places) == (1, False)


def test_tries_that_were_never_finished_count_as_wrong_ones_and_are_over_with_them() -> None:
    crashed = tries(*[30 * SECOND] * 10, is_wrong=False)

    assert refused(crashed) == (570, True)
    assert set(to_clear(crashed, NOW + WINDOW - 30 * SECOND)) == set(crashed)


class Gate:
    """The gate as the store keeps it, on a clock that goes on."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.now = NOW

    def try_once(self, name: str, *, is_right: bool | None) -> str:
        """A try whose password is right, wrong, or (None) which crashes."""
        try:
            for cleared in to_clear(self.places, self.now):
                del self.places[cleared]
        except NoPlace as refusal:
            return "closed" if refusal.is_closed else "busy"
        self.places[name] = Place(self.now)
        if is_right:
            del self.places[name]
        elif is_right is not None:
            self.places[name] = replace(self.places[name], is_wrong=True)
        return "tried"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4 * MINUTE), st.sampled_from([True, False, False, None])), max_size=60))
def test_whoever_tries_whenever_never_more_than_ten_wrong_ones_are_tried_in_ten_minutes(
    steps: Sequence[tuple[int, bool | None]],
) -> None:
    gate = Gate()
    wrong: list[int] = []
    for number, (pause, is_right) in enumerate(steps):
        gate.now += pause
        outcome = gate.try_once(str(number), is_right=is_right)
        if outcome == "tried" and not is_right:
            wrong.append(gate.now)
        recent = [time for time in wrong if time > gate.now - WINDOW]
        assert len(recent) <= PLACES
        assert outcome != "closed" or wrong[-1] - wrong[-10] < WINDOW
        assert len(gate.places) <= PLACES


def test_right_ones_take_no_place_for_good() -> None:
    gate = Gate()
    for number in range(9):
        gate.try_once(f"wrong {number}", is_right=False)

    assert [gate.try_once(f"right {number}", is_right=True) for number in range(100)] == ["tried"] * 100


def test_a_try_that_said_nothing_counts_as_wrong_after_30_seconds() -> None:
    assert not Place(since=1_000).counts_as_wrong(30_999)
    assert Place(since=1_000).counts_as_wrong(31_000)
