"""How things lie in the table. Times are epoch milliseconds; only ``ttl`` is in seconds, as DynamoDB wants it.

| item     | pk                 | sk          |
|----------|--------------------|-------------|
| API key  | KEY#{sha256}       | KEY         |
| brand    | BRAND#{id}         | BRAND       |
| schedule | SCHEDULE#{id}      | SCHEDULE    |
| ledger   | SCHEDULE#{id}      | LEDGER      |
| run file | SCHEDULE#{id}      | RUN#{run}   |
| share    | SHARE#{id}         | SHARE       |
| answer   | IDEMPOTENCY#{principal} | {Idempotency-Key} |
"""

import json
from typing import Any
from uuid import UUID

from report_shares.json_text import json_text
from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.shares import LedgerEntry, Share
from report_shares.times import DAY, SECOND
from report_shares.use_cases.roll_up_store import RunOutcome, RunStatus
from report_shares.use_cases.share_changes import IdempotencyRecord, RecordedAnswer

type Item = dict[str, Any]

_OUTCOME_KEPT = 30 * DAY


def text(value: object) -> Item:
    return {"S": str(value)}


def number(value: int) -> Item:
    return {"N": str(value)}


def _key(pk: str, sk: str) -> Item:
    return {"pk": text(pk), "sk": text(sk)}


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


def api_key_from(item: Item) -> ApiKey:
    return ApiKey(
        principal_id=item["principal_id"]["S"],
        workspace_id=item["workspace_id"]["S"],
        scopes=frozenset(item["scopes"]["SS"]) if "scopes" in item else frozenset(),
        brand_ids=frozenset(item["brand_ids"]["SS"]) if "brand_ids" in item else None,
        expires_at=_optional_number(item, "expires_at"),
        revoked_at=_optional_number(item, "revoked_at"),
    )


def brand_from(item: Item) -> Brand:
    return Brand(
        id=UUID(item["pk"]["S"].removeprefix("BRAND#")),
        workspace_id=item["workspace_id"]["S"],
        name=item["name"]["S"],
        aliases=_texts(item, "aliases"),
        domains=_texts(item, "domains"),
        white_label=json.loads(item["white_label"]["S"]) if "white_label" in item else {},
    )


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
    return item


def run_outcome_from(item: Item) -> RunOutcome:
    return RunOutcome(
        scheduled_report_id=UUID(item["pk"]["S"].removeprefix("SCHEDULE#")),
        run_id=UUID(item["sk"]["S"].removeprefix("RUN#")),
        etag=item["etag"]["S"],
        status=RunStatus(item["status"]["S"]),
        reason=_optional_text(item, "reason"),
        processed_at=int(item["processed_at"]["N"]),
    )


def ledger_entry(entry: LedgerEntry) -> Item:
    return {"M": {"id": {"B": entry.share_id.bytes}, "exp": number(entry.expires_at)}}


def ledger_from(item: Item) -> dict[str, LedgerEntry]:
    return {
        principal_id: LedgerEntry(UUID(bytes=entry["M"]["id"]["B"]), int(entry["M"]["exp"]["N"]))
        for principal_id, entry in item["active"]["M"].items()
    }


def share_item(share: Share) -> Item:
    item = share_key(share.id) | {
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
    }
    if share.snapshot_key is not None:
        item["snapshot_key"] = text(share.snapshot_key)
    if share.white_label is not None:
        item["white_label"] = text(json_text(share.white_label))
    if share.revoked_at is not None:
        item["revoked_at"] = number(share.revoked_at)
    return item


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
    answer = record.answer
    item = record_key(record.principal_id, record.key) | {
        "fingerprint": text(record.fingerprint),
        "status": number(answer.status),
        "headers": text(json_text(dict(answer.headers))),
        "body": text(answer.body),
        "recorded_at": number(record.recorded_at),
        "expires_at": number(record.expires_at),
        "ttl": number(-(-record.expires_at // SECOND)),
    }
    if answer.share_id is not None and answer.token_key_id is not None:
        item |= {"share_id": text(answer.share_id), "token_key_id": number(answer.token_key_id)}
    return item


def record_from(item: Item) -> IdempotencyRecord:
    share_id = _optional_text(item, "share_id")
    return IdempotencyRecord(
        principal_id=item["pk"]["S"].removeprefix("IDEMPOTENCY#"),
        key=item["sk"]["S"],
        fingerprint=item["fingerprint"]["S"],
        answer=RecordedAnswer(
            status=int(item["status"]["N"]),
            headers=json.loads(item["headers"]["S"]),
            body=item["body"]["S"],
            share_id=UUID(share_id) if share_id else None,
            token_key_id=_optional_number(item, "token_key_id"),
        ),
        recorded_at=int(item["recorded_at"]["N"]),
        expires_at=int(item["expires_at"]["N"]),
    )


def _optional_number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _optional_text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _texts(item: Item, name: str) -> tuple[str, ...]:
    return tuple(entry["S"] for entry in item[name]["L"]) if name in item else ()
