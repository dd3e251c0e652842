"""The stack's table: several items read at once, and `sharectl table`, which brings items of another table into it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import TYPE_CHECKING, Annotated, Any

import typer

from report_shares.rules.catalog import Schedule
from report_shares.store.items import Item, schedule_from, text
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
    """Add to the stack's table what it lacks; what is there is newer and stays as it is."""
    stack = ctx.stack
    reader: DynamoDBClient = (
        stack.session.client("dynamodb", region_name=source_region) if source_region else stack.dynamodb
    )
    if source == stack.table and reader.meta.region_name == stack.dynamodb.meta.region_name:
        raise SharectlError(f"{source} is the stack's own table")
    pages = reader.get_paginator("scan").paginate(TableName=source, ConsistentRead=True)
    found = (item for page in pages for item in page["Items"])
    with ctx.output.progress() as progress:
        was_missing = Counter(_add(stack, item) for item in progress.track(found, description="items"))
    added, left_alone = was_missing[True], was_missing[False]
    ctx.output.result(
        {"added": added, "left_alone": left_alone},
        f"added  {added} items; {left_alone} were there and stayed",
    )


def _add(stack: Stack, item: Any) -> bool:
    """Whether the item was missing. One that was revoked since the copy was made must not come back to life."""
    try:
        stack.dynamodb.put_item(TableName=stack.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except stack.dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True
