"""What a snapshot says, in what order, how much of it fits, and what goes with a section that is off."""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic_core import to_json

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.contract.white_label import SECTIONS
from report_shares.rules import snapshot as snapshot_rules
from report_shares.rules.roll_up import RollUp
from report_shares.rules.sections import without_sections
from report_shares.rules.shown_names import ShownNames
from report_shares.rules.snapshot import MAX_SNAPSHOT_BYTES, build_snapshot
from tests.rules.recount import recount
from tests.rules.runs import (
    ACME,
    FIRST,
    SECOND,
    Json,
    answer,
    business,
    citation,
    folded,
    region,
    run_of,
    run_of_regions,
)

_CARDS = (
    "runs_count", "prompts_count", "platforms_count", "regions_count", "answers_count", "appearances_count",
    "citations_count", "unresolved_citations_count", "citation_share", "avg_rank",
)  # fmt: skip
_STATS = (*_CARDS, "visibility_score", "visibility_interval")


def _snapshot(*runs: Json) -> ReportSnapshot:
    return build_snapshot(folded(*runs), ACME)


def _escaped_size(snapshot: Mapping[str, object]) -> int:
    return len(json.dumps(json.dumps(snapshot)))


def _each(rows: Sequence[Mapping[str, object]], field: str) -> list[Any]:
    return [row[field] for row in rows]


def test_a_schedule_without_a_run_has_an_empty_snapshot() -> None:
    nothing = dict.fromkeys(_STATS[:8], 0) | dict.fromkeys((*_STATS[8:], "latest", "previous"))
    counts = ("runs", "answers", "answers_left_out", "prompts", "platforms", "regions")
    assert build_snapshot(RollUp(), ACME) == {
        "stats": nothing,
        "trend": [],
        "platforms": [],
        "regions": [],
        "categories": [],
        "competitors": [],
        "citations": {"domains": [], "urls": []},
        "prompts": [],
        "platform_matrix": [],
        "changes": None,
        "rivals": {"completed_at": [], "series": []},
        "evidence": [],
        "method": dict.fromkeys(("first_run_at", "last_run_at", "samples_per_cell"))
        | {f"{count}_count": 0 for count in counts}
        | {"models": []},
        "summary": [],
    }


def test_the_whole_snapshot_of_two_runs() -> None:
    def stats(*values: float | list[float] | None) -> Json:
        return dict(zip(_STATS, values, strict=True))

    def counts(answers: int, appearances: int, visibility: float, interval: list[float] | None = None) -> Json:
        score = {"answers_count": answers, "appearances_count": appearances, "visibility_score": visibility}
        return score | ({"visibility_interval": interval} if interval else {})

    def proof(prompt: int, platform: str = "ChatGPT", *, appears: bool = False, **known: Any) -> Json:
        nothing: Json = {"model": None, "answered_at": None, "rank": None, "businesses": [], "excerpt": None}
        place = {"prompt": f"prompt {prompt}", "platform": platform, "region": "United States, English"}
        return place | nothing | {"brand_appears": appears} | known

    first = stats(1, 2, 2, 1, 3, 1, 2, 0, 50.0, 2.0, 33.3, [6.1, 79.2])
    second = stats(1, 2, 1, 1, 2, 1, 0, 0, None, 5.0, 50.0, [9.5, 90.5])
    both = stats(2, 3, 2, 1, 5, 2, 2, 0, 50.0, 3.5, 40.0, [11.8, 76.9])
    unmoved = {"before": 100.0, "now": 100.0, "won": 0, "lost": 0}
    no_ranks = {"best_rank": None, "avg_rank": None}
    expected = {
        "stats": both | {"latest": second, "previous": first},
        "trend": [
            {
                "completed_at": "2026-01-01T08:30:00.000Z",
                "visibility_score": 33.3,
                "visibility_interval": [6.1, 79.2],
                "citation_share": 50.0,
                "answers_count": 3,
            },
            {
                "completed_at": "2026-01-02T08:30:00.000Z",
                "visibility_score": 50.0,
                "visibility_interval": [9.5, 90.5],
                "citation_share": None,
                "answers_count": 2,
            },
        ],
        "platforms": [
            {"name": "ChatGPT"} | counts(4, 2, 50.0, [15.0, 85.0]),
            {"name": "Gemini"} | counts(1, 0, 0.0, [0.0, 79.3]),
        ],
        "regions": [{"name": "United States, English"} | counts(5, 2, 40.0, [11.8, 76.9]) | {"citation_share": 50.0}],
        "categories": [{"name": "Retail"} | counts(3, 2, 66.7, [20.8, 93.9]) | {"citation_share": 50.0}],
        "competitors": [
            {
                "name": "Acme Coffee Roasters",
                "mentions_count": 2,
                "share_of_voice": 50.0,
                "avg_rank": 3.5,
                "is_brand": True,
            },
            {"name": "Zed", "mentions_count": 2, "share_of_voice": 50.0, "avg_rank": 1.0, "is_brand": False},
        ],
        "citations": {
            "domains": [
                {"domain": "acme.com", "count": 1, "share": 50.0, "is_brand": True},
                {"domain": "example.com", "count": 1, "share": 50.0, "is_brand": False},
            ],
            "urls": [
                {"url": "https://example.com/", "title": None, "domain": "example.com", "count": 1},
                {"url": "https://www.acme.com/", "title": "Acme", "domain": "acme.com", "count": 1},
            ],
        },
        "prompts": [
            {"prompt": "prompt 0", "category": "Retail", "best_rank": 2, "avg_rank": 3.5, "trend": [50.0, 100.0]}
            | counts(3, 2, 66.7),
            {"prompt": "prompt 2", "category": None, "trend": [None, 0.0]} | no_ranks | counts(1, 0, 0.0),
            {"prompt": "prompt 1", "category": None, "trend": [0.0, None]} | no_ranks | counts(1, 0, 0.0),
        ],
        "platform_matrix": [
            {"prompt": "prompt 0", "platforms": {"ChatGPT": 100.0, "Gemini": 0.0}},
            {"prompt": "prompt 2", "platforms": {"ChatGPT": 0.0, "Gemini": None}},
            {"prompt": "prompt 1", "platforms": {"ChatGPT": 0.0, "Gemini": None}},
        ],
        "changes": {
            "since": "2026-01-01T08:30:00.000Z",
            "until": "2026-01-02T08:30:00.000Z",
            "compared_cells": 1,
            "only_before": 2,
            "only_now": 1,
            "visibility_before": 100.0,
            "visibility_now": 100.0,
            "won": 0,
            "lost": 0,
            "p_value": 1.0,
            "is_significant": False,
            "platforms": [{"name": "ChatGPT"} | unmoved],
            "regions": [{"name": "United States, English"} | unmoved],
            "prompts": [],
            "competitors": [
                {"name": "Acme Coffee Roasters", "before": 100.0, "now": 100.0, "is_brand": True},
                {"name": "Zed", "before": 100.0, "now": 0.0, "is_brand": False},
            ],
            "domains": {"gained": [], "lost": ["acme.com", "example.com"]},
        },
        "rivals": {
            "completed_at": ["2026-01-01T08:30:00.000Z", "2026-01-02T08:30:00.000Z"],
            "series": [
                {"name": "Acme Coffee Roasters", "is_brand": True, "share_of_voice": [33.3, 100.0]},
                {"name": "Zed", "is_brand": False, "share_of_voice": [66.7, 0.0]},
            ],
        },
        "evidence": [proof(0, appears=True, rank=5), proof(2)],
        "method": {
            "first_run_at": "2026-01-01T08:30:00.000Z",
            "last_run_at": "2026-01-02T08:30:00.000Z",
            "runs_count": 2,
            "answers_count": 5,
            "answers_left_out_count": 0,
            "prompts_count": 3,
            "platforms_count": 2,
            "regions_count": 1,
            "samples_per_cell": {"least": 1, "most": 1},
            "models": [],
        },
        "summary": [
            "In the latest run 50.0\u202f% of 2 answers named the brand (95\u202f% interval: 9.5 to 90.5\u202f%).",
            (
                "Since 2026-01-01 no change is certain: over the 1 combination of prompt, platform and region that "
                "both runs asked the brand won 0 and lost 0, which chance alone can explain (p = 1.0000)."
            ),
            "Of all mentions of businesses in the latest run, 100.0\u202f% are the brand's.",
        ],
    }
    assert _snapshot(FIRST, SECOND) == expected
    del expected["summary"]
    assert recount([SECOND, FIRST], ACME) == expected


def test_a_late_run_is_neither_latest_nor_last_in_the_trend() -> None:
    assert _snapshot(SECOND, FIRST) == _snapshot(FIRST, SECOND)


def test_no_internal_id_is_in_the_snapshot() -> None:
    text = json.dumps(_snapshot(FIRST, SECOND))
    assert "00000000-0000" not in text


def test_a_completed_region_without_answers_is_listed_last() -> None:
    run = run_of_regions(region(name="Atlantis"), region(answer(), name="Zambia"))
    rows = _snapshot(run)["regions"]
    assert _each(rows, "name") == ["Zambia", "Atlantis"]
    assert rows[1]["visibility_score"] is None


def test_rows_that_are_level_sort_by_name_whatever_its_case() -> None:
    names = ["b", "C", "a"]
    run = run_of(
        *(answer(n, name, category=name, prompt=name) for n, name in enumerate([*names, "B"])),
        answer(
            9,
            "d",
            businesses=[business(name) for name in names],
            citations=[citation(f"https://a.example/{name}") for name in names] + [citation("https://b.example/")] * 3,
        ),
        answer(9, "d", citations=[citation(f"https://{name}.example/") for name in "dc"]),
    )
    snapshot = _snapshot(run)
    assert _each(snapshot["platforms"], "name") == ["a", "B", "C", "d"]
    assert _each(snapshot["categories"], "name") == ["a", "B", "C"]
    assert _each(snapshot["competitors"], "name") == ["a", "b", "C"]
    assert _each(snapshot["prompts"], "prompt") == ["a", "B", "b", "C", "prompt 9"]
    assert _each(snapshot["citations"]["domains"], "domain") == ["a.example", "b.example", "c.example", "d.example"]
    assert _each(snapshot["citations"]["urls"], "url") == [
        f"https://{address}"
        for address in ("b.example/", *(f"a.example/{name}" for name in "abC"), "c.example/", "d.example/")
    ]


def test_the_five_rivals_are_those_most_named_over_all_runs_equals_by_name() -> None:
    def named(*groups: str) -> list[Json]:
        return [answer(at, businesses=[business(name) for name in group]) for at, group in enumerate(groups)]

    snapshot = _snapshot(run_of(*named("zyB", "zya", "z")), run_of(*named("zcd", "z", "B", "a"), number=2, day=2))
    assert _each(snapshot["rivals"]["series"], "name") == ["Acme Coffee Roasters", "z", "a", "B", "y", "c"]


def test_ranks_are_told_with_one_decimal() -> None:
    snapshot = _snapshot(run_of(*(answer(brand_appears=True, rank=rank) for rank in (1, 1, 2))))
    assert snapshot["stats"]["avg_rank"] == 1.3


def test_the_method_tells_how_often_the_cells_of_the_latest_run_were_asked_and_which_models_answered() -> None:
    old = run_of(answer(0, model="m-1"))
    new = run_of(answer(0, model="m-2"), answer(0), answer(1), number=2, day=2)
    method = _snapshot(old, new)["method"]
    assert (method["samples_per_cell"], method["models"]) == ({"least": 1, "most": 2}, ["m-2"])


def test_citations_that_hide_where_they_lead_are_no_part_of_shares() -> None:
    hidden = citation("https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZIYQ")
    cited = [citation("https://acme.com/"), citation("https://a.example/"), hidden]
    snapshot = _snapshot(run_of(answer(citations=cited), answer(1, citations=[hidden])))
    assert _each(snapshot["citations"]["domains"], "share") == [50.0, 50.0]
    for stats in (snapshot["stats"], snapshot["stats"]["latest"]):
        assert stats is not None
        assert (stats["citation_share"], stats["unresolved_citations_count"]) == (50.0, 2)


def test_the_brand_is_named_where_an_answer_says_that_it_appears() -> None:
    named = [business("Acme"), business("Zed")]
    snapshot = _snapshot(
        run_of(answer(0, brand_appears=True), answer(1, businesses=named), answer(2, businesses=named))
    )
    assert [(row["name"], row["mentions_count"], row["share_of_voice"]) for row in snapshot["competitors"]] == [
        ("Zed", 2, 66.7),
        ("Acme Coffee Roasters", 1, 33.3),
    ]
    assert snapshot["stats"]["appearances_count"] == 1


def test_of_what_is_told_apart_no_more_the_key_is_shown() -> None:
    names = ShownNames(RollUp(), ACME)
    assert (names.business("zed"), names.region("france"), names.platform("nova")) == ("zed", "france", "nova")
    assert (names.business(""), names.platform("chatgpt")) == ("Acme Coffee Roasters", "ChatGPT")


def test_latest_and_previous_are_runs_with_answers_and_one_without_stands_in_the_trend() -> None:
    none = run_of_regions(region(status="failed"), number=3, day=3)
    snapshot = _snapshot(FIRST, SECOND, none)
    assert snapshot["trend"][2] == {
        "completed_at": "2026-01-03T08:30:00.000Z",
        "visibility_score": None,
        "visibility_interval": None,
        "citation_share": None,
        "answers_count": 0,
    }
    before = _snapshot(FIRST, SECOND)["stats"]
    assert snapshot["stats"] == before | {"runs_count": 3}
    assert [row["trend"] for row in snapshot["prompts"]] == [[50.0, 100.0, None], [None, 0.0, None], [0.0, None, None]]
    assert _snapshot(none)["stats"]["latest"] is None


def test_a_sample_counts_each_time_the_cell_was_asked() -> None:
    run = run_of(answer(0, brand_appears=True), answer(0), answer(0), answer(1, "gemini"))
    snapshot = _snapshot(run)
    assert snapshot["stats"]["answers_count"] == 4
    assert _each(snapshot["prompts"], "visibility_score") == [33.3, 0.0]
    assert _each(snapshot["platforms"], "visibility_score") == [33.3, 0.0]


def test_prompts_with_the_same_text_sort_by_prompt_id() -> None:
    def same(number: int) -> Json:
        return answer(number, prompt="same", category=str(number))

    assert _each(_snapshot(run_of(same(2), same(0), same(1)))["prompts"], "category") == ["0", "1", "2"]


def test_prompts_of_the_latest_run_come_first() -> None:
    old = run_of(answer(0, brand_appears=True), number=1, day=1)
    new = run_of(answer(1), answer(2, brand_appears=True), number=2, day=2)
    assert _each(_snapshot(new, old)["prompts"], "prompt") == ["prompt 2", "prompt 1", "prompt 0"]


def test_a_prompts_trend_covers_the_last_52_runs() -> None:
    runs = [
        run_of(answer(brand_appears=n % 3 == 0), number=n + 1, completed_at=f"2026-01-01T00:{n % 60:02d}:00Z")
        for n in range(60)
    ]
    snapshot = _snapshot(*runs)
    assert snapshot["prompts"][0]["trend"] == [100.0 if n % 3 == 0 else 0.0 for n in range(8, 60)]
    assert len(snapshot["trend"]) == 60


def test_the_50_most_named_businesses_are_listed_with_their_share_of_all() -> None:
    most_named = answer(0, businesses=[business(f"b{n:03d}") for n in range(10, 110)])
    others = answer(1, businesses=[business(f"b{n:03d}") for n in range(20, 120)])
    rows = _snapshot(run_of(most_named, others))["competitors"]
    assert _each(rows, "name") == [f"b{n:03d}" for n in range(20, 70)]
    assert rows[0]["share_of_voice"] == 1.0


def test_the_50_most_cited_domains_and_100_urls_are_listed() -> None:
    pages = [citation(f"https://d{n // 2:03d}.example/{n % 2}") for n in range(196)]
    thrice = [citation("https://z.example/")] * 3
    listed = _snapshot(run_of(answer(citations=pages + thrice)))["citations"]
    assert _each(listed["domains"], "domain") == ["z.example", *(f"d{n:03d}.example" for n in range(49))]
    assert len(listed["urls"]) == 100
    assert listed["urls"][0] == {"url": "https://z.example/", "title": None, "domain": "z.example", "count": 3}


def test_at_most_1000_prompts_are_listed_but_all_are_counted() -> None:
    snapshot = _snapshot(run_of(*(answer(n, prompt=f"{n:04d}") for n in range(1_001))))
    assert snapshot["stats"]["prompts_count"] == 1_001
    assert _each(snapshot["prompts"], "prompt") == [f"{n:04d}" for n in range(1_000)]
    assert _each(snapshot["platform_matrix"], "prompt") == _each(snapshot["prompts"], "prompt")


def test_a_thousand_prompts_of_the_greatest_size_are_halved_until_they_fit() -> None:
    roll_up = folded(run_of(*(answer(n, prompt=f"{n:04d}" + "𝄞" * 1_996) for n in range(500)), number=1, day=2))
    roll_up.merge(folded(run_of(*(answer(n, prompt=f"{n:04d}" + "𝄞" * 1_996) for n in range(500, 1_000)), number=2)))
    snapshot = build_snapshot(roll_up, ACME)
    assert _escaped_size(snapshot) <= MAX_SNAPSHOT_BYTES
    assert [text[:4] for text in _each(snapshot["prompts"], "prompt")] == [f"{n:04d}" for n in range(62)]
    assert _each(snapshot["platform_matrix"], "prompt") == _each(snapshot["prompts"], "prompt")
    assert snapshot["stats"]["prompts_count"] == 1_000


def test_a_thousand_plain_prompts_are_not_cut() -> None:
    snapshot = _snapshot(run_of(*(answer(n, prompt="x" * 1_000 + str(n)) for n in range(1_000))))
    assert len(snapshot["prompts"]) == 1_000
    assert len(to_json(snapshot)) * 4 > MAX_SNAPSHOT_BYTES >= _escaped_size(snapshot)


def test_a_snapshot_of_just_the_greatest_size_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    size = _escaped_size(_cut(_whole(), ["summary"]))
    for greatest, evidence in ((size, 2), (size - 1, 1)):
        monkeypatch.setattr(snapshot_rules, "MAX_SNAPSHOT_BYTES", greatest)
        assert len(_whole()["evidence"]) == evidence


def test_where_nothing_fits_every_list_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_rules, "MAX_SNAPSHOT_BYTES", 1)
    snapshot = dict(_whole())
    lists = ("evidence", "prompts", "platform_matrix", "trend", "categories", "regions", "platforms", "competitors")
    assert [snapshot[name] for name in lists] == [[]] * len(lists)
    assert snapshot["citations"] == {"domains": [], "urls": []}


def test_an_endless_trend_keeps_its_newest_rows() -> None:
    roll_up = folded(run_of(answer()))
    row = next(iter(roll_up.runs.values()))
    for number in range(50_000):
        later = copy.copy(row)
        later.run_id, later.completed_at = str(number), row.completed_at + number
        roll_up.runs[later.run_id] = later
    snapshot = build_snapshot(roll_up, ACME)
    assert _escaped_size(snapshot) <= MAX_SNAPSHOT_BYTES
    assert len(snapshot["trend"]) == 25_000
    assert snapshot["trend"][-1]["completed_at"] == "2026-01-01T08:30:49.999Z"


def test_a_snapshot_that_fits_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Mock(side_effect=to_json)
    monkeypatch.setattr(snapshot_rules, "to_json", measured)

    _snapshot(FIRST, SECOND)

    assert measured.call_count == 1


def test_lists_of_hostile_size_fit_too() -> None:
    wide = "𝄞" * 90
    pages = [citation(f"https://example.com/{n}/" + "𝄞" * 1_900, "𝄞" * 1_000) for n in range(200)]
    cells = [answer(n, f"{n}{wide}", category=f"{n}{wide * 3}") for n in range(1_500)]
    snapshot = _snapshot(run_of(*cells, answer(2_000, citations=pages)))
    assert _escaped_size(snapshot) <= MAX_SNAPSHOT_BYTES
    assert snapshot["stats"]["answers_count"] == 1_501
    assert snapshot["platforms"]


def _whole() -> ReportSnapshot:
    return _snapshot(FIRST, SECOND)


def _off(*sections: str) -> ReportSnapshot:
    return without_sections(_whole(), dict.fromkeys(sections, False))


def test_all_sections_are_on_unless_switched_off() -> None:
    assert without_sections(_whole(), {}) == _whole()
    assert without_sections(_whole(), {"show_trend_chart": True, "show_cover_page": False}) == _whole()


@pytest.mark.parametrize(
    ("sections", "parts"),
    [
        (
            ("show_visibility_score", "show_stats_cards"),
            ["stats", "changes.visibility_before", "changes.visibility_now"],
        ),
        (
            ("show_visibility_score",),
            [
                *(
                    f"stats.{period}{figure}"
                    for period in ("", "latest.", "previous.")
                    for figure in ("visibility_score", "visibility_interval")
                ),
                "changes.visibility_before",
                "changes.visibility_now",
            ],
        ),
        (
            ("show_stats_cards",),
            [f"stats.{period}{figure}" for period in ("", "latest.", "previous.") for figure in _CARDS],
        ),
        (("show_trend_chart", "show_run_history_table"), ["trend"]),
        (("show_trend_chart",), []),
        (("show_run_history_table",), []),
        (("show_platform_performance",), ["platforms", "changes.platforms"]),
        (("show_region_breakdown",), ["regions", "changes.regions"]),
        (("show_category_performance",), ["categories"]),
        (
            ("show_competitor_ranking",),
            ["competitors", "rivals", "changes.competitors", "evidence[].businesses", "evidence[].excerpt"],
        ),
        (("show_citation_leaderboard", "show_citation_table"), ["citations", "changes.domains"]),
        (("show_citation_leaderboard",), ["citations.domains", "changes.domains"]),
        (("show_citation_table",), ["citations.urls"]),
        (("show_ranked_prompts", "show_missed_prompts"), ["prompts", "changes.prompts", "evidence"]),
        (("show_platform_matrix",), ["platform_matrix"]),
        (("show_prompt_ranks",), ["prompts[].best_rank", "prompts[].avg_rank", "evidence[].rank"]),
        (("show_prompt_trends",), ["prompts[].trend"]),
        (("show_changes",), ["changes"]),
        (("show_rival_trend",), ["rivals"]),
        (("show_evidence",), ["evidence"]),
        (("show_summary",), ["summary"]),
        (("show_downloads", "show_cover_page", "show_footer", "show_header_logo"), []),
    ],
)
def test_what_belongs_to_sections_that_are_off_is_absent_and_all_else_is_whole(
    sections: tuple[str, ...], parts: list[str]
) -> None:
    expected = _cut(_whole(), [*parts, "summary"])

    shown = _off(*sections)

    assert ("summary" in shown) is ("summary" not in parts)
    assert _cut(shown, ["summary"]) == expected


def _cut(snapshot: ReportSnapshot, paths: Iterable[str]) -> Json:
    """A copy without these parts: ``changes.prompts``, ``evidence[].rank``."""
    copied: Json = copy.deepcopy(dict(snapshot))
    for path in paths:
        *ways, last = path.split(".")
        wholes = [copied]
        for way in ways:
            inner = [whole[way.removesuffix("[]")] for whole in wholes]
            wholes = [row for rows in inner for row in rows] if way.endswith("[]") else inner
        for whole in wholes:
            whole.pop(last, None)
    return copied


@pytest.mark.parametrize(
    ("section", "shown"),
    [("show_ranked_prompts", ["prompt 2", "prompt 1"]), ("show_missed_prompts", ["prompt 0"])],
)
def test_each_prompt_section_takes_its_prompts_and_their_matrix_rows(section: str, shown: list[str]) -> None:
    snapshot = _off(section)
    assert _each(snapshot["prompts"], "prompt") == _each(snapshot["platform_matrix"], "prompt") == shown


def test_a_period_without_a_run_stays_null() -> None:
    stats = without_sections(build_snapshot(RollUp(), ACME), {"show_stats_cards": False})["stats"]
    assert stats == {"visibility_score": None, "visibility_interval": None, "latest": None, "previous": None}


def _quoted() -> ReportSnapshot:
    seen = answer(0, brand_appears=True, answer_text="See guide.example.")
    return _snapshot(run_of(seen, answer(1, answer_text="See nothing. Or do.")))


def test_evidence_is_shown_of_the_prompts_that_are_shown() -> None:
    for section, prompt in (("show_ranked_prompts", "prompt 1"), ("show_missed_prompts", "prompt 0")):
        assert _each(without_sections(_quoted(), {section: False})["evidence"], "prompt") == [prompt]


def test_a_quote_with_a_website_in_it_is_left_out_with_all_citations() -> None:
    leaderboard, table = {"show_citation_leaderboard": False}, {"show_citation_table": False}
    for one in (leaderboard, table):
        assert _each(without_sections(_quoted(), one)["evidence"], "excerpt")[0] == "See guide.example."
    assert _each(without_sections(_quoted(), leaderboard | table)["evidence"], "excerpt") == [
        None,
        "See nothing. Or do.",
    ]


@pytest.mark.parametrize(
    ("off", "secret"),
    [
        (("show_competitor_ranking",), "Zed"),
        (("show_citation_leaderboard", "show_citation_table"), "guide.example"),
        (("show_ranked_prompts", "show_missed_prompts", "show_platform_matrix"), "prompt 0"),
    ],
)
def test_no_part_tells_what_another_section_hides(off: tuple[str, ...], secret: str) -> None:
    cells = [
        answer(
            at,
            brand_appears=at == day,
            businesses=["Zed"],
            citations=[citation(f"https://guide.example/{day}")] if day else [],
            answer_text="Zed, says guide.example.",
        )
        for day in range(2)
        for at in range(2)
    ]
    snapshot = _snapshot(run_of(*cells[:2]), run_of(*cells[2:], number=2, day=2))

    assert secret in json.dumps(snapshot)
    assert secret not in json.dumps(without_sections(snapshot, dict.fromkeys(off, False)))


def test_no_choice_of_sections_changes_the_snapshot_it_is_made_from() -> None:
    snapshot = _whole()
    for off in (*combinations(SECTIONS, 1), *combinations(SECTIONS, 2), SECTIONS):
        assert without_sections(snapshot, dict.fromkeys(off, False)) is not snapshot
    assert snapshot == _whole()
