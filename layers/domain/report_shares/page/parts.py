"""The parts of the report page: what each section's template is given, made from the contract's ``snapshot``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from report_shares.page import glossary
from report_shares.page.branding import web_link
from report_shares.page.charts import LineChart, Spark, line_chart, sparkline
from report_shares.page.theme import HEAT_STEPS

type _Json = Mapping[str, Any]

# A year of daily runs; the chart covers all of them, and so does the JSON.
MAX_HISTORY = 366


@dataclass(frozen=True, slots=True)
class Card:
    """A headline number of the latest run, how it changed since the run before, and the same over all runs."""

    key: str
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
    """The trend chart for wide and for narrow screens, and the words that stand for it."""

    wide: LineChart
    narrow: LineChart
    first: _Json
    last: _Json
    best: _Json | None
    worst: _Json | None
    runs: int
    thinned: bool


@dataclass(frozen=True, slots=True)
class Prompts:
    """A table of prompts; which of its columns there are depends on sections of their own."""

    rows: Sequence["PromptRow"]
    total: int
    with_ranks: bool
    with_trends: bool


@dataclass(frozen=True, slots=True)
class PromptRow:
    prompt: _Json
    spark: Spark | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The heat map. A row is the prompt and, per platform, the score and its step (None: not asked)."""

    platforms: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[float | None, int | None]]]]
    total: int
    steps: Sequence[tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited page; ``href`` is None where a browser must not be sent there."""

    title: str
    url: str
    href: str | None
    domain: str
    count: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    run: _Json
    change: float | None


@dataclass(frozen=True, slots=True)
class History:
    """The rows of the newest runs, newest first, and how many runs there are in all."""

    rows: Sequence[HistoryRow]
    runs: int


@dataclass(frozen=True, slots=True)
class Highlights:
    """What a reader in a hurry should know; None where there is nothing to tell."""

    strongest: _Json | None = None
    weakest: _Json | None = None
    place: int | None = None
    brand: _Json | None = None
    rival: _Json | None = None
    site: _Json | None = None
    missed: int = 0

    @property
    def any(self) -> bool:
        return bool(self.strongest or self.place or self.site or self.missed)


def hero(stats: _Json) -> Card | None:
    if "visibility_score" not in stats:
        return None
    return _card(stats, "visibility_score", "Visibility score", "percent")


def cards(stats: _Json) -> list[Card]:
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


def _card(stats: _Json, key: str, title: str, unit: str, **more: Any) -> Card:
    latest, previous = stats["latest"] or {}, stats["previous"] or {}
    return Card(key, title, unit, latest.get(key), previous.get(key), stats[key], glossary.DEFINITIONS[key], **more)


def highlights(snapshot: _Json, *, with_missed: bool) -> Highlights:
    platforms = [row for row in snapshot.get("platforms", ()) if row["visibility_score"] is not None]
    competitors = snapshot.get("competitors", ())
    place = next((at for at, row in enumerate(competitors, 1) if row["is_brand"]), None)
    domains = snapshot.get("citations", {}).get("domains", ())
    missed = [prompt for prompt in snapshot.get("prompts", ()) if not prompt["appearances_count"]]
    by_score = sorted(platforms, key=lambda row: row["visibility_score"])
    differ = bool(by_score) and by_score[0]["visibility_score"] < by_score[-1]["visibility_score"]
    return Highlights(
        strongest=by_score[-1] if differ else None,
        weakest=by_score[0] if differ else None,
        place=place,
        brand=competitors[place - 1] if place else None,
        rival=next((row for row in competitors if not row["is_brand"]), None),
        site=domains[0] if domains else None,
        missed=len(missed) if with_missed else 0,
    )


def trend(runs: Sequence[_Json]) -> Trend:
    scored = sorted(
        (run for run in runs if run["visibility_score"] is not None), key=lambda run: run["visibility_score"]
    )
    differ = bool(scored) and scored[0]["visibility_score"] < scored[-1]["visibility_score"]
    wide, narrow = line_chart(runs, 960, 330, 8), line_chart(runs, 400, 280, 4)
    return Trend(
        wide=wide,
        narrow=narrow,
        first=runs[0],
        last=runs[-1],
        best=scored[-1] if differ else None,
        worst=scored[0] if differ else None,
        runs=len(runs),
        thinned=len(wide.points) < len(runs),
    )


def matrix(snapshot: _Json, most: int | None) -> Matrix | None:
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


def citations(snapshot: _Json) -> list[Citation] | None:
    urls = snapshot.get("citations", {}).get("urls")
    if urls is None:
        return None
    return [
        Citation(url["title"] or url["url"], url["url"], web_link(url["url"]), url["domain"], url["count"])
        for url in urls
    ]


def prompts(snapshot: _Json, sections: _Json, most: int | None, *, ranked: bool) -> Prompts:
    listed = snapshot["prompts"]
    chosen = list(compress(listed, (bool(prompt["appearances_count"]) is ranked for prompt in listed)))
    with_trends = bool(sections["show_prompt_trends"])
    return Prompts(
        [PromptRow(prompt, sparkline(prompt["trend"]) if with_trends else None) for prompt in chosen[:most]],
        len(chosen),
        bool(sections["show_prompt_ranks"]) and ranked,
        with_trends,
    )


def history(runs: Sequence[_Json]) -> History:
    """The newest rows of the run history, newest first."""
    scores = [run["visibility_score"] for run in runs]
    rows = []
    for at in range(len(runs) - 1, max(-1, len(runs) - 1 - MAX_HISTORY), -1):
        was, now = scores[at - 1] if at else None, scores[at]
        rows.append(HistoryRow(runs[at], None if was is None or now is None else round(now - was, 1)))
    return History(rows, len(runs))
