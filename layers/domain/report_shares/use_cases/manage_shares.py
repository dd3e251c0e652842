"""List, extend and revoke the caller's shares of a schedule; a teammate's cannot be told from none."""

from dataclasses import dataclass, replace
from uuid import UUID

from report_shares.refusals import NotFound
from report_shares.rules import shares
from report_shares.rules.access import READ_SCHEDULED
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.shares import Ledger, LedgerEntry, ScheduleView
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.share_changes import (
    Kind,
    Link,
    Outcome,
    Revocation,
    ShareChange,
    ShareChanges,
)


@dataclass(frozen=True, slots=True)
class ManageShares:
    """The use cases with all that they need. All raise ``Forbidden`` and ``NotFound``; writes also ``Conflict``."""

    changes: ShareChanges

    def list(self, caller: Caller, view: ScheduleView, base_url: str) -> list[Link]:
        """The caller's active shares, newest first; there is at most one."""
        schedule = caller.admitted_to(view.schedule, READ_SCHEDULED)
        link, overtaken = self._look(caller, schedule, view.ledger, base_url)
        if overtaken:
            link, _ = self._look(caller, schedule, self.changes.store.open_schedule(schedule.id).ledger, base_url)
        return [link] if link else []

    def _look(
        self, caller: Caller, schedule: Schedule, ledger: Ledger | None, base_url: str
    ) -> tuple[Link | None, bool]:
        """The caller's link, and whether it may have been rotated away between ledger and row."""
        now = self.changes.clock()
        share = self.changes.active_share(ledger, caller, now)
        link = self.changes.link_of(share, base_url) if share and share.is_of(schedule) else None
        expected = shares.active_share_id(ledger or {}, caller.principal_id, now)
        return link, link is None and expected is not None

    def get(self, caller: Caller, view: ScheduleView, share_id: UUID, base_url: str) -> Link:
        """The caller's active share of this id."""
        for link in self.list(caller, view, base_url):
            if link.share.id == share_id:
                return link
        raise NotFound

    def extend(  # noqa: PLR0913, PLR0917 # who, what they saw, what they want, and how it is answered
        self,
        caller: Caller,
        view: ScheduleView,
        share_id: UUID,
        expiration_days: int,
        base_url: str,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """The active share expires ``expiration_days`` from now; snapshot and token stay."""

        def decide(schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
            present = self.changes.active_share(ledger, caller, now)
            if present is None or present.id != share_id or not present.is_of(schedule):
                raise NotFound
            share = replace(present, expires_at=shares.expiry(now, expiration_days), revision=present.revision + 1)
            link = self.changes.link_of(share, base_url)
            if link is None:
                raise NotFound
            swap = shares.exchange(ledger or {}, caller.principal_id, LedgerEntry(share.id, share.expires_at))
            return ShareChange(schedule.id, swap, updated=share), Outcome(Kind.EXTENDED, link)

        return self.changes.make(caller, view, key, decide)

    def revoke(
        self, caller: Caller, view: ScheduleView, share_id: UUID | None, key: IdempotencyKey | None = None
    ) -> Outcome:
        """Withdraws the caller's active share of this id, or (None) all of the caller's, which may be none."""

        def decide(schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
            present = self.changes.active_share(ledger, caller, now)
            if share_id is not None and (present is None or present.id != share_id):
                raise NotFound
            if present is None:
                return ShareChange(schedule.id, swap=None), Outcome(Kind.REVOKED)
            swap = shares.exchange(ledger or {}, caller.principal_id, None)
            return ShareChange(schedule.id, swap, revoked=Revocation(present.id, now)), Outcome(Kind.REVOKED)

        return self.changes.make(caller, view, key, decide)
