"""The parts of the report page: what each section's template is given, made from the snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from report_shares.contract.snapshot import (
    Citations,
    CompetitorRow,
    DomainRow,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    ReportStats,
    TrendPoint,
    UrlRow,
)
from report_shares.page import glossary
from report_shares.page.branding import web_link
from report_shares.page.charts import LineChart, Spark, line_chart, sparkline
from report_shares.page.theme import HEAT_STEPS

type _Measure = Literal["visibility_score", "citation_share", "avg_rank", "appearances_count", "citations_count"]

# A year of daily runs; the chart and the JSON cover them all.
MAX_HISTORY = 366


@dataclass(frozen=True, slots=True)
class Card:
    """A headline number of the latest run, how it changed since the run before, and its value over all runs."""

    key: _Measure
    title: str
    unit: str
    value: float | None
    before: float | None
    overall: float | None
    definition: str
    part_of: int | None = None
    overall_part_of: int | None = None
    lower_is_better: bool = False

    @property
    def change(self) -> float | None:
        return None if self.value is None or self.before is None else round(self.value - self.before, 1)

    @property
    def mood(self) -> str:
        """``better``, ``worse`` or ``same``."""
        change = self.change
        if not change:
            return "same"
        return "better" if (change < 0) == self.lower_is_better else "worse"


@dataclass(frozen=True, slots=True)
class Trend:
    """The trend chart, for wide and for narrow screens, and what its caption says in words."""

    wide: LineChart
    narrow: LineChart
    first: TrendPoint
    last: TrendPoint
    best: TrendPoint | None
    worst: TrendPoint | None
    runs: int
    thinned: bool


@dataclass(frozen=True, slots=True)
class Prompts:
    """A table of prompts, each with its sparkline; ranks and sparklines are sections of their own."""

    rows: Sequence[tuple[PromptRow, Spark | None]]
    total: int
    with_ranks: bool
    with_trends: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """The heat map. A row is the prompt and, per platform, the score and its step (None: not asked)."""

    platforms: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[float | None, int | None]]]]
    total: int
    steps: Sequence[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class History:
    """The newest runs, newest first, each with the change since the run before, and how many runs there are in all."""

    rows: Sequence[tuple[TrendPoint, float | None]]
    runs: int


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

    @property
    def any(self) -> bool:
        return bool(self.strongest or self.place or self.site or self.missed)


def hero(stats: ReportStats) -> Card | None:
    if "visibility_score" not in stats:
        return None
    return _card(stats, "visibility_score", "Visibility score", "percent")


def cards(stats: ReportStats) -> list[Card]:
    if "citation_share" not in stats:
        return []
    latest = stats["latest"] or {}
    return [
        _card(stats, "citation_share", "Citation share", "percent"),
        _card(stats, "avg_rank", "Average rank", "decimal", lower_is_better=True),
        _card(
            stats,
            "appearances_count",
            "Answers naming the brand",
            "count",
            part_of=latest.get("answers_count"),
            overall_part_of=stats["answers_count"],
        ),
        _card(stats, "citations_count", "Citations found", "count"),
    ]


def _card(stats: ReportStats, key: _Measure, title: str, unit: str, **more: Any) -> Card:
    latest, previous = stats["latest"] or {}, stats["previous"] or {}
    return Card(key, title, unit, latest.get(key), previous.get(key), stats[key], glossary.DEFINITIONS[key], **more)


def highlights(snapshot: ReportSnapshot, *, with_missed: bool) -> Highlights:
    weakest, strongest = _extremes(snapshot.get("platforms", []))
    competitors = snapshot.get("competitors", [])
    place = next((at for at, row in enumerate(competitors, 1) if row["is_brand"]), None)
    domains = snapshot.get("citations", {}).get("domains")
    missed = [prompt for prompt in snapshot.get("prompts", ()) if not prompt["appearances_count"]]
    return Highlights(
        strongest=strongest,
        weakest=weakest,
        place=place,
        brand=competitors[place - 1] if place else None,
        rival=next((row for row in competitors if not row["is_brand"]), None),
        site=domains[0] if domains else None,
        missed=len(missed) if with_missed else 0,
    )


def trend(runs: Sequence[TrendPoint]) -> Trend:
    worst, best = _extremes(runs)
    wide, narrow = line_chart(runs, 960, 330, 8), line_chart(runs, 400, 280, 4)
    return Trend(
        wide=wide,
        narrow=narrow,
        first=runs[0],
        last=runs[-1],
        best=best,
        worst=worst,
        runs=len(runs),
        thinned=len(wide.points) < len(runs),
    )


def _extremes[Row: (PlatformRow, TrendPoint)](rows: Sequence[Row]) -> tuple[Row, Row] | tuple[None, None]:
    """The rows of the lowest and the highest visibility score; None if no two scores differ."""
    scored = sorted((score, at) for at, row in enumerate(rows) if (score := row["visibility_score"]) is not None)
    if not scored or scored[0][0] == scored[-1][0]:
        return None, None
    return rows[scored[0][1]], rows[scored[-1][1]]


def matrix(snapshot: ReportSnapshot, most: int | None) -> Matrix | None:
    if "platform_matrix" not in snapshot:
        return None
    rows = snapshot["platform_matrix"]
    platforms = sorted({name for row in rows for name in row["platforms"]}, key=_by_platform)
    highest = max((score for row in rows for score in row["platforms"].values() if score is not None), default=0.0)
    top = next(top for top in (10, 20, 30, 40, 60, 80, 100) if highest <= top)
    edges = [round(top * step / HEAT_STEPS) for step in range(HEAT_STEPS + 1)]

    def step_of(score: float | None) -> int | None:
        return None if score is None else min(HEAT_STEPS - 1, int(score * HEAT_STEPS / top))

    return Matrix(
        platforms,
        [
            (row["prompt"], [(score, step_of(score)) for score in map(row["platforms"].get, platforms)])
            for row in rows[:most]
        ],
        len(rows),
        [(step, edges[step], edges[step + 1]) for step in range(HEAT_STEPS)],
    )


def _by_platform(name: str) -> tuple[str, str]:
    return glossary.platform(name).casefold(), name


def cited_pages(citations: Citations) -> list[tuple[UrlRow, str | None]] | None:
    """Each cited page and where a link to it leads, None if a browser must not be sent there."""
    return [(row, web_link(row["url"])) for row in citations["urls"]] if "urls" in citations else None


def prompts(snapshot: ReportSnapshot, is_on: Mapping[str, bool], most: int | None, *, ranked: bool) -> Prompts:
    chosen = [prompt for prompt in snapshot["prompts"] if bool(prompt["appearances_count"]) is ranked]
    with_trends = is_on["show_prompt_trends"]
    return Prompts(
        [(prompt, sparkline(prompt["trend"]) if with_trends else None) for prompt in chosen[:most]],
        len(chosen),
        is_on["show_prompt_ranks"] and ranked,
        with_trends,
    )


def history(runs: Sequence[TrendPoint]) -> History:
    """The newest runs of the history, newest first."""
    scores = [run["visibility_score"] for run in runs]
    rows = []
    for at in range(len(runs) - 1, max(-1, len(runs) - 1 - MAX_HISTORY), -1):
        was, now = scores[at - 1] if at else None, scores[at]
        rows.append((runs[at], None if was is None or now is None else round(now - was, 1)))
    return History(rows, len(runs))
