"""What belongs to a schedule, a brand or a workspace: its rows in the table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from report_shares.store import items
from report_shares.store.items import Item
from sharectl.stack import Stack
from sharectl.tables import read_items, scan, that_are_there

_KINDS = {
    "KEY": "keys",
    "REQUESTS": "request_counts",
    "BRAND": "brands",
    "SCHEDULE": "schedules",
    "LEDGER": "ledgers",
    "SHARE": "shares",
    "VIEWS": "view_counts",
    "GATE": "gates",
    "IDEMPOTENCY": "idempotency_records",
}


@dataclass(frozen=True)
class Owner:
    """Whose they are: a schedule, or all schedules of a brand or workspace. One of the three is given."""

    schedule_id: UUID | None = None
    brand_id: UUID | None = None
    workspace_id: str | None = None

    def has(self, row: Item) -> bool:
        """Whether a key, brand, schedule or share is the owner or says that it is the owner's."""
        pk = row["pk"]["S"].removeprefix("PURGED#")
        if self.workspace_id is not None:
            return bool(row.get("workspace_id") == items.text(self.workspace_id))
        if self.brand_id is not None:
            return pk == f"BRAND#{self.brand_id}" or row.get("brand_id") == items.text(self.brand_id)
        return pk == f"SCHEDULE#{self.schedule_id}" or row.get("scheduled_report_id") == items.text(self.schedule_id)


@dataclass(frozen=True)
class Catalogue:
    """The keys, brands and schedules of an owner.

    ``rows`` are there; ``lost`` are schedules of which only shares are left. The ids are of both, and of what was
    purged before.
    """

    owner: Owner
    rows: list[Item]
    lost: list[Item]
    schedule_ids: frozenset[UUID]
    key_digests: frozenset[str]

    def ledgers(self, stack: Stack) -> Iterator[Item]:
        """The keys of the items that have the schedules' open shares."""
        yield from map(key_of, read_items(stack, map(items.ledger_key, self.schedule_ids)))

    def everything_else(self, stack: Stack) -> Iterator[Item]:
        """The keys of all other items: shares and what stands beside them, run outcomes, counts of requests."""
        schedule_ids = set(map(str, self.schedule_ids))
        of_shares = "sk IN (:share, :views, :gate) OR begins_with(pk, :record)"
        kinds = {"share": "SHARE", "views": "VIEWS", "gate": "GATE", "record": "IDEMPOTENCY#"}
        for item in _scan(stack, of_shares, **kinds):
            # A record says whose share it is about, unless it is about none.
            share = item.get("share", {}).get("M", item)
            if self.owner.has(share) or share.get("scheduled_report_id", {}).get("S") in schedule_ids:
                yield key_of(item)
        for schedule_id in self.schedule_ids:
            yield from _query(stack, items.schedule_key(schedule_id)["pk"], "RUN#")
        for digest in self.key_digests:
            yield from _query(stack, items.requests_key(digest, 0)["pk"], "")


def find(stack: Stack, owner: Owner) -> Catalogue:
    """What the owner has now, by going through the whole table.

    A schedule whose row is gone belongs to whom all of its shares name. One that was purged belongs to whom it did,
    unless somebody has it now.
    """
    rows: list[Item] = []
    lost: dict[str, Item] = {}
    purged_before: set[str] = set()
    named_by_others: set[str] = set()
    kinds = {"key": "KEY", "brand": "BRAND", "schedule": "SCHEDULE", "purged": "PURGED", "share": "SHARE"}
    for item in _scan(stack, f"sk IN ({', '.join(f':{name}' for name in kinds)})", **kinds):
        kind, is_theirs = item["sk"]["S"], owner.has(item)
        if kind == "SHARE":
            schedule = items.schedule_key(UUID(item["scheduled_report_id"]["S"]))
            if is_theirs:
                lost[schedule["pk"]["S"]] = item | schedule
            else:
                named_by_others.add(schedule["pk"]["S"])
        elif is_theirs and kind == "PURGED":
            purged_before.add(_pk_of(items.purged_row_key(item)))
        elif is_theirs:
            rows.append(item)
    there = that_are_there(stack, purged_before | lost.keys())
    lost = {pk: item for pk, item in lost.items() if pk not in there | named_by_others | purged_before}
    pks = {*map(_pk_of, rows), *(purged_before - there), *lost}
    own = {owner.schedule_id} if owner.schedule_id else set()
    return Catalogue(
        owner,
        rows,
        list(lost.values()),
        frozenset(own | {UUID(pk.partition("#")[2]) for pk in pks if pk.startswith("SCHEDULE#")}),
        frozenset(pk.partition("#")[2] for pk in pks if pk.startswith("KEY#")),
    )


def kind_of(key: Item) -> str:
    """What an item is called when items are counted."""
    return "run_outcomes" if key["sk"]["S"].startswith("RUN#") else _KINDS[key["pk"]["S"].partition("#")[0]]


def key_of(item: Item) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


def _pk_of(item: Item) -> str:
    return str(item["pk"]["S"])


def _scan(stack: Stack, which: str, **values: str) -> Iterator[Item]:
    """Whose items are, of those that the condition chooses."""
    return scan(
        stack,
        which,
        {f":{name}": items.text(value) for name, value in values.items()},
        ProjectionExpression="pk, sk, brand_id, workspace_id, scheduled_report_id, #share",
        ExpressionAttributeNames={"#share": "share"},
    )


def _query(stack: Stack, pk: Any, sk_begins: str) -> Iterator[Item]:
    """The keys of the items under a partition key; without a beginning of the sort key, of all of them."""
    condition, values = "pk = :pk", {":pk": pk}
    if sk_begins:
        condition, values = f"{condition} AND begins_with(sk, :sk)", {**values, ":sk": items.text(sk_begins)}
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.table,
        ConsistentRead=True,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ProjectionExpression="pk, sk",
    )
    yield from (item for page in pages for item in page["Items"])
