"""Sections: what of a snapshot is shown, as the effective white label has its sections on or off.

Which section owns which part is in the contract's "Snapshot: the output".
"""

from collections.abc import Callable, Mapping
from itertools import compress
from typing import Any

type _Json = dict[str, Any]

_SECTION_OF_LIST = {
    "categories": "show_category_performance",
    "regions": "show_region_breakdown",
    "platforms": "show_platform_performance",
    "platform_matrix": "show_platform_matrix",
    "competitors": "show_competitor_ranking",
}
_SECTION_OF_CITATIONS = {"domains": "show_citation_leaderboard", "urls": "show_citation_table"}
_SECTION_OF_PROMPT_FIELD = {
    "best_rank": "show_prompt_ranks",
    "avg_rank": "show_prompt_ranks",
    "trend": "show_prompt_trends",
}


def without_sections(snapshot: Mapping[str, Any], sections: Mapping[str, bool]) -> dict[str, Any]:
    """A new snapshot in which what belongs to switched-off sections is absent; the argument stays as it is.

    Sections are on unless the mapping says otherwise. The matrix has a row per listed prompt, in the same
    order, and keeps the rows of prompts that are shown; with both prompt sections off it stays whole, being a
    section of its own.
    """

    def is_on(section: str) -> bool:
        return sections.get(section, True)

    shown = _kept(snapshot, _SECTION_OF_LIST, is_on)
    shown |= {
        "stats": _shown_stats(snapshot["stats"], is_on),
        "citations": _kept(snapshot["citations"], _SECTION_OF_CITATIONS, is_on),
    }
    for name in ("stats", "citations"):
        if not shown[name]:
            del shown[name]
    if not is_on("show_trend_chart") and not is_on("show_run_history_table"):
        del shown["trend"]

    if not is_on("show_ranked_prompts") and not is_on("show_missed_prompts"):
        del shown["prompts"]
        return shown
    chosen = [
        is_on("show_ranked_prompts" if prompt["appearances_count"] else "show_missed_prompts")
        for prompt in snapshot["prompts"]
    ]
    shown["prompts"] = [
        _kept(prompt, _SECTION_OF_PROMPT_FIELD, is_on) for prompt in compress(snapshot["prompts"], chosen)
    ]
    if "platform_matrix" in shown:
        shown["platform_matrix"] = list(compress(shown["platform_matrix"], chosen))
    return shown


def _kept(part: Mapping[str, Any], section_of: Mapping[str, str], is_on: Callable[[str], bool]) -> _Json:
    """The fields that belong to no section or to one that is on."""
    return {name: value for name, value in part.items() if name not in section_of or is_on(section_of[name])}


def _shown_stats(stats: Mapping[str, Any], is_on: Callable[[str], bool]) -> _Json:
    if not is_on("show_visibility_score") and not is_on("show_stats_cards"):
        return {}
    shown: _Json = {}
    for name, value in stats.items():
        if name in ("latest", "previous"):
            shown[name] = value and _shown_stats(value, is_on)
        elif is_on("show_visibility_score" if name == "visibility_score" else "show_stats_cards"):
            shown[name] = value
    return shown
