"""Changes that are made once: again while others interfere, never again for an Idempotency-Key that was answered."""

from collections.abc import Callable
from dataclasses import dataclass

import tenacity

from report_shares.refusals import Conflict, InvalidRequest, NotFound
from report_shares.rules import idempotency
from report_shares.times import Clock
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.share_changes import (
    AlreadyAnswered,
    Contended,
    IdempotencyRecord,
    Meter,
    RecordedAnswer,
    ShareStore,
    StaleView,
)

MAX_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class Once[T]:
    """A caller's wish that a request has its effect once.

    ``answer`` makes of the result what a replay will answer.
    """

    key: str
    fingerprint: str
    answer: Callable[[T], RecordedAnswer]

    def record(self, caller: Caller, result: T, now: int) -> IdempotencyRecord:
        """What to keep, in the same transaction as the effect."""
        return IdempotencyRecord(
            principal_id=caller.principal_id,
            key=self.key,
            fingerprint=self.fingerprint,
            answer=self.answer(result),
            recorded_at=now,
            expires_at=now + idempotency.KEPT,
        )


def until_it_stands[T](attempt: Callable[[], T], meter: Meter) -> T:
    """Makes the attempt anew while it finds its view stale or others in the way. Raises ``Conflict`` in the end."""
    retries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((StaleView, Contended)),
        stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.02, max=0.4),
        before_sleep=lambda _: meter.count("ConflictsRetried"),
    )
    try:
        return retries(attempt)
    except tenacity.RetryError:
        raise Conflict("Too many changes at once, please retry") from None


def unless_answered[T, R](
    store: ShareStore, who: Callable[[], Caller], once: Once[R] | None, clock: Clock, change: Callable[[], T]
) -> T:
    """The change, or ``AlreadyAnswered`` where its key was used: also where the change would be refused today.

    Raises ``Conflict`` where the key was used for another request.
    """
    if once is None:
        return change()
    try:
        return change()
    except AlreadyAnswered as answered:
        _must_match(once, answered.record)
        raise
    except (Conflict, InvalidRequest, NotFound):
        # Whoever may not make the request at all sees no earlier answer either.
        record = store.get_record(who().principal_id, once.key)
        if record is None or record.expires_at <= clock():
            raise
        _must_match(once, record)
        raise AlreadyAnswered(record) from None


def _must_match[R](once: Once[R], record: IdempotencyRecord) -> None:
    if once.fingerprint != record.fingerprint:
        raise Conflict("The Idempotency-Key was used for another request")
