"""Withdraw a share without its owner: what an operator does about a link that leaked."""

from dataclasses import dataclass
from itertools import repeat
from uuid import UUID

from report_shares.rules import shares
from report_shares.rules.shares import Share
from report_shares.times import Clock
from report_shares.use_cases.share_changes import Revocation, ShareChange, ShareStore, until_it_stands


class ShareForgotten(LookupError):
    """The share expired so long ago that its row is gone; its link has been dead since."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A share that opens nothing any more; the same whether it was so before or not."""

    share: Share
    already_withdrawn: bool


@dataclass(frozen=True, slots=True)
class WithdrawShare:
    """The use case with all that it needs."""

    store: ShareStore
    clock: Clock

    def __call__(self, share_id: UUID) -> Withdrawn:
        """Raises ``ShareForgotten`` and ``Contention``."""
        withdrawn, _ = until_it_stands(self._attempt, repeat(share_id))
        return withdrawn

    def _attempt(self, share_id: UUID) -> Withdrawn:
        share = self.store.get_share(share_id)
        if share is None:
            raise ShareForgotten(share_id)
        now = self.clock()
        is_active = share.is_active(now)
        if is_active:
            ledger = self.store.open_schedule(share.scheduled_report_id).ledger or {}
            # After a table's items were brought back, it may have none.
            place = shares.place_held(ledger, share.id)
            swap = shares.release(ledger, [place]) if place else None
            self.store.commit(ShareChange(share.scheduled_report_id, swap, revoked=(Revocation(share.id, now),)))
        return Withdrawn(share, already_withdrawn=not is_active)
