"""Charts as geometry: what goes into SVG attributes, computed once and free of styling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Literal

from report_shares.contract.snapshot import TrendPoint

MAX_DRAWN = 120
type Series = Literal["visibility_score", "citation_share"]
SERIES: tuple[Series, Series] = ("visibility_score", "citation_share")

_TOP, _BOTTOM = 14, 30
type _Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is and what it says. ``datetime`` is set on a time axis only."""

    at: float
    label: str
    datetime: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its path, the area below it, where it ends and its last value."""

    name: Series
    path: str
    area: str
    end: _Point
    last: float
    label_at: float


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line chart in the units of its ``viewBox``. ``points``: each drawn run's x, timestamp and two values."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Tick]
    lines: Sequence[Line]
    points: Sequence[tuple[float, str, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Spark:
    """A sparkline: x counts runs and y is 100 minus the value, so that a script can read the values back."""

    width: int
    path: str
    last: str
    first_value: float
    last_value: float
    low: float
    high: float


def line_chart(runs: Sequence[TrendPoint], width: int, height: int, ticks: int) -> LineChart:
    """The trend as lines over time, with at most about ``ticks`` labels on the time axis.

    Of more than ``MAX_DRAWN`` runs, only those are drawn that keep the shape of the lines.
    """
    left, right, bottom = 38, width - (96 if width > 600 else 54), height - _BOTTOM
    moments = [datetime.fromisoformat(run["completed_at"]).timestamp() for run in runs]
    start, end = moments[0], moments[-1]
    values = {name: [run[name] for run in runs] for name in SERIES}
    marks = _value_marks(value for of_series in values.values() for value in of_series)

    def x(moment: float) -> float:
        return round(left + (right - left) * (moment - start) / (end - start), 1) if end > start else (left + right) / 2

    def y(value: float) -> float:
        return round(bottom - (bottom - _TOP) * value / marks[-1], 1)

    drawn = {0, len(runs) - 1}.union(*(kept(moments, of_series) for of_series in values.values()))
    places = {at: x(moments[at]) for at in drawn}
    lines = []
    for name, of_series in values.items():
        known = [(at, value) for at, value in enumerate(of_series) if value is not None]
        if not known:
            continue
        # A run without a value breaks the line, whether it would be drawn or not.
        pieces = _pieces(
            None if value is None else f"{places[at]:g} {y(value):g}"
            for at, value in enumerate(of_series)
            if value is None or at in places
        )
        area = "".join(f"M{'L'.join(piece)}V{bottom}H{piece[0].split()[0]}Z" for piece in pieces if len(piece) > 1)
        last_at, last = known[-1]
        lines.append(Line(name, _path(pieces), area, (places[last_at], y(last)), last, y(last)))
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        bottom=bottom,
        y_ticks=[Tick(y(value), f"{value}") for value in marks],
        x_ticks=[Tick(x(moment), label, date) for moment, label, date in _time_marks(start, end, ticks)],
        lines=_labels_apart(lines),
        points=[
            (places[at], run["completed_at"], run["visibility_score"], run["citation_share"])
            for at, run in enumerate(runs)
            if at in places
        ],
    )


def sparkline(values: Sequence[float | None]) -> Spark | None:
    """A prompt's trend as a sparkline; None if the prompt was never asked."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    pieces = _pieces(None if value is None else f"{at} {100 - value:g}" for at, value in enumerate(values))
    end = _path([pieces[-1][-1:]])
    return Spark(max(1, len(values) - 1), _path(pieces), end, known[0], known[-1], min(known), max(known))


def kept(moments: Sequence[float], values: Sequence[float | None]) -> list[int]:
    """The positions of at most ``MAX_DRAWN`` known values that keep the line's shape.

    Largest-Triangle-Three-Buckets, Sveinn Steinarsson, "Downsampling Time Series for Visual Representation", 2013:
    of each bucket, the point that spans the largest triangle with the point kept before it and the next bucket's mean.
    """
    known = [(at, moments[at], value) for at, value in enumerate(values) if value is not None]
    if len(known) <= MAX_DRAWN:
        return [at for at, _, _ in known]
    buckets = MAX_DRAWN - 2
    size = (len(known) - 2) / buckets
    edges = [1 + round(size * bucket) for bucket in range(buckets + 1)]
    chosen = [known[0]]
    for bucket, (begin, end) in enumerate(pairwise(edges)):
        following = known[end : edges[bucket + 2]] if bucket + 2 < len(edges) else known[-1:]
        mean_x = sum(moment for _, moment, _ in following) / len(following)
        mean_y = sum(value for _, _, value in following) / len(following)
        _, from_x, from_y = chosen[-1]
        chosen.append(
            max(
                known[begin:end],
                key=lambda point: abs(
                    (from_x - mean_x) * (point[2] - from_y) - (from_x - point[1]) * (mean_y - from_y)
                ),
            )
        )
    return [at for at, _, _ in (*chosen, known[-1])]


def _pieces(points: Iterable[str | None]) -> list[list[str]]:
    """What is between the gaps."""
    pieces: list[list[str]] = [[]]
    for point in points:
        if point:
            pieces[-1].append(point)
        else:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _path(pieces: Iterable[Sequence[str]]) -> str:
    """Each piece as a line, or as a dot if it is a single point."""
    return "".join(f"M{'L'.join(piece)}" if len(piece) > 1 else f"M{piece[0]}h0" for piece in pieces)


def _labels_apart(lines: Sequence[Line]) -> list[Line]:
    """The lines with labels at their ends that do not cover each other; each takes two rows of text."""
    room = 34
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: line.label_at):
        low = placed[-1].label_at + room if placed else 0
        placed.append(replace(line, label_at=max(line.label_at, low)))
    return sorted(placed, key=lambda line: SERIES.index(line.name))


def _value_marks(values: Iterable[float | None]) -> range:
    """The marks of a percentage axis: from 0 to just above the values, in at most five even steps."""
    highest = max((value for value in values if value is not None), default=0)
    step = next(step for step in (1, 2, 5, 10, 20) if highest <= 5 * step)
    return range(0, step * max(1, ceil(highest / step)) + 1, step)


def _time_marks(start: float, end: float, most: int) -> list[tuple[float, str, str]]:
    """Even marks between two moments, at most ``most``: first days of years or of months, or days.

    Each is its moment, its label and its date.
    """
    first, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    begins = {month: datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in months}
    inside = {month: begin for month, begin in begins.items() if first <= begin <= last}
    if len(inside) < 3:
        step = timedelta(days=max(1, ceil((last - first) / timedelta(days=most))))
        digits, marks = 10, [mark for number in range(most + 1) if (mark := first + number * step) <= last]
    else:
        steps = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
        every = next((step for step in steps if sum(month % step == 0 for month in inside) <= most), 12_000)
        digits, marks = 4 if every >= 12 else 7, [mark for month, mark in inside.items() if month % every == 0]
    return [(mark.timestamp(), mark.date().isoformat()[:digits], mark.date().isoformat()) for mark in marks]
