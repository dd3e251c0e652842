"""Items of another table brought into the stack's: after a restore, or from another region."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, code_of
from sharectl.errors import SharectlError
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Copied:
    """How many items were missing and are there now, and how many were there and stayed as they are."""

    added: int = 0
    left_alone: int = 0


def copy(stack: Stack, source: str, source_region: str | None) -> Iterator[Copied]:
    """Add what the stack's table lacks; yields how far it is after each page.

    What is there is newer and stays: a link or key that was revoked since must not come back to life.
    """
    reader: DynamoDBClient = (
        stack.session.client("dynamodb", region_name=source_region) if source_region else stack.dynamodb
    )
    if source == stack.table and reader.meta.region_name == stack.dynamodb.meta.region_name:
        raise SharectlError(f"{source} is the stack's own table")
    copied = Copied()
    for page in reader.get_paginator("scan").paginate(TableName=source, ConsistentRead=True):
        for item in page["Items"]:
            if _add(stack, item):
                copied.added += 1
            else:
                copied.left_alone += 1
        yield copied


def _add(stack: Stack, item: Any) -> bool:
    try:
        stack.dynamodb.put_item(TableName=stack.table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if code_of(error) != CONDITION_FAILED_ERROR:
            raise
        return False
    return True
