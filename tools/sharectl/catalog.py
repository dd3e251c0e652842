"""Brands, schedules and API keys in the table.

Every item here is shared with the service, which keeps attributes of its own on it (a key's request times, a
schedule's snapshot version). So nothing is ever put: each write updates exactly the attributes that are ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from botocore.exceptions import ClientError

from report_shares.rules import access
from report_shares.store import items
from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, code_of
from report_shares.times import system_clock
from sharectl import keys
from sharectl.documents import ApiKey, Brand, Document, Schedule
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateItemInputTypeDef

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]
type Outcome = Literal["created", "updated", "unchanged"]

_BATCH = 100


@dataclass(frozen=True)
class Applied:
    """What became of one entry of the document."""

    path: str
    kind: Literal["brand", "schedule", "api_key"]
    id: str
    """A brand's or schedule's id; a key's digest."""
    outcome: Outcome
    minted_key: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class RevokedKey:
    """A key that opens nothing any more; the same whether it was so before or not."""

    digest: str
    principal_id: str
    already_revoked: bool


def apply(stack: Stack, document: Document) -> Iterator[Applied]:
    """Write the document, entry by entry; raises ``InvalidInput`` before anything is written."""
    _check_against_table(stack, document)
    for index, brand in enumerate(document.brands):
        yield _apply_brand(stack, f"brands[{index}]", brand)
    for index, schedule in enumerate(document.schedules):
        yield _apply_schedule(stack, f"schedules[{index}]", schedule)
    for index, key in enumerate(document.api_keys):
        yield _apply_key(stack, f"api_keys[{index}]", key)


def revoke(stack: Stack, digest: str) -> RevokedKey:
    """Revoke a key at once. Raises if there is no such key."""
    try:
        old = _update(
            stack,
            {
                "TableName": stack.table,
                "Key": items.api_key_key(digest),
                "UpdateExpression": "SET revoked_at = if_not_exists(revoked_at, :now)",
                "ExpressionAttributeValues": {":now": items.number(system_clock())},
                "ConditionExpression": "attribute_exists(pk)",
            },
        )
    except _ConditionFailedError:
        raise SharectlError(f"there is no key with the digest {digest[:12]}...") from None
    return RevokedKey(digest, old["principal_id"]["S"], already_revoked="revoked_at" in old)


class _ConditionFailedError(Exception):
    """The condition of a write did not hold."""


def _apply_brand(stack: Stack, path: str, brand: Brand) -> Applied:
    config = brand.white_label_config
    values: dict[str, Attribute | None] = {
        "workspace_id": {"S": brand.workspace_id},
        "name": {"S": brand.name},
        "aliases": {"L": [{"S": alias} for alias in brand.aliases]},
        "domains": {"L": [{"S": domain} for domain in brand.domains]},
        "white_label": None if config is None else {"S": config.model_dump_json(exclude_none=True)},
    }
    outcome, _ = _set(stack, path, items.brand_key(UUID(brand.id)), values, fixed=("workspace_id",))
    return Applied(path, "brand", brand.id, outcome)


def _apply_schedule(stack: Stack, path: str, schedule: Schedule) -> Applied:
    values: dict[str, Attribute | None] = {
        "brand_id": {"S": schedule.brand_id},
        "workspace_id": {"S": schedule.workspace_id},
        "name": {"S": schedule.name},
        "frequency": {"S": schedule.frequency},
    }
    schedule_id = UUID(schedule.id)
    key = items.schedule_key(schedule_id)
    outcome, _ = _set(stack, path, key, values, fixed=("brand_id", "workspace_id"))
    _open_ledger(stack, schedule_id)
    return Applied(path, "schedule", schedule.id, outcome)


def _open_ledger(stack: Stack, schedule_id: UUID) -> None:
    """The service opens it too where it is missing, but then the first callers get in each other's way."""
    stack.dynamodb.update_item(
        TableName=stack.table,
        Key=items.ledger_key(schedule_id),
        UpdateExpression="SET active = if_not_exists(active, :none)",
        ExpressionAttributeValues={":none": {"M": {}}},
    )


def _apply_key(stack: Stack, path: str, entry: ApiKey) -> Applied:
    minted = keys.mint() if entry.key is None else None
    digest = access.digest_of(entry.key or minted or "")
    expires_at = entry.expires_at
    values: dict[str, Attribute | None] = {
        "principal_id": {"S": entry.principal_id},
        "workspace_id": {"S": entry.workspace_id},
        "scopes": {"SS": sorted(set(entry.scopes))},
        "brand_ids": None if entry.brand_ids is None else {"SS": sorted(set(entry.brand_ids))},
        "expires_at": None if expires_at is None else {"N": str(int(expires_at.timestamp() * 1000))},
    }
    if entry.revoked is False:
        values["revoked_at"] = None
    outcome, old = _set(stack, path, items.api_key_key(digest), values)
    note = None
    if entry.revoked and not revoke(stack, digest).already_revoked:
        outcome = "created" if outcome == "created" else "updated"
    if entry.revoked is None and "revoked_at" in old:
        note = 'this key is revoked and stays so; "revoked": false would bring it back'
    return Applied(path, "api_key", digest, outcome, minted, note)


def _set(
    stack: Stack, path: str, key: Item, values: dict[str, Attribute | None], fixed: Sequence[str] = ()
) -> tuple[Outcome, Item]:
    """Set the attributes, remove those that are None; ``fixed`` ones may not differ from what is there."""
    present = {name: value for name, value in values.items() if value is not None}
    absent = [name for name, value in values.items() if value is None]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in present)
    if absent:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in absent)
    request: UpdateItemInputTypeDef = {
        "TableName": stack.table,
        "Key": key,
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {f":{name}": value for name, value in present.items()},
    }
    if fixed:
        as_before = " AND ".join(f"#{name} = :{name}" for name in fixed)
        request["ConditionExpression"] = f"attribute_not_exists(pk) OR ({as_before})"
    try:
        old = _update(stack, request)
    except _ConditionFailedError:
        raise SharectlError(f"{path}: {' and '.join(fixed)} cannot change, but just did in the table") from None
    if not old:
        return "created", old
    unchanged = all(_same(old.get(name), value) for name, value in values.items())
    return ("unchanged" if unchanged else "updated"), old


def _same(old: Attribute | None, new: Attribute | None) -> bool:
    if old and new and "SS" in old and "SS" in new:
        return set(old["SS"]) == set(new["SS"])
    return old == new


def _update(stack: Stack, request: "UpdateItemInputTypeDef") -> Item:
    """One UpdateItem; returns what was there before."""
    try:
        request["ReturnValues"] = "ALL_OLD"
        return _item(stack.dynamodb.update_item(**request).get("Attributes", {}))
    except ClientError as error:
        if code_of(error) == CONDITION_FAILED_ERROR:
            raise _ConditionFailedError from None
        raise


def _check_against_table(stack: Stack, document: Document) -> None:
    """Refuse what only the table knows to be wrong."""
    in_document = {brand.id: brand.workspace_id for brand in document.brands}
    brand_ids = {*in_document, *(schedule.brand_id for schedule in document.schedules)}
    found = _read(
        stack,
        [items.brand_key(UUID(brand_id)) for brand_id in sorted(brand_ids)]
        + [items.schedule_key(UUID(schedule.id)) for schedule in document.schedules],
    )
    faults = [*_brand_faults(document, found), *_schedule_faults(document, found, in_document)]
    if faults:
        raise InvalidInput(faults)


def _brand_faults(document: Document, found: dict[str, Item]) -> Iterator[Fault]:
    for index, brand in enumerate(document.brands):
        old = found.get(_pk(items.brand_key(UUID(brand.id))))
        if old and old["workspace_id"]["S"] != brand.workspace_id:
            yield Fault(f"brands[{index}].workspace_id", "cannot change: the brand belongs to another workspace")


def _schedule_faults(document: Document, found: dict[str, Item], in_document: dict[str, str]) -> Iterator[Fault]:
    for index, schedule in enumerate(document.schedules):
        path = f"schedules[{index}]"
        if schedule.brand_id not in in_document:
            brand = found.get(_pk(items.brand_key(UUID(schedule.brand_id))))
            if brand is None:
                yield Fault(f"{path}.brand_id", "there is no such brand, neither in the document nor in the table")
            elif brand["workspace_id"]["S"] != schedule.workspace_id:
                yield Fault(f"{path}.workspace_id", "must be the workspace of its brand")
        old = found.get(_pk(items.schedule_key(UUID(schedule.id))))
        if old and old["brand_id"]["S"] != schedule.brand_id:
            yield Fault(f"{path}.brand_id", "cannot change: the schedule belongs to another brand")
        if old and old["workspace_id"]["S"] != schedule.workspace_id:
            yield Fault(f"{path}.workspace_id", "cannot change: the schedule belongs to another workspace")


def _read(stack: Stack, wanted: list[Item]) -> dict[str, Item]:
    """The items that exist, by pk."""
    found: dict[str, Item] = {}
    for start in range(0, len(wanted), _BATCH):
        found.update({_pk(item): item for item in read_items(stack, wanted[start : start + _BATCH])})
    return found


def read_items(stack: Stack, wanted: list[Item]) -> Iterator[Item]:
    """Those of at most 100 items that exist, read consistently."""
    requests: dict[str, Any] = {stack.table: {"Keys": wanted, "ConsistentRead": True}} if wanted else {}
    while requests:
        answer = stack.dynamodb.batch_get_item(RequestItems=requests)
        yield from map(_item, answer["Responses"].get(stack.table, []))
        requests = dict(answer.get("UnprocessedKeys", {}))


def _item(attributes: "dict[str, AttributeValueTypeDef]") -> Item:
    return {name: dict(value) for name, value in attributes.items()}


def _pk(item: Item) -> str:
    pk: str = item["pk"]["S"]
    return pk
