"""Fold all runs of a schedule anew, from their files, and publish the result in one step.

For when what was folded is wrong though the files are right: the brand had other names or domains then, the roll-up's
document was lost, or the rules have changed. Everyone sees the old roll-up until the new one is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import tenacity

from report_shares.rules.catalog import Schedule
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import RunFileUpload
from report_shares.times import Clock
from report_shares.use_cases.roll_up_runs import RollUpRuns, find_subject
from report_shares.use_cases.roll_up_store import Overtaken, RollUpStore

_MAX_ATTEMPTS = 5


class RunArchive(RollUpStore, Protocol):
    def list_run_files(self, scheduled_report_id: UUID) -> Mapping[UUID, RunFileUpload]:
        """Every run of the schedule with the file of it that ``find_run_file`` would find, as they are now."""


class UnknownSchedule(LookupError):
    """There is no such schedule, or it has no brand."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many runs were folded from their files and how many do not count, being not completed.

    ``kept`` are those whose file is gone or refused, counted as before; ``refused`` gives the reasons by key.
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
        """Raises ``UnknownSchedule``, and ``Overtaken`` if runs kept arriving meanwhile."""
        retries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Overtaken),
            stop=tenacity.stop_after_attempt(_MAX_ATTEMPTS),
            reraise=True,
        )
        return retries(self._attempt, scheduled_report_id)

    def _attempt(self, scheduled_report_id: UUID) -> Rebuilt:
        found = find_subject(self.store, scheduled_report_id)
        if found is None:
            raise UnknownSchedule(f"there is no scheduled report {scheduled_report_id}")
        schedule, brand = found
        uploads = self.store.list_run_files(schedule.id)
        roll_up_runs = RollUpRuns(self.store, self.clock)
        rebuilt = RollUp()
        refused: dict[str, str] = {}
        not_counted: set[str] = set()
        for run_id, upload in uploads.items():
            reading = roll_up_runs.read(upload, schedule, brand)
            if reading.reason is not None:
                refused[upload.key] = reading.reason
            elif reading.part is None:
                not_counted.add(str(run_id))
            else:
                roll_up_runs.keep(schedule, reading.part)
                rebuilt.merge(reading.part)
        folded = len(rebuilt.runs)
        # As with any arrival: neither a deleted nor a broken file takes a run out.
        settled = rebuilt.runs.keys() | not_counted
        others = [row for run_id, row in self._present(schedule).runs.items() if run_id not in settled]
        for part in roll_up_runs.kept(schedule, others):
            rebuilt.merge(part)
        roll_up_runs.commit(schedule, brand, rebuilt)
        if self.store.list_run_files(schedule.id) != uploads:
            # An arrival that changed nothing moved no pointer, so nothing else tells that it came.
            raise Overtaken
        return Rebuilt(folded, len(not_counted), len(others), refused)

    def _present(self, schedule: Schedule) -> RollUp:
        """What counts now; nothing if the document is lost, which is one reason to rebuild."""
        if schedule.rollup_key is None:
            return RollUp()
        try:
            return RollUp.load(self.store.read_document(schedule.rollup_key))
        except (Overtaken, ValueError):
            return RollUp()
