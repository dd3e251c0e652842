"""The tables as CSV: what they have of the JSON, how values are spelled, and that no text is a formula."""

import csv
import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_shares.contract.downloads import TABLES
from report_shares.contract.snapshot import PlatformRow, ReportSnapshot, TrendPoint
from report_shares.contract.white_label import SECTIONS
from report_shares.page import tables
from report_shares.page.tables import harmless, table_of
from report_shares.rules.run_files import RunFileRejected
from report_shares.rules.sections import without_sections
from report_shares.rules.snapshot import build_snapshot
from tests.page.reports import empty_snapshot, snapshot
from tests.rules.runs import ACME, Json, folded, histories


def whole() -> ReportSnapshot:
    """A snapshot with every part that a table is made of."""
    given = snapshot(runs=3, prompts=4)
    given["trend"][0]["visibility_interval"] = None
    given["changes"] = {
        "since": "2026-04-13T15:23:04.512Z", "until": "2026-04-20T15:23:04.512Z",
        "compared_cells": 690, "only_before": 30, "only_now": 0, "won": 61, "lost": 108,
        "p_value": 0.0004, "is_significant": True,
        "platforms": [
            {"name": "ChatGPT", "before": 60.0, "now": 51.1, "won": 5, "lost": 13},
            {"name": "Gemini", "before": 0.0, "now": 100.0, "won": 7, "lost": 0},
        ],
        "regions": [{"name": "Germany", "before": 55.0, "now": 48.1, "won": 30, "lost": 54}],
        "prompts": [{"prompt": "which roaster", "before": 75.0, "now": 25.0, "won": 0, "lost": 4}],
        "competitors": [{"name": "Roastery 1", "before": 80.1, "now": 82.0, "is_brand": False}],
        "domains": {"gained": ["site1.example"], "lost": []},
    }  # fmt: skip
    given["evidence"] = [
        {
            "prompt": given["prompts"][0]["prompt"], "platform": "ChatGPT",
            "region": "Germany", "model": None, "answered_at": None,
            "brand_appears": True, "rank": 2, "businesses": ["Roastery 1", 'The "Bean", Inc.'], "excerpt": "Try Acme.",
        }
    ]  # fmt: skip
    return given


def early() -> ReportSnapshot:
    """A snapshot from before there were intervals and the parts that came with them."""
    given = snapshot(runs=3, prompts=4)
    for part in ("changes", "rivals", "evidence", "method", "summary"):
        del given[part]  # type: ignore[misc]
    rows: list[TrendPoint | PlatformRow] = [*given["trend"], *given["platforms"], *given["regions"]]
    for row in (*rows, *given["categories"]):
        del row["visibility_interval"]
    return given


def text(shown: ReportSnapshot, name: str) -> str:
    table = table_of(shown, name)
    assert table is not None
    return table.text


def parsed(shown: ReportSnapshot, name: str) -> list[list[str]]:
    """Header and rows, as a reader of RFC 4180 takes them."""
    return list(csv.reader(io.StringIO(text(shown, name).removeprefix("\ufeff"), newline=""), strict=True))


def off(*sections: str) -> dict[str, bool]:
    return {section: section not in sections for section in SECTIONS}


# ---- what a table has ------------------------------------------------------------------------------------------------

HEADERS = {
    "trend": "completed_at visibility_score visibility_interval_low visibility_interval_high citation_share "
    "answers_count",
    "platforms": "name answers_count appearances_count visibility_score visibility_interval_low "
    "visibility_interval_high",
    "regions": "name answers_count appearances_count visibility_score visibility_interval_low "
    "visibility_interval_high citation_share",
    "categories": "name answers_count appearances_count visibility_score visibility_interval_low "
    "visibility_interval_high citation_share",
    "competitors": "name mentions_count share_of_voice avg_rank is_brand",
    "domains": "domain count share is_brand",
    "pages": "url title domain count",
    "prompts": "prompt category answers_count appearances_count visibility_score best_rank avg_rank trend",
    "matrix": "prompt chatgpt claude copilot gemini google_ai_mode google_ai_overview grok perplexity",
    "changes": "kind name before now won lost",
    "evidence": "prompt platform region model answered_at brand_appears rank businesses excerpt",
}


@pytest.mark.parametrize("name", TABLES)
def test_the_header_has_the_names_of_the_jsons_fields(name: str) -> None:
    assert parsed(whole(), name)[0] == HEADERS[name].split()


def test_values_are_spelled_as_in_the_json() -> None:
    shown = whole()

    assert parsed(shown, "trend")[1:3] == [
        ["2016-01-04T06:00:00.000Z", "20.0", "", "", "3.0", "720"],
        ["2016-01-11T06:00:00.000Z", "32.7", "29.1", "36.4", "3.7", "720"],
    ]
    assert parsed(shown, "competitors")[3] == ["Acme Coffee Roasters", "882", "8.8", "2.5", "true"]
    assert parsed(shown, "matrix")[1][:3] == ["which roaster is the best for occasion number 0", "", "0.0"]
    assert parsed(shown, "prompts")[1][-1] == "[5.0,7.5,10.0]"


def test_changes_have_a_row_for_each_prompt_platform_and_region() -> None:
    assert parsed(whole(), "changes")[1:] == [
        ["prompt", "which roaster", "75.0", "25.0", "0", "4"],
        ["platform", "ChatGPT", "60.0", "51.1", "5", "13"],
        ["platform", "Gemini", "0.0", "100.0", "7", "0"],
        ["region", "Germany", "55.0", "48.1", "30", "54"],
    ]


def test_a_list_is_its_json() -> None:
    (row,) = parsed(whole(), "evidence")[1:]

    assert json.loads(row[7]) == ["Roastery 1", 'The "Bean", Inc.']


def test_the_text_is_rfc_4180_with_a_byte_order_mark() -> None:
    assert text(whole(), "changes") == (
        '\ufeff"kind","name","before","now","won","lost"\r\n'
        '"prompt","which roaster",75.0,25.0,0,4\r\n'
        '"platform","ChatGPT",60.0,51.1,5,13\r\n'
        '"platform","Gemini",0.0,100.0,7,0\r\n'
        '"region","Germany",55.0,48.1,30,54\r\n'
    )


def test_numbers_stay_numbers_also_below_zero() -> None:
    shown = whole()
    shown["platforms"][0]["visibility_score"] = -12.5

    assert ",-12.5," in text(shown, "platforms")


# ---- what it does not have -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_a_report_without_runs_has_headers_only(name: str) -> None:
    expected = ["prompt"] if name == "matrix" else HEADERS[name].split()

    assert parsed(empty_snapshot(), name) == [expected]


def test_a_report_with_nothing_to_compare_or_to_quote_has_headers_only() -> None:
    shown = whole() | {"changes": None, "evidence": []}

    assert parsed(shown, "changes") == [HEADERS["changes"].split()]
    assert parsed(shown, "evidence") == [HEADERS["evidence"].split()]


def test_what_a_snapshot_of_an_earlier_version_lacks_is_no_table_and_no_column() -> None:
    assert [name for name in TABLES if table_of(early(), name) is None] == ["changes", "evidence"]
    assert parsed(early(), "trend")[0] == ["completed_at", "visibility_score", "citation_share", "answers_count"]


SECTIONS_OF_TABLE = {
    "trend": ("show_trend_chart", "show_run_history_table"),
    "platforms": ("show_platform_performance",),
    "regions": ("show_region_breakdown",),
    "categories": ("show_category_performance",),
    "competitors": ("show_competitor_ranking",),
    "domains": ("show_citation_leaderboard",),
    "pages": ("show_citation_table",),
    "prompts": ("show_ranked_prompts", "show_missed_prompts"),
    "matrix": ("show_platform_matrix",),
    "changes": ("show_changes",),
    "evidence": ("show_evidence",),
}


@pytest.mark.parametrize("name", SECTIONS_OF_TABLE)
def test_a_section_that_is_off_has_no_table(name: str) -> None:
    assert table_of(without_sections(whole(), off(*SECTIONS_OF_TABLE[name])), name) is None


def test_columns_of_a_section_that_is_off_are_absent() -> None:
    shown = without_sections(whole(), off("show_prompt_ranks", "show_prompt_trends", "show_missed_prompts"))

    assert parsed(shown, "prompts")[0] == HEADERS["prompts"].split()[:5]


def test_kinds_of_changes_that_are_not_shown_have_no_rows() -> None:
    shown = without_sections(whole(), off("show_platform_performance", "show_region_breakdown"))

    assert [row[0] for row in parsed(shown, "changes")] == ["kind", "prompt"]


# ---- the JSON and the CSV agree --------------------------------------------------------------------------------------


def spelled(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def flat(row: Json) -> list[tuple[str, str]]:
    """A row of the JSON as column and cell, but for what makes text harmless."""
    cells = []
    for name, value in row.items():
        if name == "visibility_interval":
            low, high = value or (None, None)
            cells += [(f"{name}_low", spelled(low)), (f"{name}_high", spelled(high))]
        else:
            cells.append((name, spelled(value)))
    return cells


def rows_of(shown: Json) -> dict[str, list[list[tuple[str, str]]]]:
    """The rows that the JSON has for each table that it has."""
    citations, changes = shown.get("citations", {}), shown.get("changes") or {}
    found = {name: shown[name] for name in TABLES if name in shown}
    found |= {name: citations[part] for name, part in (("domains", "domains"), ("pages", "urls")) if part in citations}
    if "changes" in shown:
        found["changes"] = [
            {"kind": kind, "name": row.get("name", row.get("prompt"))}
            | {name: row[name] for name in ("before", "now", "won", "lost")}
            for kind in ("prompt", "platform", "region")
            for row in changes.get(f"{kind}s", ())
        ]
    cells = {name: list(map(flat, rows)) for name, rows in found.items()}
    if "platform_matrix" in shown:  # where a platform may be called "prompt"
        matrix = shown["platform_matrix"]
        cells["matrix"] = [[("prompt", row["prompt"]), *flat(row["platforms"])] for row in matrix]
    return cells


def bare(cells: Iterable[str]) -> list[str]:
    return [cell.replace("'", "") for cell in cells]


def usable(history: list[Json]) -> bool:
    try:
        folded(*history)
    except RunFileRejected:
        return False
    return True


sections = st.lists(st.sampled_from(SECTIONS), max_size=5).map(lambda names: off(*names))


@settings(max_examples=15)
@given(histories.filter(usable), sections)
def test_json_and_csv_agree_over_any_history(history: list[Json], is_on: dict[str, bool]) -> None:
    shown = without_sections(build_snapshot(folded(*history), ACME), is_on)
    expected = rows_of(json.loads(json.dumps(shown)))

    assert [name for name in TABLES if table_of(shown, name)] == [name for name in TABLES if name in expected]
    for name, wanted in expected.items():
        header, *rows = parsed(shown, name)
        assert [sorted(zip(bare(header), bare(row), strict=True)) for row in rows] == [
            sorted((*bare([field]), *bare([value])) for field, value in row) for row in wanted
        ]


# ---- no text is a formula --------------------------------------------------------------------------------------------

FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("https://evil.example","x")', "=cmd|' /C calc'!A0",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "\ufe661+1", "\u22121+1", "\t=1", "\r=1", "\n=1", "\tx", "\rx",
    " =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "\u202e=1+1", "\x00=1+1", "-", "=", "--", "-5", "+49 30 1234",
)  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=ascii)
def test_what_a_spreadsheet_would_take_for_a_formula_has_an_apostrophe_before_it(formula: str) -> None:
    assert harmless(formula) == f"'{formula}" or harmless(formula) == f"'{formula[0]}'{formula[1:]}"


@pytest.mark.parametrize(
    "plain",
    ["", "a=b", "1-1", "a+b", "a@b.example", "'=1", "https://site.example/?a=1&b=-2;c", "x ; y", "C++", "(-1)",
     '"=1"', "10%", "\N{EN DASH} a dash", "\u05d0\u05d1", "best; 5 = five", "XL cups"],
    ids=ascii,
)  # fmt: skip
def test_other_text_stays_as_it_is(plain: str) -> None:
    assert harmless(plain) == plain


def test_whatever_unicode_takes_for_one_of_the_four_is_one() -> None:
    alike = {
        character
        for character in map(chr, range(sys.maxunicode))
        if unicodedata.normalize("NFKC", character)[:1] in ("=", "+", "-", "@", "\N{MINUS SIGN}")
    }

    assert {character for character in alike if harmless(f"{character}1") == f"'{character}1"} == alike


def test_nor_does_a_formula_begin_where_a_semicolon_or_a_tab_separates() -> None:
    """As in Excel where a comma is the decimal sign: quotes count only right behind the separator."""
    assert harmless("x;=1+1;y") == "x;'=1+1;y"
    assert harmless("x; =1+1") == "x;' =1+1"
    assert harmless('x;"=1+1&"') == 'x;\'"=1+1&"'
    assert harmless("x\t=1\r\n+1") == "x\t'=1\r\n'+1"


def test_names_of_platforms_are_texts_too() -> None:
    shown = whole()
    shown["platform_matrix"] = [{"prompt": "=1", "platforms": {"=2": 3.0}}]

    assert parsed(shown, "matrix") == [["prompt", "'=2"], ["'=1", "3.0"]]


STARTERS = ("=", "+", "-", "@", "\uff1d")
hostile = st.text(st.sampled_from("=+-@;,\"' \t\r\na\u200b\uff1d\u0660"), max_size=12)


@settings(max_examples=50)
@given(st.lists(hostile, max_size=4), hostile)
def test_no_text_ends_its_cell_or_its_row(names: list[str], excerpt: str) -> None:
    shown = whole()
    row = shown["evidence"][0] | {"prompt": excerpt, "businesses": names, "excerpt": excerpt}
    shown["evidence"] = [row, row]

    header, *rows = parsed(shown, "evidence")

    assert len(rows) == 2
    assert {len(cells) for cells in rows} == {len(header)}
    assert [bare(cells)[8] for cells in rows] == bare([excerpt]) * 2


@settings(max_examples=50)
@given(hostile)
def test_wherever_a_spreadsheet_may_separate_no_part_begins_a_formula(text: str) -> None:
    first, *others = re.split("[;\t\n\r]", harmless(text))

    assert not first.lstrip(" \u200b").startswith(STARTERS)
    assert not [part for part in others if part.lstrip(' "\u200b').startswith(STARTERS)]


@pytest.mark.parametrize("text", [";" * 20_000, "\n" * 20_000, ' "' * 10_000, "; " * 10_000, "\u200b" * 20_000],
                         ids=["semicolons", "lines", "quotes", "both", "unseen"])  # fmt: skip
def test_twenty_thousand_characters_are_looked_through_at_once(text: str) -> None:
    started = process_time()

    harmless(text)

    assert process_time() - started < 0.5


# ---- what is too large to be sent ------------------------------------------------------------------------------------


def test_a_table_that_is_too_large_has_its_first_rows_and_tells_how_many_there_are() -> None:
    shown = whole()
    name = '"' * 200_000  # each becomes four bytes
    shown["competitors"] = [row | {"name": name} for row in shown["competitors"]]

    table = table_of(shown, "competitors")

    assert table is not None
    assert (table.rows, table.all_rows) == (6, 50)
    assert table.text.count("\r\n") == 1 + table.rows
    assert table.text.endswith(",false\r\n")
    assert len(json.dumps(table.text)) <= tables.MAX_TABLE_BYTES + 20


def test_a_row_that_just_fits_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_table = text(whole(), "platforms").removeprefix("\ufeff")
    size = sum(len(json.dumps(line)) for line in whole_table.splitlines(keepends=True))

    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", size)
    assert text(whole(), "platforms") == f"\ufeff{whole_table}"
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", size - 1)
    table = table_of(whole(), "platforms")
    assert table is not None
    assert (table.rows, table.all_rows) == (7, 8)


def test_the_largest_snapshot_of_ordinary_text_is_sent_whole() -> None:
    shown = snapshot(runs=3_650, prompts=1_000)
    for number, row in enumerate(shown["prompts"]):
        row["prompt"] = f"{number} " + "\u00e9" * 300

    for name in ("trend", "prompts", "matrix"):
        table = table_of(shown, name)
        assert table is not None
        assert table.rows == table.all_rows
