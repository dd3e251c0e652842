"""A snapshot as shares keep it: frozen JSON, most of which is handed on untouched."""

import json
from collections.abc import Mapping
from functools import cached_property

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.json_text import json_text
from report_shares.rules.sections import without_sections


class FrozenSnapshot:
    """A snapshot as JSON text, parsed only when somebody has to look into it."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Shares of one brand mostly hide the same sections.
        self._last_shown: tuple[frozenset[str] | None, str] = (None, "")

    @cached_property
    def content(self) -> ReportSnapshot:
        """The whole snapshot; not to be changed."""
        content: ReportSnapshot = json.loads(self._text)
        return content

    def shown(self, sections: Mapping[str, bool]) -> ReportSnapshot:
        """What is left of it without the sections that are off."""
        return without_sections(self.content, sections)

    def shown_text(self, sections: Mapping[str, bool]) -> str:
        """The same as JSON text; with all sections on, the frozen text itself."""
        hidden = frozenset(name for name, is_on in sections.items() if not is_on)
        if not hidden:
            return self._text
        if self._last_shown[0] != hidden:
            self._last_shown = (hidden, json_text(self.shown(sections)))
        return self._last_shown[1]


def empty_snapshot() -> FrozenSnapshot:
    """What a share shows that was made before its schedule's first run: the snapshot of no runs."""
    nothing: ReportSnapshot = {
        "stats": {
            "runs_count": 0,
            "prompts_count": 0,
            "platforms_count": 0,
            "regions_count": 0,
            "answers_count": 0,
            "appearances_count": 0,
            "citations_count": 0,
            "unresolved_citations_count": 0,
            "visibility_score": None,
            "visibility_interval": None,
            "citation_share": None,
            "avg_rank": None,
            "latest": None,
            "previous": None,
        },
        "trend": [],
        "platforms": [],
        "regions": [],
        "categories": [],
        "competitors": [],
        "citations": {"domains": [], "urls": []},
        "prompts": [],
        "platform_matrix": [],
        "changes": None,
        "rivals": {"completed_at": [], "series": []},
        "evidence": [],
        "method": {
            "first_run_at": None,
            "last_run_at": None,
            "runs_count": 0,
            "answers_count": 0,
            "answers_left_out_count": 0,
            "prompts_count": 0,
            "platforms_count": 0,
            "regions_count": 0,
            "samples_per_cell": None,
            "models": [],
        },
        "summary": [],
    }
    return FrozenSnapshot(json_text(nothing))
