"""Three sentences, of the numbers that are shown and of nothing else."""

import re
from itertools import combinations

import pytest
from hypothesis import given, settings

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.contract.white_label import SECTIONS
from report_shares.numerals import count_text, percent_text
from report_shares.rules import roll_up
from report_shares.rules.sections import without_sections
from report_shares.rules.snapshot import build_snapshot
from report_shares.rules.summary import is_unclear, summary_of
from tests.rules.recount import is_refused
from tests.rules.runs import ACME, Json, answer, business, citation, folded, histories, run_of


def _runs(won: int) -> list[Json]:
    zed = [business("Zed")]
    cited = [citation("https://guide.example/")]
    return [
        run_of(*(answer(at, businesses=zed, citations=cited) for at in range(12))),
        run_of(
            *(answer(at, brand_appears=at < won, businesses=zed, citations=cited) for at in range(12)),
            answer(0, "gemini"),
            number=2,
            day=2,
        ),
    ]


def _plain(summary: list[str]) -> list[str]:
    return [sentence.replace("\u202f", " ") for sentence in summary]


def _summary(*runs: Json, off: tuple[str, ...] = ()) -> list[str]:
    snapshot = build_snapshot(folded(*runs), ACME)
    return _plain(without_sections(snapshot, dict.fromkeys(off, False))["summary"])


def test_it_tells_the_score_the_change_and_the_rivals() -> None:
    assert _summary(*_runs(won=8)) == [
        "In the latest run 61.5 % of 13 answers named the brand (95 % interval: 35.5 to 82.3 %).",
        (
            "Since 2026-01-01, over the 12 combinations of prompt, platform and region that both runs asked, the brand "
            "won ground: it won 8 and lost 0 of them, its score going from 0.0 % to 66.7 %, more than chance explains "
            "(p = 0.0078)."
        ),
        "Of all mentions of businesses in the latest run, 40.0 % are the brand's; Zed has 60.0 %.",
    ]


def test_a_change_within_chance_is_never_told_as_one() -> None:
    _, change, _ = _summary(*_runs(won=5))
    assert change == (
        "Since 2026-01-01 no change is certain: over the 12 combinations of prompt, platform and region that both runs "
        "asked the brand won 5 and lost 0, which chance alone can explain (p = 0.0625)."
    )


def test_where_the_score_went_the_other_way_it_is_not_clear_which_way_the_brand_went() -> None:
    def cells(before: bool) -> list[Json]:
        rising = [answer(at, brand_appears=n < 4 + (not before)) for at in range(10) for n in range(10)]
        return [*rising, *(answer(at, brand_appears=before and n < 8) for at in (10, 11) for n in range(10))]

    _, change, _ = _summary(run_of(*cells(before=True)), run_of(*cells(before=False), number=2, day=2))

    assert change == (
        "Since 2026-01-01 it is not clear which way the brand went: over the 12 combinations of prompt, platform and "
        "region that both runs asked it won 10 and lost 2, more than chance explains (p = 0.0386), its score going "
        "from 46.7 % to 41.7 %."
    )


@pytest.mark.parametrize(
    ("won", "lost", "before", "now", "unclear"),
    [
        (6, 0, 50.0, 50.1, False),
        (6, 0, 50.0, 50.0, True),
        (6, 0, 50.0, 49.9, True),
        (0, 6, 50.0, 49.9, False),
        (0, 6, 50.0, 50.1, True),
    ],
)
def test_a_change_is_clear_where_the_score_goes_the_same_way_however_little(
    won: int, lost: int, before: float, now: float, unclear: bool
) -> None:
    changes = build_snapshot(folded(*_runs(won=8)), ACME)["changes"]
    assert changes is not None
    changes.update({"won": won, "lost": lost, "visibility_before": before, "visibility_now": now})
    assert is_unclear(changes) is unclear
    changes["is_significant"] = False
    assert not is_unclear(changes)


def test_without_the_score_a_change_is_told_by_what_was_won_and_lost() -> None:
    assert _summary(*_runs(won=8), off=("show_visibility_score",))[0] == (
        "Since 2026-01-01, over the 12 combinations of prompt, platform and region that both runs asked, the brand won "
        "ground: it won 8 and lost 0 of them, more than chance explains (p = 0.0078)."
    )


@pytest.mark.parametrize(("cells", "p_value"), [(40, "(p < 0.0001)"), (14, "(p = 0.0001)")])
def test_a_very_small_p_value_is_not_told_as_none(cells: int, p_value: str) -> None:
    before = run_of(*(answer(at) for at in range(cells)))
    now = run_of(*(answer(at, brand_appears=True) for at in range(cells)), number=2, day=2)
    assert p_value in _summary(before, now)[1]


def test_ground_that_was_lost_is_told_too() -> None:
    before = run_of(*(answer(at, brand_appears=True) for at in range(8)))
    now = run_of(*(answer(at) for at in range(8)), number=2, day=2)
    assert _summary(before, now)[1] == (
        "Since 2026-01-01, over the 8 combinations of prompt, platform and region that both runs asked, the brand lost "
        "ground: it won 0 and lost 8 of them, its score going from 100.0 % to 0.0 %, more than chance explains "
        "(p = 0.0078)."
    )


def test_the_score_is_told_without_the_number_of_answers_where_that_is_not_shown() -> None:
    assert _summary(*_runs(won=8), off=("show_stats_cards",))[0] == (
        "In the latest run 61.5 % of the answers named the brand (95 % interval: 35.5 to 82.3 %)."
    )


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([["Zed", "bean", "Cup"], ["bean", "Zed"], []], "37.5 % are the brand's; bean has 25.0 %."),
        ([["Zed"], ["bean", "Zed"], []], "50.0 % are the brand's; Zed has 33.3 %."),
        ([[]], "100.0 % are the brand's."),
    ],
)
def test_the_rival_with_the_greatest_share_is_told_of_equals_the_first_by_name(
    others: list[list[str]], told: str
) -> None:
    run = run_of(*(answer(at, brand_appears=True, businesses=names) for at, names in enumerate(others)))
    assert _summary(run)[2] == f"Of all mentions of businesses in the latest run, {told}"


def test_a_rival_whose_share_of_the_latest_run_is_not_known_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_up, "MAX_VOICES", 1)
    run = run_of(answer(0, brand_appears=True, businesses=["Zed", "Bean"]), answer(1, businesses=["Zed"]))
    assert (
        _summary(run)[2] == "Of all mentions of businesses in the latest run, 25.0 % are the brand's; Zed has 50.0 %."
    )


def test_of_a_first_run_no_change_is_told() -> None:
    assert _summary(_runs(won=8)[0])[1] == (
        "There is no earlier run that asked the same, so nothing can be said about change yet."
    )


def test_before_the_first_answer_there_is_nothing_to_say() -> None:
    assert _summary() == _summary(run_of()) == []


@pytest.mark.parametrize(
    ("off", "hidden"),
    [
        (("show_visibility_score",), "61.5|66.7"),
        (("show_stats_cards",), "of 13 answers"),
        (("show_changes",), "won"),
        (("show_competitor_ranking",), "Zed"),
        (("show_rival_trend",), "Zed"),
    ],
)
def test_it_speaks_of_shown_parts_only(off: tuple[str, ...], hidden: str) -> None:
    assert re.search(hidden, " ".join(_summary(*_runs(won=8))))
    assert not re.search(hidden, " ".join(_summary(*_runs(won=8), off=off)))


_MOST_TELLING = ("show_visibility_score", "show_changes", "show_competitor_ranking")


def test_without_score_change_and_rivals_it_tells_platforms_missed_prompts_and_websites() -> None:
    assert _summary(*_runs(won=8), off=_MOST_TELLING) == [
        "Over all runs ChatGPT names the brand most often, in 33.3 % of its answers, and Gemini least often, in 0.0 %.",
        "4 of the prompts shown have never named the brand.",
        "The website cited most is guide.example, with 100.0 % of all citations.",
    ]
    assert _summary(*_runs(won=11), off=_MOST_TELLING)[1] == "1 of the prompts shown has never named the brand."


def test_of_many_platforms_the_best_and_the_worst_are_told() -> None:
    appears = {"a": (True, True), "b": (True, False), "c": (False, False)}
    answers = [answer(0, name, brand_appears=one) for name, ones in appears.items() for one in ones]
    assert _summary(run_of(*answers), off=_MOST_TELLING)[0] == (
        "Over all runs a names the brand most often, in 100.0 % of its answers, and c least often, in 0.0 %."
    )


def test_where_platforms_are_alike_none_is_told_as_the_best() -> None:
    assert _summary(_runs(won=8)[0], off=_MOST_TELLING) == [
        "12 of the prompts shown have never named the brand.",
        "The website cited most is guide.example, with 100.0 % of all citations.",
        "The report rests on 12 answers of 1 run.",
    ]


def test_with_all_else_off_it_tells_what_the_report_rests_on() -> None:
    assert _summary(*_runs(won=8), off=tuple(name for name in SECTIONS if name != "show_summary")) == [
        "The report rests on 25 answers of 2 runs.",
        "The first run is of 2026-01-01, the last of 2026-01-02.",
        "They asked 12 prompts on 2 platforms in 1 region.",
    ]


def test_there_are_three_sentences_whatever_is_off() -> None:
    snapshot = build_snapshot(folded(*_runs(won=8)), ACME)
    telling = [name for name in SECTIONS if name != "show_summary"]
    for off in (*combinations(telling, 2), tuple(telling)):
        assert len(set(without_sections(snapshot, dict.fromkeys(off, False))["summary"])) == 3


def test_a_snapshot_that_was_frozen_before_there_were_summaries_gets_none() -> None:
    older: ReportSnapshot = {"trend": [], "platforms": []}
    assert without_sections(older, {"show_evidence": False}) == older
    assert summary_of(older) == []


@settings(max_examples=40)
@given(histories.map(lambda history: [run for run in history if not is_refused(run)]))
def test_every_number_in_it_stands_in_the_report_too(history: list[Json]) -> None:
    snapshot = build_snapshot(folded(*history), ACME)
    known = {"95\u202f%", *_texts_of(snapshot)}
    for sentence in snapshot["summary"]:
        bare = re.sub(r"\d{4}-\d\d-\d\d", "", sentence)
        for name in [row["name"] for row in snapshot["rivals"]["series"]]:
            bare = bare.replace(f"; {name} has", "; has")
        numbers = re.findall(r"\d+(?:\u202f\d{3})*(?:\.\d+)?(?:\u202f%)?", bare)
        assert known.issuperset(numbers), (sentence, numbers)


def _texts_of(part: object) -> set[str]:
    """Every number in a part of a snapshot, as text."""
    match part:
        case bool() | str() | None:
            return set()
        case int():
            return {count_text(part)}
        case float():
            return {percent_text(part), f"{part:.1f}", f"{part:.4f}"}
        case dict():
            return set().union(*map(_texts_of, part.values()))
        case list():
            return set().union(*map(_texts_of, part))
    raise AssertionError(part)
