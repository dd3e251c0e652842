"""`sharectl producers`: what those who write run files may do."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer

from report_shares.rules.catalog import Schedule
from report_shares.rules.run_files import prefixes_of
from sharectl.command import Command, Context, not_empty
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.stack import Stack
from sharectl.tables import schedules

# What IAM takes inline: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE_HOLDS, _USER_HOLDS = 10_240, 2_048

app = typer.Typer(name="producers", no_args_is_help=True, help="Producers of run files.")


@app.command(cls=Command)
def policy(
    ctx: Context,
    *,
    schedule: Annotated[
        list[UUID] | None, typer.Option(metavar="ID", help="This schedule; may be given more than once.")
    ] = None,
    brand: Annotated[UUID | None, typer.Option(metavar="ID", help="All schedules of this brand.")] = None,
    workspace: Annotated[
        str | None, typer.Option(metavar="ID", callback=not_empty, help="All schedules of this workspace.")
    ] = None,
) -> None:
    """Print the IAM policy of a producer that may put run files of these schedules, and nothing else.

    For a role or user of the producer's. The schedules are those of now: attach it anew when there are more.
    """
    if len([one for one in (schedule or None, brand, workspace) if one is not None]) != 1:
        raise InvalidInput([Fault("", "give schedules, a brand or a workspace: --schedule, --brand, --workspace")])
    known = {one.id for one in schedules(ctx.stack) if _is_chosen(one, schedule or [], brand, workspace)}
    if unknown := [one for one in schedule or [] if one not in known]:
        raise InvalidInput([Fault("", f"there is no schedule {one}") for one in unknown])
    if not known:
        raise SharectlError("there is no schedule of it")
    document = _policy(ctx.stack, sorted(known))
    size = len(json.dumps(document, separators=(",", ":")))
    if size > _USER_HOLDS:
        holder = "a role" if size <= _ROLE_HOLDS else "neither a role nor a user"
        ctx.output.note(f"the policy has {size} characters: {holder} takes it inline; a brand or schedules make less")
    ctx.output.result(document, *json.dumps(document, indent=2).splitlines())


def _is_chosen(one: Schedule, ids: list[UUID], brand_id: UUID | None, workspace_id: str | None) -> bool:
    return one.id in ids or one.brand_id == brand_id or one.workspace_id == workspace_id


def _policy(stack: Stack, schedule_ids: list[UUID]) -> dict[str, Any]:
    region = stack.s3.meta.region_name
    bucket = f"arn:{stack.session.get_partition_for_region(region)}:s3:::{stack.bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "PutRunFiles",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": [f"{bucket}/{prefixes_of(one)[0]}*" for one in schedule_ids],
            }
        ],
    }
