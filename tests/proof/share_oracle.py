"""The contract's share rules once more, short and on rows alone: what the exhaustive model is checked against.

Nothing here looks at the ledger to decide; the rows are the truth, and the ledger has to agree with them.
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from report_shares.refusals import Conflict, InvalidRequest, NotFound
from report_shares.rules import tokens
from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import Place, Share, entry_of, place_of
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
    Rows,
    Said,
    fingerprint,
)

_KEPT_BY_EVERY_CHANGE = {"id", "scheduled_report_id", "principal_id", "token_key_id", "created_at"}


def active(tables: Tables, now: int = NOW) -> list[Share]:
    return [row for row in tables.shares.values() if row.revoked_at is None and now < row.expires_at]


def check_tables(tables: Tables, cap: int) -> None:
    """Never more than the cap, one of each caller and name, ledger and rows agree, one token for one share."""
    rows = active(tables)
    ledger = tables.ledgers.get(SCHEDULE.id) or {}
    held = {place: entry for place, entry in ledger.items() if entry.expires_at > NOW}
    places = {row.id: place_of(row.principal_id, row.name) for row in rows}
    assert len(rows) <= cap, f"{len(rows)} active shares, the cap is {cap}"
    assert len(set(places.values())) == len(rows), "a caller has two active shares of one name"
    assert held == {places[row.id]: entry_of(row) for row in rows}, "ledger and rows disagree"
    assert len(ledger) <= cap, "the ledger has more entries than the cap"
    links = {tokens.mint(SECRETS, row.id, row.token_key_id): row.id for row in tables.shares.values()}
    assert len(links) == len(tables.shares), "two shares have one token"
    assert all(tokens.verify(SECRETS, token) == share for token, share in links.items())


def check_commit(changed: Changed, default_days: int) -> None:
    """The commit does exactly what its request asks for, as if nothing else had happened since it was decided.

    A withdrawal of all shares covers those that it saw: it counts from when it looked, and what the caller creates
    meanwhile under further names comes after it. One that found none keeps its record only.
    """
    operation, before, after = changed.operation, changed.before, changed.after
    decided = _decided_at(changed.log)
    if changed.change.swap is None:
        assert operation.request.action is Action.REVOKE_ALL, "a change without a place in the ledger"
        _check_rows(before, after, {})
        _check_record(changed, decided)
        return
    expected = _rows_after(operation, _own(changed, decided), decided, default_days)
    _check_rows(before, after, expected)
    _check_record(changed, decided)


def _decided_at(log: Log) -> int:
    return next(entry.now for entry in log if isinstance(entry, Reading))


def _own(changed: Changed, decided: int) -> Mapping[Place, Share]:
    """The caller's shares that counted when the change was decided, by their places.

    What came and went since it looked makes no difference, such as a share that took a name and has expired.
    """
    seen = {share: place for place, share in _seen_by(changed.operation, changed.log)}
    if changed.operation.request.action is Action.REVOKE_ALL:
        return {seen[row.id]: row for row in active(changed.before, decided) if row.id in seen}
    now = {row.id: place_of(row.principal_id, row.name) for row in active(changed.before)}
    places = {row.id: now.get(row.id, seen.get(row.id)) for row in active(changed.before, decided)}
    found = {place: changed.before.shares[share] for share, place in places.items() if place}
    return {place: row for place, row in found.items() if place.principal_id == changed.operation.principal}


class Wanted(NamedTuple):
    """What a row has to have afterwards."""

    expires_at: int
    name: str | None
    live: bool
    password_hash: str | None


type Effect = dict[UUID, Wanted | None]


def _rows_after(operation: Operation, own: Mapping[Place, Share], decided: int, default_days: int) -> Effect:
    """What each changed or new row has afterwards, None where it is revoked."""
    request = operation.request
    given = None if request.days is None else decided + request.days * DAY
    least, fresh = decided + default_days * DAY, operation.share_id
    of_the_name = [row for place, row in own.items() if place == _target(operation)]
    of_the_id = [row for row in own.values() if row.id == operation.share_id]
    match request.action:
        case Action.CREATE if of_the_name:
            (row,) = of_the_name
            live = row.live if request.live is None else request.live
            until = given or max(row.expires_at, least)
            return {row.id: Wanted(until, row.name, live, _password(operation, row.password_hash))}
        case Action.CREATE | Action.ROTATE:
            assert fresh
            was_live = any(row.live for row in of_the_name)
            name = of_the_name[0].name if of_the_name else request.name
            had = of_the_name[0].password_hash if of_the_name else None
            live = was_live if request.live is None else request.live
            new = Wanted(given or least, name, live, _password(operation, had))
            return {row.id: None for row in of_the_name} | {fresh: new}
        case Action.EXTEND | Action.RENAME | Action.SET_LIVE | Action.SET_PASSWORD:
            assert of_the_id, "changed what is not the caller's active share"
            (row,) = of_the_id
            is_renamed = request.action is Action.RENAME
            assert not is_renamed or of_the_name in ([], of_the_id), "the name of another share of the caller's"
            name = request.name if is_renamed else row.name
            live = row.live if request.live is None else request.live
            return {row.id: Wanted(given or row.expires_at, name, live, _password(operation, row.password_hash))}
        case Action.REVOKE:
            assert of_the_id, "revoked what is not the caller's active share"
            return {row.id: None for row in of_the_id}
        case _:
            return {row.id: None for row in own.values()}


def _password(operation: Operation, had: str | None) -> str | None:
    """What is kept of the password afterwards: the one that is asked for, or, where none is said, what there was."""
    asked = operation.request.password
    return had if asked is None else asked or None


def _check_rows(before: Tables, after: Tables, expected: Effect) -> None:
    for share_id, row in after.shares.items():
        old = before.shares.get(share_id)
        if share_id not in expected:
            assert row == old, "a row changed that nobody asked to change"
            continue
        wanted = expected[share_id]
        assert (row.revoked_at is not None) == (wanted is None), "a share that was to be withdrawn, or not to be"
        assert wanted in {None, (row.expires_at, row.name, row.live, row.password_hash)}, "not what was asked for"
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
            assert not [place for place, _ in own if place == _target(operation)]
            assert len(own) + len(others) >= cap, "refused below the cap"
        case NotFound():
            own, _ = _seen(ended)
            assert operation.share_id not in {share for _, share in own} or _seen_dead(ended)
        case Conflict():
            known = tables.records.get((operation.principal, IDEMPOTENCY_KEY))
            gave_up = any(isinstance(entry, Refused) for entry in ended.log)
            is_another = known and known.fingerprint != fingerprint(operation)
            assert gave_up or is_another or _seen_taken(ended), "a conflict with nothing"
        case Outcome(Kind.REVOKED, None):
            assert operation.request.action in (Action.REVOKE, Action.REVOKE_ALL)
            own, _ = _seen(ended)
            asked = {share for _, share in own if operation.share_id in {None, share}}
            left = {row.id for row in active(tables) if row.principal_id == operation.principal}
            assert not left & asked, "acknowledged, but the share is still active"
        case _:
            raise AssertionError(f"{operation} ended with {result!r}")


def _target(operation: Operation) -> Place:
    return place_of(operation.principal, operation.request.name)


def _kind_of(ended: Ended, row: Share) -> Kind:
    """What has become of the caller's share, going by what was seen and by the row that is left."""
    match ended.operation.request.action:
        case Action.EXTEND:
            return Kind.EXTENDED
        case Action.RENAME | Action.SET_LIVE | Action.SET_PASSWORD:
            return Kind.CHANGED
    if row.id != ended.operation.share_id:
        return Kind.REFRESHED
    now = _decided_at(ended.log)
    return Kind.ROTATED if any(row.is_active(now) for row in _rows_read(ended)) else Kind.CREATED


type Held = list[tuple[Place, UUID]]


def _seen(ended: Ended) -> tuple[Held, Held]:
    """The caller's and the others' active shares when the schedule was opened."""
    for entry in ended.log:
        match entry:
            case Said((Schedule(), entries)):
                now = _decided_at(ended.log)
                living = [(place, held.share_id) for place, held in entries or () if now < held.expires_at]
                own = [(place, share) for place, share in living if place.principal_id == ended.operation.principal]
                return own, [one for one in living if one not in own]
    raise AssertionError("the schedule was never opened")


def _seen_by(operation: Operation, log: Log) -> Held:
    own, _ = _seen(Ended(operation, log, None))
    return own


def _seen_taken(ended: Ended) -> bool:
    """Whether the name that a share was to have was another's when the schedule was opened."""
    own, _ = _seen(ended)
    if ended.operation.request.action is not Action.RENAME:
        return False
    return any(place == _target(ended.operation) and share != ended.operation.share_id for place, share in own)


def _rows_read(ended: Ended) -> list[Share]:
    found = [entry.value for entry in ended.log if isinstance(entry, Said)]
    return [row for value in found if isinstance(value, Rows) for row in value.shares]


def _seen_dead(ended: Ended) -> bool:
    """Whether the row of the share turned out to be dead since the ledger was read: revoked, purged or shortened."""
    now = _decided_at(ended.log)
    return not any(row.id == ended.operation.share_id and row.is_active(now) for row in _rows_read(ended))
