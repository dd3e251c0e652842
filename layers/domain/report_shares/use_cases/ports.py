"""What the use cases ask of the world; the store implements it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from report_shares.rules.access import ApiKey
from report_shares.rules.frozen_snapshot import FrozenSnapshot
from report_shares.rules.shares import Ledger, LedgerSwap, Share
from report_shares.rules.tokens import TokenSecrets

# Where a token stood in a recorded answer; no answer of ours has angle brackets.
LINK_PLACE = "<token>"


class StaleView(Exception):
    """A commit was refused because what it was decided on no longer stands: look again and decide anew."""


class Contended(Exception):
    """A commit was refused because another one was under way: nothing is known to have changed, try again."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What came of counting a request against a key: the key (None: unknown) and the times of its last requests.

    ``accepted`` is False where the key is unknown, no longer usable or over its limit: then nothing was written.
    """

    accepted: bool
    key: ApiKey | None
    times: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Brand:
    """A tracked brand; ``white_label`` holds the fields that are set."""

    id: UUID
    workspace_id: str
    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    white_label: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scheduled report and where its present roll-up and snapshot lie (None before the first run).

    ``snapshot_version`` grows by one with every change of the roll-up; ``rolled_up_at`` (epoch milliseconds) is when
    the last one happened.
    """

    id: UUID
    brand_id: UUID
    workspace_id: str
    name: str
    frequency: str
    snapshot_version: int = 0
    snapshot_key: str | None = None
    rollup_key: str | None = None
    rolled_up_at: int | None = None


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


class RunFileMissing(LookupError):
    """The run file is not in the bucket (any more)."""


class RunFileTooLarge(ValueError):
    """The run file has more bytes than the service reads."""

    def __init__(self, etag: str) -> None:
        super().__init__("the run file is too large")
        self.etag = etag


class RunFileUnreadable(OSError):
    """The bucket has the run file but does not give it away; the message is S3's code."""


@dataclass(frozen=True, slots=True)
class RunFileUpload:
    """Which upload of a run is the one that counts; ``etag`` tells one upload from the next."""

    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class StoredRunFile:
    """A run file as it lies in the bucket."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of an uploaded run file, for the operator who waits for it.

    ``status``: ``rolled_up``, ``unchanged``, ``not_counted`` (no completed run) or ``rejected`` (with a reason).
    """

    scheduled_report_id: UUID
    run_id: UUID
    etag: str
    status: str
    reason: str | None
    processed_at: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a schedule's roll-up and the snapshot made from it lie."""

    rollup_key: str
    snapshot_key: str
    rolled_up_at: int


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


class KeyStore(Protocol):
    def count_request(self, digest: str, now: int, limit: int) -> KeyUse:
        """Authenticate and count in one conditional write."""


class ShareStore(Protocol):
    def open_schedule(self, scheduled_report_id: UUID) -> tuple[Schedule | None, Ledger | None]:
        """The schedule and its ledger as they are now, each None where there is none (yet)."""

    def get_share(self, share_id: UUID) -> Share | None:
        """The share's row as it is now; it may be expired, revoked, or already purged (None)."""

    def commit(self, change: ShareChange) -> None:
        """Raises ``AlreadyAnswered``, ``StaleView`` or ``Contended``."""

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        """What the Idempotency-Key stood for; it may have expired."""


class ReportStore(Protocol):
    def get_share(self, share_id: UUID) -> Share | None: ...

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        """The snapshot under this key, which never changes."""


class RollUpStore(Protocol):
    def get_schedule(self, scheduled_report_id: UUID) -> Schedule | None:
        """The schedule as it is now."""

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def find_run_file(self, scheduled_report_id: UUID, run_id: UUID) -> RunFileUpload | None:
        """The run's file as it is now, plain or gzipped: where both are there, the later upload."""

    def read_run_file(self, key: str, max_bytes: int) -> StoredRunFile:
        """The file as it is now. Raises ``RunFileMissing``, ``RunFileTooLarge`` or ``RunFileUnreadable``."""

    def read_document(self, key: str) -> bytes:
        """A JSON document written by ``write_document``. Raises ``StaleView`` where it has been replaced."""

    def write_document(self, key: str, text: bytes) -> None: ...

    def delete_document(self, key: str) -> None: ...

    def move_pointer(self, seen: Schedule, pointer: Pointer) -> None:
        """The next version takes the place of the one seen. Raises ``StaleView`` where another already did."""

    def record_outcome(self, outcome: RunOutcome) -> None: ...


class RunArchive(RollUpStore, Protocol):
    def list_run_files(self, scheduled_report_id: UUID) -> Mapping[UUID, RunFileUpload]:
        """Every run of the schedule with the file of it that counts, as they are now."""


class TokenSecretSource(Protocol):
    """Both raise ``ServiceUnavailable`` where the secrets cannot be had."""

    def current(self) -> TokenSecrets:
        """The secrets as they were known a few minutes ago at most."""

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:
        """The same, looked up anew where this key id is not among them: it may have been added just now.

        Only so often, unless ``always``: that is for key ids which nobody can invent.
        """
