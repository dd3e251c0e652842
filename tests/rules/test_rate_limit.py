"""The rate limit as a log of the last requests."""

from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.rate_limit import WINDOW, RateLimit, is_exceeded, no_requests, seconds_until_accepted, state


@given(st.integers(1, 6), st.lists(st.integers(0, WINDOW // 2), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_the_limit_and_none_is_refused_below_it(limit: int, gaps: list[int]) -> None:
    times, now = no_requests(limit), 10 * WINDOW
    accepted: list[int] = []
    for gap in gaps:
        now += gap
        within = sum(time > now - WINDOW for time in accepted)
        assert is_exceeded(times, now) == (within >= limit)
        if not is_exceeded(times, now):
            times = [*times[1:], now]
            accepted.append(now)


@given(st.integers(1, 6), st.integers(0, WINDOW - 1))
def test_a_caller_who_waits_as_told_is_accepted_and_a_second_earlier_is_not(limit: int, later: int) -> None:
    start = 10 * WINDOW
    times = [start] * limit
    now = start + later

    wait = seconds_until_accepted(times, now)

    assert not is_exceeded(times, now + wait * 1000)
    assert wait == 1 or is_exceeded(times, now + (wait - 1) * 1000)


def test_what_is_left_counts_the_last_minute_only() -> None:
    now = 10 * WINDOW

    assert state([0, now - WINDOW, now - 1, now], now) == RateLimit(limit=4, remaining=2, reset=60)
