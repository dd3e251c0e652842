"""Changes of a schedule's shares, and what they ask of the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import Ledger, LedgerSwap, Share

# Where a token stood in a recorded answer; no answer of ours has angle brackets.
LINK_PLACE = "<token>"


class StaleView(Exception):
    """A commit was refused because what it was decided on no longer stands: look again and decide anew."""


class Contended(Exception):
    """A commit was refused because another one was under way: nothing is known to have changed, try again."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """A share that is withdrawn; ``at`` in epoch milliseconds."""

    share_id: UUID
    at: int


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer kept for replay. ``body`` holds ``LINK_PLACE`` where the token of ``share_id`` stood."""

    status: int
    headers: Mapping[str, str]
    body: str
    share_id: UUID | None = None
    token_key_id: int | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What a principal's Idempotency-Key stood for. Times are epoch milliseconds."""

    principal_id: str
    key: str
    fingerprint: str
    answer: RecordedAnswer
    recorded_at: int
    expires_at: int


class AlreadyAnswered(Exception):
    """The Idempotency-Key has been used; nothing was changed."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__("the Idempotency-Key has been used")
        self.record = record


@dataclass(frozen=True, slots=True)
class ShareChange:
    """One atomic change of a schedule's shares: all of it or none.

    ``opens_ledger`` says that the schedule had no ledger yet. ``created`` must not exist yet, under any schedule;
    ``updated`` must still be at the revision before. ``record`` must be the first under its key, or the first after
    the one before expired. Without a ``swap`` nothing but the record is written.
    """

    scheduled_report_id: UUID
    swap: LedgerSwap | None
    opens_ledger: bool = False
    created: Share | None = None
    updated: Share | None = None
    revoked: Revocation | None = None
    record: IdempotencyRecord | None = None


class ShareStore(Protocol):
    def open_schedule(self, scheduled_report_id: UUID) -> tuple[Schedule | None, Ledger | None]:
        """The schedule and its ledger as they are now, each None where there is none (yet)."""

    def get_share(self, share_id: UUID) -> Share | None:
        """The share's row as it is now; it may be expired, revoked, or already purged (None)."""

    def commit(self, change: ShareChange) -> None:
        """Raises ``AlreadyAnswered``, ``StaleView`` or ``Contended``."""

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        """What the Idempotency-Key stood for; it may have expired."""


class Meter(Protocol):
    """Is told how the service is doing, never who or which; says nothing back."""

    def outcome(self, name: str) -> None:
        """What came of the request at hand, in one word of a short list; the last one counts."""

    def count(self, name: str) -> None:
        """Something happened once more during this request."""

    def duration(self, name: str, milliseconds: int) -> None:
        """How long something took, or how old it is."""


class Unmetered:
    """A ``Meter`` that nobody reads."""

    def outcome(self, name: str) -> None: ...

    def count(self, name: str) -> None: ...

    def duration(self, name: str, milliseconds: int) -> None: ...
