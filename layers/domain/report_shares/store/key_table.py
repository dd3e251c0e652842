"""API keys in the table: one conditional update authenticates and counts."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from report_shares.rules import rate_limit
from report_shares.store import items
from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, as_service_unavailable, code_of, item_of
from report_shares.use_cases.authenticate import KeyUse

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class KeyTable:
    """``KeyStore`` on DynamoDB.

    A key's item keeps the times of its last ``limit`` requests in the list ``requests_{limit}``: appending the new
    time and dropping the oldest is one update, accepted on condition that the oldest is a whole window old. The
    limit is part of the name, so that a deployment that changes it starts with a list of the right length.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count_request(self, digest: str, now: int, limit: int) -> KeyUse:
        """One call; three where a usable key meets this limit for the first time."""
        use = self._append(digest, now, limit)
        if use.key is None or use.times or not use.key.is_usable(now):
            return use
        self._start_counting(digest, limit)
        return self._append(digest, now, limit)

    def _append(self, digest: str, now: int, limit: int) -> KeyUse:
        # On a list of `limit` times, setting the element behind the last one appends it.
        times = f"requests_{limit}"
        try:
            with as_service_unavailable():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=items.api_key_key(digest),
                    UpdateExpression=f"SET {times}[{limit}] = :now REMOVE {times}[0]",
                    ConditionExpression=(
                        "attribute_not_exists(revoked_at)"
                        " AND (attribute_not_exists(expires_at) OR expires_at > :now)"
                        f" AND {times}[0] <= :window_ago"
                    ),
                    ExpressionAttributeValues={
                        ":now": items.number(now),
                        ":window_ago": items.number(now - rate_limit.WINDOW),
                    },
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED_ERROR:
                raise
            return self._use(item_of(error), times, accepted=False)
        return self._use(answer["Attributes"], times, accepted=True)

    def _use(self, item: items.Item | None, times: str, *, accepted: bool) -> KeyUse:
        if not item:
            return KeyUse(accepted=False, key=None)
        requests = tuple(int(time["N"]) for time in item[times]["L"]) if times in item else ()
        return KeyUse(accepted, items.api_key_from(item), requests)

    def _start_counting(self, digest: str, limit: int) -> None:
        times = f"requests_{limit}"
        try:
            with as_service_unavailable():
                self._client.update_item(
                    TableName=self._table,
                    Key=items.api_key_key(digest),
                    UpdateExpression=f"SET {times} = :none",
                    ConditionExpression=f"attribute_exists(pk) AND attribute_not_exists({times})",
                    ExpressionAttributeValues={
                        ":none": {"L": [items.number(time) for time in rate_limit.no_requests(limit)]}
                    },
                )
        except ClientError as error:
            # Somebody else's first request did it, or the key is gone: the next append tells.
            if code_of(error) != CONDITION_FAILED_ERROR:
                raise
