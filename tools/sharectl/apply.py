"""`sharectl apply`: brands, schedules and API keys from one document."""

import sys
from dataclasses import asdict
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
    lines = []
    for entry in applied:
        lines.append(f"{entry.outcome:9}  {entry.kind:8}  {entry.id}")
        if entry.key:
            lines.append(f"           minted, shown only now: {entry.key}")
        if entry.note:
            output.note(f"sharectl: {entry.path}: {entry.note}")
    entries = [{name: value for name, value in asdict(entry).items() if value is not None} for entry in applied]
    return {"applied": entries}, lines
