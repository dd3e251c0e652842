"""A brand, schedules with a snapshot, and API keys, put where the handlers find them."""

from collections.abc import Iterable
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic_core import to_json

from report_shares.rules.rollup import BrandIdentity, RollUp
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
    brand = items.brand_key(BRAND_ID) | {"workspace_id": items.text(WORKSPACE), "name": items.text("Acme")}
    client.put_item(TableName=table, Item=brand)
    for schedule in schedules:
        client.put_item(
            TableName=table,
            Item=items.schedule_key(schedule)
            | {
                "brand_id": items.text(BRAND_ID),
                "workspace_id": items.text(WORKSPACE),
                "name": items.text("Weekly visibility"),
                "frequency": items.text("weekly"),
                "snapshot_version": items.number(1),
                "snapshot_key": items.text(SNAPSHOT_KEY),
            },
        )


def add_keys(client: "DynamoDBClient", table: str, principals: Iterable[str]) -> dict[str, str]:
    """A key with the right to share for each principal."""
    keys = {principal: f"rp_live_{token_urlsafe(32)}" for principal in principals}
    for principal, key in keys.items():
        client.put_item(
            TableName=table,
            Item=items.api_key_key(sha256(key.encode()).hexdigest())
            | {
                "principal_id": items.text(principal),
                "workspace_id": items.text(WORKSPACE),
                "scopes": {"SS": ["write:scheduled"]},
            },
        )
    return keys
