"""A brand, schedules with a snapshot, and API keys, put where the handlers find them."""

from collections.abc import Iterable
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic_core import to_json

from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.roll_up import RollUp
from report_shares.rules.snapshot import build_snapshot
from report_shares.store import items
from tests.world import BRAND_ID, WORKSPACE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SNAPSHOT_KEY = "snapshots/first.json.gz"


def snapshot() -> bytes:
    """A snapshot document of a schedule without runs."""
    return to_json(build_snapshot(RollUp(), BrandIdentity("Acme Coffee Roasters")))


def add_schedules(client: "DynamoDBClient", table: str, schedules: Iterable[UUID]) -> None:
    client.put_item(TableName=table, Item=items.brand_item(Brand(BRAND_ID, WORKSPACE, "Acme")))
    for schedule_id in schedules:
        schedule = Schedule(schedule_id, BRAND_ID, WORKSPACE, "Weekly visibility", "weekly", 1, SNAPSHOT_KEY)
        client.put_item(TableName=table, Item=items.schedule_item(schedule))


def add_keys(client: "DynamoDBClient", table: str, principals: Iterable[str]) -> dict[str, str]:
    """A key with the right to share for each principal."""
    keys = {principal: f"rp_live_{token_urlsafe(32)}" for principal in principals}
    for principal, key in keys.items():
        known = ApiKey(principal, WORKSPACE, frozenset({"write:scheduled"}))
        client.put_item(TableName=table, Item=items.api_key_item(digest_of(key), known))
    return keys
