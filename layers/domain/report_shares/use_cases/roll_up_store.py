"""What rolling up runs asks of the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.left_out import LeftOut

if TYPE_CHECKING:
    # Every function loads this module (with store/items.py), but only the roll-up reads run files.
    from report_shares.rules.run_files import RunFileUpload


class Overtaken(Exception):
    """The schedule's roll-up or a run file has changed meanwhile: start over with what is there now."""


@dataclass(frozen=True, slots=True)
class StoredRunFile:
    """A run file's bytes as they lie in the bucket, and the ETag of the upload they came with."""

    body: bytes
    etag: str


class RunStatus(StrEnum):
    """What can become of an uploaded run file."""

    ROLLED_UP = "rolled_up"
    UNCHANGED = "unchanged"
    """The run counted already, with the same content."""
    NOT_COUNTED = "not_counted"
    """The run is not completed."""
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of an uploaded run file, for the operator who waits for it.

    ``reason`` is given for rejected files only; ``processed_at`` is in epoch milliseconds. ``left_out`` counts what of
    the file could not be used, by reason.
    """

    scheduled_report_id: UUID
    run_id: UUID
    etag: str
    status: RunStatus
    reason: str | None
    processed_at: int
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a schedule's roll-up and the snapshot made from it lie; ``rolled_up_at`` in epoch milliseconds."""

    rollup_key: str
    snapshot_key: str
    rolled_up_at: int


class RollUpStore(Protocol):
    def get_schedule(self, scheduled_report_id: UUID) -> Schedule | None:
        """The schedule as it is now."""

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def find_run_file(self, upload: "RunFileUpload") -> "RunFileUpload | None":
        """The run's file as it is now, plain or gzipped: the latest upload of them."""

    def list_run_files(self, scheduled_report_id: UUID) -> "Mapping[UUID, RunFileUpload]":
        """Every run of the schedule with the file of it that ``find_run_file`` would find, as they are now."""

    def read_run_file(self, key: str, max_bytes: int) -> StoredRunFile:
        """The file as it is now. Raises ``ObjectMissing``, ``ObjectTooLarge`` or ``ObjectUnreadable``."""

    def read_document(self, key: str) -> bytes:
        """A JSON document written by ``write_document``. Raises ``Overtaken`` where it has been replaced."""

    def write_document(self, key: str, text: bytes) -> None: ...

    def delete_document(self, key: str) -> None: ...

    def move_pointer(self, seen: Schedule, pointer: Pointer) -> None:
        """Replaces the version that was seen by the next one. Raises ``Overtaken`` where another already did."""

    def record_outcome(self, outcome: RunOutcome) -> None: ...
