"""``ShareStore`` in memory, with DynamoDB's semantics: the store that the exhaustive model runs the use cases over.

All of it is one immutable value, ``Tables``, so that a state can be kept, compared and gone back to. Reads are
strongly consistent, a change is one transaction of conditional writes, a transaction that is sent again with the same
client token counts once, and TTL deletes items only once they have expired, at any later time. The same contract suite
runs over this store, moto and DynamoDB Local (``test_store_contract.py``).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from uuid import UUID, uuid4

from report_shares.refusals import ServiceUnavailable
from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import Ledger, LedgerSwap, ScheduleView, Share
from report_shares.rules.views import NO_VIEWS
from report_shares.times import SECOND
from report_shares.use_cases.share_changes import (
    AlreadyRecorded,
    Contended,
    IdempotencyRecord,
    SeenShare,
    ShareChange,
    StaleView,
)

SENT_AT_MOST = 2  # botocore's attempts, as store/clients.py sets them


class TransactionFault(Enum):
    """What may become of one sending of a transaction, other than its answer."""

    REQUEST_LOST = "it never arrives"
    ANSWER_LOST = "it is carried out, and nobody hears of it"
    CONFLICT = "another transaction was under way: it is cancelled"


@dataclass(frozen=True)
class Tables:
    """Everything that is stored; a schedule that was never shared has no ledger (is not among ``ledgers``)."""

    schedules: Mapping[UUID, Schedule] = field(default_factory=dict)
    ledgers: Mapping[UUID, Ledger] = field(default_factory=dict)
    shares: Mapping[UUID, Share] = field(default_factory=dict)
    records: Mapping[tuple[str, str], IdempotencyRecord] = field(default_factory=dict)


def committed(tables: Tables, change: ShareChange) -> Tables:
    """The tables after the change. Raises ``AlreadyRecorded`` or ``StaleView``, and then nothing has changed."""
    after = _with_record(tables, change.record) if change.record else tables
    if change.swap:
        after = _with_ledger(after, change, change.swap)
    if change.created:
        if change.created.id in tables.shares:
            raise StaleView
        after = _with_share(after, change.created)
    if change.updated:
        seen = tables.shares.get(change.updated.id)
        if seen is None or seen.revision != change.updated.revision - 1:
            raise StaleView
        after = _with_share(after, change.updated)
    for revocation in change.revoked:
        seen = tables.shares.get(revocation.share_id)
        if seen is None or seen.revoked_at is not None:
            raise StaleView
        if revocation.seen_revision not in {None, seen.revision}:
            raise StaleView
        after = _with_share(after, replace(seen, revoked_at=revocation.at, revision=seen.revision + 1))
    return after


def _with_record(tables: Tables, record: IdempotencyRecord) -> Tables:
    present = tables.records.get((record.principal_id, record.key))
    if present and present.expires_at > record.recorded_at:
        raise AlreadyRecorded(present)
    return replace(tables, records={**tables.records, (record.principal_id, record.key): record})


def _with_ledger(tables: Tables, change: ShareChange, swap: LedgerSwap) -> Tables:
    ledger = tables.ledgers.get(change.scheduled_report_id)
    if change.opens_ledger:
        if ledger is not None:
            raise StaleView
        return replace(tables, ledgers={**tables.ledgers, change.scheduled_report_id: swap.replacements})
    if ledger is None:
        raise StaleView
    if swap.max_entries is not None and len(ledger) > swap.max_entries:
        raise StaleView
    if any(ledger.get(place) != entry for place, entry in swap.expected.items()):
        raise StaleView
    entries = {place: entry for place, entry in ledger.items() if place not in swap.expected}
    return replace(tables, ledgers={**tables.ledgers, change.scheduled_report_id: {**entries, **swap.replacements}})


def _with_share(tables: Tables, share: Share) -> Tables:
    return replace(tables, shares={**tables.shares, share.id: share})


def may_be_purged(expires_at: int, now: int) -> bool:
    """TTL is in whole seconds, rounded up, and deletes nothing before them."""
    return -(-expires_at // SECOND) <= now // SECOND


class MemoryStore:
    """``ShareStore`` over ``Tables``; ``faults`` are met by the next sendings of transactions, one each."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.faults: list[TransactionFault | None] = []
        self._answers: dict[str, Exception | None] = {}

    def open_schedule(self, scheduled_report_id: UUID) -> ScheduleView:
        return ScheduleView(
            self.tables.schedules.get(scheduled_report_id), self.tables.ledgers.get(scheduled_report_id)
        )

    def get_share(self, share_id: UUID) -> Share | None:
        return self.tables.shares.get(share_id)

    def get_shares(self, share_ids: Collection[UUID]) -> Mapping[UUID, SeenShare]:
        rows = self.tables.shares
        return {share_id: SeenShare(rows[share_id], NO_VIEWS) for share_id in share_ids if share_id in rows}

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        return self.tables.records.get((principal_id, key))

    def commit(self, change: ShareChange) -> None:
        token = str(uuid4())
        for _ in range(SENT_AT_MOST):
            fault = self.faults.pop(0) if self.faults else None
            if fault is TransactionFault.CONFLICT:
                raise Contended
            if fault is TransactionFault.REQUEST_LOST:
                continue
            outcome = self._carried_out(token, change)
            if fault is TransactionFault.ANSWER_LOST:
                continue
            if outcome:
                raise outcome
            return
        raise ServiceUnavailable(cause="no answer")

    def _carried_out(self, token: str, change: ShareChange) -> Exception | None:
        """What a committed transaction answers; the same token again is only answered."""
        if token in self._answers:
            return None
        try:
            self.tables = committed(self.tables, change)
        except (AlreadyRecorded, StaleView) as refusal:
            return refusal
        self._answers[token] = None
        return None

    def purge(self, now: int, chosen: Callable[[Share | IdempotencyRecord], bool] = lambda _: True) -> None:
        """TTL deletion, which may take any expired item and leave any."""

        def stays(item: Share | IdempotencyRecord) -> bool:
            return not (may_be_purged(item.expires_at, now) and chosen(item))

        self.tables = replace(
            self.tables,
            shares={share_id: share for share_id, share in self.tables.shares.items() if stays(share)},
            records={key: record for key, record in self.tables.records.items() if stays(record)},
        )
