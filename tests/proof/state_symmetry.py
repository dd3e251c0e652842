"""States that mean the same, written in one way: callers exchanged, ids in order, a day earlier."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import LedgerEntry, Place, Share
from report_shares.times import DAY
from report_shares.use_cases.share_changes import IdempotencyRecord
from tests.proof.memory_store import Tables
from tests.proof.steppable_use_case import FORGOTTEN, NOW, Operation, Reading, Refused, Rows, Said


def share_id(caller: int, row: int) -> UUID:
    return UUID(int=(caller + 1) * 1_000 + row)


@dataclass(frozen=True, eq=False)
class Rewriting:
    """How each kind of value is written in another way that means the same."""

    share: Callable[[Share], Share] = lambda share: share
    entry: Callable[[LedgerEntry], LedgerEntry] = lambda entry: entry
    record: Callable[[IdempotencyRecord], IdempotencyRecord] = lambda record: record
    principal: Callable[[str], str] = lambda name: name
    operation: Callable[[Operation], Operation] = lambda operation: operation
    now: Callable[[int], int] = lambda now: now


def _earlier(time: int) -> int:
    """A day earlier. Long past is past: no rule tells how long, and no operation is followed for more than a day."""
    return max(time - DAY, FORGOTTEN)


def _earlier_row(share: Share) -> Share:
    return replace(
        share,
        created_at=NOW,
        snapshot_at=NOW,
        revoked_at=None if share.revoked_at is None else NOW,
        expires_at=_earlier(share.expires_at),
    )


A_DAY_BACK = Rewriting(
    share=_earlier_row,
    entry=lambda entry: replace(entry, expires_at=_earlier(entry.expires_at)),
    record=lambda record: replace(
        record,
        recorded_at=NOW,
        expires_at=_earlier(record.expires_at),
        share=record.share and _earlier_row(record.share),
    ),
    now=_earlier,
)


def renaming(names: Mapping[str, str]) -> Rewriting:
    order = sorted(names)

    def renamed(one: UUID) -> UUID:
        caller, row = divmod(one.int, 1_000)
        return share_id(order.index(names[order[caller - 1]]), row)

    return _with_other_names(renamed, lambda name: names[name])


@cache
def exchange(one: UUID, other: UUID) -> Rewriting:
    """Two ids of one owner change places."""
    places = {one: other, other: one}
    return _with_other_names(lambda share: places.get(share, share), lambda name: name)


def _with_other_names(of_share: Callable[[UUID], UUID], of_caller: Callable[[str], str]) -> Rewriting:
    def of_row(share: Share) -> Share:
        return replace(share, id=of_share(share.id), principal_id=of_caller(share.principal_id))

    def record(kept: IdempotencyRecord) -> IdempotencyRecord:
        request, _, about = kept.fingerprint.rpartition(" ")
        return replace(
            kept,
            principal_id=of_caller(kept.principal_id),
            fingerprint=f"{request} {of_share(UUID(about)) if about else ''}",
            share=kept.share and of_row(kept.share),
        )

    return Rewriting(
        share=of_row,
        entry=lambda entry: replace(entry, share_id=of_share(entry.share_id)),
        record=record,
        principal=of_caller,
        operation=lambda one: Operation(
            of_caller(one.principal), one.request, of_share(one.share_id) if one.share_id else None
        ),
    )


def tables_rewritten(tables: Tables, rewrite: Rewriting) -> Tables:
    return Tables(
        tables.schedules,
        {
            schedule: {_elsewhere(place, rewrite): rewrite.entry(entry) for place, entry in ledger.items()}
            for schedule, ledger in tables.ledgers.items()
        },
        {row.id: row for row in map(rewrite.share, tables.shares.values())},
        {(kept.principal_id, kept.key): kept for kept in map(rewrite.record, tables.records.values())},
    )


def _elsewhere(place: Place, rewrite: Rewriting) -> Place:
    return Place(rewrite.principal(place.principal_id), place.key)


def rows(found: Iterable[Share]) -> Rows:
    """In the one order in which they are kept."""
    return Rows(tuple(sorted(found, key=lambda row: row.id)))


def log_rewritten(entry: Reading | Said | Refused, rewrite: Rewriting) -> Reading | Said | Refused:
    match entry:
        case Reading(now):
            return Reading(rewrite.now(now))
        case Said((Schedule() as schedule, entries)):
            if entries is None:
                return entry
            rewritten = sorted((_elsewhere(place, rewrite), rewrite.entry(held)) for place, held in entries)
            return Said((schedule, tuple(rewritten)))
        case Said(Rows(found)):
            return Said(rows(map(rewrite.share, found)))
        case _:
            return entry
