"""A frozen snapshot is handed on as it is, and looked into only where that is needed."""

import json

import pytest
from pydantic_core import to_json

from report_shares.rules.frozen_snapshot import FrozenSnapshot
from report_shares.rules.rollup import RollUp
from report_shares.rules.sections import without_sections
from report_shares.rules.snapshot import build_snapshot
from report_shares.rules.white_label import SECTIONS
from tests.rules.runs import ACME

CONTENT = build_snapshot(RollUp(), ACME)
TEXT = to_json(CONTENT).decode()
ALL = dict.fromkeys(SECTIONS, True)


def test_with_all_sections_on_the_frozen_text_is_not_read() -> None:
    assert FrozenSnapshot("no JSON at all").shown_text(ALL) == "no JSON at all"


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_that_is_off_is_absent_from_the_text(section: str) -> None:
    sections = ALL | {section: False}
    frozen = FrozenSnapshot(TEXT)

    assert json.loads(frozen.shown_text(sections)) == without_sections(CONTENT, sections)
    assert frozen.shown(sections) == without_sections(CONTENT, sections)


def test_each_choice_of_sections_is_shown_though_another_was_shown_before() -> None:
    frozen = FrozenSnapshot(TEXT)
    choices = [ALL | {"show_stats_cards": False}, ALL | {"show_trend_chart": False}, ALL]

    shown = [frozen.shown_text(sections) for sections in (*choices, *choices)]

    assert [json.loads(text) for text in shown] == [without_sections(CONTENT, sections) for sections in choices] * 2


def test_the_same_choice_again_is_not_made_anew() -> None:
    frozen = FrozenSnapshot(TEXT)
    sections = ALL | {"show_stats_cards": False}

    assert frozen.shown_text(sections) is frozen.shown_text(dict(sections))
