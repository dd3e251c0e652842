"""The commands for the rarer days: leaks, replaced secrets, roll-ups made anew, tables brought back."""

from dataclasses import asdict
from typing import Annotated

import typer

from sharectl import links, roll_ups, secrets, tables
from sharectl import stack as stacks
from sharectl.errors import Fault
from sharectl.options import Json, Profile, Region, StackName, find
from sharectl.output import FAILED, Output

rollup_app = typer.Typer(no_args_is_help=True, help="Roll-ups.")
links_app = typer.Typer(no_args_is_help=True, help="Public links.")
secrets_app = typer.Typer(no_args_is_help=True, help="The secrets that links are derived with; none is ever shown.")
table_app = typer.Typer(no_args_is_help=True, help="The table.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The number of a secret, as `secrets list` shows it.")]


@rollup_app.command()
def rebuild(
    scheduled_report_ids: Annotated[list[str], typer.Argument(metavar="SCHEDULE...", help="Ids of schedules.")],
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Fold all runs of a schedule anew from their files, and publish the result in one step.

    Runs whose file is gone or refused stay as they counted. Links show the new numbers when they are refreshed.
    """
    output = Output(as_json=as_json)
    with output.reporting():
        ids = roll_ups.schedule_ids(scheduled_report_ids)
        done: list[dict[str, object]] = []
        lines: list[str] = []
        faults: list[Fault] = []
        for outcome in roll_ups.rebuild(find(stack, profile, region), ids):
            if outcome.rebuilt is None:
                faults.append(Fault("", outcome.fault))
                continue
            found = outcome.rebuilt
            done.append({"scheduled_report_id": outcome.scheduled_report_id, **asdict(found)})
            lines.append(
                f"rebuilt  {outcome.scheduled_report_id}: {found.folded} runs folded, {found.kept} kept, "
                f"{found.not_counted} not counted, {len(found.refused)} refused"
            )
            lines += [f"refused  {key}: {reason}" for key, reason in found.refused.items()]
        if faults:
            output.done_before_failing({"rebuilt": done}, lines)
            output.fail(faults, FAILED)
        output.result({"rebuilt": done}, lines)


@links_app.command("revoke")
def revoke_link(
    link: Annotated[str, typer.Argument(metavar="LINK", help="A link or its token; - reads it from stdin.")],
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Withdraw the share behind a link at once, whoever made it; it answers 410 from then on."""
    output = Output(as_json=as_json)
    with output.reporting():
        text = typer.get_text_stream("stdin").readline().strip() if link == "-" else link
        revoked = links.revoke(find(stack, profile, region), text)
        was = " (was so already)" if revoked.already_revoked else ""
        output.result(asdict(revoked), [f"revoked  share {revoked.share_id} of {revoked.principal_id}{was}"])


@secrets_app.command("list")
def list_secrets(
    stack: StackName = stacks.DEFAULT_NAME, profile: Profile = None, region: Region = None, as_json: Json = False
) -> None:
    """The numbers of the secrets, and which one new links are derived with."""
    output = Output(as_json=as_json)
    with output.reporting():
        current, ids = secrets.ids(find(stack, profile, region))
        lines = [f"{key_id}{'  in use' if key_id == current else ''}" for key_id in ids]
        output.result({"current": current, "ids": ids}, lines)


@secrets_app.command("add")
def add_secret(
    stack: StackName = stacks.DEFAULT_NAME, profile: Profile = None, region: Region = None, as_json: Json = False
) -> None:
    """Put a new secret beside the others and print its number; it is not in use yet."""
    output = Output(as_json=as_json)
    with output.reporting():
        key_id = secrets.add(find(stack, profile, region))
        output.result({"id": key_id}, [key_id])


@secrets_app.command("use")
def use_secret(
    key_id: KeyId,
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Derive new links with this secret; those that are out there keep theirs and stay open."""
    output = Output(as_json=as_json)
    with output.reporting():
        secrets.use(find(stack, profile, region), key_id)
        output.result({"current": key_id}, [f"in use  {key_id}"])


@secrets_app.command("drop")
def drop_secret(
    key_id: KeyId,
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Remove a secret that is not in use: every link derived with it is dead within five minutes.

    Functions that cannot reach Secrets Manager meanwhile remember the secret for up to an hour.
    """
    output = Output(as_json=as_json)
    with output.reporting():
        secrets.drop(find(stack, profile, region), key_id)
        output.result({"dropped": key_id}, [f"dropped  {key_id}"])


@table_app.command()
def copy(  # noqa: PLR0913, PLR0917 - one parameter for each option of the command line
    source: Annotated[str, typer.Argument(metavar="TABLE", help="The table to copy from.")],
    source_region: Annotated[
        str | None, typer.Option("--source-region", metavar="REGION", help="Where that table is, if elsewhere.")
    ] = None,
    stack: StackName = stacks.DEFAULT_NAME,
    profile: Profile = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Add to the stack's table what it lacks; what is there is newer and stays as it is."""
    output = Output(as_json=as_json)
    with output.reporting():
        copied = tables.Copied()
        with output.progress() as progress:
            task = progress.add_task("items", total=None)
            for copied in tables.copy(find(stack, profile, region), source, source_region):
                progress.update(task, completed=copied.added + copied.left_alone)
        output.result(asdict(copied), [f"added  {copied.added} items; {copied.left_alone} were there and stayed"])
