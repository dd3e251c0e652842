"""What the templates are given: a shared report, arranged for reading.

A section that is switched off, or whose data is absent, is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from report_shares.contract.shared_report import SharedReport
from report_shares.contract.snapshot import CompetitorRow, DomainRow, GroupRow, PlatformRow, ReportStats, UrlRow
from report_shares.page import glossary, parts
from report_shares.page.branding import Branding, branding_of


@dataclass(frozen=True, slots=True)
class View:
    """Everything that report.html shows."""

    branding: Branding
    title: str
    subtitle: str | None
    with_cover: bool
    with_footer: bool
    brand: str
    schedule: str
    period: tuple[str, str] | None
    snapshot_at: str
    expires_at: str
    is_empty: bool
    scope: ReportStats | None
    hero: parts.Card | None
    cards: Sequence[parts.Card]
    latest_run: str | None
    highlights: parts.Highlights
    trend: parts.Trend | None
    platforms: Sequence[PlatformRow] | None
    matrix: parts.Matrix | None
    regions: Sequence[GroupRow] | None
    categories: Sequence[GroupRow] | None
    competitors: Sequence[CompetitorRow] | None
    domains: Sequence[DomainRow] | None
    citations: Sequence[tuple[UrlRow, str | None]] | None
    ranked: parts.Prompts | None
    missed: parts.Prompts | None
    history: parts.History | None
    run_dates: Sequence[str]

    @property
    def contents(self) -> list[tuple[str, str]]:
        """The id and title of each section that is there, in reading order."""
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


def view_of(report: SharedReport, most_prompts: int | None = None, *, has_runs: bool = True) -> View:
    """The view of a shared report; ``most_prompts`` limits the tables that have a row per prompt.

    ``has_runs``: whether a run has been completed, which a report with few sections does not tell.
    """
    label, snapshot = report["white_label"], report["snapshot"]
    is_on = label["report_sections_config"]
    trend = snapshot.get("trend", [])
    stats = snapshot.get("stats", {})
    citations = snapshot.get("citations", {})
    return View(
        branding=branding_of(label),
        title=label.get("cover_title") or glossary.DEFAULT_TITLE,
        subtitle=label.get("cover_subtitle"),
        with_cover=is_on["show_cover_page"],
        with_footer=is_on["show_footer"],
        brand=report["brand"]["name"],
        schedule=report["schedule"]["name"],
        period=(trend[0]["completed_at"], trend[-1]["completed_at"]) if trend else None,
        snapshot_at=report["snapshot_at"],
        expires_at=report["expires_at"],
        is_empty=not has_runs,
        scope=stats if "runs_count" in stats else None,
        hero=parts.hero(stats),
        cards=parts.cards(stats),
        latest_run=trend[-1]["completed_at"] if trend else None,
        highlights=parts.highlights(snapshot, with_missed=is_on["show_missed_prompts"]),
        trend=parts.trend(trend) if trend and is_on["show_trend_chart"] else None,
        platforms=snapshot.get("platforms"),
        matrix=parts.matrix(snapshot, most_prompts),
        regions=snapshot.get("regions"),
        categories=snapshot.get("categories"),
        competitors=snapshot.get("competitors"),
        domains=citations.get("domains"),
        citations=parts.cited_pages(citations),
        ranked=parts.prompts(snapshot, is_on, most_prompts, ranked=True) if is_on["show_ranked_prompts"] else None,
        missed=parts.prompts(snapshot, is_on, most_prompts, ranked=False) if is_on["show_missed_prompts"] else None,
        history=parts.history(trend) if is_on["show_run_history_table"] else None,
        run_dates=[run["completed_at"][:10] for run in trend[-52:]],
    )
