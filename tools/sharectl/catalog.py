"""Brands, schedules and API keys written to the table.

Every item here is shared with the service, which keeps attributes of its own on it (a key's request times, a
schedule's snapshot version). So nothing is ever put: each write updates the catalogue's own
attributes and no others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from report_shares.rules import access
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.catalog import Brand, Schedule
from report_shares.store import items
from report_shares.store.items import Attributes, Item
from sharectl import keys
from sharectl.documents import ApiKeyEntry, Document
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.stack import Stack
from sharectl.tables import read_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import UpdateItemInputTypeDef

type Kind = Literal["brand", "schedule", "api_key"]
type Outcome = Literal["created", "updated", "unchanged"]

# Whose an item is never changes.
_OWNERS: Mapping[Kind, tuple[str, ...]] = {"brand": ("workspace",), "schedule": ("brand", "workspace"), "api_key": ()}


@dataclass(frozen=True)
class Applied:
    """What became of one entry of the document."""

    path: str
    kind: Kind
    id: str
    """A brand's or schedule's id; a key's digest."""
    outcome: Outcome
    key: str | None = None
    """A minted key, which is shown now and never again."""
    note: str | None = None
    redefined: bool = False
    """Whether a brand is recognised in answers otherwise than before."""


def apply(stack: Stack, document: Document) -> Iterator[Applied]:
    """Write the document, entry by entry; raises ``InvalidInput`` before anything is written."""
    brands = [entry.brand() for entry in document.brands]
    schedules = [entry.schedule() for entry in document.schedules]
    if faults := list(_faults(stack, brands, schedules)):
        raise InvalidInput(faults)
    for index, brand in enumerate(brands):
        path, key = f"brands[{index}]", items.brand_key(brand.id)
        outcome, old = _update(stack, path, "brand", key, items.brand_attributes(brand))
        redefined = bool(old) and _definition(items.brand_from(key | old)) != _definition(brand)
        yield Applied(path, "brand", str(brand.id), outcome, redefined=redefined)
    for index, schedule in enumerate(schedules):
        path, key = f"schedules[{index}]", items.schedule_key(schedule.id)
        outcome, _ = _update(stack, path, "schedule", key, items.schedule_attributes(schedule))
        _open_ledger(stack, schedule.id)
        yield Applied(path, "schedule", str(schedule.id), outcome)
    for index, entry in enumerate(document.api_keys):
        yield _apply_key(stack, f"api_keys[{index}]", entry)


def _definition(brand: Brand) -> str:
    return BrandIdentity(brand.name, brand.aliases, brand.domains).definition


def _open_ledger(stack: Stack, schedule_id: UUID) -> None:
    """The service opens it too where it is missing, but then the first callers get in each other's way."""
    stack.dynamodb.update_item(
        TableName=stack.table,
        Key=items.ledger_key(schedule_id),
        UpdateExpression="SET active = if_not_exists(active, :none)",
        ExpressionAttributeValues={":none": {"M": {}}},
    )


def _apply_key(stack: Stack, path: str, entry: ApiKeyEntry) -> Applied:
    minted = keys.mint() if entry.key is None else None
    digest = access.digest_of(entry.key or minted or "")
    attributes = items.api_key_attributes(entry.api_key())
    if entry.revoked is False:
        attributes["revoked_at"] = None
    outcome, old = _update(stack, path, "api_key", items.api_key_key(digest), attributes)
    note = None
    if entry.revoked and keys.revoke(stack, digest).revoked_at is None:
        outcome = "created" if outcome == "created" else "updated"
    if entry.revoked is None and "revoked_at" in old:
        note = 'this key is revoked and stays so; "revoked": false would bring it back'
    return Applied(path, "api_key", digest, outcome, minted, note)


def _update(stack: Stack, path: str, kind: Kind, key: Item, attributes: Attributes) -> tuple[Outcome, Item]:
    """Set the attributes and remove those that are None, unless the item has got another owner meanwhile.

    Returns what became of the item, and the item as it was before.
    """
    present = {name: value for name, value in attributes.items() if value is not None}
    absent = [name for name, value in attributes.items() if value is None]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in present)
    if absent:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in absent)
    request: UpdateItemInputTypeDef = {
        "TableName": stack.table,
        "Key": key,
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
        "ExpressionAttributeValues": {f":{name}": value for name, value in present.items()},
        "ReturnValues": "ALL_OLD",
    }
    if fixed := [f"{owner}_id" for owner in _OWNERS[kind]]:
        as_before = " AND ".join(f"#{name} = :{name}" for name in fixed)
        request["ConditionExpression"] = f"attribute_not_exists(pk) OR ({as_before})"
    try:
        old: Item = dict(stack.dynamodb.update_item(**request).get("Attributes", {}))
    except stack.dynamodb.exceptions.ConditionalCheckFailedException:
        raise SharectlError(f"{path}: {' and '.join(fixed)} cannot change, but just did in the table") from None
    if not old:
        return "created", old
    unchanged = all(_same(old.get(name), value) for name, value in attributes.items())
    return ("unchanged" if unchanged else "updated"), old


def _same(old: Item | None, new: Item | None) -> bool:
    if old and new and "SS" in old and "SS" in new:
        return set(old["SS"]) == set(new["SS"])
    return old == new


def _faults(stack: Stack, brands: Sequence[Brand], schedules: Sequence[Schedule]) -> Iterator[Fault]:
    """What does not fit together, in the document or with what is in the table."""
    brand_ids = {brand.id for brand in brands} | {schedule.brand_id for schedule in schedules}
    schedule_keys = [items.schedule_key(schedule.id) for schedule in schedules]
    old_brands = {
        brand.id: brand for brand in map(items.brand_from, read_items(stack, map(items.brand_key, brand_ids)))
    }
    old_schedules = {old.id: old for old in map(items.schedule_from, read_items(stack, schedule_keys))}
    new_brands = old_brands | {brand.id: brand for brand in brands}
    for index, brand in enumerate(brands):
        yield from _moved(f"brands[{index}]", "brand", old_brands.get(brand.id), brand)
    for index, schedule in enumerate(schedules):
        path = f"schedules[{index}]"
        own = new_brands.get(schedule.brand_id)
        if own is None:
            yield Fault(f"{path}.brand_id", "there is no such brand, neither in the document nor in the table")
        elif own.workspace_id != schedule.workspace_id:
            yield Fault(f"{path}.workspace_id", "must be the workspace of its brand")
        yield from _moved(path, "schedule", old_schedules.get(schedule.id), schedule)


def _moved[T: (Brand, Schedule)](path: str, kind: Kind, old: T | None, new: T) -> Iterator[Fault]:
    for owner in _OWNERS[kind]:
        field = f"{owner}_id"
        if old and getattr(old, field) != getattr(new, field):
            yield Fault(f"{path}.{field}", f"cannot change: the {kind} belongs to another {owner}")
