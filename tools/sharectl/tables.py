"""The stack's table: several items read at once, and `sharectl table`, which brings items of another table into it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import TYPE_CHECKING, Annotated, Any

import typer

from report_shares.rules.catalog import Schedule
from report_shares.store.items import Item, id_in, is_ledger, schedule_from, share_from, text
from report_shares.store.share_table import ShareTable
from report_shares.times import system_clock
from report_shares.use_cases.restore_share import RestoreShare
from sharectl.command import Command, Context
from sharectl.errors import SharectlError
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 100

app = typer.Typer(name="table", no_args_is_help=True, help="The table.")


def read_items(stack: Stack, keys: Iterable[Item]) -> Iterator[Item]:
    """Those of the items that exist, read consistently, in no particular order."""
    for batch in batched(keys, _BATCH, strict=False):
        requests: dict[str, Any] = {stack.table: {"Keys": list(batch), "ConsistentRead": True}}
        while requests:
            answer = stack.dynamodb.batch_get_item(RequestItems=requests)
            yield from answer["Responses"].get(stack.table, [])
            requests = dict(answer.get("UnprocessedKeys", {}))


def rolled_up_schedules(stack: Stack) -> Iterator[Schedule]:
    """The schedules that have a roll-up, by going through the whole table."""
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.table,
        ConsistentRead=True,
        FilterExpression="sk = :schedule AND attribute_exists(rollup_key)",
        ExpressionAttributeValues={":schedule": text("SCHEDULE")},
    )
    yield from (schedule_from(dict(item)) for page in pages for item in page["Items"])


@app.command(cls=Command)
def copy(
    ctx: Context,
    source: Annotated[str, typer.Argument(metavar="TABLE", help="The table to copy from.")],
    source_region: Annotated[
        str | None, typer.Option("--source-region", metavar="REGION", help="Where that table is, if elsewhere.")
    ] = None,
) -> None:
    """Add to the stack's table what it lacks; what is there is newer and stays as it is.

    A link comes back only where its schedule's ledger still has it, and for as long as the ledger says; any other is
    withdrawn. Where the ledger was lost too, it comes back as it was: those schedules are named.
    """
    stack = ctx.stack
    reader: DynamoDBClient = (
        stack.session.client("dynamodb", region_name=source_region) if source_region else stack.dynamodb
    )
    if source == stack.table and reader.meta.region_name == stack.dynamodb.meta.region_name:
        raise SharectlError(f"{source} is the stack's own table")
    restore = RestoreShare(ShareTable(stack.dynamodb, stack.table), system_clock)
    done: Counter[str] = Counter()
    ledgers: list[str] = []
    with ctx.output.progress() as progress:
        # Ledgers before shares: they say what becomes of those.
        for item in progress.track(_found(reader, source, "sk <> :share"), description="items"):
            added = _add(stack, item)
            done["added" if added else "left_alone"] += 1
            if added and is_ledger(item):
                ledgers.append(str(id_in(item)))
        for item in progress.track(_found(reader, source, "sk = :share"), description="shares"):
            share = restore(share_from(item))
            done["left_alone" if share is None else "withdrawn" if share.revoked_at else "added"] += 1
    ctx.output.result(
        {name: done[name] for name in ("added", "withdrawn", "left_alone")} | {"ledgers": ledgers},
        f"added  {done['added']} items; {done['withdrawn']} shares more are withdrawn; "
        f"{done['left_alone']} were there and stayed",
        *(
            f"ledger  of schedule {schedule_id} is as it was: links withdrawn since open again"
            for schedule_id in ledgers
        ),
    )


def _found(reader: "DynamoDBClient", table: str, which: str) -> Iterator[Any]:
    """Those of a table's items that are shares, or those that are none."""
    pages = reader.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression=which,
        ExpressionAttributeValues={":share": text("SHARE")},
    )
    yield from (item for page in pages for item in page["Items"])


def _add(stack: Stack, item: Any) -> bool:
    """Whether the item was missing. What was changed since the copy was made must not be undone."""
    try:
        stack.dynamodb.put_item(TableName=stack.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except stack.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True
