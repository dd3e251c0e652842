"""What a change of shares is called, what it keeps to itself, and how often it is decided anew."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from report_shares.refusals import Contention
from report_shares.rules.views import Views
from report_shares.use_cases.manage_shares import ShareUpdate
from report_shares.use_cases.read_shared_report import Reader
from report_shares.use_cases.share_changes import (
    Contended,
    IdempotencyRecord,
    Kind,
    Link,
    Outcome,
    ShareChange,
    StaleView,
    until_it_stands,
)
from tests.store.test_items import SCHEDULE, SHARE
from tests.world import NOON, SCHEDULE_ID


def failing(times: int, error: type[Exception]) -> Callable[[int], int]:
    """An attempt that fails on the first views and returns the number of the one on which it does not."""

    def attempt(view: int) -> int:
        if view < times:
            raise error
        return view

    return attempt


def test_records_and_log_lines_have_their_words_for_what_a_change_was() -> None:
    assert [*Kind] == ["created", "refreshed", "rotated", "extended", "changed", "revoked"]


def test_nothing_but_what_is_said_is_changed_or_told() -> None:
    assert Outcome(Kind.REVOKED) == Outcome(Kind.REVOKED, link=None, is_replay=False, retries=0, roll_up_age=None)
    assert ShareChange(SCHEDULE_ID, None) == ShareChange(SCHEDULE_ID, None, False, None, None, (), None)
    record = IdempotencyRecord("someone", "once", "print", 2, Kind.REVOKED, None, "", 1_000, 9_001)
    assert ShareUpdate().applied(SHARE, SCHEDULE, NOON) == replace(SHARE, revision=SHARE.revision + 1)
    assert Views(record.views_count, record.last_viewed_at) == Link(SHARE, "", "").views == Views(0, None)


def test_the_token_of_a_link_is_not_in_what_it_looks_like_in_a_log() -> None:
    assert "of-the-link" not in repr(Link(SHARE, "https://reports.example.com/shared/", "of-the-link"))


def test_what_a_reader_shows_is_not_in_what_they_look_like_in_a_log() -> None:
    reader = Reader(passes={"pass": ["of-a-visit"]}, password="of-the-link")  # noqa: S106

    assert "of-" not in repr(reader)
    assert Reader() == Reader(foreign_host=None, passes={}, password=None)


@pytest.mark.parametrize("error", [StaleView, Contended])
@pytest.mark.parametrize("times", [0, 1, 11])
def test_a_change_is_decided_anew_on_the_next_view_until_it_stands(
    times: int, error: type[Exception], no_waiting: list[float]
) -> None:
    assert until_it_stands(failing(times, error), count()) == (times, times)
    assert len(no_waiting) == times


@pytest.mark.parametrize("error", [StaleView, Contended])
def test_after_twelve_attempts_with_longer_and_longer_waits_a_change_is_given_up(
    error: type[Exception], no_waiting: list[float]
) -> None:
    views = count()

    with pytest.raises(Contention) as gave_up:
        until_it_stands(failing(12, error), views)

    assert gave_up.value.retries == 11
    assert next(views) == 12
    assert 0 < no_waiting[0] <= 0.02
    assert max(no_waiting) <= 0.4
    assert len({*no_waiting}) > 5  # at random, so that two callers do not meet again and again


def test_what_fails_for_another_reason_is_not_tried_again(no_waiting: list[float]) -> None:
    with pytest.raises(KeyError):
        until_it_stands(failing(1, KeyError), count())

    assert no_waiting == []
