"""Who is calling, and may they call once more this minute."""

from collections.abc import Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from report_shares.refusals import Forbidden, NotFound, RateLimited, Unauthorized
from report_shares.rules import rate_limit
from report_shares.rules.access import ApiKey, allows, digest_of_bearer
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import ScheduleView
from report_shares.times import Clock


@dataclass(frozen=True, slots=True)
class RequestCount:
    """What came of counting a request against a key: whether it was within the limit, and the key's last requests.

    ``times`` are as many as the limit; empty where the key was never counted (with this limit), or is not known.
    """

    accepted: bool
    times: Sequence[int] = ()


class LookedUp(NamedTuple):
    """A key, and the schedule that a request is about, as they are now.

    ``brand`` is the schedule's where the store knew beforehand whose it is, and could read it with them.
    """

    key: ApiKey | None
    view: ScheduleView
    brand: Brand | None = None


class KeyStore(Protocol):
    def look_up(self, digest: str, scheduled_report_id: UUID | None) -> LookedUp:
        """The key and the schedule of this id, which None is where a request is about none."""

    def count_request(self, digest: str, now: int, limit: int) -> RequestCount:
        """Count the request in one conditional write; beyond the limit, or never counted, nothing is written."""

    def start_counting(self, digest: str, limit: int) -> None:
        """Give a key that was never counted a memory of its requests."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a request and what is left of its key's rate limit."""

    key: ApiKey
    rate: RateLimit

    @property
    def principal_id(self) -> str:
        return self.key.principal_id

    def require(self, scope: str) -> None:
        """Raises ``Forbidden`` where the key lacks the scope."""
        if not allows(self.key.scopes, scope):
            raise Forbidden(details={"required_scope": scope, "key_scopes": sorted(self.key.scopes)})

    def admitted_to(self, schedule: Schedule | None, scope: str) -> Schedule:
        """The schedule, where the caller may see it and the key has the scope.

        Raises ``Forbidden``, or ``NotFound`` for a schedule of another workspace as for one that is not there.
        """
        self.require(scope)
        if schedule is None or schedule.workspace_id != self.key.workspace_id:
            raise NotFound
        if not self.key.serves(str(schedule.brand_id)):
            raise Forbidden("This key is restricted to other brands")
        return schedule


def key_digest(authorization: str | None) -> str:
    """The digest of the key in an ``Authorization`` header. Raises ``Unauthorized`` where it cannot be one of ours."""
    digest = digest_of_bearer(authorization)
    if digest is None:
        raise Unauthorized
    return digest


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The use case with all that it needs; a request is counted while its key is looked up."""

    keys: KeyStore
    clock: Clock
    limit: int
    side_by_side: Executor

    def __call__(self, digest: str, scheduled_report_id: UUID | None) -> tuple[Caller, ScheduleView, Brand | None]:
        """The caller behind a key, and the schedule that the request is about as it was when they were let in.

        Beside it its brand, as far as that is known without a further call.

        An unknown key writes nothing. Raises ``Unauthorized`` or ``CallerRateLimited``.
        """
        now = self.clock()
        looking_up = self.side_by_side.submit(self.keys.look_up, digest, scheduled_report_id)
        try:
            count = self.keys.count_request(digest, now, self.limit)
        finally:
            wait([looking_up])  # a read left behind would run into the next request
        key, view, brand = looking_up.result()
        if key is None or not key.is_usable(now):
            raise Unauthorized
        while not count.times:
            self.keys.start_counting(digest, self.limit)
            count = self.keys.count_request(digest, now, self.limit)
        if not count.accepted:
            left = RateLimit(limit=self.limit, remaining=0, reset=rate_limit.state(count.times, now).reset)
            raise CallerRateLimited(rate_limit.seconds_until_accepted(count.times, now), left)
        return Caller(key, rate_limit.state(count.times, now)), view, brand


class CallerRateLimited(RateLimited):
    """Carries the state of the limit, which the answer's headers show."""

    def __init__(self, retry_after: int, rate: RateLimit) -> None:
        super().__init__(retry_after)
        self.rate = rate
