"""Changes of one schedule's shares, as a use case would ask a ``ShareStore`` for them."""

from collections.abc import Mapping
from uuid import UUID

from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import LedgerEntry, LedgerSwap, Place, Share, entry_of, place_of
from report_shares.times import DAY
from report_shares.use_cases.share_changes import IdempotencyRecord, Kind, ShareChange

NOW = 1_776_698_584_512
SCHEDULE = Schedule(UUID(int=1), UUID(int=2), "northlight", "Weekly", "weekly", 7, "snapshots/7", "rollups/7")


def share(number: int = 10, principal: str = "ada", expires_at: int = NOW + DAY, name: str | None = None) -> Share:
    return Share(
        id=UUID(int=number),
        scheduled_report_id=SCHEDULE.id,
        brand_id=SCHEDULE.brand_id,
        workspace_id=SCHEDULE.workspace_id,
        principal_id=principal,
        token_key_id=1,
        created_at=NOW,
        expires_at=expires_at,
        snapshot_at=NOW,
        snapshot_key="snapshots/7",
        schedule_name="Weekly",
        schedule_frequency="weekly",
        white_label={"company_name": "Größe & Söhne"},
        name=name,
    )


ADA, BOB, CYD = (Place(name) for name in ("ada", "bob", "cyd"))
"""Where their nameless shares stand."""


def place(
    row: Share,
    expected: LedgerEntry | None = None,
    evicted: Mapping[Place, LedgerEntry] | None = None,
    max_entries: int | None = 49,
) -> LedgerSwap:
    """The row takes its place, or stays in it."""
    its = place_of(row.principal_id, row.name)
    return LedgerSwap({its: expected} | dict(evicted or {}), {its: entry_of(row)}, max_entries)


def leaving(*rows: Share) -> LedgerSwap:
    return LedgerSwap({place_of(row.principal_id, row.name): entry_of(row) for row in rows}, {})


def opening(row: Share, record: IdempotencyRecord | None = None) -> ShareChange:
    return ShareChange(SCHEDULE.id, place(row), opens_ledger=True, created=row, record=record)


def record(at: int = NOW, principal: str = "ada", kind: Kind = Kind.CREATED) -> IdempotencyRecord:
    left = None if kind is Kind.REVOKED else share(principal=principal)
    base_url = "https://reports.example.com/" if left else ""
    return IdempotencyRecord(principal, "order-66", "the request", 1, kind, left, base_url, at, at + DAY)
