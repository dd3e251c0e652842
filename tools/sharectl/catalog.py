"""Brands, schedules and API keys written to the table.

Every item here is shared with the service, which keeps attributes of its own on it (a key's request times, a
schedule's snapshot version). So nothing is ever put: each write updates the catalogue's own
attributes and no others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from report_shares.rules import access
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

type Outcome = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Applied:
    """What became of one entry of the document."""

    path: str
    kind: Literal["brand", "schedule", "api_key"]
    id: str
    """A brand's or schedule's id; a key's digest."""
    outcome: Outcome
    key: str | None = None
    """A minted key, which is shown now and never again."""
    note: str | None = None


def apply(stack: Stack, document: Document) -> Iterator[Applied]:
    """Write the document, entry by entry; raises ``InvalidInput`` before anything is written."""
    brands = [entry.brand() for entry in document.brands]
    schedules = [entry.schedule() for entry in document.schedules]
    _check_against_table(stack, brands, schedules)
    for index, brand in enumerate(brands):
        yield _apply_brand(stack, f"brands[{index}]", brand)
    for index, schedule in enumerate(schedules):
        yield _apply_schedule(stack, f"schedules[{index}]", schedule)
    for index, entry in enumerate(document.api_keys):
        yield _apply_key(stack, f"api_keys[{index}]", entry)


def _apply_brand(stack: Stack, path: str, brand: Brand) -> Applied:
    key, attributes = items.brand_key(brand.id), items.brand_attributes(brand)
    outcome, _ = _update(stack, path, key, attributes, fixed=("workspace_id",))
    return Applied(path, "brand", str(brand.id), outcome)


def _apply_schedule(stack: Stack, path: str, schedule: Schedule) -> Applied:
    key, attributes = items.schedule_key(schedule.id), items.schedule_attributes(schedule)
    outcome, _ = _update(stack, path, key, attributes, fixed=("brand_id", "workspace_id"))
    _open_ledger(stack, schedule.id)
    return Applied(path, "schedule", str(schedule.id), outcome)


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
    outcome, old = _update(stack, path, items.api_key_key(digest), attributes)
    note = None
    if entry.revoked and not keys.revoke(stack, digest).already_revoked:
        outcome = "created" if outcome == "created" else "updated"
    if entry.revoked is None and "revoked_at" in old:
        note = 'this key is revoked and stays so; "revoked": false would bring it back'
    return Applied(path, "api_key", digest, outcome, minted, note)


def _update(
    stack: Stack, path: str, key: Item, attributes: Attributes, fixed: Sequence[str] = ()
) -> tuple[Outcome, Item]:
    """Set the attributes, remove those that are None; ``fixed`` ones may not differ from what is there.

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
    if fixed:
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


def _check_against_table(stack: Stack, brands: Sequence[Brand], schedules: Sequence[Schedule]) -> None:
    """Refuse what only the table shows to be wrong."""
    brand_ids = {brand.id for brand in brands} | {schedule.brand_id for schedule in schedules}
    found = map(items.brand_from, read_items(stack, map(items.brand_key, brand_ids)))
    old_brands = {brand.id: brand for brand in found}
    faults = [*_brand_faults(brands, old_brands), *_schedule_faults(stack, brands, schedules, old_brands)]
    if faults:
        raise InvalidInput(faults)


def _brand_faults(brands: Sequence[Brand], old_brands: dict[UUID, Brand]) -> Iterator[Fault]:
    for index, brand in enumerate(brands):
        old = old_brands.get(brand.id)
        if old and old.workspace_id != brand.workspace_id:
            yield Fault(f"brands[{index}].workspace_id", "cannot change: the brand belongs to another workspace")


def _schedule_faults(
    stack: Stack, brands: Sequence[Brand], schedules: Sequence[Schedule], old_brands: dict[UUID, Brand]
) -> Iterator[Fault]:
    found = map(items.schedule_from, read_items(stack, (items.schedule_key(schedule.id) for schedule in schedules)))
    old_schedules = {schedule.id: schedule for schedule in found}
    in_document = {brand.id for brand in brands}
    for index, schedule in enumerate(schedules):
        path = f"schedules[{index}]"
        if schedule.brand_id not in in_document:
            brand = old_brands.get(schedule.brand_id)
            if brand is None:
                yield Fault(f"{path}.brand_id", "there is no such brand, neither in the document nor in the table")
            elif brand.workspace_id != schedule.workspace_id:
                yield Fault(f"{path}.workspace_id", "must be the workspace of its brand")
        old = old_schedules.get(schedule.id)
        if old and old.brand_id != schedule.brand_id:
            yield Fault(f"{path}.brand_id", "cannot change: the schedule belongs to another brand")
        if old and old.workspace_id != schedule.workspace_id:
            yield Fault(f"{path}.workspace_id", "cannot change: the schedule belongs to another workspace")
