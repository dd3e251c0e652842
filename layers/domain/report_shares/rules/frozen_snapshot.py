"""A snapshot as shares keep it: frozen JSON, most of which is handed on as it is."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from report_shares.json_text import json_text
from report_shares.rules.sections import without_sections


class FrozenSnapshot:
    """The snapshot that this JSON text is. It is read only when somebody has to look into it."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Shares of one brand mostly hide the same sections.
        self._last_shown: tuple[frozenset[str] | None, str] = (None, "")

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """What the text says; not to be changed."""
        content: Mapping[str, Any] = json.loads(self._text)
        return content

    def shown(self, sections: Mapping[str, bool]) -> dict[str, Any]:
        """What is left when the sections that are off are absent."""
        return without_sections(self.content, sections)

    def shown_text(self, sections: Mapping[str, bool]) -> str:
        """The same as JSON text; with all sections on it is the frozen text itself."""
        hidden = frozenset(name for name, is_on in sections.items() if not is_on)
        if not hidden:
            return self._text
        if self._last_shown[0] != hidden:
            self._last_shown = (hidden, json_text(self.shown(sections)))
        return self._last_shown[1]
