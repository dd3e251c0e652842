"""How far the numbers carry: what the page says of intervals, of changes, of coverage, of quoted answers."""

import re
from typing import Any

import pytest

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.page import render
from report_shares.page.parts import proofs
from report_shares.page.view import View
from tests.page.reports import snapshot
from tests.page.test_view import off, page, report, view

TRUST = ("changes", "rivals", "evidence", "method", "summary")


def changed(**fields: Any) -> ReportSnapshot:
    """A snapshot whose changes are these; None for a field that is absent."""
    given = snapshot()
    assert given["changes"]
    kept: Any = {name: value for name, value in (given["changes"] | fields).items() if value is not None}
    given["changes"] = kept
    return given


def words(html: str) -> str:
    """What is read, without what only the eyes or only the machine get."""
    text = re.sub(r"<(style|script|title).*?</\1>|<[^>]+>", "", html, flags=re.DOTALL)
    return " ".join(text.split())


def section(html: str, name: str) -> str:
    return html[html.index(f'<section id="{name}"') :].partition("</section>")[0]


# ---- the story -------------------------------------------------------------------------------------------------------


def test_the_page_tells_the_score_the_sentences_the_changes_and_the_trends_before_all_else() -> None:
    html = page()

    order = [
        'card hero"',
        'class="summary"',
        'id="changes"',
        'id="trend"',
        'id="rivals"',
        'id="platforms"',
        'id="ranked"',
    ]
    places = [html.index(mark) for mark in (*order, 'id="evidence"', 'id="history"', 'id="method"')]
    assert places == sorted(places)


@pytest.mark.parametrize("part", TRUST)
def test_a_part_that_is_absent_leaves_no_trace(part: str) -> None:
    given = snapshot()
    del given[part]  # type: ignore[misc]

    assert f'id="{part}"' in page()
    assert f'id="{part}"' not in page(given)


def test_a_snapshot_from_before_these_parts_is_shown_as_it_is() -> None:
    given = snapshot()
    for part in TRUST:
        del given[part]  # type: ignore[misc]
    for rows in (given["trend"], given["platforms"], given["regions"], given["categories"]):
        for row in rows:
            del row["visibility_interval"]
    for figures in (given["stats"], given["stats"]["latest"], given["stats"]["previous"]):
        assert figures
        del figures["visibility_interval"]

    html = page(given)

    assert "interval" not in words(html)
    assert "Measured over 52 runs" in words(html)
    assert 'class="area"' in html
    assert 'class="band"' not in html
    assert 'class="whisker"' not in html


def test_nothing_on_the_page_speaks_of_all_runs_as_if_it_were_now() -> None:
    assert "stands out" not in page()


@pytest.mark.parametrize(
    "without",
    [{"platforms"}, {"regions", "prompts"}, {"competitors"}, {"domains"}, {"visibility_before", "visibility_now"}],
)
def test_changes_are_shown_without_the_parts_that_are_switched_off(without: set[str]) -> None:
    html = section(page(changed(**dict.fromkeys(without))), "changes")
    said = words(html)

    assert "Won: 61" in said
    assert ("Points" in said) is bool({"platforms", "regions", "prompts", "competitors"} - without)
    heads = {"platforms": "Platforms", "competitors": "Businesses", "domains": "Sources"}
    for part, head in heads.items():
        assert (f"<h3>{head}" in html) is (part not in without), part
    assert ('class="figure"' in html) is ("visibility_now" not in without)


# ---- whether a change is more than chance ----------------------------------------------------------------------------

SIGNIFICANT = {"is_significant": True, "p_value": 0.0004}
CHANCE = {"is_significant": False, "p_value": 0.3}
FELL = {"visibility_before": 55.8, "visibility_now": 49.0, "won": 61, "lost": 108}
ROSE = {"visibility_before": 49.0, "visibility_now": 55.8, "won": 108, "lost": 61}
MIXED = {"visibility_before": 49.0, "visibility_now": 55.8, "won": 61, "lost": 108}


@pytest.mark.parametrize(
    ("fields", "mood", "verdict"),
    [
        (SIGNIFICANT | FELL, "worse", "more than chance"),
        (SIGNIFICANT | ROSE, "better", "more than chance"),
        (CHANCE | FELL, "same", "within chance"),
        (CHANCE | ROSE, "same", "within chance"),
        (SIGNIFICANT | MIXED, "same", "not clear"),
        (SIGNIFICANT | ROSE | {"visibility_now": 49.0}, "same", "not clear"),
        (CHANCE | MIXED, "same", "within chance"),
    ],
)
def test_only_a_change_that_is_more_than_chance_is_good_or_bad(fields: dict[str, Any], mood: str, verdict: str) -> None:
    given = changed(**fields)

    html = page(given)

    assert view(given).cards[0].mood == mood
    assert html.count(f'<strong class="verdict">{verdict}</strong>') == 2
    colours = re.findall(r'class="change (\w+)"', html)
    assert colours[0] == mood
    assert colours.count("better") + colours.count("worse") == (2 if mood != "same" else 0)


@pytest.mark.parametrize("changes", [None, "absent"])
def test_where_nothing_was_tested_nothing_is_good_or_bad(changes: str | None) -> None:
    given = snapshot() | {"changes": None}
    if changes:
        del given["changes"]

    html = page(given)

    assert set(re.findall(r'class="change (\w+)"', html)) == {"same"}
    assert ("since the previous run (41.2" in words(html)) is (changes == "absent")
    assert ("nothing to compare yet" in words(html)) is (changes is None)
    assert ("Coverage changed." in words(html)) is (changes is None)


def test_the_visibility_card_compares_like_for_like_and_shows_the_latest_run() -> None:
    hero = view().cards[0]

    assert (hero.value, hero.change) == (43.8, -6.8)


def test_the_visibility_card_compares_the_runs_as_they_are_where_no_scores_are_compared_like_for_like() -> None:
    given = changed(visibility_before=None, visibility_now=None)

    hero = view(given).cards[0]

    assert (hero.compared, hero.change, hero.mood) == (None, 2.6, "same")


@pytest.mark.parametrize(("p_value", "said"), [(0.0004, "of 0.0004"), (0.0, "of less than 0.0001"), (1.0, "of 1.0000")])
def test_the_probability_of_such_a_split_is_said(p_value: float, said: str) -> None:
    assert f"with a probability {said}; below 0.05" in words(page(changed(p_value=p_value)))


def test_none_won_against_none_lost_is_no_probability() -> None:
    said = words(page(changed(won=0, lost=0, p_value=1.0, is_significant=False, visibility_now=55.8)))

    assert "No combination was won or lost." in said
    assert "with a probability" not in said
    assert "As before: 690" in said
    assert "unchanged" in said


def test_what_was_neither_won_nor_lost_is_as_before() -> None:
    text = re.sub("<[^>]+>", " ", page(changed(won=61, lost=108)))

    assert "Won: 61 As before: 521 Lost: 108" in " ".join(text.split())


def test_prompts_are_told_apart_by_whether_they_rose_or_fell() -> None:
    rows = [
        {"prompt": name, "before": 25.0, "now": now, "won": 0, "lost": 0}
        for name, now in (("up", 50.0), ("level", 25.0), ("down", 0.0))
    ]

    seen = view(changed(prompts=rows)).comparison

    assert seen
    assert [entry["prompt"] for entry in seen.risen] == ["up"]
    assert [entry["prompt"] for entry in seen.fallen] == ["down"]


# ---- coverage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (30, 0, "30 combinations of prompt, platform and region were asked in the earlier run only."),
        (0, 1, "1 combination of prompt, platform and region was asked in the latest run only."),
        (30, 90, "were asked in the earlier run only, 90 in the latest run only."),
    ],
)
def test_a_change_of_coverage_is_said_beside_the_score_and_beside_the_changes(before: int, now: int, said: str) -> None:
    html = page(changed(only_before=before, only_now=now))

    for name in ("headline", "changes"):
        assert "Coverage changed." in words(section(html, name))
        assert said in words(section(html, name))


def test_the_same_coverage_is_not_mentioned() -> None:
    assert "Coverage changed" not in page(changed(only_before=0, only_now=0))


@pytest.mark.parametrize(
    ("fields", "is_said"),
    [({}, False), ({"prompts_count": 11}, True), ({"platforms_count": 7}, True), ({"regions_count": 3}, True)],
)
def test_without_changes_a_comparison_tells_of_other_prompts_platforms_or_regions(
    fields: dict[str, int], is_said: bool
) -> None:
    given = snapshot()
    del given["changes"]
    latest: Any = given["stats"]["latest"]
    latest |= fields

    assert ("Coverage changed." in words(page(given))) is is_said


def test_the_coverage_of_a_first_run_has_not_changed() -> None:
    given = snapshot(runs=1)
    del given["changes"]

    assert "Coverage changed." not in words(page(given))


# ---- what the statistics assume --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "where the underlying rate lies for these prompts, platforms, regions and dates",
        "at 95 % confidence if answers are independent of each other",
        "not a range for the next run",
        "Prompts, platforms or regions that move together",
        "overstate certainty",
        "about one in twenty comparisons",
    ],
)
def test_the_method_says_what_the_statistics_assume(said: str) -> None:
    assert said in words(section(page(), "method"))


def test_the_method_says_what_the_numbers_rest_on() -> None:
    said = words(section(page(), "method"))

    assert "52, from 2016-01-04 to 2016-12-26" in said
    assert "12 prompts on 8 platforms in 2 regions" in said
    assert "192 counted, 3 left out" in said
    assert "1 to 3 times in the latest run" in said
    assert "gpt-5.1-chat, sonar-pro" in said


def test_a_method_without_runs_samples_models_or_losses_says_nothing_of_them() -> None:
    given = snapshot()
    given["method"] |= {
        "first_run_at": None, "last_run_at": None, "answers_left_out_count": 0, "samples_per_cell": None, "models": [],
    }  # fmt: skip

    said = words(section(page(given), "method"))

    assert "left out" not in said
    assert "Models" not in said
    assert "Each combination" not in said


# ---- charts ----------------------------------------------------------------------------------------------------------


def test_each_platform_region_and_category_has_a_whisker_and_its_interval_in_words() -> None:
    html = page()

    for name, rows in (("platforms", 8), ("regions", 2), ("categories", 3)):
        part = section(html, name)
        assert part.count('class="whisker"') == part.count(" to <data") == rows
    assert "60.0 % 56.4 to 63.7 %" in words(html).replace("\u202f", " ")


def test_the_rivals_chart_names_each_line_in_its_legend_its_words_and_its_table() -> None:
    part = section(page(), "rivals")

    for name in ("Acme Coffee Roasters", *(f"Roastery {at}" for at in range(5))):
        assert part.count(name) == 4  # legend, end of the line, words, head of the table
    assert part.count('role="img" aria-labelledby="rivals-title" aria-describedby="rivals-words"') == 2


@pytest.mark.parametrize("completed_at", [[], ["2026-04-20T15:23:04.512Z"]])
def test_rivals_of_no_run_or_of_no_name_are_no_section(completed_at: list[str]) -> None:
    given = snapshot() | {"rivals": {"completed_at": completed_at, "series": []}}

    assert 'id="rivals"' not in page(given)


@pytest.mark.parametrize(
    ("name", "shown"), [("A" * 22, "A" * 22), ("A" * 23, "A" * 21 + "…"), ("茶" * 12, "茶" * 10 + "…")]
)
def test_a_long_name_is_cut_at_the_end_of_its_line_and_whole_elsewhere(name: str, shown: str) -> None:
    given = snapshot()
    given["rivals"]["series"][1]["name"] = name

    part = section(page(given), "rivals")

    assert f">{shown}</text>" in part
    assert f"<bdi>{name}</bdi>" in part


# ---- quoted answers --------------------------------------------------------------------------------------------------


def test_a_win_and_a_miss_are_quoted_with_where_they_come_from() -> None:
    said = words(section(page(), "evidence"))

    assert "Names the brand, at rank 2 Claude · gpt-5.1-chat · Germany · 2026-11-02 06:12 UTC" in said
    assert "Does not name the brand Claude · gpt-5.1-chat · Germany" in said
    assert "most reviewers point to Blue Heron Coffee first" in said
    assert "Businesses in it: Blue Heron Coffee, Acme Coffee Roasters" in said


def test_an_answer_without_text_rank_or_businesses_is_shown_without_them() -> None:
    given = snapshot(prompts=1)
    for answer in given["evidence"]:
        del answer["excerpt"], answer["businesses"], answer["rank"]

    said = words(section(page(given), "evidence"))

    assert "Names the brand ChatGPT" in said
    assert "not part of the report" not in said
    assert "Businesses" not in said


def test_an_answer_without_its_text_says_so() -> None:
    given = snapshot(prompts=1)
    given["evidence"][0]["excerpt"] = None

    assert "The text of this answer is not part of the report." in words(page(given))


def test_the_answers_to_a_prompt_stand_together_and_its_row_leads_to_them() -> None:
    given = snapshot(prompts=3)
    seen: View = view(given)

    assert [(proof.named, len(proof.answers)) for proof in proofs(given["evidence"])] == [(1, 2)] * 3
    html = page(given)
    for anchor in seen.anchors.values():
        assert html.count(f'href="#{anchor}"') == html.count(f'id="{anchor}"') == 1


# ---- downloads and the one file --------------------------------------------------------------------------------------

TABLES = (
    *("changes", "trend", "platforms", "matrix", "regions", "categories"),
    *("competitors", "domains", "pages", "prompts", "evidence"),
)


def linked(html: str) -> list[str]:
    return re.findall(r'href="some-base/([^"]+)"', html)


def test_each_table_has_a_link_to_its_file_where_downloads_are_given_a_base() -> None:
    made = render.report_page(report(snapshot()), has_runs=True, download_base="some-base")

    found = linked(made.html)
    assert set(found) == {f"{table}.csv" for table in TABLES} | {"report.html"}
    assert found[-1] == "report.html"


@pytest.mark.parametrize(("section_off", "base"), [("show_downloads", "some-base"), ("show_footer", None)])
def test_without_the_section_or_a_base_there_is_no_link_to_a_file(section_off: str, base: str | None) -> None:
    made = render.report_page(report(snapshot(), **off(section_off)), has_runs=True, download_base=base)

    assert ".csv" not in made.html
    assert "report.html" not in made.html


LOGO = {"logo_url": "https://cdn.northlight.example/logo.png", "company_name": "Northlight Search"}


def test_the_one_file_asks_for_nothing_and_leads_back_nowhere() -> None:
    made = render.one_file_page(report(snapshot(), **LOGO), has_runs=True)

    assert made.logo_origin is None
    assert "<script" not in made.html
    assert "<img" not in made.html
    assert "assets/" not in made.html
    assert "cdn.northlight" not in made.html
    assert '<span class="wordmark" dir="auto">Northlight Search</span>' in made.html
    assert "This link" not in made.html
    assert "data-views" not in made.html
    targets = set(re.findall(r'(?:href|src)="([^"]*)"', made.html))
    assert {target.partition(":")[0] for target in targets if not target.startswith("#")} == {"https", "data"}
    assert "https" not in made.html.partition("</head>")[0]


def test_the_one_file_carries_its_styles_and_the_policy_that_allows_no_others() -> None:
    made = render.one_file_page(report(snapshot()), has_runs=True)

    assert made.html.count("<style>") == 1
    assert ".verdict-box" in made.html.partition("</style>")[0]
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', made.html)
    assert policy == [
        f"default-src 'none'; style-src '{made.style_hash}'; img-src data:; base-uri 'none'; form-action 'none'"
    ]


def test_the_one_file_shows_what_the_page_shows() -> None:
    whole = page()
    file = render.one_file_page(report(snapshot()), has_runs=True).html

    def main(html: str) -> str:
        return html[html.index("<main") : html.index("</main>")]

    assert main(file) == main(whole)
