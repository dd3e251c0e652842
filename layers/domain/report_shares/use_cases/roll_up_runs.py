"""Fold arrived run files into their schedule's roll-up and publish the snapshot made from it.

Several files of one schedule are folded in one go. The pointer on the schedule's item is the only thing that
moves: all else is written under new names before, so a crash at any moment leaves the old state whole.

An old version of a file never stays in place of a newer one. The pointer is read *before* the run files, so a fold
that lost the race starts over with the files as they are then. A newer version that changed nothing when it was
looked at moved no pointer and stopped nobody; therefore a fold looks, after its commit, whether the files it
committed are still the ones that count, and starts over where one is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

import tenacity
from pydantic_core import to_json

from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.roll_up import BrandIdentity, RollUp
from report_shares.rules.run_files import (
    COMPLETED,
    MAX_RUN_BYTES,
    RunFileRejected,
    check_identity,
    ids_in,
    parse_run,
    unpack,
)
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import Clock
from report_shares.use_cases.share_changes import StaleView

MAX_ATTEMPTS = 12


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


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run file that arrived: its key, what that says (whose run this is), and which upload it was."""

    key: str
    scheduled_report_id: UUID
    run_id: UUID
    etag: str

    @classmethod
    def parse(cls, key: str, etag: str) -> "RunFile":
        """Raises ``RunFileRejected`` for a key that is no run file's."""
        return cls(key, *ids_in(key), etag)


@dataclass(slots=True)
class Reading:
    """One file as read: its run's contribution (None: not a completed run), or why it is refused."""

    file: RunFile
    etag: str
    part: RollUp | None = None
    reason: str | None = None
    status: str = "rejected"

    @property
    def run_id(self) -> str:
        return str(self.file.run_id)

    @property
    def digest(self) -> str | None:
        return self.part.runs[self.run_id].digest if self.part else None


@dataclass(frozen=True, slots=True)
class RollUpRuns:
    """The use case with all that it needs."""

    store: RollUpStore
    clock: Clock

    def __call__(self, scheduled_report_id: UUID, files: Sequence[RunFile]) -> list[RunOutcome]:
        """Folds the files of one schedule; tells what became of each, in their order.

        Raises ``StaleView`` where other roll-ups of the schedule were faster every time.
        """
        retries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(StaleView),
            stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=3),
            reraise=True,
        )
        readings = retries(self._attempt, scheduled_report_id, files)
        outcomes = [
            RunOutcome(scheduled_report_id, r.file.run_id, r.etag, r.status, r.reason, self.clock()) for r in readings
        ]
        for outcome in outcomes:
            self.store.record_outcome(outcome)
        return outcomes

    def _attempt(self, scheduled_report_id: UUID, files: Sequence[RunFile]) -> list[Reading]:
        schedule = self.store.get_schedule(scheduled_report_id)
        brand = self.store.get_brand(schedule.brand_id) if schedule else None
        if schedule is None or brand is None:
            return [Reading(file, file.etag, reason="there is no such scheduled report") for file in files]
        identity = BrandIdentity(brand.name, brand.aliases, brand.domains)
        readings = [self.read(file, schedule, identity) for file in files]
        rollup = RollUp.load(self.store.read_document(schedule.rollup_key)) if schedule.rollup_key else RollUp()
        changed = {r.run_id: r for r in readings if r.reason is None and _changes(rollup, r)}
        for reading in readings:
            if reading.reason is None:
                reading.status = _status(reading, changed)
        if changed:
            self._publish(schedule, identity, rollup, changed)
            self._check_that_they_still_count(changed.values())
        return readings

    def _check_that_they_still_count(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            present = self.store.find_run_file(reading.file.scheduled_report_id, reading.file.run_id)
            # A file that was deleted keeps counting: only another file takes a run out.
            if present is not None and present.etag != reading.etag:
                raise StaleView

    def read(self, file: RunFile, schedule: Schedule, identity: BrandIdentity) -> Reading:
        """What the file holds, or why it is refused."""
        reading = Reading(file, file.etag)
        try:
            stored = self._stored(file)
            reading.etag = stored.etag
            run = parse_run(unpack(stored.body))
            check_identity(
                run,
                run_id=file.run_id,
                scheduled_report_id=schedule.id,
                brand_id=schedule.brand_id,
            )
        except RunFileRejected as refusal:
            reading.reason = str(refusal)
        except RunFileMissing:
            reading.reason = "the file is not in the bucket any more"
        except RunFileTooLarge as refusal:
            reading.etag = refusal.etag
            reading.reason = f"the file is larger than {MAX_RUN_BYTES} bytes"
        except RunFileUnreadable as refusal:
            reading.reason = f"the bucket does not give the file away: {refusal}"
        else:
            reading.part = RollUp.of(run, identity) if run.status == COMPLETED else None
        return reading

    def _stored(self, file: RunFile) -> StoredRunFile:
        """What counts of the run now, which may be another upload than the one that arrived."""
        upload = self.store.find_run_file(file.scheduled_report_id, file.run_id)
        if upload is None:
            raise RunFileMissing(file.key)
        return self.store.read_run_file(upload.key, MAX_RUN_BYTES)

    def _publish(
        self, schedule: Schedule, identity: BrandIdentity, rollup: RollUp, changed: Mapping[str, Reading]
    ) -> None:
        parts = [reading.part for reading in changed.values() if reading.part]
        for part in parts:
            self.keep(schedule, part)
        if changed.keys() & rollup.runs.keys():
            rollup = self._rebuilt_without(changed.keys(), schedule, rollup)
        for part in parts:
            rollup.merge(part)
        self.commit(schedule, identity, rollup)

    def keep(self, schedule: Schedule, part: RollUp) -> None:
        """Store what one run contributes, for when others have to be folded anew."""
        ((run_id, row),) = part.runs.items()
        self.store.write_document(part_key(schedule.id, run_id, row.digest), part.dump())

    def commit(self, schedule: Schedule, identity: BrandIdentity, rollup: RollUp) -> None:
        """Write roll-up and snapshot and move the pointer to them. Raises ``StaleView`` where it has moved."""
        version = f"{schedule.snapshot_version + 1:08d}-{uuid4().hex}"
        pointer = Pointer(
            rollup_key=f"rollups/{schedule.id}/{version}.json.gz",
            snapshot_key=f"snapshots/{schedule.id}/{version}.json.gz",
            rolled_up_at=self.clock(),
        )
        self.store.write_document(pointer.rollup_key, rollup.dump())
        self.store.write_document(pointer.snapshot_key, to_json(build_snapshot(rollup, identity)))
        try:
            self.store.move_pointer(schedule, pointer)
        except StaleView:
            # The snapshot stays: after a lost answer the pointer may have been here and a share may hold it.
            self.store.delete_document(pointer.rollup_key)
            raise
        if schedule.rollup_key:
            self.store.delete_document(schedule.rollup_key)

    def _rebuilt_without(self, run_ids: Iterable[str], schedule: Schedule, rollup: RollUp) -> RollUp:
        """What was folded cannot be taken out again (a best rank, a last title), so the others are folded anew."""
        rebuilt = RollUp()
        for run_id in rollup.runs.keys() - set(run_ids):
            key = part_key(schedule.id, run_id, rollup.runs[run_id].digest)
            rebuilt.merge(RollUp.load(self.store.read_document(key)))
        return rebuilt


def _changes(rollup: RollUp, reading: Reading) -> bool:
    present = rollup.runs.get(reading.run_id)
    return (present.digest if present else None) != reading.digest


def _status(reading: Reading, changed: Mapping[str, Reading]) -> str:
    if reading.part is None:
        return "not_counted"
    return "rolled_up" if reading.run_id in changed else "unchanged"


def part_key(scheduled_report_id: UUID, run_id: str, digest: str) -> str:
    """Where the contribution of a run lies."""
    return f"rollups/{scheduled_report_id}/runs/{run_id}/{digest}.json.gz"
