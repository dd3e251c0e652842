"""The parts of the report page that have to be worked out from the snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from report_shares.contract.snapshot import (
    CompetitorRow,
    DomainRow,
    MatrixRow,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    ReportStats,
    TrendPoint,
)
from report_shares.page import glossary
from report_shares.page.charts import LineChart, line_chart
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
    """A headline number of the latest run, of the run before and of all runs, and what it and the last are part of."""

    key: _Measure
    title: str
    unit: str
    value: float | None
    before: float | None
    overall: float | None
    part_of: int | None = None
    overall_part_of: int | None = None

    @property
    def change(self) -> float | None:
        return None if self.value is None or self.before is None else round(self.value - self.before, 1)

    @property
    def mood(self) -> str:
        """``better``, ``worse`` or ``same``."""
        change = self.change
        if not change:
            return "same"
        return "better" if (change < 0) is (self.key == "avg_rank") else "worse"


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend chart, for wide and for narrow screens, and the runs between which visibility moved, if it did."""

    wide: LineChart
    narrow: LineChart
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
class Highlights:
    """What a reader in a hurry should know; None where there is nothing to say."""

    strongest: PlatformRow | None
    weakest: PlatformRow | None
    place: int | None
    brand: CompetitorRow | None
    rival: CompetitorRow | None
    site: DomainRow | None
    missed: int


def cards(stats: ReportStats) -> list[Card]:
    """A card for each measure whose section is on."""
    latest, previous = stats.get("latest") or {}, stats.get("previous") or {}
    answers = {"appearances_count": (latest.get("answers_count"), stats.get("answers_count"))}
    return [
        Card(key, title, unit, latest.get(key), previous.get(key), stats[key], *answers.get(key, ()))
        for key, title, unit in _CARDS
        if key in stats
    ]


def highlights(snapshot: ReportSnapshot, *, with_missed: bool) -> Highlights:
    weakest, strongest = _extremes(snapshot.get("platforms", []))
    competitors = snapshot.get("competitors", [])
    place = next((at for at, row in enumerate(competitors, 1) if row["is_brand"]), None)
    domains = snapshot.get("citations", {}).get("domains")
    return Highlights(
        strongest=strongest,
        weakest=weakest,
        place=place,
        brand=competitors[place - 1] if place else None,
        rival=next((row for row in competitors if not row["is_brand"]), None),
        site=domains[0] if domains else None,
        missed=len(prompts(snapshot, ranked=False)) if with_missed else 0,
    )


def trend(runs: Sequence[TrendPoint]) -> Trend:
    worst, best = _extremes(runs)
    return Trend(line_chart(runs, 960, 330, 8), line_chart(runs, 400, 280, 4), best, worst)


def _extremes[Row: (PlatformRow, TrendPoint)](rows: Sequence[Row]) -> tuple[Row, Row] | tuple[None, None]:
    """The rows of the lowest and the highest visibility score; None if no two scores differ."""
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
    changes = [None if was is None or now is None else round(now - was, 1) for was, now in pairwise(scores)]
    return list(zip(runs, changes, strict=True))[: -MAX_HISTORY - 1 : -1]
