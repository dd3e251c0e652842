"""Several items read in one call."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tenacity

from report_shares.refusals import ServiceUnavailable
from report_shares.store import items
from report_shares.store.aws_errors import as_service_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MAX_READ_TOGETHER = 100

_ATTEMPTS = 3


def read_together(
    client: "DynamoDBClient", table: str, keys: Sequence[items.Item], *, consistent: bool = True
) -> Mapping[str, items.Item]:
    """Those of the items that exist, by their sort keys, none of which may stand twice among ``keys``."""
    return {item["sk"]["S"]: item for item in read_items(client, table, keys, consistent=consistent)}


def read_items(
    client: "DynamoDBClient", table: str, keys: Sequence[items.Item], *, consistent: bool = True
) -> Sequence[items.Item]:
    """Those of the items that exist, in any order; ``keys`` are ``MAX_READ_TOGETHER`` at most.

    What DynamoDB left out is asked for again. Each item is as it was at some moment of the call, not all at one moment;
    not ``consistent`` costs half, and may be as it was a second ago.
    """
    wanted: Sequence[Any] = keys
    found: list[items.Item] = []

    def ask() -> bool:
        nonlocal wanted
        with as_service_unavailable():
            answer = client.batch_get_item(RequestItems={table: {"Keys": wanted, "ConsistentRead": consistent}})
        found.extend(answer["Responses"].get(table, []))
        unprocessed = answer["UnprocessedKeys"]
        if table not in unprocessed:
            return True
        wanted = unprocessed[table]["Keys"]
        return False

    retries = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda complete: not complete),
        stop=tenacity.stop_after_attempt(_ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.05),
    )
    try:
        retries(ask)
    except tenacity.RetryError:
        raise ServiceUnavailable(cause="BatchGetItem: UnprocessedKeys") from None
    return found
