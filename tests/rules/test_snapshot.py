"""What a snapshot says, in what order, how much of it fits, and what goes with a section that is off."""

import copy
import json
from collections.abc import Mapping, Sequence
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
_STATS = (*_CARDS, "visibility_score")


def _snapshot(*runs: Json) -> ReportSnapshot:
    return build_snapshot(folded(*runs), ACME)


def _escaped_size(snapshot: ReportSnapshot) -> int:
    return len(json.dumps(json.dumps(snapshot)))


def _each(rows: Sequence[Mapping[str, object]], field: str) -> list[Any]:
    return [row[field] for row in rows]


def test_a_schedule_without_a_run_has_an_empty_snapshot() -> None:
    nothing = dict.fromkeys(_STATS[:8], 0) | dict.fromkeys((*_STATS[8:], "latest", "previous"))
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
    }


def test_the_whole_snapshot_of_two_runs() -> None:
    def stats(*values: float | None) -> Json:
        return dict(zip(_STATS, values, strict=True))

    def counts(answers: int, appearances: int, visibility: float) -> Json:
        return {"answers_count": answers, "appearances_count": appearances, "visibility_score": visibility}

    first = stats(1, 2, 2, 1, 3, 1, 2, 0, 50.0, 2.0, 33.3)
    second = stats(1, 2, 1, 1, 2, 1, 0, 0, None, 5.0, 50.0)
    both = stats(2, 3, 2, 1, 5, 2, 2, 0, 50.0, 3.5, 40.0)
    no_ranks = {"best_rank": None, "avg_rank": None}
    expected = {
        "stats": both | {"latest": second, "previous": first},
        "trend": [
            {
                "completed_at": "2026-01-01T08:30:00.000Z",
                "visibility_score": 33.3,
                "citation_share": 50.0,
                "answers_count": 3,
            },
            {
                "completed_at": "2026-01-02T08:30:00.000Z",
                "visibility_score": 50.0,
                "citation_share": None,
                "answers_count": 2,
            },
        ],
        "platforms": [{"name": "ChatGPT"} | counts(4, 2, 50.0), {"name": "Gemini"} | counts(1, 0, 0.0)],
        "regions": [{"name": "United States, English"} | counts(5, 2, 40.0) | {"citation_share": 50.0}],
        "categories": [{"name": "Retail"} | counts(3, 2, 66.7) | {"citation_share": 50.0}],
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
    }
    assert _snapshot(FIRST, SECOND) == expected
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
        answer(9, "d", businesses=[business(name) for name in names]),
    )
    snapshot = _snapshot(run)
    assert _each(snapshot["platforms"], "name") == ["a", "B", "C", "d"]
    assert _each(snapshot["categories"], "name") == ["a", "B", "C"]
    assert _each(snapshot["competitors"], "name") == ["a", "b", "C"]
    assert _each(snapshot["prompts"], "prompt") == ["a", "B", "b", "C", "prompt 9"]


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


def test_latest_and_previous_are_runs_with_answers_and_one_without_stands_in_the_trend() -> None:
    none = run_of_regions(region(status="failed"), number=3, day=3)
    snapshot = _snapshot(FIRST, SECOND, none)
    assert snapshot["trend"][2] == {
        "completed_at": "2026-01-03T08:30:00.000Z",
        "visibility_score": None,
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


_SNAPSHOT = _snapshot(FIRST, SECOND)


def _off(*sections: str) -> ReportSnapshot:
    return without_sections(_SNAPSHOT, dict.fromkeys(sections, False))


def _without(part: Mapping[str, object], *fields: str) -> Json:
    return {name: value for name, value in part.items() if name not in fields}


def test_all_sections_are_on_unless_switched_off() -> None:
    assert without_sections(_SNAPSHOT, {}) == _SNAPSHOT
    assert without_sections(_SNAPSHOT, {"show_trend_chart": True, "show_cover_page": False}) == _SNAPSHOT


@pytest.mark.parametrize(
    ("part", "sections"),
    [
        ("stats", ("show_visibility_score", "show_stats_cards")),
        ("trend", ("show_trend_chart", "show_run_history_table")),
        ("platforms", ("show_platform_performance",)),
        ("regions", ("show_region_breakdown",)),
        ("categories", ("show_category_performance",)),
        ("competitors", ("show_competitor_ranking",)),
        ("citations", ("show_citation_leaderboard", "show_citation_table")),
        ("prompts", ("show_ranked_prompts", "show_missed_prompts")),
        ("platform_matrix", ("show_platform_matrix",)),
    ],
)
def test_a_part_is_absent_with_all_its_sections_off_and_leaves_the_others_whole(
    part: str, sections: tuple[str, ...]
) -> None:
    assert _off(*sections) == _without(_SNAPSHOT, part)


@pytest.mark.parametrize(
    ("section", "part"), [("show_citation_leaderboard", "domains"), ("show_citation_table", "urls")]
)
def test_each_citation_section_takes_its_list(section: str, part: str) -> None:
    assert _off(section) == _SNAPSHOT | {"citations": _without(_SNAPSHOT["citations"], part)}


@pytest.mark.parametrize(
    ("section", "shown"),
    [("show_ranked_prompts", ["prompt 2", "prompt 1"]), ("show_missed_prompts", ["prompt 0"])],
)
def test_each_prompt_section_takes_its_prompts_and_their_matrix_rows(section: str, shown: list[str]) -> None:
    snapshot = _off(section)
    assert _each(snapshot["prompts"], "prompt") == _each(snapshot["platform_matrix"], "prompt") == shown


@pytest.mark.parametrize(
    ("section", "fields"),
    [("show_prompt_ranks", ("best_rank", "avg_rank")), ("show_prompt_trends", ("trend",))],
)
def test_each_section_of_prompt_details_takes_its_fields(section: str, fields: tuple[str, ...]) -> None:
    stripped = [_without(prompt, *fields) for prompt in _SNAPSHOT["prompts"]]
    assert _off(section) == _SNAPSHOT | {"prompts": stripped}


@pytest.mark.parametrize("section", ["show_trend_chart", "show_run_history_table"])
def test_the_trend_stays_while_one_of_its_sections_is_on(section: str) -> None:
    assert _off(section) == _SNAPSHOT


@pytest.mark.parametrize(
    ("section", "fields"), [("show_visibility_score", ("visibility_score",)), ("show_stats_cards", _CARDS)]
)
def test_each_section_of_stats_takes_its_fields_of_every_period(section: str, fields: tuple[str, ...]) -> None:
    stats = _without(_SNAPSHOT["stats"], *fields)
    for period in ("latest", "previous"):
        stats[period] = _without(stats[period], *fields)
    assert _off(section) == _SNAPSHOT | {"stats": stats}


def test_a_period_without_a_run_stays_null() -> None:
    stats = without_sections(build_snapshot(RollUp(), ACME), {"show_stats_cards": False})["stats"]
    assert stats == {"visibility_score": None, "latest": None, "previous": None}


def test_no_choice_of_sections_changes_the_snapshot_it_is_made_from() -> None:
    before = copy.deepcopy(_SNAPSHOT)
    for off in (*combinations(SECTIONS, 1), *combinations(SECTIONS, 2), SECTIONS):
        assert _off(*off) is not _SNAPSHOT
    assert before == _SNAPSHOT
