"""Fold all runs of a schedule anew, from their files, and publish the result in one step.

For when what was folded is wrong though the files are right: the brand was known by other names or domains, the
roll-up's document was lost, or the rules have changed. Everyone sees the old roll-up until the new one is there.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import tenacity

from report_shares.rules.catalog import Schedule
from report_shares.rules.roll_up import BrandIdentity, RollUp
from report_shares.times import Clock
from report_shares.use_cases.roll_up_runs import RollUpRuns, RollUpStore, RunFile, RunFileUpload, part_key
from report_shares.use_cases.share_changes import StaleView

_MAX_ATTEMPTS = 5


class RunArchive(RollUpStore, Protocol):
    def list_run_files(self, scheduled_report_id: UUID) -> Mapping[UUID, RunFileUpload]:
        """Every run of the schedule with the file of it that counts, as they are now."""


class UnknownSchedule(LookupError):
    """There is no such schedule, or it has no brand."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: runs folded from their files, and runs that do not count (not completed).

    ``kept`` are runs whose file is gone or refused, as they counted before; ``refused`` tells why, by key.
    """

    folded: int
    not_counted: int
    kept: int
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RebuildRollUp:
    """The use case with all that it needs."""

    store: RunArchive
    clock: Clock

    def __call__(self, scheduled_report_id: UUID) -> Rebuilt:
        """Raises ``UnknownSchedule``, and ``StaleView`` where runs kept arriving in the meantime."""
        retries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(StaleView),
            stop=tenacity.stop_after_attempt(_MAX_ATTEMPTS),
            reraise=True,
        )
        return retries(self._attempt, scheduled_report_id)

    def _attempt(self, scheduled_report_id: UUID) -> Rebuilt:
        schedule = self.store.get_schedule(scheduled_report_id)
        brand = self.store.get_brand(schedule.brand_id) if schedule else None
        if schedule is None or brand is None:
            raise UnknownSchedule(f"there is no scheduled report {scheduled_report_id}")
        identity = BrandIdentity(brand.name, brand.aliases, brand.domains)
        uploads = self.store.list_run_files(schedule.id)
        roll_up_runs = RollUpRuns(self.store, self.clock)
        rebuilt = RollUp()
        refused: dict[str, str] = {}
        not_counted: set[str] = set()
        for run_id, upload in uploads.items():
            reading = roll_up_runs.read(RunFile(upload.key, schedule.id, run_id, upload.etag), schedule, identity)
            if reading.reason is not None:
                refused[upload.key] = reading.reason
            elif reading.part is None:
                not_counted.add(reading.run_id)
            else:
                roll_up_runs.keep(schedule, reading.part)
                rebuilt.merge(reading.part)
        folded = len(rebuilt.runs)
        self._keep_others(schedule, not_counted, rebuilt)
        roll_up_runs.commit(schedule, identity, rebuilt)
        if self.store.list_run_files(schedule.id) != uploads:
            # An arrival that changed nothing moved no pointer, so nothing else tells that it came.
            raise StaleView
        return Rebuilt(folded, len(not_counted), len(rebuilt.runs) - folded, refused)

    def _keep_others(self, schedule: Schedule, not_counted: Set[str], rebuilt: RollUp) -> None:
        """As with any arrival: neither a deleted nor a broken file takes a run out."""
        present = self._present(schedule)
        for run_id, row in present.runs.items():
            if run_id not in rebuilt.runs and run_id not in not_counted:
                rebuilt.merge(RollUp.load(self.store.read_document(part_key(schedule.id, run_id, row.digest))))

    def _present(self, schedule: Schedule) -> RollUp:
        """What counts now; a document that is lost says nothing, and is one reason to rebuild."""
        if schedule.rollup_key is None:
            return RollUp()
        try:
            return RollUp.load(self.store.read_document(schedule.rollup_key))
        except (StaleView, ValueError):
            return RollUp()
