"""Whether a history of calls and answers can have come from a service that keeps its promises.

Nothing is known of the service but what callers saw: when each call started and ended, and what it was answered. A
call had its effect at some moment between. So for each share there is a time in which it was *certainly* active,
whatever the order, and a time in which it was *possibly* active; a broken promise is an answer that fits neither, or
certainly active shares that are too many. Calls without an answer may or may not have had their effect; the end of
one whose process was killed is when it was found dead.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from report_shares.times import DAY
from tests.proof.history import NEVER, WRITES, Action, Event

DEFAULT_DAYS = 30

_ENDING = frozenset({Action.ROTATE, Action.REVOKE, Action.REVOKE_ALL})
_PROLONGING = frozenset({Action.CREATE, Action.EXTEND})
_STATUSES = {
    Action.CREATE: {200, 201, 400, 409},
    Action.ROTATE: {201, 400, 409},
    Action.EXTEND: {200, 404, 409},
    Action.REVOKE: {204, 404, 409},
    Action.REVOKE_ALL: {204, 409},
    Action.LIST: {200},
    Action.READ: {200, 410},
    Action.COUNT: {200},
}


@dataclass(frozen=True)
class BrokenPromise:
    """A broken promise, and the answer that breaks it."""

    rule: str
    event: Event | None
    text: str = ""


@dataclass(frozen=True)
class Term:
    """When a share may expire because of one call: somewhere from ``earliest`` to ``latest``."""

    set_by: Event
    earliest: int
    latest: int


@dataclass
class Life:
    """One share as its history tells it; ``peers`` are all events of its owner on its schedule."""

    share_id: str
    birth: Event | None
    first_seen: Event
    peers: Sequence[Event]
    terms: list[Term] = field(default_factory=list)

    @property
    def born_by(self) -> int:
        """The moment from which it is certainly there: the answer that first tells of it."""
        return self.first_seen.ended

    @property
    def born_after(self) -> int:
        """It was certainly not there before; without its birth's answer any lost call may have been it."""
        return self.birth.started if self.birth else 0

    def dead_by(self) -> int:
        """The moment from which it is certainly withdrawn or replaced; NEVER without any sign of that."""
        return min((event.ended for event in self.peers if self._certainly_ends(event)), default=NEVER)

    def _certainly_ends(self, event: Event) -> bool:
        if not event.succeeded:
            return False
        if event.action is Action.REVOKE:
            return event.share_id == self.share_id
        replaces = (
            event.action in (Action.CREATE, Action.ROTATE) and event.status == 201 and event.share_id != self.share_id
        )
        return (replaces or event.action is Action.REVOKE_ALL) and event.started >= self.born_by

    def may_end_from(self) -> int:
        """The earliest moment at which a call may have withdrawn or replaced it."""
        return min((event.started for event in self.peers if self._may_end(event)), default=NEVER)

    def _may_end(self, event: Event) -> bool:
        if not event.may_have_changed or event.action not in _ENDING or event.ended < self.born_after:
            return False
        return event is not self.birth and (event.action is not Action.REVOKE or event.share_id == self.share_id)

    def may_expire(self, start: int, end: int) -> Iterator[Term]:
        """The terms that may be in force at some moment from ``start`` to ``end``."""
        for term in self.terms:
            superseded = any(
                later.set_by.succeeded and later.set_by.started >= term.set_by.ended and later.set_by.ended <= start
                for later in self.terms
            )
            if term.set_by.started <= end and not superseded:
                yield term

    def certainly_active(self, start: int, end: int) -> bool:
        """Whether it is active all the time from ``start`` to ``end``, whatever the order of the calls."""
        if not self.born_by <= start or self.may_end_from() <= end:
            return False
        return min((term.earliest for term in self.may_expire(start, end)), default=0) > end

    def possibly_active(self, start: int, end: int) -> bool:
        """Whether it can be active at some moment from ``start`` to ``end``."""
        if self.born_after > end or self.dead_by() <= start:
            return False
        return max((term.latest for term in self.may_expire(start, end)), default=NEVER) > start

    def certain_span(self) -> tuple[int, int]:
        """A time in which it is active in any order; empty where the first is not before the second."""
        end = min(self.may_end_from(), self.dead_by())
        terms = list(self.may_expire(self.born_by, end))
        return self.born_by, min([end, *(term.earliest for term in terms)])


class History:
    """Events with the lives of the shares that they tell of."""

    def __init__(self, events: Iterable[Event], cap: int) -> None:
        self.events = list(events)
        self.cap = cap
        self.peers: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.events:
            self.peers[event.schedule, event.caller].append(event)
        self.lives: dict[str, Life] = {}
        self.by_owner: dict[tuple[str, str], list[Life]] = defaultdict(list)
        for owner, events_of_owner in self.peers.items():
            for life in _lives(events_of_owner):
                self.lives[life.share_id] = life
                self.by_owner[owner].append(life)

    def broken_promises(self) -> list[BrokenPromise]:
        """Every broken promise; none for a history that keeps them all."""
        checks = (
            self._answers_that_never_should_be,
            self._caps,
            self._refusals_below_the_cap,
            self._second_shares,
            self._tokens,
            self._refreshes,
            self._reads,
            self._lists,
            self._refused_changes,
            self._replays,
        )
        return [broken for check in checks for broken in check()]

    def _answers_that_never_should_be(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.status is None or event.status == 503:
                if not event.faulty:
                    yield BrokenPromise("no error without a fault", event)
            elif event.status not in _STATUSES[event.action]:
                yield BrokenPromise("only the contract's answers", event)

    def _caps(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.COUNT and event.count > self.cap:
                yield BrokenPromise("never more active shares than the cap", event, f"{event.count} in the ledger")
        moments: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for life in self.lives.values():
            start, end = life.certain_span()
            if start < end:
                moments[life.first_seen.schedule] += [(start, 1), (end, -1)]
        for schedule, changes in moments.items():
            active = 0
            for at, change in sorted(changes):
                active += change
                if active > self.cap:
                    yield BrokenPromise(
                        "never more active shares than the cap", None, f"{active} on {schedule} at {at}"
                    )
                    break

    def _refusals_below_the_cap(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.status != 400:
                continue
            owners = {
                owner
                for owner, peers in self.peers.items()
                if owner[0] == event.schedule
                and owner[1] != event.caller
                and (
                    any(life.possibly_active(event.started, event.ended) for life in self.by_owner[owner])
                    or any(peer.is_unknown and peer.started < event.ended for peer in peers)
                )
            }
            if len(owners) < self.cap:
                yield BrokenPromise("never refused below the cap", event, f"at most {len(owners)} others")

    def _second_shares(self) -> Iterator[BrokenPromise]:
        """A create that is answered with a new share, though the caller has one all the time."""
        for life in self.lives.values():
            birth = life.birth
            if birth is None or birth.action is not Action.CREATE:
                continue
            for other in self.by_owner[birth.schedule, birth.caller]:
                if other is not life and other.certainly_active(birth.started, birth.ended):
                    yield BrokenPromise("at most one active share of a caller", birth, f"beside {other.share_id}")

    def _tokens(self) -> Iterator[BrokenPromise]:
        share_of: dict[str, str] = {}
        token_of: dict[str, str] = {}
        for event in self.events:
            if event.token and event.share_id and event.status in (200, 201):
                if share_of.setdefault(event.token, event.share_id) != event.share_id:
                    yield BrokenPromise("a token opens one share", event)
                if token_of.setdefault(event.share_id, event.token) != event.token:
                    yield BrokenPromise("a share has one token for ever", event)
            if event.action is Action.READ and event.status == 200 and event.shown != event.caller:
                yield BrokenPromise("a token opens its own share", event)

    def _refreshes(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action in _PROLONGING and event.status == 200 and not event.replayed and event.share_id:
                life = self.lives[event.share_id]
                if life.birth and life.birth.created_at != event.created_at:
                    yield BrokenPromise("created_at never changes", event)
                if not life.possibly_active(event.started, event.ended):
                    yield BrokenPromise("only an active share is refreshed or extended", event)

    def _reads(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.READ and event.share_id in self.lives:
                yield from self._seen_or_not(self.lives[event.share_id], event, event.status == 200)

    def _lists(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.LIST and event.status == 200:
                for life in self.by_owner[event.schedule, event.caller]:
                    yield from self._seen_or_not(life, event, life.share_id in event.listed)

    def _seen_or_not(self, life: Life, event: Event, seen: bool) -> Iterator[BrokenPromise]:
        if seen and life.dead_by() <= event.started:
            yield BrokenPromise("a withdrawn or replaced link is gone for ever", event)
        elif seen and not life.possibly_active(event.started, event.ended):
            yield BrokenPromise("an expired link is gone", event)
        elif not seen and event.status != 503 and life.certainly_active(event.started, event.ended):
            yield BrokenPromise("what was acknowledged is there", event)

    def _refused_changes(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.status == 404 and event.action in (Action.EXTEND, Action.REVOKE) and event.share_id in self.lives:
                life = self.lives[event.share_id]
                if life.certainly_active(event.started, event.ended):
                    yield BrokenPromise("what was acknowledged is there", event)

    def _replays(self) -> Iterator[BrokenPromise]:
        keyed: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.events:
            if event.key and event.action in WRITES:
                keyed[event.caller, event.key].append(event)
        for events in keyed.values():
            done = [event for event in events if event.succeeded]
            for event in events:
                if event.replayed:
                    yield from self._replay(event, events, done)
            for first, second in pairwise(done):
                if second.ended < first.started + DAY:
                    yield BrokenPromise("one effect for one Idempotency-Key", second)

    def _replay(self, event: Event, events: list[Event], done: list[Event]) -> Iterator[BrokenPromise]:
        firsts = [one for one in done if one.started <= event.ended and event.started < one.ended + DAY]
        same = any((one.status, one.body) == (event.status, event.body) for one in firsts)
        of_an_unknown = any(_may_be_replayed(one, event, firsts) for one in events if one.is_unknown)
        if firsts and not same and not of_an_unknown:
            yield BrokenPromise("a replay is the first answer again", event)
        if not firsts and not of_an_unknown:
            yield BrokenPromise("a replay has a first answer", event)


def _may_be_replayed(unknown: Event, replay: Event, firsts: list[Event]) -> bool:
    """Whether the replay can be of a request without an answer: none that was answered still barred its key."""
    latest = min(unknown.ended or replay.ended, replay.ended)
    barring = [one for one in firsts if one.started <= latest < one.started + DAY]
    return unknown.started <= replay.ended and not barring


def _lives(peers: Sequence[Event]) -> Iterator[Life]:
    seen: dict[str, Life] = {}
    for event in sorted(peers, key=lambda event: event.ended):
        told = event.action in (Action.CREATE, Action.ROTATE, Action.EXTEND) and event.status in (200, 201)
        if told and event.share_id and event.share_id not in seen:
            seen[event.share_id] = Life(event.share_id, None, event, peers)
    for event in peers:
        if event.status == 201 and event.succeeded and event.share_id:
            seen[event.share_id].birth = event
    for life in seen.values():
        life.terms = list(_terms(life))
        yield life


def _terms(life: Life) -> Iterator[Term]:
    """What each call may have made of the share's expiry; what was answered is exact."""
    for event in life.peers:
        if event.succeeded and event.share_id == life.share_id and event.expires_at is not None:
            yield Term(event, event.expires_at, event.expires_at)
        elif event.is_unknown and event.action in _PROLONGING | {Action.ROTATE}:
            if event.action is Action.EXTEND and event.share_id != life.share_id:
                continue
            days = event.days or DEFAULT_DAYS
            # A refresh without days may also have kept a later expiry: then the term that set it is still in force.
            yield Term(event, event.started + days * DAY, event.ended + days * DAY)
