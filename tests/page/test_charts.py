"""The geometry of the charts: inside the picture, true to the values, honest about gaps."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.contract.snapshot import Interval, Rivals, TrendPoint
from report_shares.page.charts import MARKS, MAX_DRAWN, kept, line_chart, rival_chart, sparkline
from tests.page.reports import point

BEGIN = datetime(2026, 1, 5, 6, tzinfo=UTC)
scores = st.none() | st.floats(0, 100).map(lambda score: round(score, 1))


def runs(
    *values: float | None, every: timedelta = timedelta(days=7), cited: float | None = 4.0, begin: datetime = BEGIN
) -> list[TrendPoint]:
    return [point(begin + every * at, value, cited) for at, value in enumerate(values)]


def with_intervals(*values: tuple[float | None, Interval | None], cited: float | None = 4.0) -> list[TrendPoint]:
    return [
        run | {"visibility_interval": ends}
        for run, (_, ends) in zip(runs(*(value for value, _ in values), cited=cited), values, strict=True)
    ]


def coordinates(path: str) -> list[list[tuple[float, float]]]:
    """The points of each subpath that consists of lines alone."""
    return [
        [(float(x), float(y)) for x, y in (point.split() for point in piece.split("L"))]
        for piece in path.rstrip("Z").replace("Z", "").split("M")[1:]
    ]


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
    four = runs(10, None, 30, 20, cited=None)

    chart = line_chart(four, 400, 200, 4)

    assert (chart.width, chart.height) == (400, 200)
    assert (chart.left, chart.right, chart.bottom) == (38, 346, 170)
    assert [(tick.at, tick.label, tick.datetime) for tick in chart.y_ticks] == [
        (170, "0", ""), (118, "10", ""), (66, "20", ""), (14, "30", ""),
    ]  # fmt: skip
    days = ["2026-01-05", "2026-01-11", "2026-01-17", "2026-01-23"]
    assert [(tick.at, tick.label, tick.datetime) for tick in chart.x_ticks] == [
        (at, day, day) for at, day in zip((38, 126, 214, 302), days, strict=True)
    ]
    (line,) = chart.lines
    assert (line.name, line.path) == ("visibility_score", "M38 118h0M243.3 14L346 66")
    assert line.area == "M243.3 14L346 66V170H243.3Z"
    assert (line.band, line.marks) == ("", "")
    assert (line.end, line.last, line.label_at) == ((346, 66), 20, 66)
    assert chart.points == [
        (at, run["completed_at"], [run["visibility_score"]], None)
        for at, run in zip((38, 243.3, 346), (four[0], four[2], four[3]), strict=True)
    ]


def test_each_unbroken_piece_of_a_line_has_an_area_of_its_own() -> None:
    chart = line_chart(runs(10, 20, None, 30, 7.1, cited=None), 400, 200, 4)

    assert chart.lines[0].path == "M38 118L115 66M269 14L346 133.1"
    assert chart.lines[0].area == "M38 118L115 66V170H38ZM269 14L346 133.1V170H269Z"


def test_a_trend_has_a_line_for_visibility_and_one_for_citations() -> None:
    lines = line_chart(runs(10, 20, cited=5.0), 400, 200, 4).lines

    assert [(line.name, line.last) for line in lines] == [("visibility_score", 20), ("citation_share", 5)]


def test_a_wide_chart_has_room_for_longer_labels_at_the_ends_of_its_lines() -> None:
    widths = (600, 601)

    assert [width - line_chart(runs(10, 20), width, 200, 4).right for width in widths] == [54, 96]
    assert [width - rival_chart(rivals([10, 20]), width, 200, 4).right for width in widths] == [70, 226]


def test_both_ends_of_a_trend_have_their_place_though_they_have_no_value() -> None:
    chart = line_chart(runs(None, 10, None, cited=None), 400, 200, 4)

    assert [x for x, *_ in chart.points] == [38, 192, 346]


# ---- intervals -------------------------------------------------------------------------------------------------------


def test_a_band_follows_the_high_ends_and_comes_back_along_the_low_ones() -> None:
    chart = line_chart(with_intervals((10, [5.0, 20.0]), (20, [15.0, 40.0])), 400, 200, 4)

    (left, high), (right, higher), (back, low), (end, lower) = coordinates(chart.lines[0].band)[0]
    assert (left, right, back, end) == (38, 346, 346, 38)
    assert higher < high < low  # up is less
    assert (higher, lower) == (chart.y_ticks[-1].at, 150.5)


def test_a_band_is_broken_where_a_run_has_no_interval_and_a_single_run_has_a_bar() -> None:
    four = with_intervals((10, [5.0, 20.0]), (None, None), (20, [15.0, 40.0]), (20, [15, 40]), cited=None)

    assert line_chart(four, 400, 200, 4).lines[0].band == "M34 92h8V150.5h-8ZM243.3 14L346 14L346 111.5L243.3 111.5Z"


def test_the_value_axis_has_room_for_the_intervals_too() -> None:
    assert line_chart(with_intervals((10, [2.0, 58.0])), 760, 300, 6).y_ticks[-1].label == "60"


def test_runs_without_intervals_have_no_band() -> None:
    assert [line.band for line in line_chart(runs(10, 20), 760, 300, 6).lines] == ["", ""]


def test_each_point_has_its_values_and_the_interval_of_visibility() -> None:
    (point,) = line_chart(with_intervals((10, [5.0, 20.0])), 760, 300, 6).points

    assert point[2:] == ([10, 4.0], [5.0, 20.0])


# ---- rivals ----------------------------------------------------------------------------------------------------------


def rivals(*series: Sequence[float | None]) -> Rivals:
    stamps = [run["completed_at"] for run in runs(*series[0])]
    return {
        "completed_at": stamps,
        "series": [
            {"name": f"Rival {at}", "is_brand": at == 0, "share_of_voice": list(values)}
            for at, values in enumerate(series)
        ],
    }


def test_lines_of_rivals_are_told_apart_by_marks_of_their_own() -> None:
    lines = rival_chart(rivals(*([number, number + 1] for number in range(6))), 960, 330, 8).lines

    assert [line.marks.partition("m")[2].partition("M")[0] for line in lines] == [mark[1:] for mark in MARKS]
    assert len(set(MARKS)) == 6


@given(st.lists(scores, min_size=1, max_size=52))
def test_a_line_is_marked_where_it_ends_and_only_where_it_is(values: list[float | None]) -> None:
    lines = rival_chart(rivals(values), 400, 300, 4).lines

    for line in lines:
        marked = re.findall(r"M([\d.]+ [\d.]+)m", line.marks)
        drawn = re.findall(r"[\d.]+ [\d.]+", line.path)
        assert marked[0] == drawn[-1]
        assert set(marked) <= set(drawn)
        assert len(marked) <= 10


@pytest.mark.parametrize(
    ("runs", "marked"),
    [(1, [0]), (3, [2, 1, 0]), (7, [6, 5, 4, 3, 2, 1, 0]), (10, [9, 7, 5, 3, 1]), (25, [24, 19, 14, 9, 4])],
)
def test_a_short_line_is_marked_at_each_run_and_a_longer_one_five_times(runs: int, marked: list[int]) -> None:
    chart = rival_chart(rivals([10.0] * runs), 400, 300, 4)

    places = [f"{chart.points[at][0]:g}" for at in marked]
    assert re.findall(r"M([\d.]+) [\d.]+m", chart.lines[0].marks) == places


def test_a_rival_that_was_never_named_has_no_line_and_no_place_among_the_values() -> None:
    chart = rival_chart(rivals([1.0, 2.0], [None, None], [3.0, None]), 400, 300, 4)

    assert [line.name for line in chart.lines] == ["0", "2"]
    assert [values for _, _, values, _ in chart.points] == [[1.0, 3.0], [2.0, None]]


@given(st.lists(st.floats(0, 100).map(lambda share: round(share, 1)), min_size=6, max_size=6))
def test_the_labels_of_six_rivals_stay_apart_and_above_the_time_axis(shares: list[float]) -> None:
    chart = rival_chart(rivals(*([share] for share in shares)), 960, 330, 8)

    labels = sorted(line.label_at for line in chart.lines)
    assert all(low - high >= 17.9 for high, low in pairwise(labels))
    assert 0 <= labels[0] <= labels[-1] <= chart.bottom


# ---- labels and axes -------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("seed", range(10))
def test_those_are_drawn_that_span_the_largest_triangles(seed: int) -> None:
    """As the author of the method has it, with the points in 118 buckets between the first and the last."""
    random = Random(seed)  # noqa: S311 # nothing is secret here
    moments = sorted(random.uniform(0, 1e9) for _ in range(1_000))
    points = [(moment, random.uniform(0, 100)) for moment in moments]
    edges = [1 + round(998 * bucket / 118) for bucket in range(119)]
    buckets = [[0], *([*range(begin, end)] for begin, end in pairwise(edges)), [999]]

    expected = [0]
    for bucket, following in pairwise(buckets[1:]):
        (ax, ay), (cx, cy) = points[expected[-1]], map(fmean, zip(*(points[at] for at in following), strict=True))
        areas = {abs((ax - cx) * (points[at][1] - ay) - (ax - points[at][0]) * (cy - ay)): at for at in bucket}
        expected.append(areas[max(areas)])

    assert kept(moments, [value for _, value in points]) == [*expected, 999]


@pytest.mark.parametrize("spike", [1, 500, 998])
def test_a_spike_among_many_runs_is_drawn(spike: int) -> None:
    values = [10.0] * 1_000
    values[spike] = 90.0

    assert spike in kept([float(at) for at in range(1_000)], values)


def test_a_sparkline_of_nothing_is_none() -> None:
    assert sparkline([None, None]) is None


def test_a_sparkline_keeps_its_gaps_and_its_last_value() -> None:
    spark = sparkline([10.0, None, 30.0, None, 40.0, 5.0, 20.0, None])

    assert spark is not None
    assert spark.path == "M0 90h0M2 70h0M4 60L5 95L6 80"
    assert spark.last == "M6 80h0"
    assert (spark.first_value, spark.last_value, spark.low, spark.high) == (10.0, 20.0, 5.0, 40.0)


@pytest.mark.parametrize(("number", "width"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_a_sparkline_is_as_wide_as_it_has_steps(number: int, width: int) -> None:
    spark = sparkline([10.0] * number)

    assert spark is not None
    assert spark.width == width


@given(scores, scores)
def test_the_labels_at_the_ends_of_the_lines_never_cover_each_other(one: float | None, other: float | None) -> None:
    chart = line_chart([point(BEGIN, one, other)], 760, 300, 6)

    labels = sorted(line.label_at for line in chart.lines)

    assert len(labels) == (one is not None) + (other is not None)
    assert all(low - high >= 30 for high, low in pairwise(labels))


def test_the_labels_of_lines_that_end_at_one_place_are_parted_by_the_height_of_a_label() -> None:
    trend = line_chart(runs(10, cited=10), 400, 200, 4).lines
    others = rival_chart(rivals([10], [10]), 400, 200, 4).lines

    assert [[line.label_at - line.end[1] for line in lines] for lines in (trend, others)] == [[0, 34], [0, 18]]


@pytest.mark.parametrize(
    ("number", "days", "labels"),
    [
        (1, 1, ["2026-01-05"]),
        (5, 1, ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"]),
        (26, 7, ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]),
        (260, 7, ["2027", "2028", "2029", "2030"]),
        (52, 7, ["2026-03", "2026-05", "2026-07", "2026-09", "2026-11"]),
        (78, 7, ["2026-04", "2026-07", "2026-10", "2027-01", "2027-04"]),
        (150, 7, ["2026-07", "2027-01", "2027-07", "2028-01", "2028-07"]),
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
    assert [tick.datetime for tick in chart.x_ticks] == [f"{label}-01-01"[:10] for label in labels]


def test_the_time_axis_is_marked_at_its_very_ends_too_and_with_as_many_marks_as_there_may_be() -> None:
    first_days = runs(10, 20, begin=datetime(2026, 1, 1, tzinfo=UTC), every=timedelta(days=31 + 28))

    chart = line_chart(first_days, 400, 200, 3)

    assert [(tick.at, tick.label, tick.datetime) for tick in chart.x_ticks] == [
        (38, "2026-01", "2026-01-01"), (199.8, "2026-02", "2026-02-01"), (346, "2026-03", "2026-03-01"),
    ]  # fmt: skip


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
