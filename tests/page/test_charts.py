"""The geometry of the charts: inside the picture, true to the values, honest about gaps."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.contract.snapshot import TrendPoint
from report_shares.page.charts import MAX_DRAWN, kept, line_chart, sparkline
from tests.page.reports import point

BEGIN = datetime(2026, 1, 5, 6, tzinfo=UTC)
scores = st.none() | st.floats(0, 100).map(lambda score: round(score, 1))


def runs(*values: float | None, every: timedelta = timedelta(days=7)) -> list[TrendPoint]:
    return [point(BEGIN + every * at, value) for at, value in enumerate(values)]


@given(st.lists(scores, min_size=1, max_size=300), st.integers(1, 60))
def test_everything_that_is_drawn_lies_in_the_picture(values: list[float | None], days: int) -> None:
    chart = line_chart(runs(*values, every=timedelta(days=days)), 760, 300, 6)

    marks = [number for line in chart.lines for number in map(float, re.findall(r"[\d.]+", line.path))]
    assert all(0 <= mark <= 760 for mark in marks)
    assert all(chart.left <= x <= chart.right for x, *_ in chart.points)
    assert all(chart.left <= tick.at <= chart.right for tick in chart.x_ticks)
    assert all(0 < tick.at <= chart.bottom for tick in chart.y_ticks)
    assert len(chart.x_ticks) <= 7
    assert float(chart.y_ticks[-1].label) >= max((value for value in values if value is not None), default=0)


def test_more_is_higher_and_later_is_further_right() -> None:
    chart = line_chart(runs(10, 40), 760, 300, 6)
    (x1, y1), (x2, y2) = (map(float, point.split()) for point in chart.lines[0].path[1:].split("L"))

    assert x1 < x2
    assert y1 > y2


def test_a_run_without_a_value_breaks_the_line() -> None:
    assert line_chart(runs(10, None, 40), 760, 300, 6).lines[0].path.count("M") == 2


def test_a_chart_has_room_for_its_labels_and_a_line_with_an_area_for_each_unbroken_piece() -> None:
    four = [point(BEGIN + timedelta(days=7 * at), value, None) for at, value in enumerate((10, None, 30, 20))]

    chart = line_chart(four, 400, 200, 4)

    assert (chart.width, chart.height) == (400, 200)
    assert (chart.left, chart.right, chart.bottom) == (38, 346, 170)
    assert [(tick.at, tick.label) for tick in chart.y_ticks] == [(170, "0"), (118, "10"), (66, "20"), (14, "30")]
    days = ["2026-01-05", "2026-01-11", "2026-01-17", "2026-01-23"]
    assert [(tick.at, tick.label, tick.datetime) for tick in chart.x_ticks] == [
        (at, day, day) for at, day in zip((38, 126, 214, 302), days, strict=True)
    ]
    (line,) = chart.lines
    assert (line.name, line.path) == ("visibility_score", "M38 118h0M243.3 14L346 66")
    assert line.area == "M243.3 14L346 66V170H243.3Z"
    assert (line.end, line.last, line.label_at) == ((346, 66), 20, 66)
    assert chart.points == [
        (at, run["completed_at"], run["visibility_score"], None)
        for at, run in zip((38, 243.3, 346), (four[0], four[2], four[3]), strict=True)
    ]


def test_a_wide_chart_has_room_for_longer_labels_at_the_ends_of_its_lines() -> None:
    assert [width - line_chart(runs(10, 20), width, 200, 4).right for width in (600, 601)] == [54, 96]


def test_both_ends_of_a_trend_have_their_place_though_they_have_no_value() -> None:
    chart = line_chart(runs(None, 10, None), 400, 200, 4)

    assert [x for x, *_ in chart.points] == [38, 192, 346]


def test_one_run_is_a_dot_in_the_middle() -> None:
    chart = line_chart(runs(10), 760, 300, 6)

    assert chart.lines[0].path.endswith("h0")
    assert chart.lines[0].end == ((chart.left + chart.right) / 2, chart.lines[0].label_at)


@given(st.lists(st.floats(0, 100), min_size=MAX_DRAWN + 1, max_size=2_000))
def test_of_many_runs_a_bounded_number_is_drawn_with_both_ends(values: list[float]) -> None:
    positions = kept([float(at) for at in range(len(values))], values)

    assert len(positions) == MAX_DRAWN
    assert positions == sorted(set(positions))
    assert (positions[0], positions[-1]) == (0, len(values) - 1)


@pytest.mark.parametrize("spike", [1, 500, 998])
def test_a_spike_among_many_runs_is_drawn(spike: int) -> None:
    values = [10.0] * 1_000
    values[spike] = 90.0

    assert spike in kept([float(at) for at in range(1_000)], values)


def test_a_sparkline_of_nothing_is_none() -> None:
    assert sparkline([None, None]) is None


def test_a_sparkline_keeps_its_gaps_and_its_last_value() -> None:
    spark = sparkline([10.0, None, 30.0, 20.0, None])

    assert spark is not None
    assert spark.path == "M0 90h0M2 70L3 80"
    assert spark.last == "M3 80h0"
    assert (spark.first_value, spark.last_value, spark.low, spark.high) == (10.0, 20.0, 10.0, 30.0)


@given(scores, scores)
def test_the_labels_at_the_ends_of_the_lines_never_cover_each_other(one: float | None, other: float | None) -> None:
    chart = line_chart([point(BEGIN, one, other)], 760, 300, 6)

    labels = sorted(line.label_at for line in chart.lines)

    assert len(labels) == (one is not None) + (other is not None)
    assert all(low - high >= 30 for high, low in pairwise(labels))


@pytest.mark.parametrize(
    ("number", "days", "labels"),
    [
        (1, 1, ["2026-01-05"]),
        (5, 1, ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"]),
        (26, 7, ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]),
        (52, 7, ["2026-03", "2026-05", "2026-07", "2026-09", "2026-11"]),
        (520, 7, ["2028", "2030", "2032", "2034"]),
        (2, 20 * 365, ["2030", "2035", "2040", "2045"]),
        (2, 40 * 365, ["2030", "2040", "2050", "2060"]),
        (2, 100 * 365, ["2040", "2060", "2080", "2100", "2120"]),
        (2, 200 * 365, ["2050", "2100", "2150", "2200"]),
        (2, 500 * 365, ["2100", "2200", "2300", "2400", "2500"]),
        (2, 5_000 * 365, ["3000", "4000", "5000", "6000", "7000"]),
    ],
)
def test_the_time_axis_is_marked_in_even_steps_that_people_use(number: int, days: int, labels: list[str]) -> None:
    chart = line_chart(runs(*[10.0] * number, every=timedelta(days=days)), 760, 300, 6)

    assert [tick.label for tick in chart.x_ticks] == labels


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (0.0, ["0", "1"]),
        (4.2, ["0", "1", "2", "3", "4", "5"]),
        (5.0, ["0", "1", "2", "3", "4", "5"]),
        (10.0, ["0", "2", "4", "6", "8", "10"]),
        (25.0, ["0", "5", "10", "15", "20", "25"]),
        (50.0, ["0", "10", "20", "30", "40", "50"]),
        (58.0, ["0", "20", "40", "60"]),
        (100.0, ["0", "20", "40", "60", "80", "100"]),
    ],
)
def test_the_value_axis_begins_at_zero_and_ends_just_above_the_values(highest: float, labels: list[str]) -> None:
    chart = line_chart([point(BEGIN, 0.0, highest)], 760, 300, 6)

    assert [tick.label for tick in chart.y_ticks] == labels
