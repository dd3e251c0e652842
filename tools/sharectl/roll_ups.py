"""`sharectl rollup`: roll-ups made anew from their schedules' run files."""

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
from sharectl.errors import Fault, SharectlError, numbered, parse_each

app = typer.Typer(name="rollup", no_args_is_help=True, help="Roll-ups.")


@app.command(cls=Command)
def rebuild(
    ctx: Context,
    scheduled_report_ids: Annotated[list[str], typer.Argument(metavar="SCHEDULE...", help="Ids of schedules.")],
) -> None:
    """Fold all runs of a schedule anew from their files, and publish the result in one step.

    Runs whose file is gone or refused stay as they counted. Links show the new numbers when they are refreshed.
    """
    ids = parse_each(numbered(scheduled_report_ids), _uuid)
    stack = ctx.stack
    # Here and not in Lambda, where time is limited.
    rebuild_roll_up = RebuildRollUp(
        RollUpTable(stack.dynamodb, stack.table, Bucket(lambda: stack.s3, stack.bucket)), system_clock
    )
    ctx.output.result({"rebuilt": []})
    for scheduled_report_id in ids:
        try:
            rebuilt = rebuild_roll_up(scheduled_report_id)
        except UnknownSchedule as error:
            ctx.output.faults.append(Fault("", str(error)))
            continue
        except Overtaken:
            raise SharectlError(
                f"{scheduled_report_id}: runs kept arriving while it was rebuilt; nothing has changed, try again"
            ) from None
        ctx.output.entry(
            "rebuilt",
            {"scheduled_report_id": str(scheduled_report_id), **asdict(rebuilt)},
            f"rebuilt  {scheduled_report_id}: {rebuilt.folded} runs folded, {rebuilt.kept} kept, "
            f"{rebuilt.not_counted} not counted, {len(rebuilt.refused)} refused",
            *(f"refused  {key}: {reason}" for key, reason in rebuilt.refused.items()),
        )


def _uuid(argument: str) -> UUID:
    try:
        return UUID(argument)
    except ValueError:
        raise ValueError("is not the id of a scheduled report (a UUID)") from None
