"""The share rules explored completely: every interleaving, crash and lost answer of the real use cases, small scope."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from itertools import repeat

import pytest

from report_shares.refusals import ServiceUnavailable
from report_shares.rules import shares
from report_shares.rules.shares import LedgerEntry, LedgerSwap, Share, entry_of
from report_shares.times import DAY
from report_shares.use_cases import create_share, share_changes
from report_shares.use_cases.create_share import CreateShare
from report_shares.use_cases.share_changes import Revocation, ShareChange, ShareChanges, until_it_stands
from tests.proof import memory_store
from tests.proof import sample_changes as samples
from tests.proof.history import Action
from tests.proof.memory_store import MemoryStore, Tables, TransactionFault
from tests.proof.model_checker import Checks, Exploration, Scope
from tests.proof.share_oracle import check_answer, check_commit, check_tables
from tests.proof.steppable_use_case import DEFAULT_DAYS, SCHEDULE, Request

pytestmark = pytest.mark.usefixtures("small")

CREATE, ROTATE = Request(Action.CREATE), Request(Action.ROTATE)
EXTEND, REVOKE, REVOKE_ALL = Request(Action.EXTEND, 1), Request(Action.REVOKE), Request(Action.REVOKE_ALL)
CREATE_ONCE, ROTATE_ONCE = Request(Action.CREATE, keyed=True), Request(Action.ROTATE, keyed=True)
EVERY = (CREATE, ROTATE, EXTEND, REVOKE, REVOKE_ALL)
REPEATED = (
    CREATE_ONCE,
    ROTATE_ONCE,
    Request(Action.EXTEND, 1, keyed=True),
    Request(Action.REVOKE, keyed=True),
    Request(Action.REVOKE_ALL, keyed=True),
)
CREATE_X, ROTATE_X = Request(Action.CREATE, name="x"), Request(Action.ROTATE, name="X ")
CREATE_LIVE, SET_LIVE = Request(Action.CREATE, name="X ", live=True), Request(Action.SET_LIVE, live=True)
FREEZE = Request(Action.SET_LIVE, live=False)
P, Q, NO_PASSWORD = "p", "q", ""
SET_P, SET_Q = Request(Action.SET_PASSWORD, password=P), Request(Action.SET_PASSWORD, 2, password=Q)
CREATE_P, ROTATE_FREE = Request(Action.CREATE, password=P), Request(Action.ROTATE, password=NO_PASSWORD)
LOCKED = (CREATE, CREATE_P, ROTATE, ROTATE_FREE, SET_P, SET_Q, Request(Action.SET_PASSWORD, password=NO_PASSWORD))
TO_X, TO_NONE = Request(Action.RENAME, name="x"), Request(Action.RENAME)
NAMED = (CREATE, CREATE_X, CREATE_LIVE, ROTATE, ROTATE_X, TO_X, TO_NONE, SET_LIVE, FREEZE, REVOKE, REVOKE_ALL)

QUICK = {
    "cap 2, three callers, one at a time": Scope(2, 3, EVERY, 1, 2, forgets_the_dead=True),
    "cap 2, three callers racing": Scope(2, 3, (CREATE,), 2, 2, forgets_the_dead=True),
    "one caller, every request, two at once": Scope(1, 1, EVERY, 2, 2, forgets_the_dead=True),
    "two callers, no row forgotten": Scope(1, 2, (CREATE, REVOKE), 1, 2, foreign_ids=True),
    "one caller, two names, one at a time": Scope(2, 1, NAMED, 1, 3, forgets_the_dead=True),
    "one caller, a name given and taken at once": Scope(2, 1, (CREATE, CREATE_X, TO_X), 2, 2, forgets_the_dead=True),
    "one caller, a password set, kept and taken away": Scope(1, 1, LOCKED, 1, 2, forgets_the_dead=True),
    "one caller, a password set while the share is rotated": Scope(
        1, 1, (CREATE, ROTATE, SET_P), 2, 2, forgets_the_dead=True
    ),
    "two callers, retried": Scope(1, 2, (CREATE_ONCE, REVOKE_ALL), 1, 2, forgets_the_dead=True),
}
LONG = {
    "cap 2, three callers, every request, two at once": Scope(2, 3, EVERY, 2, 2, forgets_the_dead=True),
    "cap 2, three callers racing, three at once": Scope(2, 3, (CREATE,), 3, 2, forgets_the_dead=True),
    "one caller, a name given and taken, three rows": Scope(
        2, 1, (CREATE, CREATE_X, TO_X), 2, 3, forgets_the_dead=True
    ),
    "one caller, names and a withdrawal of all at once": Scope(
        2, 1, (CREATE, CREATE_X, TO_X, TO_NONE, REVOKE_ALL), 2, 3, forgets_the_dead=True
    ),
    "one caller, live and frozen, two at once": Scope(
        1, 1, (CREATE, ROTATE, Request(Action.SET_LIVE, live=True), FREEZE), 2, 2, forgets_the_dead=True
    ),
    "one caller, passwords, two at once": Scope(1, 1, LOCKED, 2, 2, forgets_the_dead=True),
    "cap 3, three callers, two at once": Scope(3, 3, (CREATE, ROTATE), 2, 2, forgets_the_dead=True),
    "one caller, every request retried, two at once": Scope(1, 1, REPEATED, 2, 3, forgets_the_dead=True),
    "two callers, every request, no row forgotten": Scope(1, 2, EVERY, 1, 2, foreign_ids=True),
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]) -> None:  # noqa: ARG001
    """One retry, which keeps the number of states small."""
    monkeypatch.setattr(share_changes, "MAX_ATTEMPTS", 2)


def explored(scope: Scope, progress: Callable[[str], None] = lambda _: None) -> Exploration:
    checks = Checks(
        tables=lambda tables: check_tables(tables, scope.cap),
        commit=lambda changed: check_commit(changed, default_days=DEFAULT_DAYS),
        answer=lambda ended, tables: check_answer(ended, tables, scope.cap),
    )
    exploration = Exploration(scope, checks)
    exploration.run(lambda states, left: progress(f"{states:,} states, {left:,} to follow"))
    progress(f"{exploration.states:,} states, {exploration.transitions:,} transitions, all followed")
    return exploration


@pytest.mark.parametrize("scope", QUICK.values(), ids=QUICK)
def test_no_interleaving_breaks_a_rule(scope: Scope, progress: Callable[[str], None]) -> None:
    exploration = explored(scope, progress)

    assert {outcome.split(":")[0] for outcome in exploration.ended} == {request.action for request in scope.requests}


@pytest.mark.long
@pytest.mark.parametrize("scope", LONG.values(), ids=LONG)
def test_no_interleaving_breaks_a_rule_in_a_larger_scope(scope: Scope, progress: Callable[[str], None]) -> None:
    exploration = explored(scope, progress)

    assert exploration.states > 10_000


# ---- the exploration finds what it is there to find ------------------------------------------------------------------


def test_a_cap_that_is_only_looked_at_before_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    admit = shares.admit
    monkeypatch.setattr(shares, "admit", lambda *seen, **more: replace(admit(*seen, **more), max_entries=None))

    with pytest.raises(AssertionError, match=r"3 active shares, the cap is 2") as found:
        explored(Scope(2, 3, (CREATE,), 2, 2, forgets_the_dead=True))

    assert "the way there:" in found.value.__notes__[0]


def test_an_eviction_of_what_has_changed_meanwhile_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    with_ledger = memory_store._with_ledger

    def careless(tables: Tables, change: ShareChange, swap: LedgerSwap) -> Tables:
        ledger = tables.ledgers.get(SCHEDULE.id) or {}
        present = {place: ledger.get(place) for place in swap.expected}
        return with_ledger(tables, change, replace(swap, expected=present))

    monkeypatch.setattr(memory_store, "_with_ledger", careless)

    with pytest.raises(AssertionError, match=r"2 active shares, the cap is 1"):
        explored(Scope(1, 2, (CREATE,), 2, 2, forgets_the_dead=True))


def test_a_rename_onto_a_name_that_was_only_looked_at_before_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    with_ledger = memory_store._with_ledger

    def careless(tables: Tables, change: ShareChange, swap: LedgerSwap) -> Tables:
        ledger = tables.ledgers.get(SCHEDULE.id) or {}
        left = [place for place in swap.expected if place not in swap.replacements]
        taken = {place: ledger.get(place) for place in swap.replacements} if left else {}
        return with_ledger(tables, change, replace(swap, expected={**swap.expected, **taken}))

    monkeypatch.setattr(memory_store, "_with_ledger", careless)

    with pytest.raises(AssertionError, match=r"the name of another share"):
        explored(Scope(2, 1, (CREATE, CREATE_X, TO_X), 2, 3, forgets_the_dead=True))


def test_a_withdrawal_of_all_that_leaves_a_place_it_saw_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    held_by = shares.held_by
    monkeypatch.setattr(shares, "held_by", lambda *seen: dict(list(held_by(*seen).items())[:1]))

    with pytest.raises(AssertionError, match=r"a share that was to be withdrawn"):
        explored(Scope(2, 1, (CREATE, CREATE_X, REVOKE_ALL), 1, 2, forgets_the_dead=True))


def test_a_rotation_of_a_share_that_was_changed_meanwhile_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was set and taken away while it read would be set again: the ledger is as it was when it was read."""
    monkeypatch.setattr(create_share, "Revocation", lambda share_id, at, _: Revocation(share_id, at))

    with pytest.raises(AssertionError, match=r"not what was asked for"):
        explored(Scope(1, 1, (CREATE, ROTATE, SET_LIVE, FREEZE), 2, 2, forgets_the_dead=True))


def test_a_ledger_that_does_not_tell_what_was_set_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "entry_of", lambda share: LedgerEntry(share.id, share.expires_at))

    with pytest.raises(AssertionError, match=r"ledger and rows disagree"):
        explored(Scope(1, 1, (CREATE, SET_P), 1, 1, forgets_the_dead=True))


def test_a_rotation_that_loses_the_password_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    new = CreateShare._new
    monkeypatch.setattr(CreateShare, "_new", lambda *asked: replace(new(*asked), password_hash=None))

    with pytest.raises(AssertionError, match=r"not what was asked for"):
        explored(Scope(1, 1, (CREATE, ROTATE, SET_P), 1, 2, forgets_the_dead=True))


def test_a_password_over_one_that_was_set_meanwhile_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of one change and half of another: the row that was read counts, not the one that stands there."""
    with_share = memory_store._with_share

    def careless(tables: Tables, row: Share) -> Tables:
        present = tables.shares.get(row.id)
        kept = present.password_hash if present and present.password_hash else row.password_hash
        return with_share(tables, replace(row, password_hash=kept))

    monkeypatch.setattr(memory_store, "_with_share", careless)

    with pytest.raises(AssertionError, match=r"not what was asked for"):
        explored(Scope(1, 1, (CREATE, SET_P, SET_Q), 2, 2, forgets_the_dead=True))


def test_an_effect_whose_record_comes_later_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ShareChanges, "_record", lambda *_: None)

    with pytest.raises(AssertionError, match=r"without its record"):
        explored(Scope(1, 1, (CREATE_ONCE,), 1, 2, forgets_the_dead=True))


def test_a_share_that_counts_in_its_last_moment_is_found_to_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LedgerEntry, "is_active", lambda entry, now: now <= entry.expires_at)

    with pytest.raises(AssertionError):
        explored(Scope(1, 2, (CREATE,), 1, 2, forgets_the_dead=True))


# ---- the model's store loses what DynamoDB can lose ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "answered", "done"),
    [
        ([TransactionFault.ANSWER_LOST], True, True),
        ([TransactionFault.REQUEST_LOST], True, True),
        ([TransactionFault.CONFLICT], True, True),
        ([TransactionFault.REQUEST_LOST, TransactionFault.REQUEST_LOST], False, False),
        ([TransactionFault.ANSWER_LOST, TransactionFault.REQUEST_LOST], False, True),
        ([TransactionFault.ANSWER_LOST, TransactionFault.ANSWER_LOST], False, True),
    ],
)
def test_a_lost_answer_is_asked_for_again_and_the_change_counts_once(
    faults: list[TransactionFault], answered: bool, done: bool
) -> None:
    store = MemoryStore(Tables(schedules={samples.SCHEDULE.id: samples.SCHEDULE}))
    row = samples.share()
    store.commit(samples.opening(row))
    longer = replace(row, expires_at=row.expires_at + DAY, revision=2)
    swap = samples.place(longer, entry_of(row), max_entries=None)
    store.faults = list(faults)

    with nullcontext() if answered else pytest.raises(ServiceUnavailable):
        until_it_stands(store.commit, repeat(ShareChange(samples.SCHEDULE.id, swap, updated=longer)))

    assert store.get_share(row.id) == (longer if done else row)
