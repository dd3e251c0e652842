"""Fold run files that arrived into their schedule's roll-up, and publish the snapshot made from it.

Several files of one schedule are folded in one go. Only the pointer on the schedule's item ever moves: everything else
is written under new names first, so a crash at any moment leaves the old state whole.

An old version of a file never stays in place of a newer one. The pointer is read *before* the run files, so a fold
that lost the race starts over with the files as they are then. But a newer version that changed nothing when it was
read moved no pointer and so stopped nobody. Therefore a fold checks, after its commit, that the files it committed are
still the ones that count, and starts over if one is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import tenacity
from pydantic_core import to_json

from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.catalog import Schedule
from report_shares.rules.left_out import LeftOut
from report_shares.rules.roll_up import CountedRun, OutdatedRollUp, RollUp
from report_shares.rules.run_files import MAX_RUN_BYTES, RunFileRejected, RunFileUpload, read_run, unpack
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import Clock
from report_shares.use_cases.object_errors import ObjectMissing, ObjectTooLarge, ObjectUnreadable
from report_shares.use_cases.roll_up_store import Overtaken, Pointer, RollUpStore, RunOutcome, RunStatus, StoredRunFile

MAX_ATTEMPTS = 12


@dataclass(slots=True)
class Reading:
    """One file as read: what its run contributes (None if it is not completed), or the reason why it is refused."""

    upload: RunFileUpload
    etag: str
    part: RollUp | None = None
    reason: str | None = None
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)

    @property
    def run_id(self) -> UUID:
        return self.upload.run_id

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
class Rebuilt:
    """How many runs were folded from their files and how many do not count, being not completed.

    ``kept`` are those whose file is gone or refused, counted as before; ``lost`` those of them that could not be kept,
    since they had been counted by other rules or for another definition of the brand. ``refused`` gives the reasons by
    key.
    """

    folded: int
    not_counted: int
    kept: int
    lost: int
    refused: Mapping[str, str]


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
        changed: set[UUID] = set()
        if found is None:
            readings = [Reading(u, u.etag, reason="there is no such scheduled report") for u in arrived]
        else:
            schedule, brand = found
            readings = [self._read(upload, schedule, brand) for upload in arrived]
            counted = [reading for reading in readings if reading.reason is None]
            try:
                changed = self._fold(schedule, brand, counted)
            except OutdatedRollUp:
                self.rebuild(schedule, brand)
                changed = {reading.run_id for reading in counted}
        now = self.clock()
        return [
            RunOutcome(scheduled_report_id, r.run_id, r.etag, r.status(changed), r.reason, now, r.left_out)
            for r in readings
        ]

    def rebuild(self, schedule: Schedule, brand: BrandIdentity) -> Rebuilt:
        """Folds all runs anew, from their files, and publishes the result in one step.

        Raises ``Overtaken`` if runs kept arriving meanwhile.
        """
        uploads = self.store.list_run_files(schedule.id)
        roll_up = RollUp()
        refused: dict[str, str] = {}
        not_counted: set[str] = set()
        for run_id, upload in uploads.items():
            reading = self._read(upload, schedule, brand)
            if reading.reason is not None:
                refused[upload.key] = reading.reason
            elif reading.part is None:
                not_counted.add(str(run_id))
            else:
                self._keep(schedule, brand, reading.part)
                roll_up.merge(reading.part)
        folded = len(roll_up.runs)
        # As with any arrival: neither a deleted nor a broken file takes a run out, if what it contributed is of use.
        settled = roll_up.runs.keys() | not_counted
        others = [row for run_id, row in self._counted_runs(schedule).items() if run_id not in settled]
        lost = 0
        for row in others:
            part = self._part_of_use(schedule, brand, row)
            if part:
                roll_up.merge(part)
            else:
                lost += 1
        self._commit(schedule, brand, roll_up)
        if self.store.list_run_files(schedule.id) != uploads:
            # An arrival that changed nothing moved no pointer, so nothing else tells that it came.
            raise Overtaken
        return Rebuilt(folded, len(not_counted), len(others) - lost, lost, refused)

    def _counted_runs(self, schedule: Schedule) -> Mapping[str, CountedRun | None]:
        """The runs that count now, by id and by whatever definition; none if the document is lost."""
        if schedule.rollup_key is None:
            return {}
        try:
            return RollUp.runs_in(self.store.read_document(schedule.rollup_key))
        except Overtaken:
            return {}

    def _part_of_use(self, schedule: Schedule, brand: BrandIdentity, row: CountedRun | None) -> RollUp | None:
        """What a run contributed, if that was counted by these rules and for this brand."""
        try:
            return self._kept(schedule, brand, row) if row else None
        except OutdatedRollUp:
            return None

    def _load(self, schedule: Schedule, brand: BrandIdentity) -> RollUp:
        if schedule.rollup_key is None:
            return RollUp()
        return RollUp.load(self.store.read_document(schedule.rollup_key), brand.definition)

    def _read(self, upload: RunFileUpload, schedule: Schedule, brand: BrandIdentity) -> Reading:
        """What the run's file holds, or why it is refused."""
        reading = Reading(upload, upload.etag)
        try:
            stored = self._read_what_counts(upload)
            reading.etag = stored.etag
            run = read_run(unpack(stored.body), upload, schedule.brand_id, self.clock())
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
            if run is not None:
                reading.part, reading.left_out = RollUp.of(run, brand), run.left_out
        return reading

    def _read_what_counts(self, upload: RunFileUpload) -> StoredRunFile:
        """The run's file as it is now, which may be another upload than the one that arrived."""
        present = self.store.find_run_file(upload)
        if present is None:
            raise ObjectMissing(upload.key)
        return self.store.read_run_file(present.key, MAX_RUN_BYTES)

    def _fold(self, schedule: Schedule, brand: BrandIdentity, readings: Iterable[Reading]) -> set[UUID]:
        """Publishes what these files change, and returns their runs' ids. Raises ``OutdatedRollUp``."""
        roll_up = self._load(schedule, brand)
        changed = {reading.run_id: reading for reading in readings if reading.changes(roll_up)}
        if not changed:
            return set()
        parts = [reading.part for reading in changed.values() if reading.part]
        for part in parts:
            self._keep(schedule, brand, part)
        others = [row for run_id, row in roll_up.runs.items() if UUID(run_id) not in changed]
        if len(others) < len(roll_up.runs):
            # What was folded cannot be taken out again (a best rank, a last title), so the others are folded anew.
            roll_up = RollUp()
            for row in others:
                roll_up.merge(self._kept(schedule, brand, row))
        for part in parts:
            roll_up.merge(part)
        self._commit(schedule, brand, roll_up)
        self._check_that_they_still_count(changed.values())
        return set(changed)

    def _check_that_they_still_count(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            present = self.store.find_run_file(reading.upload)
            # A file that was deleted keeps counting: only another file takes a run out.
            if present is not None and present.etag != reading.etag:
                raise Overtaken

    def _keep(self, schedule: Schedule, brand: BrandIdentity, part: RollUp) -> None:
        """Store what one run contributes, for when the schedule's runs have to be folded anew."""
        (row,) = part.runs.values()
        self.store.write_document(_part_key(schedule, row), part.dump(brand.definition))

    def _kept(self, schedule: Schedule, brand: BrandIdentity, row: CountedRun) -> RollUp:
        """What this run contributed when it was folded.

        Raises ``Overtaken`` if that is not there, ``OutdatedRollUp`` if it is of no use any more.
        """
        return RollUp.load(self.store.read_document(_part_key(schedule, row)), brand.definition)

    def _commit(self, schedule: Schedule, brand: BrandIdentity, roll_up: RollUp) -> None:
        """Write roll-up and snapshot and move the pointer to them. Raises ``Overtaken`` if it has moved meanwhile."""
        version = f"{schedule.snapshot_version + 1:08d}-{uuid4().hex}"
        pointer = Pointer(
            rollup_key=f"rollups/{schedule.id}/{version}.json.gz",
            snapshot_key=f"snapshots/{schedule.id}/{version}.json.gz",
            rolled_up_at=self.clock(),
        )
        self.store.write_document(pointer.rollup_key, roll_up.dump(brand.definition))
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
