"""What the templates are given: the contract's ``shared_report``, arranged for reading.

A section that is switched off, or whose data is absent, is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from report_shares.page import words
from report_shares.page.charts import LineChart, Spark, line_chart, sparkline
from report_shares.page.look import Look, look_of, web_link
from report_shares.page.theme import HEAT_STEPS

type _Json = Mapping[str, Any]

_LISTS = ("trend", "platforms", "regions", "categories", "competitors", "prompts", "platform_matrix")

# Of a longer table these are shown at first; the reader opens the rest.
SHOWN_HISTORY = 12
# A year of daily runs; the chart covers all of them, and so does the JSON.
MAX_HISTORY = 366
SHOWN_COMPETITORS = 15
SHOWN_CITATIONS = 15
SHOWN_PROMPTS = 40
SHOWN_GROUPS = 25


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


@dataclass(frozen=True, slots=True)
class View:
    """Everything that report.html shows."""

    look: Look
    title: str
    subtitle: str | None
    with_cover: bool
    with_footer: bool
    brand: str
    schedule: str
    frequency: str
    period: tuple[str, str] | None
    snapshot_at: str
    expires_at: str
    is_empty: bool
    scope: _Json | None
    hero: Card | None
    cards: Sequence[Card]
    latest_run: str | None
    highlights: Highlights
    trend: Trend | None
    platforms: Sequence[_Json] | None
    matrix: Matrix | None
    regions: Sequence[_Json] | None
    categories: Sequence[_Json] | None
    competitors: Sequence[_Json] | None
    domains: Sequence[_Json] | None
    citations: Sequence[Citation] | None
    ranked: Prompts | None
    missed: Prompts | None
    history: History | None
    run_dates: Sequence[str]

    @property
    def contents(self) -> list[tuple[str, str]]:
        """The sections that there are, in reading order: id and title."""
        sections: tuple[tuple[str, str, object], ...] = (
            ("headline", "At a glance", self.hero or self.cards),
            ("trend", "Trend", self.trend),
            ("platforms", "Platforms", self.platforms),
            ("matrix", "Prompts by platform", self.matrix),
            ("regions", "Regions", self.regions),
            ("categories", "Categories", self.categories),
            ("competitors", "Competitors", self.competitors),
            ("domains", "Cited websites", self.domains),
            ("citations", "Cited pages", self.citations),
            ("ranked", "Ranked prompts", self.ranked),
            ("missed", "Missed prompts", self.missed),
            ("history", "Run history", self.history),
        )
        return [] if self.is_empty else [(name, title) for name, title, section in sections if section]


def view_of(report: _Json, most_prompts: int | None = None) -> View:
    """The view of a ``shared_report``; ``most_prompts`` limits the tables that have a row per prompt."""
    label, snapshot = report["white_label"], report["snapshot"]
    sections: _Json = label["report_sections_config"]
    look = look_of(label)
    trend: Sequence[_Json] = snapshot.get("trend", ())
    stats: _Json = snapshot.get("stats", {})
    is_on: Callable[[str], bool] = lambda name: bool(sections[name])  # noqa: E731
    return View(
        look=look,
        title=label.get("cover_title") or words.DEFAULT_TITLE,
        subtitle=label.get("cover_subtitle"),
        with_cover=is_on("show_cover_page"),
        with_footer=is_on("show_footer"),
        brand=report["brand"]["name"],
        schedule=report["schedule"]["name"],
        frequency=words.FREQUENCIES.get(report["schedule"]["frequency"], ""),
        period=(trend[0]["completed_at"], trend[-1]["completed_at"]) if trend else None,
        snapshot_at=report["snapshot_at"],
        expires_at=report["expires_at"],
        is_empty=not any(snapshot.get(name) for name in _LISTS)
        and not any(snapshot.get("citations", {}).values())
        and not stats.get("runs_count")
        and stats.get("visibility_score") is None,
        scope=stats if "runs_count" in stats else None,
        hero=_hero(stats),
        cards=_cards(stats),
        latest_run=trend[-1]["completed_at"] if trend else None,
        highlights=_highlights(snapshot, with_missed=is_on("show_missed_prompts")),
        trend=_trend(trend) if trend and is_on("show_trend_chart") else None,
        platforms=snapshot.get("platforms"),
        matrix=_matrix(snapshot, most_prompts),
        regions=snapshot.get("regions"),
        categories=snapshot.get("categories"),
        competitors=snapshot.get("competitors"),
        domains=snapshot.get("citations", {}).get("domains"),
        citations=_citations(snapshot),
        ranked=_prompts(snapshot, sections, most_prompts, ranked=True) if is_on("show_ranked_prompts") else None,
        missed=_prompts(snapshot, sections, most_prompts, ranked=False) if is_on("show_missed_prompts") else None,
        history=_history(trend) if is_on("show_run_history_table") else None,
        run_dates=[run["completed_at"][:10] for run in trend[-52:]],
    )


def _hero(stats: _Json) -> Card | None:
    if "visibility_score" not in stats:
        return None
    return _card(stats, "visibility_score", "Visibility score", "percent")


def _cards(stats: _Json) -> list[Card]:
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
    return Card(key, title, unit, latest.get(key), previous.get(key), stats[key], words.DEFINITIONS[key], **more)


def _highlights(snapshot: _Json, *, with_missed: bool) -> Highlights:
    platforms = [row for row in snapshot.get("platforms", ()) if row["visibility_score"]]
    competitors = snapshot.get("competitors", ())
    place = next((at for at, row in enumerate(competitors, 1) if row["is_brand"]), None)
    domains = snapshot.get("citations", {}).get("domains", ())
    missed = [prompt for prompt in snapshot.get("prompts", ()) if not prompt["appearances_count"]]
    by_score = sorted(platforms, key=lambda row: row["visibility_score"])
    return Highlights(
        strongest=by_score[-1] if len(by_score) > 1 else None,
        weakest=by_score[0] if len(by_score) > 1 else None,
        place=place,
        brand=competitors[place - 1] if place else None,
        rival=next((row for row in competitors if not row["is_brand"]), None),
        site=domains[0] if domains else None,
        missed=len(missed) if with_missed else 0,
    )


def _trend(runs: Sequence[_Json]) -> Trend:
    scored = [run for run in runs if run["visibility_score"] is not None]
    wide, narrow = line_chart(runs, 960, 330, 8), line_chart(runs, 400, 280, 4)
    return Trend(
        wide=wide,
        narrow=narrow,
        first=runs[0],
        last=runs[-1],
        best=max(scored, key=lambda run: run["visibility_score"], default=None),
        worst=min(scored, key=lambda run: run["visibility_score"], default=None),
        runs=len(runs),
        thinned=len(wide.points) < len(runs),
    )


def _matrix(snapshot: _Json, most: int | None) -> Matrix | None:
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
    return words.platform(name).casefold(), name


def _citations(snapshot: _Json) -> list[Citation] | None:
    urls = snapshot.get("citations", {}).get("urls")
    if urls is None:
        return None
    return [
        Citation(url["title"] or url["url"], url["url"], web_link(url["url"]), url["domain"], url["count"])
        for url in urls
    ]


def _prompts(snapshot: _Json, sections: _Json, most: int | None, *, ranked: bool) -> Prompts:
    listed = snapshot["prompts"]
    chosen = list(compress(listed, (bool(prompt["appearances_count"]) is ranked for prompt in listed)))
    with_trends = bool(sections["show_prompt_trends"])
    return Prompts(
        [PromptRow(prompt, sparkline(prompt["trend"]) if with_trends else None) for prompt in chosen[:most]],
        len(chosen),
        bool(sections["show_prompt_ranks"]) and ranked,
        with_trends,
    )


def _history(runs: Sequence[_Json]) -> History:
    scores = [run["visibility_score"] for run in runs]
    rows = []
    for at in range(len(runs) - 1, max(-1, len(runs) - 1 - MAX_HISTORY), -1):
        was, now = scores[at - 1] if at else None, scores[at]
        rows.append(HistoryRow(runs[at], None if was is None or now is None else round(now - was, 1)))
    return History(rows, len(runs))
