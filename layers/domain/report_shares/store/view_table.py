"""How often shares were looked at: counted by the public side, in an item of its own for each share."""

from typing import TYPE_CHECKING
from uuid import UUID

from report_shares.rules import views
from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.store.conditional_update import update_if

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_COUNT = (
    "SET views_count = if_not_exists(views_count, :none) + :one, last_viewed_at = :now, "
    "scheduled_report_id = :schedule, #ttl = :ttl"
)


class ViewTable:
    """``ViewStore`` on DynamoDB.

    As with the requests of a key (``KeyTable``), the item has the times of the last looks, as many as are counted in
    a window: one more takes the place of the oldest, on condition that this is a window old.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count_view(self, share: Share, now: int, kept_until: int) -> None:
        most = views.MOST_IN_WINDOW
        counted = {
            ":none": items.number(0),
            ":one": items.number(1),
            ":now": items.number(now),
            ":schedule": items.text(share.scheduled_report_id),
            ":ttl": items.ttl(kept_until),
        }
        # On a list of `most` times, setting the element behind the last one appends it.
        once_more = f"{_COUNT}, times[{most}] = :now REMOVE times[0]"
        window_ago = {":window_ago": items.number(now - views.WINDOW)}
        refused_by = self._update(share.id, "times[0] <= :window_ago", once_more, counted | window_ago)
        if refused_by == {}:
            times = {":times": {"L": [items.number(time) for time in (*[0] * (most - 1), now)]}}
            if self._update(share.id, "attribute_not_exists(times)", f"{_COUNT}, times = :times", counted | times):
                self.count_view(share, now, kept_until)  # another look was the first

    def _update(self, share_id: UUID, condition: str, update: str, values: items.Item) -> items.Item | None:
        key = items.views_key(share_id)
        return update_if(self._client, self._table, key, condition, update, values, {"#ttl": "ttl"})
