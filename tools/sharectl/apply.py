"""`sharectl apply`: brands, schedules and API keys from one document."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from sharectl import catalog, documents
from sharectl.command import Context
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.output import Output


def apply(
    ctx: Context,
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The document; - reads it from stdin.")],
) -> None:
    """Create or update brands, schedules and API keys from one document.

    Validated as a whole before anything is written; applying it again changes nothing. An entry of api_keys
    without "key" gets a new key, printed once and stored nowhere.
    """
    document = documents.parse(_read(file))
    applied: list[catalog.Applied] = []
    try:
        for entry in catalog.apply(ctx.stack, document):
            applied.append(entry)  # noqa: PERF402 - what is here must be known if the next one fails
    except (SharectlError, ClientError, BotoCoreError):
        if applied:  # a minted key that is not shown is lost
            ctx.output.done_before_failing(*_shown(ctx.output, applied))
        raise
    ctx.output.result(*_shown(ctx.output, applied))


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput([Fault(file, error.strerror or "cannot be read")]) from None


def _shown(output: Output, applied: list[catalog.Applied]) -> tuple[dict[str, Any], list[str]]:
    entries = []
    lines = []
    for entry in applied:
        shown = {"path": entry.path, "kind": entry.kind, "id": entry.id, "outcome": entry.outcome}
        line = f"{entry.outcome:9}  {entry.kind:8}  {entry.id}"
        if entry.minted_key:
            shown["key"] = entry.minted_key
            line += f"\n           minted, shown only now: {entry.minted_key}"
        if entry.note:
            shown["note"] = entry.note
            output.note(f"sharectl: {entry.path}: {entry.note}")
        entries.append(shown)
        lines.append(line)
    return {"applied": entries}, lines
