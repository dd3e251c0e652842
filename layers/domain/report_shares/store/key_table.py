"""API keys in the table, and how often each was used."""

from typing import TYPE_CHECKING
from uuid import UUID

from botocore.exceptions import ClientError

from report_shares.rules import rate_limit
from report_shares.rules.catalog import Schedule
from report_shares.store import items
from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, as_service_unavailable, code_of, item_of
from report_shares.store.batch_read import read_together
from report_shares.use_cases.authenticate import LookedUp, RequestCount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MOST_REMEMBERED = 10_000


class KeyTable:
    """``KeyStore`` on DynamoDB.

    An item of its own keeps the times of a key's last ``limit`` requests: appending the new time and dropping the
    oldest is one update, accepted on condition that the oldest is a whole window old. So the share API need not be
    able to change a key. The limit is part of the item's key: a deployment that changes it starts with a list of the
    right length.

    A schedule whose brand is known from an earlier look comes with it, in the same call.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._brand_ids: dict[UUID, UUID] = {}

    def look_up(self, digest: str, scheduled_report_id: UUID | None) -> LookedUp:
        keys = [items.api_key_key(digest)]
        if scheduled_report_id:
            keys += [items.schedule_key(scheduled_report_id), items.ledger_key(scheduled_report_id)]
        if scheduled_report_id in self._brand_ids:
            keys.append(items.brand_key(self._brand_ids[scheduled_report_id]))
        found = read_together(self._client, self._table, keys)
        view = items.schedule_view_from(found)
        if view.schedule:
            self._remember(view.schedule)
        return LookedUp(
            items.api_key_from(found["KEY"]) if "KEY" in found else None,
            view,
            items.brand_from(found["BRAND"]) if "BRAND" in found else None,
        )

    def _remember(self, schedule: Schedule) -> None:
        """Whose a schedule is never changes in the catalogue; whoever reads it checks all the same."""
        if len(self._brand_ids) >= _MOST_REMEMBERED:
            self._brand_ids.clear()
        self._brand_ids[schedule.id] = schedule.brand_id

    def count_request(self, digest: str, now: int, limit: int) -> RequestCount:
        # On a list of `limit` times, setting the element behind the last one appends it.
        try:
            with as_service_unavailable():
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=items.requests_key(digest, limit),
                    UpdateExpression=f"SET times[{limit}] = :now REMOVE times[0]",
                    ConditionExpression="times[0] <= :window_ago",
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
            return RequestCount(accepted=False, times=items.times_from(item_of(error)))
        return RequestCount(accepted=True, times=items.times_from(answer["Attributes"]))

    def start_counting(self, digest: str, limit: int) -> None:
        try:
            with as_service_unavailable():
                self._client.put_item(
                    TableName=self._table,
                    Item=items.requests_item(digest, rate_limit.no_requests(limit)),
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except ClientError as error:
            # Another request of the key did it meanwhile.
            if code_of(error) != CONDITION_FAILED_ERROR:
                raise
