"""Fold run files that arrived into their schedule's roll-up, and publish the snapshot made from it.

Several files of one schedule are folded in one go. Only the pointer on the schedule's item ever moves: everything else
is written under new names first, so a crash at any moment leaves the old state whole.

An old version of a file never stays in place of a newer one. The pointer is read *before* the run files, so a fold
that lost the race starts over with the files as they are then. But a newer version that changed nothing when it was
read moved no pointer and so stopped nobody. Therefore a fold checks, after its commit, that the files it committed are
still the ones that count, and starts over if one is not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import tenacity
from pydantic_core import to_json

from report_shares.rules.catalog import Schedule
from report_shares.rules.roll_up import BrandIdentity, CountedRun, RollUp
from report_shares.rules.run_files import (
    COMPLETED,
    MAX_RUN_BYTES,
    RunFileRejected,
    RunFileUpload,
    check_identity,
    parse_run,
    unpack,
)
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import Clock
from report_shares.use_cases.object_errors import ObjectMissing, ObjectTooLarge, ObjectUnreadable
from report_shares.use_cases.roll_up_store import Overtaken, Pointer, RollUpStore, RunOutcome, RunStatus, StoredRunFile

MAX_ATTEMPTS = 12


@dataclass(slots=True)
class Reading:
    """One file as read: what its run contributes (None if it is not completed), or the reason why it is refused."""

    run_id: UUID
    etag: str
    part: RollUp | None = None
    reason: str | None = None

    def changes(self, roll_up: RollUp) -> bool:
        """Whether the run would count otherwise in the roll-up than it does now."""
        return _digest_in(self.part, self.run_id) != _digest_in(roll_up, self.run_id)

    def status(self, changed: Iterable[UUID]) -> RunStatus:
        if self.reason is not None:
            return RunStatus.REJECTED
        if self.part is None:
            return RunStatus.NOT_COUNTED
        return RunStatus.ROLLED_UP if self.run_id in changed else RunStatus.UNCHANGED


@dataclass(frozen=True, slots=True)
class RollUpRuns:
    """The use case with all that it needs."""

    store: RollUpStore
    clock: Clock

    def __call__(self, scheduled_report_id: UUID, arrived: Sequence[RunFileUpload]) -> list[RunOutcome]:
        """Folds the files of one schedule and tells, in their order, what became of each.

        Raises ``Overtaken`` if other folds of the schedule were faster every time.
        """
        retries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Overtaken),
            stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=3),
            reraise=True,
        )
        outcomes = retries(self._attempt, scheduled_report_id, arrived)
        for outcome in outcomes:
            self.store.record_outcome(outcome)
        return outcomes

    def _attempt(self, scheduled_report_id: UUID, arrived: Sequence[RunFileUpload]) -> list[RunOutcome]:
        found = find_subject(self.store, scheduled_report_id)
        changed: dict[UUID, Reading] = {}
        if found is None:
            readings = [Reading(u.run_id, u.etag, reason="there is no such scheduled report") for u in arrived]
        else:
            schedule, brand = found
            readings = [self.read(upload, schedule, brand) for upload in arrived]
            roll_up = RollUp.load(self.store.read_document(schedule.rollup_key)) if schedule.rollup_key else RollUp()
            changed = {r.run_id: r for r in readings if r.reason is None and r.changes(roll_up)}
            if changed:
                self._publish(schedule, brand, roll_up, changed)
                self._check_that_they_still_count(scheduled_report_id, changed.values())
        now = self.clock()
        return [RunOutcome(scheduled_report_id, r.run_id, r.etag, r.status(changed), r.reason, now) for r in readings]

    def read(self, upload: RunFileUpload, schedule: Schedule, brand: BrandIdentity) -> Reading:
        """What the run's file holds, or why it is refused."""
        reading = Reading(upload.run_id, upload.etag)
        try:
            stored = self._read_what_counts(upload)
            reading.etag = stored.etag
            run = parse_run(unpack(stored.body))
            check_identity(run, run_id=upload.run_id, scheduled_report_id=schedule.id, brand_id=schedule.brand_id)
        except RunFileRejected as refusal:
            reading.reason = str(refusal)
        except ObjectMissing:
            reading.reason = "the file is not in the bucket any more"
        except ObjectTooLarge as refusal:
            reading.etag = refusal.etag
            reading.reason = f"the file is larger than {MAX_RUN_BYTES} bytes"
        except ObjectUnreadable as refusal:
            reading.reason = f"the bucket does not give the file away: {refusal}"
        else:
            reading.part = RollUp.of(run, brand) if run.status == COMPLETED else None
        return reading

    def _read_what_counts(self, upload: RunFileUpload) -> StoredRunFile:
        """The run's file as it is now, which may be another upload than the one that arrived."""
        present = self.store.find_run_file(upload.scheduled_report_id, upload.run_id)
        if present is None:
            raise ObjectMissing(upload.key)
        return self.store.read_run_file(present.key, MAX_RUN_BYTES)

    def _check_that_they_still_count(self, scheduled_report_id: UUID, readings: Iterable[Reading]) -> None:
        for reading in readings:
            present = self.store.find_run_file(scheduled_report_id, reading.run_id)
            # A file that was deleted keeps counting: only another file takes a run out.
            if present is not None and present.etag != reading.etag:
                raise Overtaken

    def _publish(
        self, schedule: Schedule, brand: BrandIdentity, roll_up: RollUp, changed: Mapping[UUID, Reading]
    ) -> None:
        parts = [reading.part for reading in changed.values() if reading.part]
        for part in parts:
            self.keep(schedule, part)
        others = [row for run_id, row in roll_up.runs.items() if UUID(run_id) not in changed]
        if len(others) < len(roll_up.runs):
            # What was folded cannot be taken out again (a best rank, a last title), so the others are folded anew.
            roll_up = RollUp()
            for part in self.kept(schedule, others):
                roll_up.merge(part)
        for part in parts:
            roll_up.merge(part)
        self.commit(schedule, brand, roll_up)

    def keep(self, schedule: Schedule, part: RollUp) -> None:
        """Store what one run contributes, for when the schedule's runs have to be folded anew."""
        (row,) = part.runs.values()
        self.store.write_document(_part_key(schedule, row), part.dump())

    def kept(self, schedule: Schedule, rows: Iterable[CountedRun]) -> Iterator[RollUp]:
        """What these runs contributed when they were folded. Raises ``Overtaken`` if one is not there."""
        for row in rows:
            yield RollUp.load(self.store.read_document(_part_key(schedule, row)))

    def commit(self, schedule: Schedule, brand: BrandIdentity, roll_up: RollUp) -> None:
        """Write roll-up and snapshot and move the pointer to them. Raises ``Overtaken`` if it has moved meanwhile."""
        version = f"{schedule.snapshot_version + 1:08d}-{uuid4().hex}"
        pointer = Pointer(
            rollup_key=f"rollups/{schedule.id}/{version}.json.gz",
            snapshot_key=f"snapshots/{schedule.id}/{version}.json.gz",
            rolled_up_at=self.clock(),
        )
        self.store.write_document(pointer.rollup_key, roll_up.dump())
        self.store.write_document(pointer.snapshot_key, to_json(build_snapshot(roll_up, brand)))
        try:
            self.store.move_pointer(schedule, pointer)
        except Overtaken:
            # The snapshot stays: if an answer was lost, the pointer may have been here and a share may hold it.
            self.store.delete_document(pointer.rollup_key)
            raise
        if schedule.rollup_key:
            self.store.delete_document(schedule.rollup_key)


def find_subject(store: RollUpStore, scheduled_report_id: UUID) -> tuple[Schedule, BrandIdentity] | None:
    """The schedule as it is now and how its brand is recognised; None unless both are there."""
    schedule = store.get_schedule(scheduled_report_id)
    brand = store.get_brand(schedule.brand_id) if schedule else None
    return (schedule, BrandIdentity(brand.name, brand.aliases, brand.domains)) if schedule and brand else None


def _digest_in(roll_up: RollUp | None, run_id: UUID) -> str | None:
    row = roll_up.runs.get(str(run_id)) if roll_up is not None else None
    return row.digest if row else None


def _part_key(schedule: Schedule, row: CountedRun) -> str:
    """Where the contribution of a run lies."""
    return f"rollups/{schedule.id}/runs/{row.run_id}/{row.digest}.json.gz"
