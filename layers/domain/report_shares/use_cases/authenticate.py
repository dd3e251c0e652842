"""Who is calling, and may they call once more this minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from report_shares.refusals import Forbidden, NotFound, RateLimited, Unauthorized
from report_shares.rules import rate_limit
from report_shares.rules.access import ApiKey, allows, digest_of_bearer
from report_shares.rules.catalog import Schedule
from report_shares.rules.rate_limit import RateLimit
from report_shares.times import Clock


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What came of counting a request against a key: the key (None: unknown) and the times of its last requests.

    ``accepted`` is False where the key is unknown, no longer usable or over its limit: then nothing was written.
    """

    accepted: bool
    key: ApiKey | None
    times: Sequence[int] = ()


class KeyStore(Protocol):
    def count_request(self, digest: str, now: int, limit: int) -> KeyUse:
        """Authenticate and count in one conditional write."""


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


def authenticate(keys: KeyStore, clock: Clock, limit: int, digest: str) -> Caller:
    """The caller behind a key; an unknown key writes nothing. Raises ``Unauthorized`` or ``CallerRateLimited``."""
    now = clock()
    use = keys.count_request(digest, now, limit)
    if use.key is None or not use.key.is_usable(now):
        raise Unauthorized
    if not use.accepted:
        left = RateLimit(limit=limit, remaining=0, reset=rate_limit.state(use.times, now).reset)
        raise CallerRateLimited(rate_limit.seconds_until_accepted(use.times, now), left)
    return Caller(use.key, rate_limit.state(use.times, now))


class CallerRateLimited(RateLimited):
    """Carries the state of the limit, which the answer's headers show."""

    def __init__(self, retry_after: int, rate: RateLimit) -> None:
        super().__init__(retry_after)
        self.rate = rate
