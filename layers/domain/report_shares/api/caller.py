"""The caller of the request at hand, found while other work goes on."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from typing import Any

from report_shares.api.headers import header_values
from report_shares.rules.rate_limit import RateLimit
from report_shares.times import Clock
from report_shares.use_cases.authenticate import Caller, KeyStore, RateLimitedCaller, authenticate


class RequestCaller:
    """Authenticates each request once and side by side with whatever else it needs. One request at a time."""

    def __init__(self, keys: KeyStore, clock: Clock, limit: int, side_by_side: Executor) -> None:
        self._keys = keys
        self._clock = clock
        self._limit = limit
        self._side_by_side = side_by_side
        self._finding: Future[Caller] = Future()

    def find(self, event: Mapping[str, Any]) -> None:
        """Starts to authenticate the request; a repeated header is ambiguous and counts as none."""
        values = header_values(event, "Authorization")
        authorization = values[0] if len(values) == 1 else None
        self._finding = self._side_by_side.submit(authenticate, self._keys, self._clock, self._limit, authorization)

    def known(self) -> Caller:
        """Waits until the caller is known. Raises ``Unauthorized``, ``RateLimited`` or ``ServiceUnavailable``."""
        return self._finding.result()

    def headers(self) -> dict[str, str]:
        """The ``RateLimit-*`` headers of an authenticated request's answer; the reset is in seconds."""
        rate = self._rate()
        if rate is None:
            return {}
        return {
            "RateLimit-Limit": str(rate.limit),
            "RateLimit-Remaining": str(rate.remaining),
            "RateLimit-Reset": str(rate.reset),
        }

    def log_fields(self) -> dict[str, str]:
        """Who asked, where that is known."""
        if self._finding.exception() is not None:
            return {}
        return {"principal_id": self._finding.result().principal_id}

    def _rate(self) -> RateLimit | None:
        refusal = self._finding.exception()
        if refusal is None:
            return self._finding.result().rate
        return refusal.rate if isinstance(refusal, RateLimitedCaller) else None
