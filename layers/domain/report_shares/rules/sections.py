"""Sections: what is left of a snapshot when the effective white label switches some of them off.

Which section owns which part is in the contract's "Snapshot: the output".
"""

from collections.abc import Mapping, Set
from itertools import compress
from typing import cast

from report_shares.contract.snapshot import Figures, ReportSnapshot, ReportStats

# Each part is absent when all of its sections are off.
_SECTIONS_OF_PART = {
    "stats": {"show_visibility_score", "show_stats_cards"},
    "trend": {"show_trend_chart", "show_run_history_table"},
    "platforms": {"show_platform_performance"},
    "regions": {"show_region_breakdown"},
    "categories": {"show_category_performance"},
    "competitors": {"show_competitor_ranking"},
    "citations": {"show_citation_leaderboard", "show_citation_table"},
    "prompts": {"show_ranked_prompts", "show_missed_prompts"},
    "platform_matrix": {"show_platform_matrix"},
}
_SECTIONS_OF_FIGURE = {name: {"show_stats_cards"} for name in Figures.__annotations__} | {
    "visibility_score": {"show_visibility_score"}
}
_SECTIONS_OF_CITATIONS = {"domains": {"show_citation_leaderboard"}, "urls": {"show_citation_table"}}
_SECTIONS_OF_PROMPT_FIELD = {
    "best_rank": {"show_prompt_ranks"},
    "avg_rank": {"show_prompt_ranks"},
    "trend": {"show_prompt_trends"},
}


def without_sections(snapshot: ReportSnapshot, sections: Mapping[str, bool]) -> ReportSnapshot:
    """A new snapshot without what belongs to sections that are off; the one given stays as it is.

    Sections are on unless the mapping says otherwise. The matrix has a row per listed prompt, in the same order, and
    keeps the rows of the prompts that are shown; with both prompt sections off it stays whole, being a section of
    its own.
    """
    off = {section for section, is_on in sections.items() if not is_on}
    shown = _kept(snapshot, _SECTIONS_OF_PART, off)
    if "stats" in shown:
        shown["stats"] = _shown_stats(shown["stats"], off)
    if "citations" in shown:
        shown["citations"] = _kept(shown["citations"], _SECTIONS_OF_CITATIONS, off)
    if "prompts" in shown:
        chosen = [
            ("show_ranked_prompts" if prompt["appearances_count"] else "show_missed_prompts") not in off
            for prompt in shown["prompts"]
        ]
        shown["prompts"] = [
            _kept(prompt, _SECTIONS_OF_PROMPT_FIELD, off) for prompt in compress(shown["prompts"], chosen)
        ]
        if "platform_matrix" in shown:
            shown["platform_matrix"] = list(compress(shown["platform_matrix"], chosen))
    return shown


def _shown_stats(stats: ReportStats, off: Set[str]) -> ReportStats:
    shown = _kept(stats, _SECTIONS_OF_FIGURE, off)
    latest, previous = stats["latest"], stats["previous"]
    shown["latest"] = latest and _kept(latest, _SECTIONS_OF_FIGURE, off)
    shown["previous"] = previous and _kept(previous, _SECTIONS_OF_FIGURE, off)
    return shown


def _kept[Part: Mapping[str, object]](part: Part, sections_of: Mapping[str, Set[str]], off: Set[str]) -> Part:
    """The fields that belong to no section, or to one that is on."""
    kept = {name: value for name, value in part.items() if name not in sections_of or not sections_of[name] <= off}
    return cast("Part", kept)
