"""The share use cases one store call at a time: a request, its log of answers, and where it stands with them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from report_shares.use_cases.once import Once

from report_shares.refusals import Refusal
from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Schedule
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import Ledger, Share
from report_shares.rules.tokens import TokenSecrets
from report_shares.times import DAY
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.create_share import CreateShare, SharedLink, ShareRequest
from report_shares.use_cases.manage_shares import ManageShares
from report_shares.use_cases.share_changes import (
    LINK_PLACE,
    AlreadyAnswered,
    IdempotencyRecord,
    RecordedAnswer,
    ShareChange,
)

NOW = 1_000 * DAY
DEFAULT_DAYS = 1  # the shortest there is, so that the few steps of the clock reach it
FORGOTTEN = NOW - DAY  # times before that are all the same; see `rewriting.py`
SCHEDULE = Schedule(UUID(int=1), UUID(int=2), "northlight", "Weekly", "weekly")
SECRETS = TokenSecrets(1, {1: b"a secret of the model, 32 bytes."})


class Kind(StrEnum):
    CREATE = "create"
    ROTATE = "rotate"
    EXTEND = "extend"
    REVOKE = "revoke"
    REVOKE_ALL = "revoke all"


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for, but for the ids: ``once`` with an Idempotency-Key, of which each caller has one."""

    kind: Kind
    days: int | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of a caller. ``share_id`` is the one it is about, or the one a new share is given."""

    principal: str
    request: Request
    share_id: UUID | None = None


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
class Reading:
    """What the clock said."""

    now: int


@dataclass(frozen=True, slots=True)
class Said:
    """What the store answered."""

    value: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """The store's refusal, after which the use case begins anew; what came before does not matter any more."""

    exception: type[Exception]


type Log = tuple[Reading | Said | Refused, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A store call that an operation is about to make."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """An operation stopped before a call."""

    operation: Operation
    log: Log
    call: Call


@dataclass(frozen=True, slots=True)
class Ended:
    """An operation that answered: with a result, or a refusal."""

    operation: Operation
    log: Log
    result: Any


class Hashable(dict[str, str]):
    """Headers that can be compared and kept in sets."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


class _Stopped(BaseException):
    def __init__(self, call: Call) -> None:
        self.call = call


class _Replay:
    """Store, clock and secrets of one run: answers from the log, then stops."""

    def __init__(self, log: Log) -> None:
        self.log = list(log)
        self._position = 0

    def _known(self) -> Any:
        entry = self.log[self._position]
        self._position += 1
        return entry

    def clock(self) -> int:
        if self._position == len(self.log):
            self.log.append(Reading(NOW))
        return int(self._known().now)

    def _call(self, name: str, *arguments: Any) -> Any:
        if self._position == len(self.log):
            raise _Stopped(Call(name, arguments))
        entry = self._known()
        if isinstance(entry, Refused):
            raise entry.exception
        if isinstance(entry.value, Exception):
            raise entry.value
        return entry.value

    def open_schedule(self, scheduled_report_id: UUID) -> tuple[Schedule | None, Ledger | None]:
        schedule, entries = self._call("open_schedule", scheduled_report_id)
        return schedule, None if entries is None else dict(entries)

    def get_share(self, share_id: UUID) -> Share | None:
        found: Share | None = self._call("get_share", share_id)
        return found

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        found: IdempotencyRecord | None = self._call("get_record", principal_id, key)
        return found

    def commit(self, change: ShareChange) -> None:
        self._call("commit", change)

    def current(self) -> TokenSecrets:
        return SECRETS

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:  # noqa: ARG002 # nothing to find
        return SECRETS


def run(operation: Operation, log: Log, cap: int) -> UnderWay | Ended:
    """The real use case with these answers, up to its next store call or its own answer."""
    replay = _Replay(log)
    try:
        result: Any = _use_case(operation, replay, cap)
    except _Stopped as stopped:
        return UnderWay(operation, tuple(replay.log), stopped.call)
    except (Refusal, AlreadyAnswered) as refusal:
        result = refusal
    return Ended(operation, tuple(replay.log), result)


def _use_case(operation: Operation, replay: _Replay, cap: int) -> Any:
    request = operation.request
    key = ApiKey(operation.principal, SCHEDULE.workspace_id, frozenset({"write:scheduled"}))
    caller = Caller(key, RateLimit(limit=120, remaining=119, reset=60))
    once = Once("1", fingerprint(operation), _recorded) if request.once else None
    if request.kind in (Kind.CREATE, Kind.ROTATE):
        fresh = operation.share_id
        assert fresh
        create = CreateShare(replay, replay, replay.clock, cap, DEFAULT_DAYS, new_id=lambda: fresh)
        wanted = ShareRequest(request.days, rotate=request.kind is Kind.ROTATE)
        return create(lambda: caller, SCHEDULE.id, wanted, once)
    manage = ManageShares(replay, replay, replay.clock)
    if request.kind is Kind.EXTEND:
        assert operation.share_id
        assert request.days
        return manage.extend(lambda: caller, SCHEDULE.id, operation.share_id, request.days, once)
    share_id = operation.share_id if request.kind is Kind.REVOKE else None
    manage.revoke(lambda: caller, SCHEDULE.id, share_id, once)
    return None


def fingerprint(operation: Operation) -> str:
    """Equal for equal requests; the id of a share to be created is none of the caller's business."""
    of_a_share = operation.request.kind in (Kind.EXTEND, Kind.REVOKE)
    return f"{operation.request.kind} {operation.request.days} {operation.share_id if of_a_share else ''}"


def _recorded(link: SharedLink | None) -> RecordedAnswer:
    if link is None:
        return RecordedAnswer(204, Hashable(), "")
    status = 200 if link.is_existing else 201
    return RecordedAnswer(status, Hashable(), LINK_PLACE, link.share.id, link.share.token_key_id)
