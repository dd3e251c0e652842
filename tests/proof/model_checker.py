"""A model checker: every interleaving of the real share use cases, one store call at a time.

A state is the tables and the operations under way, each stopped before its next call (``steppable_use_case.py``).
Exploring follows every transition from every state until there is no new one:

- an operation starts and looks (as many at once as ``Scope.at_once``, also several of one caller), or makes its next
  call;
- it crashes before that call; its commit is carried out and the answer lost, or is cancelled by a conflict;
- a day passes; TTL deletes an expired item.

Time is relative, so that the states are finite: now is always ``NOW``, and a day that passes moves all times back.
The clock is read with the schedule: a later reading leads to no other state, since then the schedule could have been
read later too.
Callers are interchangeable, so of the states that differ only by who is who one is followed.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import permutations
from uuid import UUID

from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import Ledger, Share
from report_shares.use_cases.share_changes import AlreadyRecorded, Contended, Outcome, ShareChange, StaleView
from tests.proof.history import Action
from tests.proof.memory_store import Tables, committed, may_be_purged
from tests.proof.state_symmetry import (
    A_DAY_BACK,
    Rewriting,
    exchange,
    log_rewritten,
    renaming,
    rows,
    share_id,
    tables_rewritten,
)
from tests.proof.steppable_use_case import (
    FORGOTTEN,
    NOW,
    SCHEDULE,
    Call,
    Ended,
    Log,
    Operation,
    Reading,
    Refused,
    Request,
    Rows,
    Said,
    UnderWay,
    run,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is explored: who, what, how many at once, and how many rows a caller may have before TTL deletes some."""

    cap: int
    callers: int
    requests: tuple[Request, ...]
    at_once: int
    rows: int
    foreign_ids: bool = False
    forgets_the_dead: bool = False

    @property
    def principals(self) -> tuple[str, ...]:
        return tuple("abcdef"[: self.callers])


@dataclass(frozen=True, slots=True)
class Changed:
    """A commit that was carried out."""

    before: Tables
    after: Tables
    operation: Operation
    log: Log
    change: ShareChange


class Interned[T]:
    """Numbers for values: equal ones have the same."""

    def __init__(self, key: Callable[[T], object] = lambda value: value) -> None:
        self._key = key
        self._numbers: dict[object, int] = {}
        self.values: list[T] = []

    def __call__(self, value: T) -> int:
        key = self._key(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
        return number


type State = tuple[int, tuple[int, ...]]


@dataclass
class Checks:
    """What must hold: of every state's tables, of every commit, and of every answer with the tables it came from."""

    tables: Callable[[Tables], None]
    commit: Callable[[Changed], None]
    answer: Callable[[Ended, Tables], None]


@dataclass
class Exploration:
    """Follows every transition; ``states`` and ``transitions`` tell how many there were."""

    scope: Scope
    checks: Checks
    transitions: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._tables: Interned[Tables] = Interned(_key_of)
        self._under_way: Interned[UnderWay] = Interned(lambda one: (one.operation, one.log))
        self._from: dict[State, tuple[State | None, str]] = {}
        for name in ("_next", "_again", "_start", "_purged", "_requests_in", "_mentioned", "_own_ids", "_ids_of"):
            setattr(self, name, cache(getattr(self, name)))
        self._rewritten_tables = cache(self._rewrite_tables)
        self._rewritten_operation = cache(self._rewrite_operation)
        names = self.scope.principals
        self._renamings = [renaming(dict(zip(names, order, strict=True))) for order in permutations(names)]

    @property
    def states(self) -> int:
        return len(self._from)

    def run(self, progress: Callable[[int, int], None] = lambda _states, _left: None) -> None:
        """Raises what a check raises, with the way there."""
        first = (self._intern(Tables(schedules={SCHEDULE.id: SCHEDULE})), ())
        self._from[first] = (None, "nothing yet")
        queue: deque[State] = deque([first])
        told = 0
        while queue:
            state = queue.popleft()
            try:
                for label, found in self._transitions(state):
                    self.transitions += 1
                    reached = self._canonical(found)
                    if reached not in self._from:
                        self._from[reached] = (state, label)
                        queue.append(reached)
            except AssertionError as error:
                error.add_note("\n".join(["the way there:", *way_to(self._from, state)]))
                raise
            if len(self._from) >= told + 100_000:
                told = len(self._from)
                progress(len(self._from), len(queue))

    def _transitions(self, state: State) -> Iterator[tuple[str, State]]:
        tables, under_way = state
        for position, number in enumerate(under_way):
            others = under_way[:position] + under_way[position + 1 :]
            one = self._under_way.values[number]
            yield f"{_name(one)} crashes", self._settled(tables, others)
            changed, answer, next_number = self._next(tables, number)
            new = () if next_number is None else (next_number,)
            yield f"{_name(one)} -> {answer}", self._settled(changed, others + new)
            if one.call.name == "commit":
                if changed != tables:
                    yield f"{_name(one)} is carried out, its answer lost", self._settled(changed, others)
                again = self._again(number, Contended)
                yield (
                    f"{_name(one)} meets a conflict",
                    self._settled(tables, others + (() if again is None else (again,))),
                )
        if len(under_way) < self.scope.at_once:
            for operation in self._requests_in(tables, self._taken(state)):
                request = operation.request
                wanted = [
                    one for one in (request.days, request.name, request.live, request.password) if one is not None
                ]
                label = " ".join(map(str, [operation.principal, "starts", request.action, *wanted]))
                # Started and waiting to look is the same as not started, so it starts with its first look.
                _, _, looked = self._next(tables, self._start(operation))
                yield label, (tables, under_way if looked is None else (*under_way, looked))
        if not any(_is_days_old(self._under_way.values[number]) for number in under_way):
            yield "a day passes", self._settled(*self._rewrite_state(state, A_DAY_BACK))
        for purged in self._purged(tables):
            yield "TTL deletes an item", (purged, under_way)

    def _intern(self, tables: Tables) -> int:
        before = len(self._tables.values)
        number = self._tables(tables)
        if number == before:
            self.checks.tables(tables)
        return number

    def _intern_operation(self, reached: UnderWay | Ended, tables: Tables) -> int | None:
        if isinstance(reached, UnderWay):
            return self._under_way(reached)
        self.ended[_outcome(reached)] += 1
        self.checks.answer(reached, tables)
        return None

    def _start(self, operation: Operation) -> int:
        started = run(operation, (), self.scope.cap)
        assert isinstance(started, UnderWay)
        return self._under_way(started)

    def _next(self, tables_number: int, number: int) -> tuple[int, str, int | None]:
        """The tables after the operation's call, what it was answered, and the operation after it."""
        tables, one = self._tables.values[tables_number], self._under_way.values[number]
        call = one.call
        if call.name == "commit":
            (change,) = call.arguments
            try:
                after = committed(tables, change)
            except AlreadyRecorded as answered:
                return tables_number, "already answered", self._went_on(one, Said(answered), tables)
            except StaleView:
                return tables_number, "stale", self._again(number, StaleView)
            self.checks.commit(Changed(tables, after, one.operation, one.log, change))
            return self._intern(after), "committed", self._went_on(one, Said(None), after)
        return tables_number, "seen", self._went_on(one, _seen(call, tables), tables)

    def _went_on(self, one: UnderWay, said: Said, tables: Tables) -> int | None:
        return self._intern_operation(run(one.operation, (*one.log, said), self.scope.cap), tables)

    def _again(self, number: int, refusal: type[Contended | StaleView]) -> int | None:
        """After a refusal the use case begins anew, and only the number of attempts is left of what it has seen."""
        one = self._under_way.values[number]
        attempts = sum(isinstance(entry, Refused) for entry in one.log) + 1
        again = run(one.operation, (Refused(refusal),) * attempts, self.scope.cap)
        return self._intern_operation(again, Tables())

    def _taken(self, state: State) -> frozenset[UUID]:
        tables, under_way = state
        taken = self._ids_of(tables)
        for number in under_way:
            taken |= self._mentioned(number)
        return taken

    def _mentioned(self, number: int) -> frozenset[UUID]:
        return _mentioned(self._under_way.values[number])

    def _own_ids(self, number: int) -> frozenset[UUID]:
        one = self._under_way.values[number]
        own = self.scope.principals.index(one.operation.principal) + 1
        return frozenset(share for share in self._mentioned(number) if share.int // 1_000 == own)

    def _ids_of(self, tables_number: int) -> frozenset[UUID]:
        tables = self._tables.values[tables_number]
        of_records = {record.share.id for record in tables.records.values() if record.share}
        ledger = tables.ledgers.get(SCHEDULE.id) or {}
        return frozenset(tables.shares) | of_records | {entry.share_id for entry in ledger.values()}

    def _requests_in(self, tables_number: int, taken: frozenset[UUID]) -> list[Operation]:
        """What may be asked for now. An id is free once nothing refers to it any more, as if it had never been."""
        known = sorted(self._ids_of(tables_number))
        found = []
        for number, principal in enumerate(self.scope.principals):
            own = [share_id(number, row) for row in range(self.scope.rows)]
            free = [one for one in own if one not in taken][:1]
            seen = known if self.scope.foreign_ids else [one for one in known if one in own]
            for request in self.scope.requests:
                choices: Mapping[Action, list[UUID]] = {Action.CREATE: free, Action.ROTATE: free}
                ids: list[UUID | None] = [*choices.get(request.action, seen)]
                if request.action is Action.REVOKE_ALL:
                    ids = [None]
                found += [Operation(principal, request, one) for one in ids]
        return found

    def _purged(self, tables_number: int) -> list[int]:
        tables = self._tables.values[tables_number]
        found = []
        for share in tables.shares.values():
            if may_be_purged(share.expires_at, NOW):
                left = {one: row for one, row in tables.shares.items() if one != share.id}
                found.append(self._intern(replace(tables, shares=left)))
        for key, record in tables.records.items():
            if may_be_purged(record.expires_at, NOW):
                records = {one: kept for one, kept in tables.records.items() if one != key}
                found.append(self._intern(replace(tables, records=records)))
        return found

    # ---- states that are the same ----------------------------------------------------------------------------------

    def _settled(self, tables_number: int, under_way: tuple[int, ...]) -> State:
        """Revisions count changes without end; only whether two are equal, and which is later, makes a difference."""
        tables = self._tables.values[tables_number]
        if self.scope.forgets_the_dead:
            tables = self._without_the_dead(tables, under_way)
        ranks: dict[tuple[UUID, int], int] = {}
        for share in tables.shares.values():
            seen = {share.revision}
            for number in under_way:
                seen |= {row.revision for row in _rows_in(self._under_way.values[number]) if row.id == share.id}
            ranks |= {(share.id, revision): rank for rank, revision in enumerate(sorted(seen), 1)}
        if all(revision == rank for (_, revision), rank in ranks.items()):
            return self._with_first_ids((self._intern(tables), under_way))

        def ranked(share: Share) -> Share:
            return replace(share, revision=ranks.get((share.id, share.revision), share.revision))

        rewrite = Rewriting(share=ranked)
        ranked_tables = self._intern(tables_rewritten(tables, rewrite))
        return self._with_first_ids(
            (ranked_tables, tuple(self._rewrite_operation(number, rewrite) for number in under_way))
        )

    def _with_first_ids(self, state: State) -> State:
        """Ids are interchangeable too: those in the ledger are their owner's first, in the order of their names."""
        for number, principal in enumerate(self.scope.principals):
            places = sorted(place for place in self._ledger_of(state) if place.principal_id == principal)
            for row, place in enumerate(places):
                present, first = self._ledger_of(state)[place].share_id, share_id(number, row)
                if present != first:
                    state = self._rewrite_state(state, exchange(present, first))
        return state

    def _ledger_of(self, state: State) -> Ledger:
        return self._tables.values[state[0]].ledgers.get(SCHEDULE.id) or {}

    def _without_the_dead(self, tables: Tables, under_way: tuple[int, ...]) -> Tables:
        """A dead row is read only by an operation of its owner that saw it alive: without one it makes no state."""
        referred = frozenset[UUID]().union(*(self._own_ids(number) for number in under_way))
        shares = {
            one: row
            for one, row in tables.shares.items()
            if one in referred or (row.revoked_at is None and row.expires_at > NOW)
        }
        return tables if len(shares) == len(tables.shares) else replace(tables, shares=shares)

    def _canonical(self, state: State) -> State:
        renamed = (self._rewrite_state(state, renaming) for renaming in self._renamings)
        return min((tables, tuple(sorted(under_way))) for tables, under_way in renamed)

    def _rewrite_state(self, state: State, rewrite: Rewriting) -> State:
        tables, under_way = state
        return (
            self._rewritten_tables(tables, rewrite),
            tuple(self._rewritten_operation(number, rewrite) for number in under_way),
        )

    def _rewrite_tables(self, number: int, rewrite: Rewriting) -> int:
        return self._intern(tables_rewritten(self._tables.values[number], rewrite))

    def _rewrite_operation(self, number: int, rewrite: Rewriting) -> int:
        one = self._under_way.values[number]
        again = run(
            rewrite.operation(one.operation), tuple(log_rewritten(entry, rewrite) for entry in one.log), self.scope.cap
        )
        assert isinstance(again, UnderWay), (one, again)
        return self._under_way(again)


def _seen(call: Call, tables: Tables) -> Said:
    """What a store call that reads is answered."""
    match call:
        case Call("open_schedule", (schedule_id,)):
            ledger = tables.ledgers.get(schedule_id)
            return Said((tables.schedules.get(schedule_id), None if ledger is None else tuple(sorted(ledger.items()))))
        case Call("get_shares", (share_ids,)):
            return Said(rows(tables.shares[one] for one in share_ids if one in tables.shares))
        case _:
            return Said(tables.records.get(call.arguments))


def _is_days_old(one: UnderWay) -> bool:
    return any(isinstance(entry, Reading) and entry.now == FORGOTTEN for entry in one.log)


def _rows_in(one: UnderWay) -> list[Share]:
    found = [entry.value.shares for entry in one.log if isinstance(entry, Said) and isinstance(entry.value, Rows)]
    return [row for some in found for row in some]


def _mentioned(one: UnderWay) -> frozenset[UUID]:
    found = {one.operation.share_id} if one.operation.share_id else set()
    for entry in one.log:
        match entry:
            case Said((Schedule(), entries)):
                found |= {held.share_id for _, held in entries or ()}
            case Said(Rows(read)):
                found |= {row.id for row in read}
    return frozenset(found)


def _key_of(tables: Tables) -> object:
    ledger = tables.ledgers.get(SCHEDULE.id)
    return (
        None if ledger is None else frozenset(ledger.items()),
        frozenset(tables.shares.values()),
        frozenset(tables.records.values()),
    )


def _name(one: UnderWay) -> str:
    attempt = sum(isinstance(entry, Refused) for entry in one.log) + 1
    return f"{one.operation.principal}'s {one.operation.request.action} (attempt {attempt}): {one.call.name}"


def _outcome(ended: Ended) -> str:
    if isinstance(ended.result, Exception):
        return f"{ended.operation.request.action}: {type(ended.result).__name__}"
    assert isinstance(ended.result, Outcome)
    return f"{ended.operation.request.action}: {'replayed' if ended.result.is_replay else ended.result.kind}"


def way_to[S](origins: Mapping[S, tuple[S | None, str]], state: S) -> list[str]:
    """The labels of the transitions from the beginning; whoever takes part may have swapped names on the way.

    ``origins`` has for each state the one before, None for the first, and the transition from there.
    """
    labels = []
    at: S | None = state
    while at is not None:
        at, label = origins[at]
        labels.append(label)
    return labels[::-1]
