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
from functools import cached_property
from itertools import pairwise

from report_shares.times import DAY
from tests.proof.history import CHANGES, NEVER, WRITES, Action, Event

DEFAULT_DAYS = 30

_ENDING = frozenset({Action.ROTATE, Action.REVOKE, Action.REVOKE_ALL})
_PROLONGING = frozenset({Action.CREATE, Action.EXTEND})
_TELLING = frozenset({Action.CREATE, Action.ROTATE}) | CHANGES
"""What is answered with a share."""
_STATUSES = {
    Action.CREATE: {200, 201, 400, 409},
    Action.ROTATE: {201, 400, 409},
    **{change: {200, 404, 409} for change in CHANGES},
    Action.REVOKE: {204, 404, 409},
    Action.REVOKE_ALL: {204, 409},
    Action.LIST: {200},
    Action.READ: {200, 401, 410, 429},
    Action.COUNT: {200},
}


@dataclass(frozen=True)
class BrokenPromise:
    """A broken promise, and the answer that breaks it."""

    rule: str
    event: Event | None
    text: str = ""


@dataclass(frozen=True)
class Setting[T]:
    """What a share has because of one call, or had at some moment of it; where nobody knows, what it may have."""

    set_by: Event
    value: T


def in_force[T](settings: Iterable[Setting[T]], start: int, end: int) -> Iterator[T]:
    """What may be in force at some moment from ``start`` to ``end``."""
    known = list(settings)
    for one in known:
        superseded = any(
            later.set_by.succeeded and later.set_by.started >= one.set_by.ended and later.set_by.ended <= start
            for later in known
        )
        if one.set_by.started <= end and not superseded:
            yield one.value


def possible[T](settings: Iterable[Setting[T]], event: Event) -> set[T]:
    """What may be in force at some moment of a call; empty where nobody knows."""
    return set(in_force(settings, event.started, event.ended))


type Span = tuple[int, int]
"""When a share may expire: at the earliest and at the latest."""


@dataclass
class Life:
    """One share as its history tells it; ``peers`` are all events of its owner on its schedule."""

    share_id: str
    birth: Event | None
    first_seen: Event
    peers: Sequence[Event]
    terms: list[Setting[Span]] = field(default_factory=list)
    names: list[Setting[str | None]] = field(default_factory=list)
    lives: list[Setting[bool]] = field(default_factory=list)
    passwords: list[Setting[str]] = field(default_factory=list)

    @property
    def born_by(self) -> int:
        """The moment from which it is certainly there: the answer that first tells of it."""
        return self.first_seen.ended

    @property
    def born_after(self) -> int:
        """It was certainly not there before; without its birth's answer any lost call may have been it."""
        return self.birth.started if self.birth else 0

    @cached_property
    def dead_by(self) -> int:
        """The moment from which it is certainly withdrawn or replaced; NEVER without any sign of that."""
        return min((event.ended for event in self.peers if self._certainly_ends(event)), default=NEVER)

    def _certainly_ends(self, event: Event) -> bool:
        if not event.succeeded:
            return False
        if event.action is Action.REVOKE:
            return event.share_id == self.share_id
        replaces = (
            event.action in (Action.CREATE, Action.ROTATE)
            and event.status == 201
            and event.share_id != self.share_id
            and self.certainly_is_of(event)
        )
        return (replaces or event.action is Action.REVOKE_ALL) and event.started >= self.born_by

    def may_end_from(self, but_for: Event | None = None) -> int:
        """The earliest moment at which a call, but for that one, may have withdrawn or replaced it."""
        return min((event.started for event in self._possible_ends if event is not but_for), default=NEVER)

    @cached_property
    def _possible_ends(self) -> list[Event]:
        return [event for event in self.peers if self._may_end(event)]

    def _may_end(self, event: Event) -> bool:
        if not event.may_have_changed or event.action not in _ENDING or event.ended < self.born_after:
            return False
        if event is self.birth or (event.action is Action.REVOKE and event.share_id != self.share_id):
            return False
        return event.action is not Action.ROTATE or self.possibly_named(event.name, event.started, event.ended)

    def certainly_named(self, name: str | None, start: int, end: int) -> bool:
        """Whether that is its name all the time."""
        return set(in_force(self.names, start, end)) == {name}

    def possibly_named(self, name: str | None, start: int, end: int) -> bool:
        """Whether that can be its name at some moment."""
        return name in (set(in_force(self.names, start, end)) or {name})

    def certainly_is_of(self, event: Event) -> bool:
        """Whether the name that the event is about is its name all the time of the event."""
        return self.certainly_named(event.name, event.started, event.ended)

    def certainly_active(self, start: int, end: int, but_for: Event | None = None) -> bool:
        """Whether it is active all the time from ``start`` to ``end``, whatever the order of the calls.

        With ``but_for``, a call that may have ended it, whether it would be without that one.
        """
        if not self.born_by <= start or self.may_end_from(but_for) <= end:
            return False
        return min((earliest for earliest, _ in in_force(self.terms, start, end)), default=0) > end

    def possibly_active(self, start: int, end: int) -> bool:
        """Whether it can be active at some moment from ``start`` to ``end``."""
        if self.born_after > end or self.dead_by <= start:
            return False
        return max((latest for _, latest in in_force(self.terms, start, end)), default=NEVER) > start

    def certain_span(self) -> tuple[int, int]:
        """A time in which it is active in any order; empty where the first is not before the second."""
        end = min(self.may_end_from(), self.dead_by)
        return self.born_by, min([end, *(earliest for earliest, _ in in_force(self.terms, self.born_by, end))])


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
            # What a rotation replaced mostly was answered before it; where not, it may have had any password.
            for life in sorted(self.by_owner[owner], key=lambda life: (life.birth or life.first_seen).ended):
                life.passwords = list(_passwords(life, self.by_owner[owner]))

    def broken_promises(self) -> list[BrokenPromise]:
        """Every broken promise; none for a history that keeps them all."""
        checks = (
            self._answers_that_never_should_be,
            self._caps,
            self._refusals_below_the_cap,
            self._second_shares,
            self._names,
            self._live_or_frozen,
            self._told_of_passwords,
            self._asked_for_passwords,
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
            known = sum(
                life.possibly_active(event.started, event.ended)
                and not (caller == event.caller and life.certainly_is_of(event))
                for (schedule, caller), lives in self.by_owner.items()
                for life in lives
                if schedule == event.schedule
            )
            most = known + sum(
                len(_unheard_names(peers, event))
                for (schedule, _), peers in self.peers.items()
                if schedule == event.schedule
            )
            if most < self.cap:
                yield BrokenPromise("never refused below the cap", event, f"at most {most} others")

    def _second_shares(self) -> Iterator[BrokenPromise]:
        """A new share, or a new name for one, though the caller has another of that name all the time."""
        for event in self.events:
            is_new = event.status == 201 and event.action is Action.CREATE
            if event.replayed or not (is_new or (event.status == 200 and event.action is Action.RENAME)):
                continue
            for other in self.by_owner[event.schedule, event.caller]:
                is_another = other.share_id != event.share_id
                if is_another and other.certainly_is_of(event) and other.certainly_active(event.started, event.ended):
                    yield BrokenPromise(
                        "at most one active share of a caller and name", event, f"beside {other.share_id}"
                    )

    def _names(self) -> Iterator[BrokenPromise]:
        """What is answered has the name that was asked for, and what is listed one that was given."""
        for event in self.events:
            about_a_name = event.action in (Action.CREATE, Action.ROTATE, Action.RENAME)
            if about_a_name and event.succeeded and event.told_name != event.name:
                yield BrokenPromise("a share is the one of its name", event)
            for share_id, name in event.listed:
                life = self.lives.get(share_id)
                if life and not life.possibly_named(name, event.started, event.ended):
                    yield BrokenPromise("a name is what was acknowledged", event)

    def _live_or_frozen(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.READ and event.status == 200 and event.share_id in self.lives:
                lives = possible(self.lives[event.share_id].lives, event)
                if event.told_live is not None and lives and event.told_live not in lives:
                    yield BrokenPromise("a link is live or frozen as was acknowledged", event)

    def _told_of_passwords(self) -> Iterator[BrokenPromise]:
        """What is answered says that there is a password where there is one, a rotation's answer too."""
        for event in self.events:
            if event.action in _TELLING and event.succeeded and event.told_protected is not None and event.share_id:
                passwords = possible(self.lives[event.share_id].passwords, event)
                if passwords and event.told_protected not in {password != "" for password in passwords}:
                    yield BrokenPromise("a password is kept until another is set", event)

    def _asked_for_passwords(self) -> Iterator[BrokenPromise]:
        """A link opens with the password that was acknowledged, and with no other; without one only if it has none."""
        for event in self.events:
            if event.action is Action.READ and event.status in {200, 401, 429} and event.share_id in self.lives:
                passwords = possible(self.lives[event.share_id].passwords, event)
                opening = passwords & {event.password, ""}
                fitting = {200: opening, 401: passwords - opening, 429: passwords - {""}}
                if passwords and not fitting[event.status]:
                    yield BrokenPromise("a link asks for the password that was acknowledged", event)

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
            if event.action in _TELLING and event.status == 200 and not event.replayed and event.share_id:
                life = self.lives[event.share_id]
                if life.birth and life.birth.created_at != event.created_at:
                    yield BrokenPromise("created_at never changes", event)
                if not life.possibly_active(event.started, event.ended):
                    yield BrokenPromise("only an active share is refreshed or extended", event)

    def _reads(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.READ and event.share_id in self.lives:
                yield from self._seen_or_not(self.lives[event.share_id], event, event.status != 410)

    def _lists(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            if event.action is Action.LIST and event.status == 200:
                for life in self.by_owner[event.schedule, event.caller]:
                    yield from self._seen_or_not(
                        life, event, life.share_id in {share_id for share_id, _ in event.listed}
                    )

    def _seen_or_not(self, life: Life, event: Event, seen: bool) -> Iterator[BrokenPromise]:
        if seen and life.dead_by <= event.started:
            yield BrokenPromise("a withdrawn or replaced link is gone for ever", event)
        elif seen and not life.possibly_active(event.started, event.ended):
            yield BrokenPromise("an expired link is gone", event)
        elif not seen and event.status != 503 and life.certainly_active(event.started, event.ended):
            yield BrokenPromise("what was acknowledged is there", event)

    def _refused_changes(self) -> Iterator[BrokenPromise]:
        for event in self.events:
            about_one = event.action in CHANGES | {Action.REVOKE}
            if event.status == 404 and about_one and event.share_id in self.lives:
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
        told = event.action in _TELLING and event.status in (200, 201)
        if told and event.share_id and event.share_id not in seen:
            seen[event.share_id] = Life(event.share_id, None, event, peers)
    for event in peers:
        if event.status == 201 and event.succeeded and event.share_id:
            seen[event.share_id].birth = event
    for life in seen.values():
        life.terms = list(_terms(life))
        life.names = list(_names(life))
        life.lives = list(_lives_and_freezes(life))
        yield life


def _unheard_names(peers: Sequence[Event], event: Event) -> set[str | None]:
    """Names under which shares can be there that nobody has heard of: of calls that were never answered."""
    return {
        peer.name
        for peer in peers
        if peer.is_unknown
        and peer.action not in (Action.REVOKE, Action.REVOKE_ALL)
        and peer.started < event.ended
        and peer.ended + (peer.days or DEFAULT_DAYS) * DAY > event.started
    }


def _names(life: Life) -> Iterator[Setting[str | None]]:
    for event in life.peers:
        if event.share_id == life.share_id and event.action in _TELLING and event.succeeded:
            yield Setting(event, event.told_name)
        elif event.share_id == life.share_id and event.action is Action.RENAME and event.is_unknown:
            yield Setting(event, event.name)


def _lives_and_freezes(life: Life) -> Iterator[Setting[bool]]:
    for event in life.peers:
        told = event.told_live if event.action in _TELLING and event.succeeded else None
        if told is not None and event.share_id == life.share_id:
            yield Setting(event, told)
        elif event.is_unknown and event.live is not None:
            about_it = event.action is not Action.SET_LIVE or event.share_id == life.share_id
            if about_it and event.action in (Action.CREATE, Action.ROTATE, Action.SET_LIVE):
                yield Setting(event, event.live)


def _passwords(life: Life, lives: Sequence[Life]) -> Iterator[Setting[str]]:
    for event in life.peers:
        about_it = event.action in _TELLING and event.share_id == life.share_id
        refreshes = event.action is Action.CREATE and life.possibly_named(event.name, event.started, event.ended)
        if event.password is not None and (
            (about_it and event.succeeded) or (event.is_unknown and (about_it or refreshes))
        ):
            yield Setting(event, event.password)
        elif event is life.birth and event.action is Action.CREATE:
            yield Setting(event, "")
        elif event is (life.birth or life.first_seen):
            others = [one for one in lives if one is not life]
            known = event is life.birth and event.name not in _unheard_names(life.peers, event)
            inherited = _inherited(event, others) if known else set()
            for password in inherited or {"", *(peer.password for peer in life.peers if peer.password is not None)}:
                yield Setting(event, password)


def _inherited(rotation: Event, others: Sequence[Life]) -> set[str]:
    """What the share may have had that was replaced: what was set last, for nothing is set on it afterwards.

    Empty where nobody knows.
    """
    inherited = {""}
    during = rotation.started, rotation.ended
    for life in others:
        if not life.possibly_active(*during) or not life.possibly_named(rotation.name, *during):
            continue
        last = set(in_force(life.passwords, NEVER, NEVER))
        certain = life.certainly_active(*during, but_for=rotation) and life.certainly_is_of(rotation)
        if certain or not last:
            return last
        inherited |= last
    return inherited


def _terms(life: Life) -> Iterator[Setting[Span]]:
    """What each call may have made of the share's expiry; what was answered is exact."""
    for event in life.peers:
        if event.succeeded and event.share_id == life.share_id and event.expires_at is not None:
            yield Setting(event, (event.expires_at, event.expires_at))
        elif event.is_unknown and event.action in _PROLONGING | {Action.ROTATE}:
            if event.action is Action.EXTEND and event.share_id != life.share_id:
                continue
            days = event.days or DEFAULT_DAYS
            # A refresh without days may also have kept a later expiry: then the term that set it is still in force.
            yield Setting(event, (event.started + days * DAY, event.ended + days * DAY))
