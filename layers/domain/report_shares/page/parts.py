"""The parts of the report page that have to be worked out from the snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from report_shares.contract.snapshot import (
    EvidenceRow,
    Interval,
    MatrixRow,
    PromptRow,
    ReportSnapshot,
    Rivals,
    RivalSeries,
    TrendPoint,
)
from report_shares.page import glossary
from report_shares.page.charts import LineChart, line_chart, rival_chart
from report_shares.page.comparison import Comparison, Mood, difference
from report_shares.page.theme import HEAT_STEPS

type _Measure = Literal["visibility_score", "citation_share", "avg_rank", "appearances_count", "citations_count"]
type RunInHistory = tuple[TrendPoint, float | None]

# A year of daily runs; the chart and the JSON cover them all.
MAX_HISTORY = 366

_CARDS: tuple[tuple[_Measure, str, str], ...] = (
    ("visibility_score", "Visibility score", "percent"),
    ("citation_share", "Citation share", "percent"),
    ("avg_rank", "Average rank", "decimal"),
    ("appearances_count", "Answers naming the brand", "count"),
    ("citations_count", "Citations found", "count"),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A headline number of the latest run, of the run before and of all runs, and what it and the last are part of.

    ``compared``: the two runs like for like, where that is how the number is compared. Nothing else is tested, so
    that no other change has a mood. ``is_comparable``: False where the two runs have nothing in common.
    """

    key: _Measure
    title: str
    unit: str
    value: float | None
    before: float | None
    overall: float | None
    part_of: int | None = None
    before_part_of: int | None = None
    overall_part_of: int | None = None
    interval: Interval | None = None
    overall_interval: Interval | None = None
    compared: Comparison | None = None
    is_comparable: bool = True

    @property
    def change(self) -> float | None:
        if self.compared:
            return self.compared.change
        if not self.is_comparable:
            return None
        return None if self.before is None or self.value is None else difference(self.before, self.value)

    @property
    def mood(self) -> Mood:
        return self.compared.mood if self.compared else "same"


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend chart, for wide and for narrow screens; the runs in it, and those between which visibility moved."""

    wide: LineChart
    narrow: LineChart
    drawn: Sequence[TrendPoint]
    best: TrendPoint | None
    worst: TrendPoint | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The heat map: what each of its colours stands for (from, to), and its rows.

    A row is the prompt and, per platform, the score and its colour (None: not asked).
    """

    platforms: Sequence[str]
    steps: Sequence[tuple[int, int]]
    rows: Sequence[tuple[str, Sequence[tuple[float | None, int | None]]]]


@dataclass(frozen=True, slots=True)
class RivalTrend:
    """The rivals' chart, for wide and for narrow screens; whose lines there are, and the runs, newest first."""

    wide: LineChart
    narrow: LineChart
    series: Sequence[RivalSeries]
    first: str
    last: str
    now: Sequence[tuple[str, float]]
    rows: Sequence[tuple[str, Sequence[float | None]]]


@dataclass(frozen=True, slots=True)
class Proof:
    """The answers that were kept of a prompt."""

    prompt: str
    answers: Sequence[EvidenceRow]

    @property
    def named(self) -> int:
        """How many of them name the brand."""
        return sum(answer["brand_appears"] for answer in self.answers)


def cards(snapshot: ReportSnapshot, compared: Comparison | None) -> list[Card]:
    """A card for each measure whose section is on; visibility is compared like for like where that is known."""
    stats = snapshot.get("stats", {})
    latest, previous = stats.get("latest") or {}, stats.get("previous") or {}
    answers = {"appearances_count": [run.get("answers_count") for run in (latest, previous, stats)]}
    made = [
        Card(key, title, unit, latest.get(key), previous.get(key), stats[key], *answers.get(key, ()))
        for key, title, unit in _CARDS
        if key in stats
    ]
    return [_like_for_like(card, snapshot, compared) if card.key == "visibility_score" else card for card in made]


def _like_for_like(card: Card, snapshot: ReportSnapshot, compared: Comparison | None) -> Card:
    stats = snapshot["stats"]
    return replace(
        card,
        interval=(stats.get("latest") or {}).get("visibility_interval"),
        overall_interval=stats.get("visibility_interval"),
        compared=compared if compared and compared.change is not None else None,
        is_comparable=compared is not None or "changes" not in snapshot,
    )


def trend(runs: Sequence[TrendPoint]) -> Trend:
    worst, best = _extremes(runs)
    wide = line_chart(runs, 960, 330, 8)
    drawn = {at for _, at, *_ in wide.points}
    return Trend(
        wide, line_chart(runs, 400, 280, 4), [run for run in runs if run["completed_at"] in drawn], best, worst
    )


def rivals(given: Rivals) -> RivalTrend | None:
    """None where no run has answers, or none names any business."""
    wide = rival_chart(given, 960, 330, 7) if given["completed_at"] else None
    if not wide or not wide.lines:
        return None
    series = [given["series"][int(line.name)] for line in wide.lines]
    now = [(row["name"], share) for row in series if (share := row["share_of_voice"][-1]) is not None]
    runs = list(zip(given["completed_at"], zip(*(row["share_of_voice"] for row in series), strict=True), strict=True))
    return RivalTrend(
        wide,
        rival_chart(given, 400, 300, 3),
        series,
        given["completed_at"][0],
        given["completed_at"][-1],
        sorted(now, key=lambda named: -named[1]),
        runs[::-1],
    )


def proofs(rows: Sequence[EvidenceRow]) -> list[Proof]:
    """The answers by prompt, in the order of the rows."""
    by_prompt: dict[str, list[EvidenceRow]] = {}
    for row in rows:
        by_prompt.setdefault(row["prompt"], []).append(row)
    return [Proof(prompt, answers) for prompt, answers in by_prompt.items()]


def _extremes(rows: Sequence[TrendPoint]) -> tuple[TrendPoint, TrendPoint] | tuple[None, None]:
    """The runs of the lowest and the highest visibility score; None if no two scores differ."""
    scored = sorted((score, at) for at, row in enumerate(rows) if (score := row["visibility_score"]) is not None)
    if not scored or scored[0][0] == scored[-1][0]:
        return None, None
    return rows[scored[0][1]], rows[scored[-1][1]]


def matrix(rows: Sequence[MatrixRow], most: int | None) -> Matrix:
    platforms = sorted({name for row in rows for name in row["platforms"]}, key=_by_platform)
    highest = max((score for row in rows for score in row["platforms"].values() if score is not None), default=0.0)
    top = next(top for top in (10, 20, 30, 40, 60, 80, 100) if highest <= top)
    edges = [round(top * step / HEAT_STEPS) for step in range(HEAT_STEPS + 1)]

    def step_of(score: float | None) -> int | None:
        return None if score is None else min(HEAT_STEPS - 1, int(score * HEAT_STEPS / top))

    return Matrix(
        platforms,
        list(pairwise(edges)),
        [
            (row["prompt"], [(score, step_of(score)) for score in map(row["platforms"].get, platforms)])
            for row in rows[:most]
        ],
    )


def _by_platform(name: str) -> tuple[str, str]:
    return glossary.platform(name).casefold(), name


def prompts(snapshot: ReportSnapshot, *, ranked: bool) -> list[PromptRow]:
    """The prompts whose answers have ever named the brand, or those whose answers never have."""
    return [prompt for prompt in snapshot.get("prompts", ()) if bool(prompt["appearances_count"]) is ranked]


def history(runs: Sequence[TrendPoint]) -> list[RunInHistory]:
    """The newest runs, newest first, each with the change since the run before."""
    scores = [None, *(run["visibility_score"] for run in runs)]
    changes = [None if was is None or now is None else difference(was, now) for was, now in pairwise(scores)]
    return list(zip(runs, changes, strict=True))[: -MAX_HISTORY - 1 : -1]
