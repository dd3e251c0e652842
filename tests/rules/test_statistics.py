"""Intervals and p-values are those of the textbooks, and right about as often as they say."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from report_shares.rules.snapshot import build_snapshot
from report_shares.rules.statistics import sign_test, wilson_interval
from tests.rules.runs import ACME, answer, folded, run_of

_counts = st.integers(0, 3_000)


@given(_counts, _counts)
def test_an_interval_is_wilsons(successes: int, failures: int) -> None:
    trials = successes + failures
    interval = wilson_interval(successes, trials)
    if not trials:
        assert interval is None
        return
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert interval == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)


@given(_counts, _counts.filter(bool))
def test_a_rate_lies_within_its_interval_and_that_within_0_to_100(successes: int, failures: int) -> None:
    for number, trials in ((successes, successes + failures), (successes + failures, successes + failures)):
        low, high = wilson_interval(number, trials) or (1, 0)
        assert 0 <= low <= 100 * number / trials <= high <= 100


def test_an_interval_ends_at_0_and_100_exactly_where_the_rate_does() -> None:
    for trials in range(1, 100):
        assert (wilson_interval(0, trials) or (1, 1))[0] == 0.0
        assert (wilson_interval(trials, trials) or (1, 1))[1] == 100.0


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_p_value_is_that_of_the_exact_binomial_test(won: int, lost: int) -> None:
    p_value, is_significant = sign_test(won, lost)
    expected = binomtest(won, won + lost).pvalue if won + lost else 1.0
    assert p_value == pytest.approx(expected, rel=1e-9)
    assert is_significant == (expected < 0.05)


@pytest.mark.parametrize(
    ("won", "lost", "is_significant"), [(0, 5, False), (0, 6, True), (4, 13, True), (61, 108, True), (9, 9, False)]
)
def test_a_change_is_significant_below_5_per_cent_whoever_won(won: int, lost: int, is_significant: bool) -> None:
    assert sign_test(won, lost)[1] is sign_test(lost, won)[1] is is_significant


def test_no_number_of_cells_is_too_large() -> None:
    assert sign_test(25_000, 25_000) == (1.0, False)
    assert sign_test(20_000, 30_000) == (0.0, True)


@pytest.mark.parametrize("samples", [1, 2, 3])
def test_unchanged_rates_are_called_significant_at_most_6_times_in_100(samples: int) -> None:
    """Answers that are independent, of prompts of very different rates; 1,000 comparisons of 60 cells."""
    chance = random.Random(samples)  # noqa: S311 - repeatable on purpose
    rates = [chance.betavariate(1, 1) for _ in range(60)]

    def asked() -> list[int]:
        return [sum(chance.random() < rate for _ in range(samples)) for rate in rates]

    significant = 0
    for _ in range(1_000):
        before, now = asked(), asked()
        won = sum(one < other for one, other in zip(before, now, strict=True))
        lost = sum(one > other for one, other in zip(before, now, strict=True))
        significant += sign_test(won, lost)[1]
    assert significant <= 60


@pytest.mark.parametrize("samples", [1, 3])
def test_so_is_the_change_that_a_report_shows(samples: int) -> None:
    chance = random.Random(samples)  # noqa: S311 - repeatable on purpose

    def run(number: int) -> dict[str, object]:
        cells = [answer(at, brand_appears=chance.random() < 0.4) for at in range(25) for _ in range(samples)]
        return run_of(*cells, number=number, day=number)

    found = [build_snapshot(folded(run(1), run(2)), ACME)["changes"] for _ in range(100)]
    assert sum(changes is not None and changes["is_significant"] for changes in found) <= 6
