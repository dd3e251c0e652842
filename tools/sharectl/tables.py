"""The stack's table: several items read at once, and `sharectl table`, which brings items of another table into it."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from itertools import batched
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from report_shares.refusals import Contention
from report_shares.rules.catalog import Schedule
from report_shares.store.items import (
    Item,
    catalogue_key,
    id_in,
    is_ledger,
    purged_row_key,
    schedule_from,
    share_from,
    text,
)
from report_shares.store.share_table import ShareTable
from report_shares.times import system_clock
from report_shares.use_cases.restore_share import RestoreShare
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

_BATCH = 100
_WRITE_BATCH = 25
_LONGEST_PAUSE = 1.0

app = typer.Typer(name="table", no_args_is_help=True, help="The table.")


def read_items(stack: Stack, keys: Iterable[Item]) -> Iterator[Item]:
    """Those of the items that exist, read consistently, in no particular order."""
    for batch in batched(keys, _BATCH, strict=False):
        requests: dict[str, Any] = {stack.table: {"Keys": list(batch), "ConsistentRead": True}}
        while requests:
            answer = stack.dynamodb.batch_get_item(RequestItems=requests)
            yield from answer["Responses"].get(stack.table, [])
            requests = dict(answer.get("UnprocessedKeys", {}))


def that_are_there(stack: Stack, pks: Iterable[str]) -> set[str]:
    """The partition keys under which there is an API key, a brand or a schedule."""
    return {item["pk"]["S"] for item in read_items(stack, map(catalogue_key, pks))}


def write_items(stack: Stack, writes: Iterable["WriteRequestTypeDef"]) -> None:
    """Puts and deletes, no item twice; what DynamoDB does not take at once is sent again."""
    for batch in batched(writes, _WRITE_BATCH, strict=False):
        pending: dict[str, Any] = {stack.table: list(batch)}
        while pending:
            pending = dict(stack.dynamodb.batch_write_item(RequestItems=pending)["UnprocessedItems"])
            if pending:
                time.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 # no secret


def scan(stack: Stack, which: str, values: Item, **more: Any) -> Iterator[Item]:
    """The items that a condition chooses, read consistently, by going through the whole table."""
    return scan_table(stack.dynamodb, stack.table, which, values, **more)


def scan_table(client: "DynamoDBClient", table: str, which: str, values: Item, **more: Any) -> Iterator[Item]:
    """The same of any table; ``more`` are further parameters of DynamoDB's Scan."""
    pages = client.get_paginator("scan").paginate(
        TableName=table, ConsistentRead=True, FilterExpression=which, ExpressionAttributeValues=values, **more
    )
    return (dict(item) for page in pages for item in page["Items"])


def schedules(stack: Stack) -> Iterator[Schedule]:
    """Every schedule."""
    return map(schedule_from, scan(stack, "sk = :schedule", {":schedule": text("SCHEDULE")}))


def rolled_up_schedules(stack: Stack) -> Iterator[Schedule]:
    """The schedules that have a roll-up."""
    return (schedule for schedule in schedules(stack) if schedule.rollup_key is not None)


@app.command(cls=Command)
def copy(
    ctx: Context,
    source: Annotated[str, typer.Argument(metavar="TABLE", help="The table to copy from.")],
    source_region: Annotated[
        str | None, typer.Option("--source-region", metavar="REGION", help="Where that table is, if elsewhere.")
    ] = None,
) -> None:
    """Add to the stack's table what it lacks; what is there is newer and stays as it is.

    A link comes back only where its schedule's ledger still has it as its owner set it, and for as long as the ledger
    says; any other is withdrawn. Where the ledger was lost too, it comes back as it was: those schedules are named as
    this happens, and by no later run. What was purged does not come back.
    """
    stack = ctx.stack
    reader: DynamoDBClient = (
        stack.session.client("dynamodb", region_name=source_region) if source_region else stack.dynamodb
    )
    if source == stack.table and reader.meta.region_name == stack.dynamodb.meta.region_name:
        raise SharectlError(f"{source} is the stack's own table")
    restore = RestoreShare(ShareTable(stack.dynamodb, stack.table), system_clock)
    purged = _purged(stack)
    of_shares = {":share": text("SHARE")}
    done: Counter[str] = Counter()
    ctx.output.result({"ledgers": []})
    try:
        with ctx.output.progress() as progress:
            # Ledgers before shares: they say what becomes of those.
            for item in progress.track(scan_table(reader, source, "sk <> :share", of_shares), description="items"):
                outcome = "purged" if _goes_with(item) & purged else _add(stack, item)
                done[outcome] += 1
                if outcome == "added" and is_ledger(item):
                    _tell_ledger(ctx, id_in(item))
            for item in progress.track(scan_table(reader, source, "sk = :share", of_shares), description="shares"):
                done["purged" if _goes_with(item) & purged else _restore(ctx, restore, item)] += 1
    finally:
        ctx.output.result(
            {name: done[name] for name in ("added", "withdrawn", "left_alone", "purged", "failed")},
            f"added  {done['added']} items; {done['withdrawn']} shares more are withdrawn; "
            f"{done['left_alone']} were there and stayed",
            *([f"purged  {done['purged']} items more, which stay away"] if done["purged"] else []),
        )


def _tell_ledger(ctx: Context, schedule_id: UUID) -> None:
    """At once: another run finds the ledger there, and takes it for one that was never lost."""
    ctx.output.note(f"the ledger of schedule {schedule_id} is as it was: links withdrawn since open again")
    ctx.output.entry("ledgers", str(schedule_id))


def _restore(ctx: Context, restore: RestoreShare, item: Item) -> str:
    """What became of the share."""
    try:
        share = restore(share_from(item))
    except Contention:
        ctx.output.faults.append(Fault("", f"share {id_in(item)} keeps changing: run the command again"))
        return "failed"
    if share is None:
        return "left_alone"
    return "added" if share.revoked_at is None else "withdrawn"


def _purged(stack: Stack) -> Set[str]:
    """The partition keys of the API keys, brands and schedules that were purged and have not been applied again."""
    found = scan(stack, "sk = :purged", {":purged": text("PURGED")})
    pks = {purged_row_key(item)["pk"]["S"] for item in found}
    return pks - that_are_there(stack, pks)


def _goes_with(item: Item) -> Set[str]:
    """The partition keys of the API keys, brands and schedules with which an item is purged."""
    kind, _, rest = item["pk"]["S"].partition("#")
    # A record is about a share, or about none.
    share = item.get("share", {}).get("M", item)
    schedule_id = rest if kind == "LEDGER" else share.get("scheduled_report_id", {}).get("S")
    return {item["pk"]["S"], f"SCHEDULE#{schedule_id}", f"KEY#{rest}" if kind == "REQUESTS" else ""}


def _add(stack: Stack, item: Any) -> str:
    """What became of the item, which is added if it is missing: what was changed since must not be undone."""
    try:
        stack.dynamodb.put_item(TableName=stack.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except stack.dynamodb.exceptions.ConditionalCheckFailedException:
        return "left_alone"
    return "added"
