"""The parts of the report page that are worked out from the snapshot."""

import pytest

from report_shares.contract.snapshot import RivalSeries
from report_shares.page.parts import history, rivals
from tests.page.reports import snapshot
from tests.page.test_view import view


def test_the_headline_numbers_are_these() -> None:
    assert [(card.key, card.title, card.unit) for card in view().cards] == [
        ("visibility_score", "Visibility score", "percent"),
        ("citation_share", "Citation share", "percent"),
        ("avg_rank", "Average rank", "decimal"),
        ("appearances_count", "Answers naming the brand", "count"),
        ("citations_count", "Citations found", "count"),
    ]


def test_a_trend_without_a_score_has_no_best_run() -> None:
    given = snapshot(runs=3)
    for point in given["trend"]:
        point["visibility_score"] = None

    seen = view(given).trend

    assert seen is not None
    assert (seen.best, seen.worst) == (None, None)


@pytest.mark.parametrize(("runs", "drawn"), [(100, 100), (400, 120)])
def test_a_run_counts_as_drawn_where_one_of_the_lines_has_a_point(runs: int, drawn: int) -> None:
    given = snapshot(runs=runs)

    seen = view(given).trend

    assert seen is not None
    places = {completed_at for _, completed_at, *_ in seen.wide.points}
    assert seen.drawn == [run for run in given["trend"] if run["completed_at"] in places]
    assert len(seen.drawn) == drawn


def test_rivals_are_told_by_their_last_share_and_their_runs_from_the_newest() -> None:
    first, second = "2026-04-13T15:23:04.512Z", "2026-04-20T15:23:04.512Z"
    shares: dict[str, list[float | None]] = {
        "Acme": [40.0, 30.0], "Nobody": [None, None], "Roastery": [10.0, 50.5], "Gone": [5.0, None],
    }  # fmt: skip
    series: list[RivalSeries] = [
        {"name": name, "is_brand": name == "Acme", "share_of_voice": shown} for name, shown in shares.items()
    ]

    seen = rivals({"completed_at": [first, second], "series": series})

    assert seen
    assert [row["name"] for row in seen.series] == ["Acme", "Roastery", "Gone"]
    assert (seen.first, seen.last) == (first, second)
    assert seen.now == [("Roastery", 50.5), ("Acme", 30.0)]
    assert seen.rows == [(second, (30.0, 50.5, None)), (first, (40.0, 10.0, 5.0))]


@pytest.mark.parametrize(("runs", "listed"), [(365, 365), (366, 366), (400, 366)])
def test_the_history_has_a_year_of_daily_runs(runs: int, listed: int) -> None:
    seen = history(snapshot(runs=runs, prompts=0)["trend"])

    assert len(seen) == listed
