"""Times as the service counts them and as the API spells them."""

import time
from datetime import UTC, datetime, timedelta, timezone

from report_shares.times import DAY, MINUTE, SECOND, iso, milliseconds, system_clock
from tests.world import NOON


def test_times_count_milliseconds() -> None:
    assert (SECOND, MINUTE, DAY) == (1_000, 60_000, 86_400_000)


def test_the_clock_shows_the_present_time() -> None:
    assert abs(system_clock() - time.time() * 1_000) < 1_000


def test_a_time_is_spelled_in_utc_with_milliseconds() -> None:
    assert [iso(0), iso(NOON)] == ["1970-01-01T00:00:00.000Z", "2026-04-20T15:23:04.512Z"]


def test_a_moment_of_any_zone_counts_in_whole_milliseconds() -> None:
    moment = datetime(2026, 4, 20, 15, 23, 4, 512_999, tzinfo=UTC)

    assert milliseconds(moment) == milliseconds(moment.astimezone(timezone(timedelta(hours=2)))) == NOON
