"""A number has one value and one spelling: on the page, in the JSON, and in the sentences of the summary."""

import re
from html import unescape

from hypothesis import given, settings

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.numerals import count_text, percent_text
from report_shares.rules.sections import without_sections
from report_shares.rules.snapshot import build_snapshot
from tests.page.test_tables import sections, usable
from tests.page.test_trust import words
from tests.page.test_view import page
from tests.rules.runs import ACME, FIRST, SECOND, Json, folded, histories

_NUMBER = re.compile(r'<data value="(?P<value>[^"]+)"(?P<kind>[^>]*)>(?P<text>[^<]*)</data>')


def _numbers_in(part: object) -> set[float]:
    """Every number in a part of the JSON."""
    match part:
        case bool() | str() | None:
            return set()
        case int() | float():
            return {float(part)}
        case dict():
            return set().union(*map(_numbers_in, part.values()))
        case list():
            return set().union(*map(_numbers_in, part))
    raise AssertionError(part)


@settings(max_examples=15)
@given(histories.filter(usable), sections)
def test_page_and_json_agree_over_any_history(history: list[Json], is_on: dict[str, bool]) -> None:
    whole = build_snapshot(folded(*history), ACME)

    html = page(whole, report_sections_config=is_on)

    shown = without_sections(whole, is_on)
    known = _numbers_in(dict(shown)) | {0.05}
    for found in _NUMBER.finditer(html):
        value, text = float(found["value"]), unescape(found["text"])
        assert text in _spellings(value, found["kind"])
        # A difference, a share of what is shown, and how many of something there are, are worked out for the page.
        if "data-signed" not in found["kind"] and value % 1:
            assert value in known, found[0]


def _spellings(value: float, kind: str) -> set[str]:
    if "data-digits" in kind:
        return {f"{value:.2f}", f"{value:.4f}"}
    sign = ("+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "") if "data-signed" in kind else ""
    size = abs(value)
    whole = {f"{sign}{count_text(int(size))}"} if size.is_integer() else set()
    return whole | {f"{sign}{size:.1f}", f"{sign}{percent_text(size)}"}


@settings(max_examples=15)
@given(histories.filter(usable))
def test_the_sentences_stand_on_the_page_as_they_are_in_the_json(history: list[Json]) -> None:
    shown: ReportSnapshot = build_snapshot(folded(*history), ACME)

    read = unescape(words(page(shown)))

    assert all(" ".join(sentence.split()) in read for sentence in shown["summary"])


def test_every_rate_of_the_json_stands_on_the_page() -> None:
    shown = build_snapshot(folded(FIRST, SECOND), ACME)
    on_page = {float(found["value"]) for found in _NUMBER.finditer(page(shown))}

    parts = ("stats", "trend", "platforms", "regions", "categories", "competitors", "rivals")
    rates = {number for part in parts for number in _numbers_in(shown.get(part)) if number % 1}
    assert rates <= on_page
