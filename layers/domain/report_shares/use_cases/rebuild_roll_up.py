"""Fold all runs of a schedule anew, from their files, and publish the result in one step.

For when what was folded is wrong though the files are right: the brand had other names or domains then, the roll-up's
document was lost, or the rules have changed. Everyone sees the old roll-up until the new one is there.
"""

from dataclasses import dataclass
from uuid import UUID

import tenacity

from report_shares.times import Clock
from report_shares.use_cases.roll_up_runs import Rebuilt, RollUpRuns, find_subject
from report_shares.use_cases.roll_up_store import Overtaken, RollUpStore

_MAX_ATTEMPTS = 5


class UnknownSchedule(LookupError):
    """There is no such schedule, or it has no brand."""


@dataclass(frozen=True, slots=True)
class RebuildRollUp:
    """The use case with all that it needs."""

    store: RollUpStore
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
        return RollUpRuns(self.store, self.clock).rebuild(*found)
