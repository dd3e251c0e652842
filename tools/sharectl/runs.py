"""`sharectl runs`: run files on their way into a roll-up, and those that did not get there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from sharectl import dead_letters, uploads
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError
from sharectl.output import FAILED

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
    uploaded = []
    outcomes = []
    with ctx.output.progress() as progress:
        task = progress.add_task("uploading", total=len(found))
        for upload in uploads.put(stack, found):
            uploaded.append(upload)
            progress.advance(task)
        if wait:
            task = progress.add_task("rolling up", total=len(found))
            for outcome in uploads.wait(stack, uploaded, timeout):
                outcomes.append(outcome)
                progress.advance(task)
    if not wait:
        entries = [_entry(upload) for upload in uploaded]
        ctx.output.result({"runs": entries}, [f"uploaded  {upload.file.key}" for upload in uploaded])
        return
    ctx.output.result(
        {"runs": [_entry(one.upload) | {"status": one.status, "reason": one.reason} for one in outcomes]},
        [f"{one.status:11}  {one.upload.file.key}{f': {one.reason}' if one.reason else ''}" for one in outcomes],
    )
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(FAILED)


def _entry(upload: uploads.Upload) -> dict[str, Any]:
    return {"file": upload.file.name, "key": upload.file.key, "etag": upload.etag}


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
        hidden = 0 if letters else dead_letters.hidden(stack)
        for letter in letters.values():
            if letter.name in names:
                dead_letters.drop(stack, letter)
                done[letter.message_id] = _DROPPED
            elif replay and dead_letters.replay(stack, letter):
                done[letter.message_id] = _REPLAYED
    except (ClientError, BotoCoreError):
        if letters:
            ctx.output.done_before_failing(*_listed(letters, done))
        raise
    else:
        if hidden:
            raise SharectlError(
                f"{hidden} failed run files are hidden by another command or one that was cut short; "
                f"look again in up to {dead_letters.HIDDEN_MINUTES} minutes"
            )
        unknown = sorted(names - {letter.name for letter in letters.values()})
        faults = [Fault("", f"{name} is not among what failed") for name in unknown]
        ctx.output.result(*_listed(letters, done), faults)
    finally:
        # After a failure too, or whoever looks again would not see them.
        _give_back(ctx, [letter for message_id, letter in letters.items() if message_id not in done])


def _listed(
    letters: Mapping[str, dead_letters.DeadLetter], done: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    entries = [
        {
            "key": letter.key,
            "reason": letter.reason,
            "failed_at": letter.failed_at,
            "message_id": letter.message_id,
            "replayed": done.get(letter.message_id) == _REPLAYED,
            "dropped": done.get(letter.message_id) == _DROPPED,
        }
        for letter in letters.values()
    ]
    lines = [
        f"{done.get(letter.message_id, 'failed')}  {letter.failed_at or '-'}  {letter.name}: {letter.reason}"
        for letter in letters.values()
    ]
    return {"failed": entries}, lines or ["no run file has failed"]


def _give_back(ctx: Context, letters: list[dead_letters.DeadLetter]) -> None:
    kept = dead_letters.give_back(ctx.stack, letters)
    if kept:
        stay = "stays" if len(kept) == 1 else "stay"
        minutes = dead_letters.HIDDEN_MINUTES
        ctx.output.note(f"sharectl: {len(kept)} of them {stay} hidden for up to {minutes} minutes: {kept[0]}")
