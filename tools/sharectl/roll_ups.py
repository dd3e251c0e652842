"""`sharectl rollup`: roll-ups made anew from their schedules' run files."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from report_shares.store.bucket import Bucket
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import system_clock
from report_shares.use_cases.rebuild_roll_up import RebuildRollUp, UnknownSchedule
from report_shares.use_cases.roll_up_store import Overtaken
from sharectl.command import Command, Context
from sharectl.errors import Fault, InvalidInput, SharectlError, numbered, parse_each
from sharectl.tables import rolled_up_schedules

app = typer.Typer(name="rollup", no_args_is_help=True, help="Roll-ups.")


@app.command(cls=Command)
def rebuild(
    ctx: Context,
    scheduled_report_ids: Annotated[
        list[str] | None, typer.Argument(metavar="SCHEDULE...", help="Ids of schedules.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every schedule that has a roll-up.")] = False,
) -> None:
    """Fold all runs of a schedule anew from their files, and publish the result in one step.

    Runs whose file is gone or refused stay as they counted, unless they counted by other rules or for another
    definition of the brand. Links show the new numbers when they are refreshed.
    """
    if bool(scheduled_report_ids) == every:
        raise InvalidInput([Fault("", "name schedules, or all of them with --all")])
    ids = parse_each(numbered(scheduled_report_ids or []), _uuid)
    rebuild_each(ctx, ids or [schedule.id for schedule in rolled_up_schedules(ctx.stack)])


def rebuild_each(ctx: Context, ids: Sequence[UUID]) -> None:
    """Rebuild these schedules' roll-ups, one after the other, and tell of each."""
    stack = ctx.stack
    # Here and not in Lambda, where time is limited.
    rebuild_roll_up = RebuildRollUp(
        RollUpTable(stack.dynamodb, stack.table, Bucket(lambda: stack.s3, stack.bucket)), system_clock
    )
    ctx.output.result({"rebuilt": []})
    with ctx.output.progress() as progress:
        for scheduled_report_id in progress.track(ids, description="rebuilding"):
            try:
                rebuilt = rebuild_roll_up(scheduled_report_id)
            except UnknownSchedule as error:
                ctx.output.faults.append(Fault("", str(error)))
                continue
            except Overtaken:
                raise SharectlError(
                    f"{scheduled_report_id}: runs kept arriving while it was rebuilt; nothing has changed, try again"
                ) from None
            lost = f", {rebuilt.lost} lost with their files" if rebuilt.lost else ""
            ctx.output.entry(
                "rebuilt",
                {"scheduled_report_id": str(scheduled_report_id), **asdict(rebuilt)},
                f"rebuilt  {scheduled_report_id}: {rebuilt.folded} runs folded, {rebuilt.kept} kept, "
                f"{rebuilt.not_counted} not counted, {len(rebuilt.refused)} refused{lost}",
                *(f"refused  {key}: {reason}" for key, reason in rebuilt.refused.items()),
            )


def _uuid(argument: str) -> UUID:
    try:
        return UUID(argument)
    except ValueError:
        raise ValueError("is not the id of a scheduled report (a UUID)") from None
