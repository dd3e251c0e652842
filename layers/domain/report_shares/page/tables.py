"""The report's tables as CSV: what the JSON shows, made for spreadsheets.

RFC 4180 with a byte order mark, by which a spreadsheet knows UTF-8. Columns are called as the JSON's fields, and values
are spelled as there: ``43.8``, ``true``; null is an empty cell, a list its JSON text, an interval two columns. Text
always stands in quotes, so that no other separator ends it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from report_shares.contract.snapshot import (
    ChangedGroup,
    ChangedPrompt,
    CompetitorRow,
    DomainRow,
    EvidenceRow,
    GroupRow,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    TrendPoint,
    UrlRow,
)
from report_shares.json_text import json_text
from report_shares.text import HIDDEN

# Lambda answers with at most 6 MB, in which a table is a JSON string.
MAX_TABLE_BYTES = 5_500_000

_BYTE_ORDER_MARK = "\ufeff"
_LINE_END = "\r\n"

# What begins a formula in a spreadsheet of some language: = + - @, whatever Unicode takes for the same but for its
# looks (NFKC: full width as in Japan, small, raised, lowered, doubled), and the minus sign proper.
_STARTERS = (
    r"=\uff1d\ufe66\u207c\u208c\u2a75\u2a76"
    r"+\uff0b\ufe62\u207a\u208a\ufb29"
    r"\-\uff0d\ufe63\u2212\u207b\u208b"
    r"@\uff20\ufe6b"
)
_BEGINS_FORMULA = re.compile(rf"(?:\s|[{HIDDEN}])*+[{_STARTERS}]|[\t\r\n]")
# Excel takes a semicolon for the separator where a comma is the decimal sign, and knows no quotes then but those that
# stand right behind one; a tab and a line end likewise.
_FORMULA_BEHIND = re.compile(rf'(?<=[;\t\r\n])(?=(?:[^\S\t\r\n]|["{HIDDEN}])*+[{_STARTERS}])')

type _Rows = Sequence[Mapping[str, object]]
type _Grid = tuple[Sequence[object], Sequence[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as CSV: of its ``all_rows``, the first ``rows``, which are all unless that is too large to be sent."""

    text: str
    rows: int
    all_rows: int


def table_of(shown: ReportSnapshot, name: str) -> Table | None:
    """The table of this name, one of ``contract.downloads.TABLES``; None where the snapshot shows no such part.

    Without rows there is the header alone, and without a row that has it no column of a field that may be absent.
    """
    grid = _GRIDS[name](shown)
    if grid is None:
        return None
    header, rows = grid
    lines = [",".join(map(_cell, row)) + _LINE_END for row in (header, *rows)]
    sizes = accumulate(len(json.dumps(line)) for line in lines)
    sent = lines[: sum(size <= MAX_TABLE_BYTES for size in sizes)]
    return Table(_BYTE_ORDER_MARK + "".join(sent), len(sent) - 1, len(rows))


def _grid(row_type: type, rows: _Rows | None) -> _Grid | None:
    """A row for each, and a column for each field in the contract's order, if any row has it or there is none."""
    if rows is None:
        return None
    fields = [field for field in row_type.__annotations__ if not rows or any(field in row for row in rows)]
    header = [column for field in fields for column in _columns(field)]
    return header, [[cell for field in fields for cell in _cells(field, row.get(field))] for row in rows]


def _columns(field: str) -> Sequence[str]:
    return (f"{field}_low", f"{field}_high") if _is_interval(field) else (field,)


def _cells(field: str, value: object) -> Sequence[object]:
    if not _is_interval(field):
        return (value,)
    return value if isinstance(value, list) else (None, None)


def _is_interval(field: str) -> bool:
    return field.endswith("_interval")


def _matrix(shown: ReportSnapshot) -> _Grid | None:
    """A row for each prompt, and a column for each platform."""
    if "platform_matrix" not in shown:
        return None
    rows = shown["platform_matrix"]
    platforms = list(dict.fromkeys(platform for row in rows for platform in row["platforms"]))
    return ["prompt", *platforms], [[row["prompt"], *map(row["platforms"].get, platforms)] for row in rows]


def _changes(shown: ReportSnapshot) -> _Grid | None:
    """A row for each prompt, platform and region, with its kind; a prompt's text is its name."""
    if "changes" not in shown:
        return None
    rows: list[tuple[str, str, ChangedGroup | ChangedPrompt]] = []
    if changes := shown["changes"]:
        rows += [("prompt", row["prompt"], row) for row in changes.get("prompts", ())]
        rows += [("platform", row["name"], row) for row in changes.get("platforms", ())]
        rows += [("region", row["name"], row) for row in changes.get("regions", ())]
    fields = ("before", "now", "won", "lost")
    return ["kind", "name", *fields], [[kind, name, *map(row.get, fields)] for kind, name, row in rows]


_GRIDS: Mapping[str, Callable[[ReportSnapshot], _Grid | None]] = {
    "trend": lambda shown: _grid(TrendPoint, shown.get("trend")),
    "platforms": lambda shown: _grid(PlatformRow, shown.get("platforms")),
    "regions": lambda shown: _grid(GroupRow, shown.get("regions")),
    "categories": lambda shown: _grid(GroupRow, shown.get("categories")),
    "competitors": lambda shown: _grid(CompetitorRow, shown.get("competitors")),
    "domains": lambda shown: _grid(DomainRow, shown.get("citations", {}).get("domains")),
    "pages": lambda shown: _grid(UrlRow, shown.get("citations", {}).get("urls")),
    "prompts": lambda shown: _grid(PromptRow, shown.get("prompts")),
    "matrix": _matrix,
    "changes": _changes,
    "evidence": lambda shown: _grid(EvidenceRow, shown.get("evidence")),
}


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return _quoted(value)
        case list():
            return _quoted(json_text(value))
        case _:
            return json_text(value)


def _quoted(text: str) -> str:
    return '"' + harmless(text).replace('"', '""') + '"'


def harmless(text: str) -> str:
    """The text with a ``'`` before each place where a spreadsheet would take it for a formula."""
    text = _FORMULA_BEHIND.sub("'", text)
    return f"'{text}" if _BEGINS_FORMULA.match(text) else text
