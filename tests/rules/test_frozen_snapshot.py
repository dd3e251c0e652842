"""A frozen snapshot is handed on as it is, and parsed only when it has to be."""

import json

import pytest
from pydantic_core import to_json

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.contract.white_label import SECTIONS
from report_shares.rules.frozen_snapshot import FrozenSnapshot, empty_snapshot
from report_shares.rules.roll_up import RollUp
from report_shares.rules.sections import without_sections
from report_shares.rules.snapshot import build_snapshot
from tests.rules.runs import ACME, FIRST, SECOND, folded

ALL = dict.fromkeys(SECTIONS, True)

# The trend belongs to two sections; the others own no part of a snapshot.
_TREND = ("show_trend_chart", "show_run_history_table")
_ELSEWHERE = ("show_cover_page", "show_downloads", "show_footer", "show_header_logo")
HIDING = [(section,) for section in SECTIONS if section not in (*_TREND, *_ELSEWHERE)] + [_TREND]


@pytest.fixture
def content() -> ReportSnapshot:
    return build_snapshot(folded(FIRST, SECOND), ACME)


@pytest.fixture
def frozen(content: ReportSnapshot) -> FrozenSnapshot:
    return FrozenSnapshot(to_json(content).decode())


def test_with_all_sections_on_the_frozen_text_is_not_read() -> None:
    assert FrozenSnapshot("no JSON at all").shown_text(ALL) == "no JSON at all"


@pytest.mark.parametrize("hidden", HIDING, ids=" and ".join)
def test_what_belongs_to_sections_that_are_off_is_absent_from_the_text(
    hidden: tuple[str, ...], content: ReportSnapshot, frozen: FrozenSnapshot
) -> None:
    sections = ALL | dict.fromkeys(hidden, False)

    shown = json.loads(frozen.shown_text(sections))

    assert shown == frozen.shown(sections) == without_sections(content, sections)
    assert shown != content


def test_each_choice_of_sections_is_shown_though_another_was_shown_before(
    content: ReportSnapshot, frozen: FrozenSnapshot
) -> None:
    choices = [ALL | {"show_stats_cards": False}, ALL | {"show_platform_matrix": False}, ALL]

    shown = [frozen.shown_text(sections) for sections in (*choices, *choices)]

    assert [json.loads(text) for text in shown] == [without_sections(content, sections) for sections in choices] * 2
    assert len(set(shown)) == len(choices)


def test_the_same_choice_again_is_made_only_once(frozen: FrozenSnapshot) -> None:
    sections = ALL | {"show_stats_cards": False}

    assert frozen.shown_text(sections) is frozen.shown_text(dict(sections))


def test_the_empty_snapshot_is_that_of_no_runs() -> None:
    assert empty_snapshot().content == build_snapshot(RollUp(), ACME)
