"""sharectl: the operator's command."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from sharectl import catalog, dead_letters, documents, keys, upkeep
from sharectl import runs as run_files
from sharectl import stack as stacks
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.options import Json, Profile, Region, StackName, find
from sharectl.output import FAILED, Output

_REPLAYED = "replayed"
_DROPPED = "dropped"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Operate report-shares: brands, schedules, API keys, run files, links and secrets.\n\n"
    "Finds table, bucket and queues from the stack's outputs; uses AWS_ENDPOINT_URL, AWS_PROFILE, "
    "AWS_REGION and credentials like every AWS tool.\n\n"
    "Exit codes: 0 fine, 1 something failed, 2 wrong usage or refused input.",
)
runs_app = typer.Typer(no_args_is_help=True, help="Run files: upload them, see which failed.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(runs_app, name="runs")
app.add_typer(keys_app, name="keys")
app.add_typer(upkeep.rollup_app, name="rollup")
app.add_typer(upkeep.links_app, name="links")
app.add_typer(upkeep.secrets_app, name="secrets")
app.add_typer(upkeep.table_app, name="table")


@app.command()
def apply(
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="The document; - reads it from stdin.")],
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Create or update brands, schedules and API keys from one document.

    Validated as a whole before anything is written; applying it again changes nothing. An entry of api_keys
    without "key" gets a new key, printed once and stored nowhere.
    """
    output = Output(as_json=as_json)
    with output.reporting():
        document = documents.parse(_read(file))
        applied: list[catalog.Applied] = []
        try:
            for entry in catalog.apply(find(stack, profile, region), document):
                applied.append(entry)  # noqa: PERF402 - what is here must be known if the next one fails
        except (SharectlError, ClientError, BotoCoreError):
            if applied:  # a minted key that is not shown is lost
                output.done_before_failing(*_applied(output, applied))
            raise
        output.result(*_applied(output, applied))


@runs_app.command()
def put(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command line
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Run files, .json or .json.gz.")],
    wait: Annotated[bool, typer.Option("--wait", help="Return when they are rolled up.")] = False,
    timeout: Annotated[float, typer.Option(min=0, metavar="S", help="With --wait: give up after S seconds.")] = 300,
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Upload run files to where the roll-up finds them."""
    output = Output(as_json=as_json)
    with output.reporting():
        found = run_files.read(files)
        target = find(stack, profile, region)
        uploads = []
        outcomes = []
        with output.progress() as progress:
            task = progress.add_task("uploading", total=len(found))
            for upload in run_files.put(target, found):
                uploads.append(upload)
                progress.advance(task)
            if wait:
                task = progress.add_task("rolling up", total=len(found))
                for outcome in run_files.wait(target, uploads, timeout):
                    outcomes.append(outcome)
                    progress.advance(task)
        if wait:
            _show_outcomes(output, outcomes)
        else:
            uploaded = [{"file": upload.file.name, "key": upload.file.key, "etag": upload.etag} for upload in uploads]
            output.result({"runs": uploaded}, [f"uploaded  {upload.file.key}" for upload in uploads])
    if any(outcome.failed for outcome in outcomes):
        raise typer.Exit(FAILED)


@runs_app.command()
def failed(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command line
    replay: Annotated[bool, typer.Option("--replay", help="Have them processed once more.")] = False,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Remove this one, by what it is listed as; may be given more than once."),
    ] = None,
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """List the run files that could not be rolled up, and why."""
    output = Output(as_json=as_json)
    with output.reporting():
        target = find(stack, profile, region)
        names = set(drop or [])
        letters: dict[str, dead_letters.DeadLetter] = {}
        done: dict[str, str] = {}
        try:
            # All are received before any is given back, or it would be received again.
            for letter in dead_letters.receive(target):
                letters[letter.message_id] = letter
            hidden = 0 if letters else dead_letters.hidden(target)
            for letter in letters.values():
                if letter.name in names:
                    dead_letters.drop(target, letter)
                    done[letter.message_id] = _DROPPED
                elif replay and dead_letters.replay(target, letter):
                    done[letter.message_id] = _REPLAYED
        except (ClientError, BotoCoreError):
            if letters:
                output.done_before_failing(*_failed(letters, done))
            raise
        else:
            if hidden:
                raise SharectlError(
                    f"{hidden} failed run files are hidden by another command or one that was cut short; "
                    f"look again in up to {dead_letters.HIDDEN_MINUTES} minutes"
                )
            if unknown := names - {letter.name for letter in letters.values()}:
                output.done_before_failing(*_failed(letters, done))
                output.fail([Fault("", f"{name} is not among what failed") for name in sorted(unknown)], FAILED)
            output.result(*_failed(letters, done))
        finally:
            # After a failure too, or whoever looks again would not see them.
            _give_back(output, target, [letter for name, letter in letters.items() if name not in done])


@keys_app.command()
def revoke(
    key_or_digest: Annotated[
        list[str],
        typer.Argument(metavar="KEY_OR_DIGEST...", help="A whole key, or the SHA-256 digest of one."),
    ],
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Revoke API keys: they stop working at once."""
    output = Output(as_json=as_json)
    with output.reporting():
        digests = [keys.digest_of(argument) for argument in key_or_digest]
        faults = [
            Fault(f"argument {position}", "is neither a key (rp_live_...) nor the digest of one (64 hex digits)")
            for position, digest in enumerate(digests, 1)
            if digest is None
        ]
        if faults:
            raise InvalidInput(faults)
        target = find(stack, profile, region)
        revoked: list[catalog.RevokedKey] = []
        unknown: list[Fault] = []
        for digest in filter(None, digests):
            try:
                revoked.append(catalog.revoke(target, digest))
            except SharectlError as error:
                unknown.append(Fault("", str(error)))
        document = {"revoked": [asdict(one) for one in revoked]}
        lines = [
            f"revoked  {one.digest} of {one.principal_id}{' (was so already)' if one.already_revoked else ''}"
            for one in revoked
        ]
        if unknown:
            output.done_before_failing(document, lines)
            output.fail(unknown, FAILED)
        output.result(document, lines)


def run() -> None:
    """The console script."""
    app(prog_name="sharectl")


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput([Fault(file, error.strerror or "cannot be read")]) from None


def _failed(
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


def _give_back(output: Output, target: stacks.Stack, letters: Sequence[dead_letters.DeadLetter]) -> None:
    kept = dead_letters.give_back(target, letters)
    if kept:
        stay = "stays" if len(kept) == 1 else "stay"
        minutes = dead_letters.HIDDEN_MINUTES
        output.note(f"sharectl: {len(kept)} of them {stay} hidden for up to {minutes} minutes: {kept[0]}")


def _applied(output: Output, applied: list[catalog.Applied]) -> tuple[dict[str, Any], list[str]]:
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


def _show_outcomes(output: Output, outcomes: list[run_files.Outcome]) -> None:
    entries = [
        {
            "file": outcome.upload.file.name,
            "key": outcome.upload.file.key,
            "etag": outcome.upload.etag,
            "status": outcome.status,
            "reason": outcome.reason,
        }
        for outcome in outcomes
    ]
    lines = [
        f"{outcome.status:11}  {outcome.upload.file.key}{f': {outcome.reason}' if outcome.reason else ''}"
        for outcome in outcomes
    ]
    output.result({"runs": entries}, lines)


if __name__ == "__main__":
    run()
