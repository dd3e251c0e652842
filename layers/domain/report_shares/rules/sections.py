"""Sections: what is left of a snapshot when the effective white label switches some of them off.

Which section owns which part is in the contract's "Snapshot: the output".
"""

import re
from collections.abc import Mapping, Set
from itertools import compress
from typing import cast

from report_shares.contract.snapshot import EvidenceRow, Figures, ReportSnapshot, ReportStats
from report_shares.rules.summary import summary_of

# A part is absent when all sections of one of its groups are off: what it shows, and what it is data of.
type _Groups = tuple[Set[str], ...]

_SECTIONS_OF_PART: Mapping[str, _Groups] = {
    "stats": ({"show_visibility_score", "show_stats_cards"},),
    "trend": ({"show_trend_chart", "show_run_history_table"},),
    "platforms": ({"show_platform_performance"},),
    "regions": ({"show_region_breakdown"},),
    "categories": ({"show_category_performance"},),
    "competitors": ({"show_competitor_ranking"},),
    "citations": ({"show_citation_leaderboard", "show_citation_table"},),
    "prompts": ({"show_ranked_prompts", "show_missed_prompts"},),
    "platform_matrix": ({"show_platform_matrix"},),
    "changes": ({"show_changes"},),
    "rivals": ({"show_rival_trend"}, {"show_competitor_ranking"}),
    "evidence": ({"show_evidence"}, {"show_ranked_prompts", "show_missed_prompts"}),
    "summary": ({"show_summary"},),
}
_SECTIONS_OF_FIGURE: Mapping[str, _Groups] = {name: ({"show_stats_cards"},) for name in Figures.__annotations__} | {
    "visibility_score": ({"show_visibility_score"},),
    "visibility_interval": ({"show_visibility_score"},),
}
_SECTIONS_OF_CITATIONS: Mapping[str, _Groups] = {
    "domains": ({"show_citation_leaderboard"},),
    "urls": ({"show_citation_table"},),
}
_SECTIONS_OF_PROMPT_FIELD: Mapping[str, _Groups] = {
    "best_rank": ({"show_prompt_ranks"},),
    "avg_rank": ({"show_prompt_ranks"},),
    "trend": ({"show_prompt_trends"},),
}
_SECTIONS_OF_CHANGES: Mapping[str, _Groups] = {
    "visibility_before": ({"show_visibility_score"},),
    "visibility_now": ({"show_visibility_score"},),
    "platforms": ({"show_platform_performance"},),
    "regions": ({"show_region_breakdown"},),
    # A prompt that rose or fell has been named in an answer.
    "prompts": ({"show_ranked_prompts"},),
    "competitors": ({"show_competitor_ranking"},),
    "domains": ({"show_citation_leaderboard"},),
}
_SECTIONS_OF_PROOF: Mapping[str, _Groups] = {
    "rank": ({"show_prompt_ranks"},),
    "businesses": ({"show_competitor_ranking"},),
    # A quote names rivals.
    "excerpt": ({"show_competitor_ranking"},),
}
_CITATION_SECTIONS = {"show_citation_leaderboard", "show_citation_table"}
_HOST = re.compile(r"\w\.[^\W\d_]{2}")


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
    changes = shown.get("changes")
    if changes:
        shown["changes"] = _kept(changes, _SECTIONS_OF_CHANGES, off)
    if "evidence" in shown:
        texts = {prompt["prompt"] for prompt in shown["prompts"]}
        shown["evidence"] = [_shown_proof(row, off) for row in shown["evidence"] if row["prompt"] in texts]
    if "summary" in shown:
        shown["summary"] = summary_of(shown)
    return shown


def _shown_stats(stats: ReportStats, off: Set[str]) -> ReportStats:
    shown = _kept(stats, _SECTIONS_OF_FIGURE, off)
    latest, previous = stats["latest"], stats["previous"]
    shown["latest"] = latest and _kept(latest, _SECTIONS_OF_FIGURE, off)
    shown["previous"] = previous and _kept(previous, _SECTIONS_OF_FIGURE, off)
    return shown


def _shown_proof(row: EvidenceRow, off: Set[str]) -> EvidenceRow:
    shown = _kept(row, _SECTIONS_OF_PROOF, off)
    if off >= _CITATION_SECTIONS and _HOST.search(shown.get("excerpt") or ""):
        shown["excerpt"] = None
    return shown


def _kept[Part: Mapping[str, object]](part: Part, sections_of: Mapping[str, _Groups], off: Set[str]) -> Part:
    """The fields of whose groups of sections each has one that is on."""
    kept = {name: value for name, value in part.items() if not any(group <= off for group in sections_of.get(name, ()))}
    return cast("Part", kept)
