"""Every interleaving of tries of a share's password at its gate, one write, one hash or one tick of the clock each.

A state is the gate's item, the tries under way, and what was tried before. As in ``steppable_use_case``, a try under
way is the log of what it was answered: to take a step, the real ``TryPassword`` is run again from its start. From each
state every transition is followed until there is no new state:

- a try begins, with the right password or a wrong one (as many at once as ``Scope.at_once``, without end);
- a try makes its next write or its hash; a write's answer is lost, and it is sent again; a try crashes before or after;
- a tick passes, and whatever is under way for as long as no request lives is dead; TTL deletes an item that is over.

Time is relative: now is always ``NOW``, and a tick moves all times back. Names of tries are interchangeable.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple, cast

from report_shares.rules import gate
from report_shares.rules.gate import NoPlace, Place
from report_shares.times import SECOND
from report_shares.use_cases import try_password
from report_shares.use_cases.try_password import TryPassword
from tests.proof.memory_gate import Gate, GateOverWrites, GiveBack, KeepAsWrong, MemoryGate, Open, Take, Write
from tests.proof.model_checker import way_to
from tests.proof.sample_changes import share

TICK = SECOND
NOW = 1_000 * TICK
SHARE = share()


@dataclass(frozen=True, slots=True)
class Scope:
    """How many places there are, how many ticks "ten minutes" and the longest request take, how many try at once.

    ``purges``: TTL deletes a gate that is over. ``states_at_most``: the exploration ends there, those first that are
    the fewest steps away.
    """

    places: int
    window: int
    longest_try: int
    at_once: int
    purges: bool = False
    states_at_most: int | None = None


class Hash(NamedTuple):
    """The password is about to be hashed, and compared."""


class Reading(NamedTuple):
    """What the clock said."""

    now: int


class Said(NamedTuple):
    """What a write was answered: the gate where its condition did not hold, and whether it held."""

    found: Gate | None
    held: bool


class Compared(NamedTuple):
    """A hash, and when it was made."""

    at: int


type Log = tuple[Reading | Said | Compared, ...]


class Try(NamedTuple):
    """A try under way, stopped before a write or its hash."""

    name: str
    is_right: bool
    log: Log
    next: Write | Hash


class Ended(NamedTuple):
    """A try that was answered: whether the password is right, or that there is no place."""

    name: str
    is_right: bool
    log: Log
    result: bool | NoPlace


class Wrong(NamedTuple):
    """A wrong password: when it was hashed, and when it was known to the gate; None while it may have crashed."""

    hashed_at: int
    known_at: int | None = None


class State(NamedTuple):
    """``wrong`` are those that can still matter; before ``shut_until`` no place may be taken."""

    gate: Gate | None
    under_way: tuple[Try, ...]
    wrong: tuple[Wrong, ...]
    shut_until: int


_TAKEN = Said(None, held=True)
_LOOK_AGAIN = Said(Gate(frozenset(), NOW), held=False)


# ---- the real use case, one step at a time ---------------------------------------------------------------------------


class _Stopped(BaseException):
    def __init__(self, before: Write | Hash) -> None:
        self.before = before


class _Replay:
    """Clock, writes and hash of one run, which answer from the log and then stop the use case."""

    def __init__(self, is_right: bool, log: Log) -> None:
        self.log = list(log)
        self._is_right = is_right
        self._left = list(log[::-1])

    def clock(self) -> int:
        if not self._left:
            self.log.append(Reading(NOW))
            return NOW
        return cast("Reading", self._left.pop()).now

    def send(self, write: Write) -> tuple[Gate | None, bool]:
        if not self._left:
            raise _Stopped(write)
        found, held = cast("Said", self._left.pop())
        return found, held

    def hash(self) -> bool:
        if not self._left:
            raise _Stopped(Hash())
        self._left.pop()
        return self._is_right


@cache
def run(name: str, is_right: bool, log: Log) -> Try | Ended:
    """The real use case with these answers, up to its next write, its hash or its own answer.

    In place of the password it is handed what stands for the hash of it, which ``stand_in`` calls.
    """
    replay = _Replay(is_right, log)
    use_case = TryPassword(GateOverWrites(replay.send), replay.clock, new_name=lambda: name)
    try:
        result: bool | NoPlace = use_case(SHARE, cast("Any", replay.hash))
    except _Stopped as stopped:
        return Try(name, is_right, tuple(replay.log), stopped.before)
    except NoPlace as no_place:
        result = no_place
    return Ended(name, is_right, tuple(replay.log), result)


def stand_in(password: Callable[[], bool], _kept: str) -> bool:
    """In place of ``passwords.is_right``."""
    return password()


# ---- the exploration -------------------------------------------------------------------------------------------------


@dataclass
class Exploration:
    """Follows every transition and checks each; what ``ended`` counts shows that there was something to check."""

    scope: Scope
    transitions: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._from: dict[State, tuple[State | None, str]] = {}
        self._nobody_is_shut_out = cache(self._check_that_nobody_is_shut_out)
        run.cache_clear()

    @property
    def states(self) -> int:
        return len(self._from)

    def run(self, progress: Callable[[int, int], None] = lambda _states, _left: None) -> None:
        """Raises what a check raises, with the way there."""
        first = State(None, (), (), NOW)
        self._from[first] = (None, "nothing yet")
        queue = deque([first])
        while queue and not self._is_enough():
            state = queue.popleft()
            try:
                self._nobody_is_shut_out(state.gate)
                for label, found in self._transitions(state):
                    self.transitions += 1
                    reached = _canonical(self._without_what_is_long_past(found))
                    if reached not in self._from:
                        self._from[reached] = (state, label)
                        queue.append(reached)
                        if len(self._from) % 50_000 == 0:
                            progress(len(self._from), len(queue))
            except AssertionError as error:
                error.add_note("\n".join(["the way there:", *way_to(self._from, state), str(state)]))
                raise

    def _is_enough(self) -> bool:
        most = self.scope.states_at_most
        return most is not None and len(self._from) >= most

    def _transitions(self, state: State) -> Iterator[tuple[str, State]]:
        for position, one in enumerate(state.under_way):
            others = state._replace(under_way=state.under_way[:position] + state.under_way[position + 1 :])
            yield f"{_named(one)} crashes", others
            if isinstance(one.next, Hash):
                yield f"{_named(one)} hashes", self._hashed(others, one)
                continue
            after, held = one.next.write(state.gate)
            written = self._written(state, others._replace(gate=after), one) if held else others
            yield f"{_named(one)} -> {held}", self._went_on(written, one, Said(None if held else after, held))
            if held:
                yield f"{_named(one)} is carried out, and crashes", written
                yield f"{_named(one)} is carried out, and sent again", _with(written, one)
        if len(state.under_way) < self.scope.at_once:
            for is_right in (True, False):
                begun = run(_free_name(state), is_right, ())
                assert isinstance(begun, Try)
                yield f"{_named(begun)} begins", _with(state, begun)
        yield "a tick passes", self._a_tick_later(state)
        if self.scope.purges and state.gate and state.gate.expires_at <= NOW:
            yield "TTL deletes the gate", state._replace(gate=None)

    def _went_on(self, state: State, one: Try, answer: Said | Compared) -> State:
        reached = run(one.name, one.is_right, (*one.log, answer))
        if isinstance(reached, Try):
            return _with(state, reached)
        self._check_answer(reached, state.gate)
        return state

    # ---- what must hold ----------------------------------------------------------------------------------------------

    def _hashed(self, state: State, one: Try) -> State:
        """Nothing is hashed without a place, and no more than there are places, but for crashes in a moment."""
        window, longest = gate.WINDOW, gate._LONGEST_TRY
        assert state.gate, "hashed at a gate that is not there"
        assert one.name in state.gate.by_name, "hashed without a place"
        if not one.is_right:
            state = state._replace(wrong=(*state.wrong, Wrong(NOW)))
            most = sum(NOW - wrong.hashed_at < window - longest for wrong in state.wrong)
            assert most <= self.scope.places, f"{most} wrong passwords hashed in ten minutes less a request's life"
        return self._went_on(state, one, Compared(NOW))

    def _written(self, before: State, state: State, one: Try) -> State:
        """What a write that was carried out does to what counts."""
        match one.next:
            case Take() | Open():
                assert state.shut_until <= NOW, "a place was taken at a closed gate"
                cleared = one.next.cleared if isinstance(one.next, Take) else frozenset()
                assert all(place.since <= NOW - gate.WINDOW for _, place in cleared), "a try cleared what counts"
            case GiveBack(name):
                assert (name, one.is_right) == (one.name, True), "gave back a place that it must not"
            case KeepAsWrong(name, now):
                assert (name, one.is_right) == (one.name, False), "kept as wrong what is not"
                sent_again = before.gate is not None and before.gate.by_name[name].is_wrong
                return state if sent_again else self._known(state, Wrong(_hashed_at(one)), now)
        return state

    def _known(self, state: State, hashed: Wrong, now: int) -> State:
        """A wrong one is known to the gate: counted, and if it is the last, the gate is closed."""
        left = list(state.wrong)
        left[left.index(hashed)] = hashed._replace(known_at=now)
        for at in sorted(wrong.hashed_at for wrong in left if wrong.known_at is not None):
            most = sum(0 <= wrong.hashed_at - at < gate.WINDOW for wrong in left if wrong.known_at is not None)
            assert most <= self.scope.places, f"{most} wrong passwords hashed in ten minutes"
        known = sorted(wrong.known_at for wrong in left if wrong.known_at is not None)[-self.scope.places :]
        closes = len(known) == self.scope.places and known[-1] - known[0] < gate.WINDOW
        return state._replace(
            wrong=tuple(left), shut_until=max(state.shut_until, known[-1] + gate.WINDOW) if closes else state.shut_until
        )

    def _check_answer(self, ended: Ended, present: Gate | None) -> None:
        places = present.by_name if present else {}
        match ended.result:
            case True:
                assert ended.is_right
                assert ended.name not in places, "a right one kept its place"
                self.ended["right"] += 1
            case False:
                assert not ended.is_right
                assert places[ended.name].is_wrong, "a wrong one counts for nothing"
                self.ended["wrong"] += 1
            case NoPlace(is_closed=True, retry_after=seconds):
                assert self._all_are_wrong_or_dead(places.values()), "closed by those who may turn out right"
                opens_at = max(place.since for place in places.values()) + gate.WINDOW
                assert _last_reading(ended.log) + seconds * SECOND == opens_at, "opens at another time than it says"
                self.ended["closed"] += 1
            case NoPlace(retry_after=seconds):
                gave_up = sum(isinstance(entry, Reading) for entry in ended.log) == try_password._MAX_ATTEMPTS
                assert seconds == 1
                assert gave_up or len(places) == self.scope.places, "refused though there is a place"
                is_young = any(_last_reading(ended.log) - place.since < gate._LONGEST_TRY for place in places.values())
                assert gave_up or is_young, "busy with tries that must be dead"
                self.ended["gave up" if gave_up else "busy"] += 1

    def _all_are_wrong_or_dead(self, places: Iterable[Place]) -> bool:
        each = [place.is_wrong or place.since <= NOW - gate._LONGEST_TRY for place in places]
        return len(each) == self.scope.places and all(each)

    def _check_that_nobody_is_shut_out(self, present: Gate | None) -> None:
        """If all that is under way crashed now: later the right password gets in, or is told when it will."""

        def tried(later: int) -> bool | NoPlace:
            use_case = TryPassword(MemoryGate(present), lambda: NOW + later, new_name=lambda: "late")
            try:
                return use_case(SHARE, cast("Any", lambda: True))
            except NoPlace as no_place:
                return no_place

        assert tried(gate.WINDOW) is True, "shut out for longer than ten minutes"
        found = tried(gate._LONGEST_TRY)
        assert found is True or (isinstance(found, NoPlace) and found.is_closed), "busy with the dead"

    # ---- time, and states that are the same --------------------------------------------------------------------------

    def _a_tick_later(self, state: State) -> State:
        living = [one for one in state.under_way if NOW + TICK - _begun_at(one) < gate._LONGEST_TRY]
        return State(
            state.gate and _gate_earlier(state.gate),
            tuple(_earlier(one) for one in living),
            tuple(
                Wrong(hashed_at - TICK, None if known_at is None else known_at - TICK)
                for hashed_at, known_at in state.wrong
            ),
            max(NOW, state.shut_until - TICK),
        )

    def _without_what_is_long_past(self, state: State) -> State:
        """What lies ten minutes before all that can still become known makes no difference."""
        if not self.scope.purges and state.gate:
            state = state._replace(gate=state.gate._replace(expires_at=NOW))
        state = state._replace(under_way=tuple(map(_without_its_past, state.under_way)))
        pending = [_hashed_at(one) for one in state.under_way if isinstance(one.next, KeepAsWrong)]
        oldest = min([NOW, *pending]) - gate.WINDOW
        return state._replace(wrong=tuple(one for one in state.wrong if max(one.hashed_at, one.known_at or 0) > oldest))


def _with(state: State, one: Try) -> State:
    return state._replace(under_way=(*state.under_way, one))


def _free_name(state: State) -> str:
    taken = {name for one in state.under_way for name in _mentioned(one)}
    taken |= set(state.gate.by_name) if state.gate else set()
    return next(name for name in map(str, count()) if name not in taken)


def _mentioned(one: Try) -> list[str]:
    """Names that the try knows, in an order that does not depend on them."""
    found = [entry.found for entry in one.log if isinstance(entry, Said) and entry.found]
    places = [
        place for seen in found for place in sorted(seen.places, key=lambda held: (held[1].since, held[1].is_wrong))
    ]
    return [one.name, *(name for name, _ in places)]


def _canonical(state: State) -> State:
    """Names in the order in which they are met, and everything sorted: equal for most states that mean the same."""
    under_way = sorted(state.under_way, key=_without_names)
    held = state.gate.places if state.gate else frozenset[Any]()
    known = {one.name: number for number, one in enumerate(under_way)}
    order = sorted(held, key=lambda one: (known.get(one[0], len(known)), one[1].since, one[1].is_wrong))
    names = [name for one in under_way for name in (one.name,)] + [name for name, _ in order]
    names += [name for one in under_way for name in _mentioned(one)]
    renamed = {name: str(number) for number, name in enumerate(dict.fromkeys(names))}
    return State(
        state.gate and _gate_renamed(state.gate, renamed),
        tuple(_renamed(one, renamed) for one in under_way),
        tuple(sorted(state.wrong, key=lambda wrong: (wrong.hashed_at, wrong.known_at or 0))),
        state.shut_until,
    )


@cache
def _without_names(one: Try) -> str:
    def shown(entry: Reading | Said | Compared) -> object:
        if not isinstance(entry, Said) or entry.found is None:
            return entry
        return sorted((place.since, place.is_wrong) for _, place in entry.found.places), entry.held

    return f"{one.is_right} {type(one.next).__name__} {[shown(entry) for entry in one.log]}"


@cache
def _without_its_past(one: Try) -> Try:
    """With what the use case still knows: when it began, how often it looked and what it is about to clear."""
    begun = Reading(_begun_at(one))
    match one.next:
        case Hash():
            assert any(map(partial(_has_place, one.name), one.log)), "about to hash without a place"
            log: Log = (begun, _TAKEN)
        case GiveBack():
            log = (begun, _TAKEN, Compared(begun.now))
        case KeepAsWrong(_, now):
            log = (begun, _TAKEN, Compared(_hashed_at(one)), Reading(now))
        case Open():
            log = (*(begun, _LOOK_AGAIN) * (_looks(one) - 1), Reading(one.next.now), Said(None, held=False))
        case Take(_, now, cleared):
            before = (*(begun, _LOOK_AGAIN) * (_looks(one) - 1), Reading(now))
            log = (*before[:-3], *one.log[-3:]) if cleared else before
    if begun not in log[:1]:
        log = one.log
    return _again(one.name, one.is_right, log)


def _has_place(name: str, answer: Reading | Said | Compared) -> bool:
    """Whether a write that was answered so took the place, at once or when it was first sent."""
    return isinstance(answer, Said) and (answer.held or (answer.found is not None and name in answer.found.by_name))


def _looks(one: Try) -> int:
    return sum(isinstance(entry, Reading) for entry in one.log)


def _gate_renamed(present: Gate, names: dict[str, str]) -> Gate:
    return present._replace(places=frozenset((names[name], place) for name, place in present.places))


def _renamed(one: Try, names: dict[str, str]) -> Try:
    log = (
        entry._replace(found=_gate_renamed(entry.found, names)) if isinstance(entry, Said) and entry.found else entry
        for entry in one.log
    )
    return _again(names[one.name], one.is_right, tuple(log))


def _again(name: str, is_right: bool, log: Log) -> Try:
    found = run(name, is_right, log)
    assert isinstance(found, Try), found
    return found


def _gate_earlier(present: Gate) -> Gate:
    """Two windows ago is as long ago as any time: it is over, and far from all that is not."""
    places = (
        (name, replace(place, since=max(place.since, NOW - 2 * gate.WINDOW + TICK) - TICK))
        for name, place in present.places
    )
    return Gate(frozenset(places), max(NOW, present.expires_at - TICK))


def _earlier(one: Try) -> Try:
    def earlier(entry: Reading | Said | Compared) -> Reading | Said | Compared:
        match entry:
            case Said(Gate() as found, held):
                return Said(_gate_earlier(found), held)
            case Reading(now):
                return Reading(now - TICK)
            case Compared(at):
                return Compared(at - TICK)
        return entry

    return _again(one.name, one.is_right, tuple(map(earlier, one.log)))


def _hashed_at(one: Try) -> int:
    (at,) = [entry.at for entry in one.log if isinstance(entry, Compared)]
    return at


def _begun_at(one: Try) -> int:
    return next(entry.now for entry in one.log if isinstance(entry, Reading))


def _last_reading(log: Log) -> int:
    return [entry.now for entry in log if isinstance(entry, Reading)][-1]


def _named(one: Try) -> str:
    return f"{'right' if one.is_right else 'wrong'} {one.name}: {type(one.next).__name__}"
