"""What the page is made of: which sections there are, in which order, and what each of them shows."""

import re
from datetime import timedelta
from typing import Any

import pytest

from report_shares.contract.shared_report import SharedReport
from report_shares.contract.snapshot import MatrixRow, ReportSnapshot
from report_shares.contract.white_label import SECTIONS
from report_shares.page import glossary, render
from report_shares.page.branding import web_link
from report_shares.page.parts import Card
from report_shares.page.theme import HEAT_STEPS
from report_shares.page.view import View, view_of
from report_shares.rules.sections import without_sections
from report_shares.rules.white_label import effective
from tests.page.reports import empty_snapshot, prompt, snapshot


def report(given: ReportSnapshot, **label: Any) -> SharedReport:
    """The report with this snapshot, as the use case hands it over."""
    white_label = effective({}, label)
    return {
        "object": "shared_report",
        "share_type": "scheduled",
        "brand": {"name": "Acme Coffee Roasters"},
        "schedule": {"name": "Weekly visibility", "frequency": "weekly"},
        "live": False,
        "snapshot_at": "2026-04-20T15:23:04.512Z",
        "expires_at": "2026-05-20T15:23:04.512Z",
        "white_label": white_label,
        "snapshot": without_sections(given, white_label["report_sections_config"]),
    }


def view(given: ReportSnapshot | None = None, most: int | None = None, **label: Any) -> View:
    whole = given or snapshot()
    return view_of(report(whole, **label), most, has_runs=whole["stats"]["runs_count"] > 0)


def page(given: ReportSnapshot | None = None, **label: Any) -> str:
    whole = given or snapshot()
    return render.report_page(report(whole, **label), has_runs=whole["stats"]["runs_count"] > 0).html


def off(*sections: str) -> dict[str, Any]:
    return {"report_sections_config": dict.fromkeys(sections, False)}


# ---- sections --------------------------------------------------------------------------------------------------------


def test_the_contents_name_all_sections_in_reading_order() -> None:
    assert view().contents == [
        ("headline", "At a glance"), ("changes", "What changed"), ("trend", "Trend"),
        ("rivals", "Competitors over time"), ("platforms", "Platforms"), ("matrix", "Prompts by platform"),
        ("regions", "Regions"), ("categories", "Categories"), ("competitors", "Competitors"),
        ("domains", "Cited websites"), ("citations", "Cited pages"), ("ranked", "Ranked prompts"),
        ("missed", "Missed prompts"), ("evidence", "Answers, quoted"), ("history", "Run history"), ("method", "Method"),
    ]  # fmt: skip


PARTS = {
    "show_category_performance": "categories",
    "show_citation_leaderboard": "domains",
    "show_citation_table": "citations",
    "show_competitor_ranking": "competitors",
    "show_missed_prompts": "missed",
    "show_platform_matrix": "matrix",
    "show_platform_performance": "platforms",
    "show_ranked_prompts": "ranked",
    "show_region_breakdown": "regions",
    "show_run_history_table": "history",
    "show_trend_chart": "trend",
}


@pytest.mark.parametrize(("section", "part"), PARTS.items())
def test_a_section_that_is_off_is_not_in_the_contents(section: str, part: str) -> None:
    assert part in dict(view().contents)
    assert part not in dict(view(**off(section)).contents)


@pytest.mark.parametrize(
    ("cards", "summary", "is_there"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_a_glance_is_at_the_numbers_or_at_the_summary(cards: bool, summary: bool, is_there: bool) -> None:
    given = snapshot()
    if not summary:
        del given["summary"]
    hidden = () if cards else ("show_visibility_score", "show_stats_cards")

    assert ("headline" in dict(view(given, **off(*hidden)).contents)) is is_there


def test_a_report_without_runs_is_empty_and_has_no_contents() -> None:
    seen = view(empty_snapshot())

    assert seen.is_empty
    assert seen.contents == []
    assert "Period" not in page(empty_snapshot())


@pytest.mark.parametrize("left", [None, "show_missed_prompts"])
def test_a_report_with_runs_is_not_called_empty_for_lack_of_sections(left: str | None) -> None:
    seen = view(snapshot(prompts=3), report_sections_config={section: section == left for section in SECTIONS})

    assert not seen.is_empty


@pytest.mark.parametrize("left", [None, *SECTIONS])
def test_every_section_can_stand_alone(left: str | None) -> None:
    assert "works until" in page(report_sections_config={section: section == left for section in SECTIONS})


def test_the_title_is_the_covers_or_a_default_and_the_period_spans_the_runs() -> None:
    assert view().title == glossary.DEFAULT_TITLE
    assert view(cover_title="Visibility in November").title == "Visibility in November"
    assert "2016-01-04 \N{EN DASH} 2016-01-18" in re.sub("<[^>]+>", "", page(snapshot(runs=3)))


# ---- headline --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "before", "change"),
    [(43.8, 41.2, 2.6), (41.2, 43.8, -2.6), (0.3, 0.3, 0.0), (1, None, None), (None, 1, None)],
)
def test_a_card_has_the_change_since_the_previous_run_without_a_mood(
    value: float | None, before: float | None, change: float | None
) -> None:
    card = Card("citation_share", "", "percent", value, before, None)

    assert (card.change, card.mood) == (change, "same")


def test_every_headline_number_has_its_definition() -> None:
    shown = re.findall('<p class="definition">(.+)</p>', page())

    hero, *others = (glossary.DEFINITIONS[card.key] for card in view().cards)
    assert shown == [f"{hero} {glossary.DEFINITIONS['visibility_interval']}", *others]
    assert len(set(shown)) == 5


def test_headline_numbers_are_those_of_the_latest_run_beside_all_runs() -> None:
    given = snapshot()
    given["stats"] |= {"visibility_score": 30.0}

    hero = view(given).cards[0]

    assert (hero.value, hero.before, hero.overall) == (43.8, 41.2, 30.0)
    assert (hero.interval, hero.overall_interval) == ([40.2, 47.5], [40.2, 47.5])


def test_answers_that_name_the_brand_are_part_of_all_answers_and_other_numbers_are_part_of_nothing() -> None:
    given = snapshot()
    given["stats"]["answers_count"] = 9_000
    latest = given["stats"]["latest"]
    assert latest is not None
    latest["answers_count"] = 700

    parts = {card.key: (card.part_of, card.before_part_of, card.overall_part_of) for card in view(given).cards}

    assert parts.pop("appearances_count") == (700, 192, 9_000)
    assert set(parts.values()) == {(None, None, None)}


def test_the_first_run_has_nothing_to_compare_with() -> None:
    assert {card.change for card in view(snapshot(runs=1)).cards} == {None}


# ---- trend, matrix, prompts, history ---------------------------------------------------------------------------------


def test_the_best_and_the_worst_run_are_named_unless_all_are_alike() -> None:
    given = snapshot(runs=3)
    named = view(given).trend
    alike = snapshot(runs=3)
    for point in alike["trend"]:
        point["visibility_score"] = 20.0
    unnamed = view(alike).trend

    assert named is not None
    assert unnamed is not None
    assert (named.worst, named.best) == (given["trend"][0], given["trend"][-1])
    assert (unnamed.best, unnamed.worst) == (None, None)


def test_ten_years_of_daily_runs_are_thinned_and_the_page_says_so() -> None:
    given = snapshot(runs=3650, every=timedelta(days=1))
    seen = view(given)

    assert seen.trend is not None
    assert len(seen.trend.wide.points) < len(seen.runs) == 3650
    assert "Of so many runs, those are drawn" in page(given)
    assert seen.history is not None
    assert len(seen.history) == 366


def test_the_matrix_has_a_column_per_platform_by_name_and_a_gap_where_nothing_was_asked() -> None:
    rows: list[MatrixRow] = [
        {"prompt": "one", "platforms": {"Grokker": 0.0, "chatgpt": 59.9}},
        {"prompt": "two", "platforms": {"Grokker": None}},
    ]
    seen = view(snapshot() | {"platform_matrix": rows}).matrix

    assert seen is not None
    assert seen.platforms == ["chatgpt", "Grokker"]
    assert seen.rows == [("one", [(59.9, 5), (0.0, 0)]), ("two", [(None, None), (None, None)])]
    assert (seen.steps[0][0], seen.steps[-1][1]) == (0, 60)


@pytest.mark.parametrize(
    ("highest", "top", "colour"),
    [
        *((0.0, 10, 0), (10.0, 10, 5), (10.1, 20, 3), (20.0, 20, 5), (30.0, 30, 5), (40.0, 40, 5)),
        *((60.0, 60, 5), (80.0, 80, 5), (100.0, 100, 5)),
    ],
)
def test_the_colours_of_the_matrix_share_out_what_lies_between_zero_and_just_above_its_highest_score(
    highest: float, top: int, colour: int
) -> None:
    seen = view(snapshot() | {"platform_matrix": [{"prompt": "one", "platforms": {"grok": highest}}]}).matrix

    assert seen is not None
    assert [begin for begin, _ in seen.steps] == [round(top * step / HEAT_STEPS) for step in range(HEAT_STEPS)]
    assert seen.steps[-1][1] == top
    assert seen.rows == [("one", [(highest, colour)])]


def test_prompts_are_ranked_where_the_brand_ever_appeared_and_missed_where_it_never_did() -> None:
    seen = view(snapshot(prompts=7))

    assert seen.ranked is not None
    assert seen.missed is not None
    assert (len(seen.ranked), len(seen.missed)) == (6, 1)
    assert seen.missed[0]["prompt"] == prompt(5, 1)["prompt"]


def test_if_fewer_prompts_fit_the_page_says_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given = snapshot(prompts=100)
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", len(page(given)))

    text = re.sub("<[^>]+>", "", page(given))

    assert "The first 50 of 84 prompts: more than a page can hold" in text
    assert "The first 50 of 100 prompts: more than a page can hold" in text


def test_the_history_is_newest_first_with_the_change_since_the_run_before() -> None:
    given = snapshot(runs=3)
    for point, score in zip(given["trend"], (20.0, None, 30.5), strict=True):
        point["visibility_score"] = score
    given["trend"].append(given["trend"][-1] | {"completed_at": "2016-01-25T06:00:00.000Z", "visibility_score": 30.2})

    seen = view(given).history

    assert seen is not None
    assert [change for _, change in seen] == [-0.3, None, None, None]
    assert seen[0][0]["completed_at"] == "2016-01-25T06:00:00.000Z"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a@b.example/", "https://b.example/\\x", "ftp://b.example/"]
)
def test_a_cited_address_that_a_browser_must_not_be_sent_to_is_no_link(url: str) -> None:
    given = snapshot()
    given["citations"]["urls"] = [{"url": url, "title": None, "domain": "b.example", "count": 1}]

    assert web_link(url) is None
    assert "noreferrer nofollow" in page()
    assert "noreferrer nofollow" not in page(given)


def test_a_cited_host_is_shown_in_its_own_letters_unless_these_could_pass_for_others() -> None:
    given = snapshot()
    given["citations"]["domains"] = [
        {"domain": "xn--caf-dma.example", "count": 2, "share": 60.0, "is_brand": False},
        {"domain": "xn--80ak6aa92e.com", "count": 1, "share": 40.0, "is_brand": False},
    ]
    given["citations"]["urls"] = [
        {"url": f"https://{row['domain']}/x", "title": None, "domain": row["domain"], "count": 1}
        for row in given["citations"]["domains"]
    ]

    html = page(given)

    assert ">café.example</th>" in html
    assert '<a href="https://xn--caf-dma.example/x"' in html
    assert ">https://café.example/x</a>" in html
    assert ">https://xn--80ak6aa92e.com/x</a>" in html
    assert html.count('dir="ltr">xn--80ak6aa92e.com<') == 2
