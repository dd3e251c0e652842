"""How things lie in the table. Times are epoch milliseconds; only ``ttl`` is in seconds, as DynamoDB wants it.

| item     | pk                 | sk          |
|----------|--------------------|-------------|
| API key  | KEY#{sha256}       | KEY         |
| brand    | BRAND#{id}         | BRAND       |
| schedule | SCHEDULE#{id}      | SCHEDULE    |
| ledger   | SCHEDULE#{id}      | LEDGER      |
| run file | SCHEDULE#{id}      | RUN#{run}   |
| share    | SHARE#{id}         | SHARE       |
| record   | IDEMPOTENCY#{principal} | {Idempotency-Key} |
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from report_shares.json_text import json_text
from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.left_out import LeftOut
from report_shares.rules.shares import LedgerEntry, Share
from report_shares.times import DAY, SECOND
from report_shares.use_cases.roll_up_store import RunOutcome, RunStatus
from report_shares.use_cases.share_changes import IdempotencyRecord, Kind

type Item = dict[str, Any]
type Attributes = dict[str, Item | None]
"""Some of an item's attributes by name; None for those that the item is not to have."""

_OUTCOME_KEPT = 30 * DAY


def text(value: object) -> Item:
    return {"S": str(value)}


def number(value: int) -> Item:
    return {"N": str(value)}


def _key(pk: str, sk: str) -> Item:
    return {"pk": text(pk), "sk": text(sk)}


def _if_any[T](encode: Callable[[T], Item], value: T | None) -> Item | None:
    return None if value is None else encode(value)


def _present(attributes: Attributes) -> Item:
    return {name: value for name, value in attributes.items() if value is not None}


def api_key_key(digest: str) -> Item:
    return _key(f"KEY#{digest}", "KEY")


def brand_key(brand_id: UUID) -> Item:
    return _key(f"BRAND#{brand_id}", "BRAND")


def schedule_key(scheduled_report_id: UUID) -> Item:
    return _key(f"SCHEDULE#{scheduled_report_id}", "SCHEDULE")


def ledger_key(scheduled_report_id: UUID) -> Item:
    return _key(f"SCHEDULE#{scheduled_report_id}", "LEDGER")


def run_key(scheduled_report_id: UUID, run_id: UUID) -> Item:
    return _key(f"SCHEDULE#{scheduled_report_id}", f"RUN#{run_id}")


def share_key(share_id: UUID) -> Item:
    return _key(f"SHARE#{share_id}", "SHARE")


def api_key_attributes(key: ApiKey) -> Attributes:
    """What the catalogue says of a key. Not whether it is revoked: writing these again must not bring a key back."""
    return {
        "principal_id": text(key.principal_id),
        "workspace_id": text(key.workspace_id),
        "scopes": {"SS": sorted(key.scopes)} if key.scopes else None,
        "brand_ids": None if key.brand_ids is None else {"SS": sorted(key.brand_ids)},
        "expires_at": _if_any(number, key.expires_at),
    }


def api_key_item(digest: str, key: ApiKey) -> Item:
    revoked_at = _if_any(number, key.revoked_at)
    return api_key_key(digest) | _present(api_key_attributes(key) | {"revoked_at": revoked_at})


def api_key_from(item: Item) -> ApiKey:
    return ApiKey(
        principal_id=item["principal_id"]["S"],
        workspace_id=item["workspace_id"]["S"],
        scopes=frozenset(item["scopes"]["SS"]) if "scopes" in item else frozenset(),
        brand_ids=frozenset(item["brand_ids"]["SS"]) if "brand_ids" in item else None,
        expires_at=_optional_number(item, "expires_at"),
        revoked_at=_optional_number(item, "revoked_at"),
    )


def brand_attributes(brand: Brand) -> Attributes:
    """All that is known of a brand."""
    return {
        "workspace_id": text(brand.workspace_id),
        "name": text(brand.name),
        "aliases": {"L": [text(alias) for alias in brand.aliases]},
        "domains": {"L": [text(domain) for domain in brand.domains]},
        "white_label": text(json_text(brand.white_label)) if brand.white_label else None,
    }


def brand_item(brand: Brand) -> Item:
    return brand_key(brand.id) | _present(brand_attributes(brand))


def brand_from(item: Item) -> Brand:
    return Brand(
        id=UUID(item["pk"]["S"].removeprefix("BRAND#")),
        workspace_id=item["workspace_id"]["S"],
        name=item["name"]["S"],
        aliases=_texts(item, "aliases"),
        domains=_texts(item, "domains"),
        white_label=json.loads(item["white_label"]["S"]) if "white_label" in item else {},
    )


def schedule_attributes(schedule: Schedule) -> Attributes:
    """What the catalogue says of a schedule; where its roll-up and snapshot lie is the roll-up's to write."""
    return {
        "brand_id": text(schedule.brand_id),
        "workspace_id": text(schedule.workspace_id),
        "name": text(schedule.name),
        "frequency": text(schedule.frequency),
    }


def schedule_item(schedule: Schedule) -> Item:
    rolled_up: Attributes = {
        "snapshot_version": number(schedule.snapshot_version) if schedule.snapshot_version else None,
        "snapshot_key": _if_any(text, schedule.snapshot_key),
        "rollup_key": _if_any(text, schedule.rollup_key),
        "rolled_up_at": _if_any(number, schedule.rolled_up_at),
    }
    return schedule_key(schedule.id) | _present(schedule_attributes(schedule) | rolled_up)


def schedule_from(item: Item) -> Schedule:
    return Schedule(
        id=UUID(item["pk"]["S"].removeprefix("SCHEDULE#")),
        brand_id=UUID(item["brand_id"]["S"]),
        workspace_id=item["workspace_id"]["S"],
        name=item["name"]["S"],
        frequency=item["frequency"]["S"],
        snapshot_version=_optional_number(item, "snapshot_version") or 0,
        snapshot_key=_optional_text(item, "snapshot_key"),
        rollup_key=_optional_text(item, "rollup_key"),
        rolled_up_at=_optional_number(item, "rolled_up_at"),
    )


def run_outcome_item(outcome: RunOutcome) -> Item:
    item = run_key(outcome.scheduled_report_id, outcome.run_id) | {
        "etag": text(outcome.etag),
        "status": text(outcome.status),
        "processed_at": number(outcome.processed_at),
        "ttl": number((outcome.processed_at + _OUTCOME_KEPT) // SECOND),
    }
    if outcome.reason is not None:
        item["reason"] = text(outcome.reason)
    if outcome.left_out:
        item["left_out"] = {"M": {reason: number(count) for reason, count in outcome.left_out.items()}}
    return item


def run_outcome_from(item: Item) -> RunOutcome:
    return RunOutcome(
        scheduled_report_id=UUID(item["pk"]["S"].removeprefix("SCHEDULE#")),
        run_id=UUID(item["sk"]["S"].removeprefix("RUN#")),
        etag=item["etag"]["S"],
        status=RunStatus(item["status"]["S"]),
        reason=_optional_text(item, "reason"),
        processed_at=int(item["processed_at"]["N"]),
        left_out={LeftOut(reason): int(count["N"]) for reason, count in item.get("left_out", {"M": {}})["M"].items()},
    )


def ledger_entry(entry: LedgerEntry) -> Item:
    return {"M": {"id": {"B": entry.share_id.bytes}, "exp": number(entry.expires_at)}}


def ledger_from(item: Item) -> dict[str, LedgerEntry]:
    return {
        principal_id: LedgerEntry(UUID(bytes=entry["M"]["id"]["B"]), int(entry["M"]["exp"]["N"]))
        for principal_id, entry in item["active"]["M"].items()
    }


def share_item(share: Share) -> Item:
    attributes: Attributes = {
        "scheduled_report_id": text(share.scheduled_report_id),
        "brand_id": text(share.brand_id),
        "principal_id": text(share.principal_id),
        "token_key_id": number(share.token_key_id),
        "created_at": number(share.created_at),
        "expires_at": number(share.expires_at),
        # Rounded up, so that DynamoDB never purges a share that is still active.
        "ttl": number(-(-share.expires_at // SECOND)),
        "snapshot_at": number(share.snapshot_at),
        "schedule_name": text(share.schedule_name),
        "schedule_frequency": text(share.schedule_frequency),
        "revision": number(share.revision),
        "snapshot_key": _if_any(text, share.snapshot_key),
        "white_label": None if share.white_label is None else text(json_text(share.white_label)),
        "revoked_at": _if_any(number, share.revoked_at),
    }
    return share_key(share.id) | _present(attributes)


def share_from(item: Item) -> Share:
    return Share(
        id=UUID(item["pk"]["S"].removeprefix("SHARE#")),
        scheduled_report_id=UUID(item["scheduled_report_id"]["S"]),
        brand_id=UUID(item["brand_id"]["S"]),
        principal_id=item["principal_id"]["S"],
        token_key_id=int(item["token_key_id"]["N"]),
        created_at=int(item["created_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
        snapshot_at=int(item["snapshot_at"]["N"]),
        snapshot_key=_optional_text(item, "snapshot_key"),
        schedule_name=item["schedule_name"]["S"],
        schedule_frequency=item["schedule_frequency"]["S"],
        white_label=json.loads(item["white_label"]["S"]) if "white_label" in item else None,
        revision=int(item["revision"]["N"]),
        revoked_at=_optional_number(item, "revoked_at"),
    )


def record_key(principal_id: str, key: str) -> Item:
    return _key(f"IDEMPOTENCY#{principal_id}", key)


def record_item(record: IdempotencyRecord) -> Item:
    item = record_key(record.principal_id, record.key) | {
        "fingerprint": text(record.fingerprint),
        "secret_id": number(record.secret_id),
        "kind": text(record.kind),
        "base_url": text(record.base_url),
        "recorded_at": number(record.recorded_at),
        "expires_at": number(record.expires_at),
        "ttl": number(-(-record.expires_at // SECOND)),
    }
    return item | ({"share": {"M": share_item(record.share)}} if record.share else {})


def record_from(item: Item) -> IdempotencyRecord:
    return IdempotencyRecord(
        principal_id=item["pk"]["S"].removeprefix("IDEMPOTENCY#"),
        key=item["sk"]["S"],
        fingerprint=item["fingerprint"]["S"],
        secret_id=int(item["secret_id"]["N"]),
        kind=Kind(item["kind"]["S"]),
        share=share_from(item["share"]["M"]) if "share" in item else None,
        base_url=item["base_url"]["S"],
        recorded_at=int(item["recorded_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
    )


def _optional_number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _texts(item: Item, name: str) -> tuple[str, ...]:
    return tuple(entry["S"] for entry in item[name]["L"]) if name in item else ()
