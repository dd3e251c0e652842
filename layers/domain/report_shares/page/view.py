"""What the templates are given beside the shared report itself: what has to be worked out.

A section that is switched off, or whose data is absent, is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from report_shares.contract.shared_report import SharedReport
from report_shares.contract.snapshot import DomainRow, PromptRow, TrendPoint, UrlRow
from report_shares.page import glossary, parts
from report_shares.page.branding import Branding, branding_of
from report_shares.page.comparison import Comparison, comparison, coverage_changed


@dataclass(frozen=True, slots=True)
class View:
    """A shared report, arranged for reading; ``most_prompts`` limits what has a row per prompt.

    ``download_base``: below which address, relative to the page's, its tables can be had; None: nowhere. ``is_file``:
    whether it is read from a file, which can ask for nothing.
    """

    report: SharedReport
    branding: Branding
    title: str
    is_empty: bool
    most_prompts: int | None
    download_base: str | None
    runs: Sequence[TrendPoint]
    cards: Sequence[parts.Card]
    comparison: Comparison | None
    coverage_changed: bool
    trend: parts.Trend | None
    rivals: parts.RivalTrend | None
    matrix: parts.Matrix | None
    domains: Sequence[DomainRow] | None
    pages: Sequence[UrlRow] | None
    ranked: Sequence[PromptRow] | None
    missed: Sequence[PromptRow] | None
    proofs: Sequence[parts.Proof]
    history: Sequence[parts.RunInHistory] | None
    is_file: bool = False

    @property
    def anchors(self) -> dict[str, str]:
        """Where the answers of a prompt stand."""
        return {proof.prompt: f"answers-{number}" for number, proof in enumerate(self.proofs, 1)}

    @property
    def contents(self) -> list[tuple[str, str]]:
        """The id and title of each section that is there, in reading order."""
        snapshot = self.report["snapshot"]
        sections: tuple[tuple[str, str, object], ...] = (
            ("headline", "At a glance", self.cards or snapshot.get("summary")),
            ("changes", "What changed", "changes" in snapshot),
            ("trend", "Trend", self.trend),
            ("rivals", "Competitors over time", self.rivals),
            ("platforms", "Platforms", snapshot.get("platforms")),
            ("matrix", "Prompts by platform", self.matrix),
            ("regions", "Regions", snapshot.get("regions")),
            ("categories", "Categories", snapshot.get("categories")),
            ("competitors", "Competitors", snapshot.get("competitors")),
            ("domains", "Cited websites", self.domains),
            ("citations", "Cited pages", self.pages),
            ("ranked", "Ranked prompts", self.ranked is not None),
            ("missed", "Missed prompts", self.missed is not None),
            ("evidence", "Answers, quoted", self.proofs),
            ("history", "Run history", self.history is not None),
            ("method", "Method", "method" in snapshot),
        )
        return [] if self.is_empty else [(name, title) for name, title, section in sections if section]


def view_of(
    report: SharedReport, most_prompts: int | None = None, *, has_runs: bool, download_base: str | None = None
) -> View:
    """The view of a shared report.

    ``has_runs``: whether a run has been completed, which a report with few sections does not tell.
    """
    label, snapshot = report["white_label"], report["snapshot"]
    is_on = label["report_sections_config"]
    runs = snapshot.get("trend", [])
    citations = snapshot.get("citations", {})
    compared = comparison(snapshot.get("changes"))
    return View(
        report=report,
        branding=branding_of(label),
        title=label.get("cover_title") or glossary.DEFAULT_TITLE,
        is_empty=not has_runs,
        most_prompts=most_prompts,
        download_base=download_base if is_on["show_downloads"] else None,
        runs=runs,
        cards=parts.cards(snapshot, compared),
        comparison=compared,
        coverage_changed=coverage_changed(snapshot),
        trend=parts.trend(runs) if runs and is_on["show_trend_chart"] else None,
        rivals=parts.rivals(snapshot["rivals"]) if "rivals" in snapshot else None,
        matrix=parts.matrix(snapshot["platform_matrix"], most_prompts) if "platform_matrix" in snapshot else None,
        domains=citations.get("domains"),
        pages=citations.get("urls"),
        ranked=parts.prompts(snapshot, ranked=True) if is_on["show_ranked_prompts"] else None,
        missed=parts.prompts(snapshot, ranked=False) if is_on["show_missed_prompts"] else None,
        proofs=parts.proofs(snapshot.get("evidence", []))[:most_prompts],
        history=parts.history(runs) if is_on["show_run_history_table"] else None,
    )
