"""Charts as geometry: what goes into SVG attributes, computed once and free of styling."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil
from typing import Literal

from report_shares.contract.snapshot import TrendPoint

MAX_DRAWN = 120
type Series = Literal["visibility_score", "citation_share"]
SERIES: tuple[Series, Series] = ("visibility_score", "citation_share")

_TOP, _BOTTOM = 14, 30
_DAY = 86_400.0


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
    end: tuple[float, float] | None
    last: float | None
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
    left, right = 38, width - (96 if width > 600 else 54)
    bottom = height - _BOTTOM
    moments = [datetime.fromisoformat(run["completed_at"]).timestamp() for run in runs]
    start, end = moments[0], moments[-1]
    top_value, y_values = _scale([run[name] for run in runs for name in SERIES])

    def x(moment: float) -> float:
        return round(left + (right - left) * (moment - start) / (end - start), 1) if end > start else (left + right) / 2

    def y(value: float) -> float:
        return round(bottom - (bottom - _TOP) * value / top_value, 1)

    drawn = sorted({at for name in SERIES for at in kept(moments, [run[name] for run in runs])} | {0, len(runs) - 1})
    lines = [_line(name, runs, drawn, lambda at: x(moments[at]), y, bottom) for name in SERIES]
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        bottom=bottom,
        y_ticks=[Tick(y(value), f"{value:g}") for value in y_values],
        x_ticks=[Tick(x(moment), label, iso) for moment, label, iso in _time_ticks(start, end, ticks)],
        lines=_labels_apart([line for line in lines if line.end]),
        points=[
            (x(moments[at]), run["completed_at"], run["visibility_score"], run["citation_share"])
            for at, run in ((at, runs[at]) for at in drawn)
        ],
    )


def sparkline(values: Sequence[float | None]) -> Spark | None:
    """A prompt's trend as a sparkline; None if the prompt was never asked."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    steps: list[str] = []
    before: float | None = None
    for at, value in enumerate(values):
        if value is not None:
            steps.append(f"{'M' if before is None else 'L'}{at} {100 - value:.4g}")
            after = values[at + 1] if at + 1 < len(values) else None
            if before is None and after is None:
                steps.append("h0")  # a run between gaps: a dot
        before = value
    last = max(at for at, value in enumerate(values) if value is not None)
    end = f"M{last} {100 - known[-1]:.4g}h0"
    return Spark(max(1, len(values) - 1), "".join(steps), end, known[0], known[-1], min(known), max(known))


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


def _line(  # noqa: PLR0913, PLR0917 # a line is where its runs are and how they are placed
    name: Series,
    runs: Sequence[TrendPoint],
    drawn: Sequence[int],
    x: Callable[[int], float],
    y: Callable[[float], float],
    bottom: int,
) -> Line:
    """A run without a value, drawn or not, breaks the line."""
    unknown = 0
    gaps = [unknown := unknown + (run[name] is None) for run in runs]
    pieces: list[list[tuple[float, float]]] = []
    before: int | None = None
    for at in drawn:
        if (value := runs[at][name]) is None:
            continue
        if before is None or gaps[at] != gaps[before]:
            pieces.append([])
        pieces[-1].append((x(at), y(value)))
        before = at
    path = "".join(_path(piece) + ("h0" if len(piece) == 1 else "") for piece in pieces)
    area = "".join(f"{_path(piece)}V{bottom}H{piece[0][0]:g}Z" for piece in pieces if len(piece) > 1)
    if before is None:
        return Line(name, "", "", None, None, 0)
    end = pieces[-1][-1]
    return Line(name, path, area, end, runs[before][name], end[1])


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _labels_apart(lines: Sequence[Line]) -> list[Line]:
    """The lines with labels at their ends that do not cover each other; each takes two rows of text."""
    room = 34
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: line.label_at):
        low = placed[-1].label_at + room if placed else 0
        placed.append(replace(line, label_at=max(line.label_at, low)))
    return sorted(placed, key=lambda line: SERIES.index(line.name))


def _scale(values: Sequence[float | None]) -> tuple[float, list[float]]:
    """The top of a percentage axis and its marks: from 0 in at most five even steps, never beyond 100."""
    highest = max((value for value in values if value is not None), default=0.0)
    for step in (1, 2, 5, 10, 20, 25):
        marks = ceil(highest / step)
        if marks <= 5:
            top = step * max(marks, 1)
            return top, [float(mark) for mark in range(0, top + 1, step)]
    return 100, [0, 25, 50, 75, 100]


def _time_ticks(start: float, end: float, most: int) -> list[tuple[float, str, str]]:
    """Even marks between two moments, at most ``most``: first days of years or of months, or days."""
    first, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    for every in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        marks = [datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in months if month % every == 0]
        inside = [mark for mark in marks if start <= mark.timestamp() <= end]
        if every == 1 and len(inside) < 3:
            break
        if len(inside) <= most:
            digits = 4 if every >= 12 else 7
            return [(mark.timestamp(), mark.date().isoformat()[:digits], mark.date().isoformat()) for mark in inside]
    days = max(1, ceil((end - start) / _DAY / most))
    moments = [start + days * _DAY * number for number in range(most + 1)]
    dates = [(moment, datetime.fromtimestamp(moment, UTC).date().isoformat()) for moment in moments if moment <= end]
    return [(moment, date, date) for moment, date in dates]
