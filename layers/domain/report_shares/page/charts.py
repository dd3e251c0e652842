"""Charts as geometry: what goes into SVG attributes, computed once and free of styling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil

from report_shares.contract.snapshot import Interval, Rivals, TrendPoint

MAX_DRAWN = 120

# The marks by which the lines of a chart can be told apart without colour, about 10 units wide around where one is.
MARKS = (
    "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",  # a disc
    "m-4-4h8v8h-8Z",  # a square
    "m0-5.5l5.5 9.5h-11Z",  # a triangle
    "m0-5.5l5.5 5.5l-5.5 5.5l-5.5-5.5Z",  # a diamond
    "m0 5.5l5.5-9.5h-11Z",  # a triangle upside down
    "m-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3Z",  # a cross
)

_TOP, _BOTTOM = 14, 30
_MARKED = 5  # about so often along a line
type _Point = tuple[float, float]
type _Values = Sequence[float | None]
type _Intervals = Sequence[Interval | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is and what it says. ``datetime`` is set on a time axis only."""

    at: float
    label: str
    datetime: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its path, the area below it, the band of its intervals, its marks, its end and its last value.

    ``band`` is empty where there are no intervals, ``marks`` where other things tell the lines apart.
    """

    name: str
    path: str
    area: str
    band: str
    marks: str
    end: _Point
    last: float
    label_at: float


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line chart in the units of its ``viewBox``.

    ``points``: each drawn run's x, its timestamp, a value for each line, and the interval of the first.
    """

    width: int
    height: int
    left: int
    right: int
    bottom: int
    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Tick]
    lines: Sequence[Line]
    points: Sequence[tuple[float, str, _Values, Interval | None]]


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
    values: dict[str, _Values] = {
        "visibility_score": [run["visibility_score"] for run in runs],
        "citation_share": [run["citation_share"] for run in runs],
    }
    frame = _Frame(width, height, 96 if width > 600 else 54, ticks, label_rows=34)
    intervals = [run.get("visibility_interval") for run in runs]
    return frame.chart([run["completed_at"] for run in runs], values, {"visibility_score": intervals})


def rival_chart(rivals: Rivals, width: int, height: int, ticks: int) -> LineChart:
    """Share of voice as lines over time, named by their place in the series; each has marks of its own."""
    values: dict[str, _Values] = {f"{at}": series["share_of_voice"] for at, series in enumerate(rivals["series"])}
    marks = {name: MARKS[at % len(MARKS)] for at, name in enumerate(values)}
    frame = _Frame(width, height, 226 if width > 600 else 70, ticks, label_rows=18)
    return frame.chart(rivals["completed_at"], values, {}, marks)


@dataclass(frozen=True, slots=True)
class _Frame:
    """How large a chart is, how much room the labels at the ends of its lines have, and how high each is."""

    width: int
    height: int
    room: int
    ticks: int
    label_rows: int

    def chart(
        self,
        stamps: Sequence[str],
        series: Mapping[str, _Values],
        intervals: Mapping[str, _Intervals],
        marks: Mapping[str, str] | None = None,
    ) -> LineChart:
        """Lines for those of the series that have a value."""
        left, right, bottom = 38, self.width - self.room, self.height - _BOTTOM
        moments = [datetime.fromisoformat(stamp).timestamp() for stamp in stamps]
        start, end = moments[0], moments[-1]
        shown = {name: values for name, values in series.items() if any(value is not None for value in values)}
        highs = [ends[1] for of_series in intervals.values() for ends in of_series if ends]
        scale = _value_marks([*highs, *(value for values in shown.values() for value in values)])

        def x(moment: float) -> float:
            part = (moment - start) / (end - start) if end > start else 0.5
            return round(left + (right - left) * part, 1)

        def y(value: float) -> float:
            return round(bottom - (bottom - _TOP) * value / scale[-1], 1)

        drawn = {0, len(stamps) - 1}.union(*(kept(moments, values) for values in shown.values()))
        places = {at: x(moments[at]) for at in sorted(drawn)}
        lines = []
        for name, values in shown.items():
            # A run without a value breaks the line, whether it would be drawn or not.
            pieces = _pieces(
                None if value is None else (places[at], y(value))
                for at, value in enumerate(values)
                if value is None or at in places
            )
            bands = _pieces(
                None if ends is None else (places[at], y(ends[0]), y(ends[1]))
                for at, ends in enumerate(intervals.get(name, ()))
                if ends is None or at in places
            )
            last = next(value for value in reversed(values) if value is not None)
            line_end = pieces[-1][-1]
            lines.append(
                Line(
                    name=name,
                    path=_path(pieces),
                    area="".join(_area(piece, bottom) for piece in pieces if len(piece) > 1),
                    band="".join(_band(piece) for piece in bands),
                    marks=_marked(pieces, marks[name]) if marks else "",
                    end=line_end,
                    last=last,
                    label_at=line_end[1],
                )
            )
        first_intervals = intervals.get(next(iter(shown), ""))
        return LineChart(
            width=self.width,
            height=self.height,
            left=left,
            right=right,
            bottom=bottom,
            y_ticks=[Tick(y(value), f"{value}") for value in scale],
            x_ticks=[Tick(x(moment), label, date) for moment, label, date in _time_marks(start, end, self.ticks)],
            lines=_labels_apart(lines, self.label_rows, bottom),
            points=[
                (
                    place,
                    stamps[at],
                    [values[at] for values in shown.values()],
                    first_intervals[at] if first_intervals else None,
                )
                for at, place in places.items()
            ],
        )


def sparkline(values: Sequence[float | None]) -> Spark | None:
    """A prompt's trend as a sparkline; None if the prompt was never asked."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    pieces = _pieces(None if value is None else (at, 100 - value) for at, value in enumerate(values))
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


def _pieces[P](points: Iterable[P | None]) -> list[list[P]]:
    """What is between the gaps."""
    pieces: list[list[P]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def _path(pieces: Iterable[Sequence[_Point]]) -> str:
    """Each piece as a line, or as a dot if it is a single point."""
    return "".join(_line(piece) + ("" if len(piece) > 1 else "h0") for piece in pieces)


def _line(points: Iterable[_Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _area(piece: Sequence[_Point], bottom: float) -> str:
    return f"{_line(piece)}V{bottom}H{piece[0][0]:g}Z"


def _band(piece: Sequence[tuple[float, float, float]]) -> str:
    """Along the high ends and back along the low ones; of a single run, a bar."""
    if len(piece) == 1:
        ((x, low, high),) = piece
        return f"M{x - 4:g} {high:g}h8V{low:g}h-8Z"
    return f"{_line([*((x, high) for x, _, high in piece), *((x, low) for x, low, _ in reversed(piece))])}Z"


def _marked(pieces: Sequence[Sequence[_Point]], mark: str) -> str:
    """The mark at the end of the line and now and then before it."""
    points = [point for piece in pieces for point in piece]
    every = max(1, round(len(points) / _MARKED))
    return "".join(f"M{x:g} {y:g}{mark}" for x, y in points[::-1][::every])


def _labels_apart(lines: Sequence[Line], room: int, bottom: int) -> list[Line]:
    """The lines with labels at their ends that do not cover each other, nor, if there is room, the time axis."""
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: line.label_at):
        low = placed[-1].label_at + room if placed else 0
        placed.append(replace(line, label_at=max(line.label_at, low)))
    highest = float(bottom)
    for at in reversed(range(len(placed))):
        placed[at] = replace(placed[at], label_at=min(placed[at].label_at, highest))
        highest = placed[at].label_at - room
    order = [line.name for line in lines]
    return sorted(placed, key=lambda line: order.index(line.name))


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
