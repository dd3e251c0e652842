"""The contract's share rules once more, short and on rows alone: what the exhaustive model is checked against.

Nothing here looks at the ledger to decide; the rows are the truth, and the ledger has to agree with them.
"""

from uuid import UUID

from report_shares.refusals import Conflict, InvalidRequest, NotFound
from report_shares.rules import tokens
from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import Share
from report_shares.times import DAY
from report_shares.use_cases.share_changes import Kind, Link, Outcome
from tests.proof.history import Action
from tests.proof.memory_store import Tables
from tests.proof.model_checker import Changed
from tests.proof.steppable_use_case import (
    IDEMPOTENCY_KEY,
    NOW,
    SCHEDULE,
    SECRETS,
    Ended,
    Log,
    Operation,
    Reading,
    Refused,
    Said,
    fingerprint,
)

_KEPT_BY_EVERY_CHANGE = {"id", "scheduled_report_id", "principal_id", "token_key_id", "created_at"}


def active(tables: Tables, now: int = NOW) -> list[Share]:
    return [row for row in tables.shares.values() if row.revoked_at is None and now < row.expires_at]


def check_tables(tables: Tables, cap: int) -> None:
    """Never more than the cap, at most one of each caller, ledger and rows agree, one token for one share."""
    rows = active(tables)
    ledger = tables.ledgers.get(SCHEDULE.id) or {}
    held = {(name, entry.share_id, entry.expires_at) for name, entry in ledger.items() if entry.expires_at > NOW}
    assert len(rows) <= cap, f"{len(rows)} active shares, the cap is {cap}"
    assert len({row.principal_id for row in rows}) == len(rows), "a caller has two active shares"
    assert held == {(row.principal_id, row.id, row.expires_at) for row in rows}, "ledger and rows disagree"
    assert len(ledger) <= cap, "the ledger has more entries than the cap"
    links = {tokens.mint(SECRETS, row.id, row.token_key_id): row.id for row in tables.shares.values()}
    assert len(links) == len(tables.shares), "two shares have one token"
    assert all(tokens.verify(SECRETS, token) == share for token, share in links.items())


def check_commit(changed: Changed, default_days: int) -> None:
    """The commit does exactly what its request asks for, as if nothing else had happened since it was decided.

    A withdrawal of all shares that found none keeps its record only: it counts from when it looked, and what the caller
    creates meanwhile comes after it.
    """
    operation, before, after = changed.operation, changed.before, changed.after
    decided = _decided_at(changed.log)
    if changed.change.swap is None:
        assert operation.request.action is Action.REVOKE_ALL, "a change without a place in the ledger"
        _check_rows(before, after, {})
        _check_record(changed, decided)
        return
    own = [row for row in active(before, decided) if row.principal_id == operation.principal]
    expected = _rows_after(operation, own, decided, default_days)
    _check_rows(before, after, expected)
    _check_record(changed, decided)


def _decided_at(log: Log) -> int:
    return next(entry.now for entry in log if isinstance(entry, Reading))


type Effect = dict[UUID, int | None]


def _rows_after(operation: Operation, own: list[Share], decided: int, default_days: int) -> Effect:
    """The expiry that each changed or new row has afterwards, None where it is revoked."""
    request = operation.request
    given = None if request.days is None else decided + request.days * DAY
    fresh = operation.share_id
    match request.action:
        case Action.CREATE if own:
            (row,) = own
            return {row.id: given or max(row.expires_at, decided + default_days * DAY)}
        case Action.CREATE | Action.ROTATE:
            assert fresh
            return {row.id: None for row in own} | {fresh: given or decided + default_days * DAY}
        case Action.EXTEND:
            assert [row.id for row in own] == [operation.share_id], "extended what is not the caller's active share"
            return {row.id: given for row in own}
        case _:
            assert request.action is Action.REVOKE_ALL or [row.id for row in own] == [operation.share_id]
            return {row.id: None for row in own}


def _check_rows(before: Tables, after: Tables, expected: Effect) -> None:
    for share_id, row in after.shares.items():
        old = before.shares.get(share_id)
        if share_id not in expected:
            assert row == old, "a row changed that nobody asked to change"
            continue
        wanted = expected[share_id]
        assert (row.revoked_at is not None) == (wanted is None)
        assert wanted is None or row.expires_at == wanted, "the expiry is not what was asked for"
        if old:
            assert old.revoked_at is None, "a revoked share came back"
            for name in _KEPT_BY_EVERY_CHANGE:
                assert getattr(row, name) == getattr(old, name), f"{name} changed"
            assert row.revision == old.revision + 1
    assert set(expected) <= set(after.shares), "half done: a row is missing"
    assert set(before.shares) <= set(after.shares), "a row is gone"


def _check_record(changed: Changed, decided: int) -> None:
    operation, before, after = changed.operation, changed.before, changed.after
    kept = {key: record for key, record in after.records.items() if before.records.get(key) != record}
    if not operation.request.keyed:
        assert not kept
        return
    key = (operation.principal, IDEMPOTENCY_KEY)
    assert list(kept) == [key], "the effect without its record"
    old = before.records.get(key)
    assert old is None or old.expires_at <= decided, "done twice under one Idempotency-Key"
    assert kept[key].fingerprint == fingerprint(operation)
    assert kept[key].expires_at == decided + DAY
    left = {share_id: row for share_id, row in after.shares.items() if row != before.shares.get(share_id)}
    shown = kept[key].share
    assert shown == (left[shown.id] if shown else None), "what would be answered again is not what was done"
    assert (shown is None) == (operation.request.action in (Action.REVOKE, Action.REVOKE_ALL))


def check_answer(ended: Ended, tables: Tables, cap: int) -> None:
    """What was acknowledged is there at that moment; what was refused had to be."""
    operation, result = ended.operation, ended.result
    match result:
        case Outcome(is_replay=True):
            record = tables.records[operation.principal, IDEMPOTENCY_KEY]
            shown = result.link.share if result.link else None
            assert (result.kind, shown) == (record.kind, record.share), "not what was recorded"
            assert record.fingerprint == fingerprint(operation), "the answer to another request"
        case Outcome(kind, Link(share, _, token)):
            row = tables.shares[share.id]
            assert share == row
            assert row.revoked_at is None
            assert tokens.verify(SECRETS, token) == row.id
            assert row.principal_id == operation.principal
            assert kind == _kind_of(ended, row)
            assert result.retries == sum(isinstance(entry, Refused) for entry in ended.log)
        case InvalidRequest():
            own, others = _seen(ended)
            assert not own
            assert len(others) >= cap, "refused below the cap"
        case NotFound():
            own, _ = _seen(ended)
            assert own != [operation.share_id] or _seen_dead(ended)
        case Conflict():
            known = tables.records.get((operation.principal, IDEMPOTENCY_KEY))
            gave_up = any(isinstance(entry, Refused) for entry in ended.log)
            assert gave_up or (known and known.fingerprint != fingerprint(operation)), "a conflict with nothing"
        case Outcome(Kind.REVOKED, None):
            assert operation.request.action in (Action.REVOKE, Action.REVOKE_ALL)
            own, _ = _seen(ended)
            left = {row.id for row in active(tables) if row.principal_id == operation.principal}
            assert not left & set(own), "acknowledged, but the share is still active"
        case _:
            raise AssertionError(f"{operation} ended with {result!r}")


def _kind_of(ended: Ended, row: Share) -> Kind:
    """What has become of the caller's share, going by what was seen and by the row that is left."""
    if ended.operation.request.action is Action.EXTEND:
        return Kind.EXTENDED
    if row.id != ended.operation.share_id:
        return Kind.REFRESHED
    now = _decided_at(ended.log)
    rows = [entry.value for entry in ended.log if isinstance(entry, Said) and isinstance(entry.value, Share)]
    return Kind.ROTATED if any(row.is_active(now) for row in rows) else Kind.CREATED


def _seen(ended: Ended) -> tuple[list[UUID], list[UUID]]:
    """The caller's and the others' active shares when the schedule was opened."""
    for entry in ended.log:
        match entry:
            case Said((Schedule(), entries)):
                now = _decided_at(ended.log)
                living = [(name, held.share_id) for name, held in entries or () if now < held.expires_at]
                own = [share for name, share in living if name == ended.operation.principal]
                return own, [share for name, share in living if name != ended.operation.principal]
    raise AssertionError("the schedule was never opened")


def _seen_dead(ended: Ended) -> bool:
    """Whether the row of the share turned out to be dead since the ledger was read: revoked, purged or shortened."""
    now = _decided_at(ended.log)
    rows = [entry.value for entry in ended.log if isinstance(entry, Said) and isinstance(entry.value, Share | None)]
    return any(row is None or row.revoked_at is not None or row.expires_at <= now for row in rows)
