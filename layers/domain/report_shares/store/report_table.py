"""What the public reader needs: shares, whose they are, and snapshots, read only."""

from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.frozen_snapshot import FrozenSnapshot
from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.store.batch_read import read_together
from report_shares.store.brand_table import BrandTable
from report_shares.store.bucket import Bucket
from report_shares.store.share_table import ShareTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CACHED_SNAPSHOTS = 8


class ReportTable:
    """``ReportStore`` on DynamoDB and S3. Snapshots never change, so those read last are kept in memory."""

    def __init__(self, client: "DynamoDBClient", table: str, bucket: Bucket) -> None:
        self._client = client
        self._table = table
        self._shares = ShareTable(client, table)
        self._brands = BrandTable(client, table)
        self._snapshot = lru_cache(_CACHED_SNAPSHOTS)(lambda key: FrozenSnapshot(bucket.read_json(key).decode()))

    def get_share(self, share_id: UUID) -> Share | None:
        return self._shares.get_share(share_id)

    def get_owners(self, share: Share) -> tuple[Schedule | None, Brand | None]:
        keys = [items.schedule_key(share.scheduled_report_id), items.brand_key(share.brand_id)]
        # These change when an operator says so: a second later is soon enough, at half the price. What was just made
        # must not look as if it were gone, though; and a live share shows the roll-up that is there now.
        found = read_together(self._client, self._table, keys, consistent=share.live)
        if len(found) < len(keys):
            found = read_together(self._client, self._table, keys)
        schedule, brand = found.get("SCHEDULE"), found.get("BRAND")
        return items.schedule_from(schedule) if schedule else None, items.brand_from(brand) if brand else None

    def get_brand(self, brand_id: UUID) -> Brand | None:
        return self._brands.get_brand(brand_id)

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        return self._snapshot(key)
