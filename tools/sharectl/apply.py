"""`sharectl apply`: brands, schedules and API keys from one document."""

import sys
from collections.abc import Set
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from sharectl import catalog, documents, roll_ups, tables
from sharectl.command import Context
from sharectl.errors import parse_each


def apply(
    ctx: Context,
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The document; - reads it from stdin.")],
    no_rebuild: Annotated[
        bool, typer.Option("--no-rebuild", help="Leave roll-ups as they are where a brand is recognised otherwise now.")
    ] = False,
) -> None:
    """Create or update brands, schedules and API keys from one document.

    Validated as a whole before anything is written; applying it again changes nothing. An entry of api_keys
    without "key" gets a new key, printed once and stored nowhere. Where a brand's name, aliases or domains change,
    the roll-ups of its schedules are rebuilt, so that all runs count by what holds now.
    """
    (text,) = parse_each([(file, file)], _read)
    document = documents.parse(text)
    redefined: set[UUID] = set()
    ctx.output.result({"applied": []})
    for entry in catalog.apply(ctx.stack, document):
        minted = [f"           minted, shown only now: {entry.key}"] if entry.key else []
        shown = {name: value for name, value in asdict(entry).items() if value not in (None, False)}
        ctx.output.entry("applied", shown, f"{entry.outcome:9}  {entry.kind:8}  {entry.id}", *minted)
        if entry.note:
            ctx.output.note(f"{entry.path}: {entry.note}")
        if entry.redefined:
            redefined.add(UUID(entry.id))
    if redefined:
        _rebuild(ctx, redefined, later=no_rebuild)


def _rebuild(ctx: Context, brand_ids: Set[UUID], *, later: bool) -> None:
    """Rebuild the roll-ups of these brands' schedules; with ``later`` say only which ones are outdated."""
    outdated = [schedule.id for schedule in tables.rolled_up_schedules(ctx.stack) if schedule.brand_id in brand_ids]
    if outdated and later:
        ctx.output.note(
            f"{len(outdated)} roll-ups count the brands as they were, until their next run or "
            f"`sharectl rollup rebuild {' '.join(map(str, outdated))}`"
        )
    elif outdated:
        roll_ups.rebuild_each(ctx, outdated)


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
