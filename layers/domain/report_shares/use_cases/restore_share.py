"""Bring a share back whose row was lost, and revive none."""

from dataclasses import dataclass
from itertools import repeat

from report_shares.rules import shares
from report_shares.rules.shares import Share
from report_shares.times import Clock
from report_shares.use_cases.share_changes import ShareChange, ShareStore, until_it_stands


@dataclass(frozen=True, slots=True)
class RestoreShare:
    """The use case with all that it needs."""

    store: ShareStore
    clock: Clock

    def __call__(self, copied: Share) -> Share | None:
        """The share as it is now; None where it was not lost, and stays as it is. Raises ``Contention``."""
        restored, _ = until_it_stands(self._attempt, repeat(copied))
        return restored

    def _attempt(self, copied: Share) -> Share | None:
        if self.store.get_share(copied.id):
            return None
        ledger = self.store.open_schedule(copied.scheduled_report_id).ledger or {}
        share, swap = shares.as_held(copied, ledger, self.clock())
        self.store.commit(ShareChange(share.scheduled_report_id, swap, created=share))
        return share
