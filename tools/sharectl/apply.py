"""`sharectl apply`: brands, schedules and API keys from one document."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sharectl import catalog, documents
from sharectl.command import Context
from sharectl.errors import parse_each


def apply(
    ctx: Context,
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The document; - reads it from stdin.")],
) -> None:
    """Create or update brands, schedules and API keys from one document.

    Validated as a whole before anything is written; applying it again changes nothing. An entry of api_keys
    without "key" gets a new key, printed once and stored nowhere.
    """
    (text,) = parse_each([(file, file)], _read)
    document = documents.parse(text)
    ctx.output.result({"applied": []})
    for entry in catalog.apply(ctx.stack, document):
        minted = [f"           minted, shown only now: {entry.key}"] if entry.key else []
        shown = {name: value for name, value in asdict(entry).items() if value is not None}
        ctx.output.entry("applied", shown, f"{entry.outcome:9}  {entry.kind:8}  {entry.id}", *minted)
        if entry.note:
            ctx.output.note(f"{entry.path}: {entry.note}")


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
