"""`sharectl runs`: run files on their way into a roll-up, and those that did not get there."""

from pathlib import Path
from typing import Annotated, Any

import typer

from report_shares.rules.left_out import told
from sharectl import dead_letters, uploads
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError
from sharectl.output import FAILED, Output
from sharectl.terminal import printable

_REPLAYED = "replayed"
_DROPPED = "dropped"

app = typer.Typer(name="runs", no_args_is_help=True, help="Run files: upload them, see which failed.")


@app.command(cls=Command)
def put(
    ctx: Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Run files, .json or .json.gz.")],
    wait: Annotated[bool, typer.Option("--wait", help="Return when they are rolled up.")] = False,
    timeout: Annotated[float, typer.Option(min=0, metavar="S", help="With --wait: give up after S seconds.")] = 300,
) -> None:
    """Upload run files to where the roll-up finds them."""
    found = uploads.read(files)
    stack = ctx.stack
    with ctx.output.progress() as progress:
        uploaded = list(progress.track(uploads.put(stack, found), len(found), description="uploading"))
        if wait:
            waiting = uploads.wait(stack, uploaded, timeout)
            uploaded = list(progress.track(waiting, len(found), description="rolling up"))
    for upload in uploaded:
        entry: dict[str, Any] = {"file": upload.file.name, "key": upload.file.key, "etag": upload.etag}
        if wait:
            reason = f": {upload.reason}" if upload.reason else ""
            left_out = f"; left out: {told(upload.left_out)}" if upload.left_out else ""
            entry |= {"status": upload.status, "reason": upload.reason, "left_out": dict(upload.left_out)}
            ctx.output.entry("runs", entry, f"{upload.status:11}  {upload.file.key}{reason}{left_out}")
        else:
            ctx.output.entry("runs", entry, f"uploaded  {upload.file.key}")
    if any(upload.failed for upload in uploaded):
        raise typer.Exit(FAILED)


@app.command(cls=Command)
def failed(
    ctx: Context,
    replay: Annotated[bool, typer.Option("--replay", help="Have them processed once more.")] = False,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Remove this one, by what it is listed as; may be given more than once."),
    ] = None,
) -> None:
    """List the run files that could not be rolled up, and why."""
    stack = ctx.stack
    names = set(drop or [])
    letters: dict[str, dead_letters.DeadLetter] = {}
    done: dict[str, str] = {}
    try:
        # All are received before any is given back, or it would be received again.
        for letter in dead_letters.receive(stack):
            letters[letter.message_id] = letter
        if not letters and (hidden := dead_letters.hidden(stack)):
            raise SharectlError(
                f"{hidden} failed run files are hidden by another command or one that was cut short; "
                f"look again in up to {dead_letters.HIDDEN_MINUTES} minutes"
            )
        for letter in letters.values():
            if names & _names_of(letter):
                dead_letters.drop(stack, letter)
                done[letter.message_id] = _DROPPED
            elif replay and dead_letters.replay(stack, letter):
                done[letter.message_id] = _REPLAYED
        if not letters:
            ctx.output.result({"failed": []}, "no run file has failed")
        unknown = names.difference(*map(_names_of, letters.values()))
        ctx.output.faults += [Fault("", f"{name} is not among what failed") for name in sorted(unknown)]
    finally:
        # After a failure too, or whoever looks again would not see them.
        for letter in letters.values():
            _show(ctx.output, letter, done.get(letter.message_id, "failed"))
        _give_back(ctx, [letter for message_id, letter in letters.items() if message_id not in done])


def _names_of(letter: dead_letters.DeadLetter) -> set[str]:
    """The file's key as it is, and as the list shows it."""
    return {letter.name, printable(letter.name)}


def _show(output: Output, letter: dead_letters.DeadLetter, outcome: str) -> None:
    entry = {
        "key": letter.key,
        "reason": letter.reason,
        "failed_at": letter.failed_at,
        "message_id": letter.message_id,
        "replayed": outcome == _REPLAYED,
        "dropped": outcome == _DROPPED,
    }
    output.entry("failed", entry, f"{outcome}  {letter.failed_at or '-'}  {letter.name}: {letter.reason}")


def _give_back(ctx: Context, letters: list[dead_letters.DeadLetter]) -> None:
    kept = dead_letters.give_back(ctx.stack, letters)
    if kept:
        stay = "stays" if len(kept) == 1 else "stay"
        minutes = dead_letters.HIDDEN_MINUTES
        ctx.output.note(f"{len(kept)} of them {stay} hidden for up to {minutes} minutes: {kept[0]}")
