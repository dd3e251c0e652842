"""The share use cases one store call at a time.

A use case depends on nothing but its request and what store and clock answered. So one that is under way is its
request and the log of those answers: to go on, it is run again from its start, the log answers, and it stops at the
first store call that the log does not know. Its first call is the read of the schedule that the handler makes for it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from report_shares.refusals import Refusal
from report_shares.rules.access import WRITE_SCHEDULED, ApiKey
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.passwords import NewPassword
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import ScheduleView, Share
from report_shares.rules.tokens import TokenSecrets
from report_shares.rules.views import NO_VIEWS
from report_shares.times import DAY
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.create_share import CreateShare, ShareRequest
from report_shares.use_cases.manage_shares import ManageShares, ShareUpdate
from report_shares.use_cases.share_changes import IdempotencyRecord, Outcome, SeenShare, ShareChange, ShareChanges
from tests.fixed_secrets import FixedSecrets
from tests.proof.history import CHANGES, Action

NOW = 1_000 * DAY
DEFAULT_DAYS = 1  # the shortest there is, so that the few steps of the clock reach it
FORGOTTEN = NOW - DAY  # times before that are all the same; see `state_symmetry.py`
SCHEDULE = Schedule(UUID(int=1), UUID(int=2), "northlight", "Weekly", "weekly")
SECRETS = TokenSecrets(1, {1: b"a secret of the model, 32 bytes."})
BASE_URL = "https://reports.example.com/shared/"
IDEMPOTENCY_KEY = "1"  # each caller has one


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks for, but for the ids; ``keyed`` with their Idempotency-Key.

    ``name`` is that of the share that is created or rotated, or the one that a share is to have. ``password`` is one
    that stands for its own hash, empty where it is taken away, and None where nothing is said of it.
    """

    action: Action
    days: int | None = None
    keyed: bool = False
    name: str | None = None
    live: bool | None = None
    password: str | None = None

    @property
    def new_password(self) -> NewPassword | None:
        return None if self.password is None else _Readable(self.password or None)


class _Readable(NewPassword):
    def __init__(self, password: str | None) -> None:
        self.kept = password


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of a caller. ``share_id`` is the one it is about, or the one a new share is given."""

    principal: str
    request: Request
    share_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock said."""

    now: int


@dataclass(frozen=True, slots=True)
class Said:
    """What the store answered."""

    value: Any


@dataclass(frozen=True, slots=True)
class Rows:
    """Some shares' rows, as the store answers them."""

    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The store refused an attempt, after which the use case begins anew; what came before does not matter any more."""

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


class _ReadableKey(IdempotencyKey):
    """With the request itself in place of its HMAC, so that ids in it can change places (``state_symmetry.py``)."""

    def fingerprint(self, secret: bytes) -> str:  # noqa: ARG002 # nothing to hide
        return self.request.decode()


class _Stopped(BaseException):
    def __init__(self, call: Call) -> None:
        self.call = call


class _Replay:
    """Store and clock of one run, which answer from the log and then stop the use case."""

    def __init__(self, log: Log) -> None:
        self.log = list(log)
        self._left = list(log[::-1])

    def _call(self, name: str, *arguments: Any) -> Any:
        if not self._left:
            raise _Stopped(Call(name, arguments))
        match self._left.pop():
            case Refused(exception):
                raise exception
            case Said(Exception() as error):
                raise error
            case Said(value) | Reading(value):
                return value

    def clock(self) -> int:
        if not self._left:
            self.log.append(Reading(NOW))
            return NOW
        now: int = self._call("clock")
        return now

    def open_schedule(self, scheduled_report_id: UUID) -> ScheduleView:
        if self._left and isinstance(self._left[-1], Refused):
            return ScheduleView(SCHEDULE, None)  # whatever was seen; the attempt ends when it looks at the clock
        schedule, entries = self._call("open_schedule", scheduled_report_id)
        return ScheduleView(schedule, None if entries is None else dict(entries))

    def get_share(self, share_id: UUID) -> Share | None:
        raise NotImplementedError(f"no use case of a caller's reads {share_id} alone")

    def get_shares(self, share_ids: Collection[UUID]) -> Mapping[UUID, SeenShare]:
        found: Rows = self._call("get_shares", frozenset(share_ids))
        return {row.id: SeenShare(row, NO_VIEWS) for row in found.shares}

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        found: IdempotencyRecord | None = self._call("get_record", principal_id, key)
        return found

    def commit(self, change: ShareChange) -> None:
        self._call("commit", change)


def run(operation: Operation, log: Log, cap: int) -> UnderWay | Ended:
    """The real use case with these answers, up to its next store call or its own answer."""
    replay = _Replay(log)
    try:
        result: Any = _use_case(operation, replay, cap)
    except _Stopped as stopped:
        return UnderWay(operation, tuple(replay.log), stopped.call)
    except Refusal as refusal:
        result = refusal
    return Ended(operation, tuple(replay.log), result)


def _use_case(operation: Operation, replay: _Replay, cap: int) -> Outcome:
    request, share_id = operation.request, operation.share_id
    caller = Caller(
        ApiKey(operation.principal, SCHEDULE.workspace_id, frozenset({WRITE_SCHEDULED})),
        RateLimit(limit=120, remaining=119, reset=60),
    )
    key = _ReadableKey(IDEMPOTENCY_KEY, fingerprint(operation).encode()) if request.keyed else None
    changes = ShareChanges(replay, FixedSecrets(SECRETS), replay.clock)
    view = replay.open_schedule(SCHEDULE.id)  # which the handler reads before it calls a use case
    match request.action:
        case Action.CREATE | Action.ROTATE:
            assert share_id
            create = CreateShare(changes, cap, DEFAULT_DAYS, new_id=lambda: share_id)
            is_rotation = request.action is Action.ROTATE
            wanted = ShareRequest(request.days, rotate=is_rotation, name=request.name, live=request.live)
            wanted = replace(wanted, password=request.new_password)
            return create(caller, view, wanted, BASE_URL, key)
        case Action.EXTEND | Action.RENAME | Action.SET_LIVE | Action.SET_PASSWORD:
            assert share_id
            renames = request.action is Action.RENAME
            update = ShareUpdate(request.days, request.name, renames, request.live, request.new_password)
            return ManageShares(changes).change(caller, view, share_id, update, BASE_URL, key)
        case _:
            one = share_id if request.action is Action.REVOKE else None
            return ManageShares(changes).revoke(caller, view, one, key)


def fingerprint(operation: Operation) -> str:
    """Equal for equal requests; the id of a share to be created is none of the caller's business."""
    request = operation.request
    of_a_share = request.action in CHANGES | {Action.REVOKE}
    wanted = f"{request.action} {request.days} {request.name} {request.live} {request.password}"
    return f"{wanted} {operation.share_id if of_a_share else ''}"
