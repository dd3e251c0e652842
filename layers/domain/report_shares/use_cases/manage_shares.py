"""List, extend and revoke the caller's shares of a schedule; a teammate's cannot be told from none."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from report_shares.refusals import NotFound
from report_shares.rules import shares, tokens
from report_shares.rules.access import READ_SCHEDULED, WRITE_SCHEDULED
from report_shares.rules.shares import LedgerEntry, Share
from report_shares.times import Clock
from report_shares.use_cases.active_share import active_share, secrets_for
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.create_share import SharedLink
from report_shares.use_cases.once import Once, unless_answered, until_it_stands
from report_shares.use_cases.share_changes import Meter, Revocation, ShareChange, ShareStore, Unmetered
from report_shares.use_cases.token_secrets import TokenSecretSource

type Who = Callable[[], Caller]


@dataclass(frozen=True, slots=True)
class ManageShares:
    """The use cases with all that they need. All raise ``Forbidden``, ``NotFound`` or what ``who`` raises.

    Those that write also raise ``Conflict`` and ``AlreadyAnswered``.
    """

    store: ShareStore
    secrets: TokenSecretSource
    clock: Clock
    meter: Meter = field(default_factory=Unmetered)

    def list(self, who: Who, scheduled_report_id: UUID) -> list[SharedLink]:
        """The caller's active shares, newest first; there is at most one."""
        link, overtaken = self._look(who, scheduled_report_id)
        if overtaken:
            link, _ = self._look(who, scheduled_report_id)
        return [link] if link else []

    def _look(self, who: Who, scheduled_report_id: UUID) -> tuple[SharedLink | None, bool]:
        """The caller's link, and whether it may have been rotated away between ledger and row."""
        schedule, ledger = self.store.open_schedule(scheduled_report_id)
        caller = who()
        caller.admitted_to(schedule, READ_SCHEDULED)
        now = self.clock()
        link = self._link(active_share(self.store, ledger or {}, caller, now))
        expected = shares.active_share_id(ledger or {}, caller.principal_id, now)
        return link, link is None and expected is not None

    def extend(
        self,
        who: Who,
        scheduled_report_id: UUID,
        share_id: UUID,
        expiration_days: int,
        once: Once[SharedLink] | None = None,
    ) -> SharedLink:
        """The active share then expires so many days from now; snapshot and token stay."""

        def attempt() -> SharedLink:
            schedule, ledger = self.store.open_schedule(scheduled_report_id)
            caller = who()
            caller.admitted_to(schedule, WRITE_SCHEDULED)
            now = self.clock()
            present = active_share(self.store, ledger or {}, caller, now)
            if present is None or present.id != share_id:
                raise NotFound
            share = replace(present, expires_at=shares.expiry(now, expiration_days), revision=present.revision + 1)
            swap = shares.exchange(ledger or {}, caller.principal_id, LedgerEntry(share.id, share.expires_at))
            link = self._link(share)
            if link is None:
                raise NotFound
            record = once.record(caller, link, now) if once else None
            self.store.commit(ShareChange(scheduled_report_id, swap, updated=share, record=record))
            return link

        return unless_answered(self.store, who, once, self.clock, lambda: until_it_stands(attempt, self.meter))

    def revoke(
        self, who: Who, scheduled_report_id: UUID, share_id: UUID | None, once: Once[None] | None = None
    ) -> None:
        """Withdraws the caller's active share of this id, or (None) all of the caller's, which may be none."""

        def attempt() -> None:
            schedule, ledger = self.store.open_schedule(scheduled_report_id)
            caller = who()
            caller.admitted_to(schedule, WRITE_SCHEDULED)
            now = self.clock()
            present = active_share(self.store, ledger or {}, caller, now)
            if share_id is not None and (present is None or present.id != share_id):
                raise NotFound
            record = once.record(caller, None, now) if once else None
            if present:
                swap = shares.exchange(ledger or {}, caller.principal_id, None)
                revoked = Revocation(present.id, now)
                self.store.commit(ShareChange(scheduled_report_id, swap, revoked=revoked, record=record))
            elif record:
                self.store.commit(ShareChange(scheduled_report_id, swap=None, record=record))

        unless_answered(self.store, who, once, self.clock, lambda: until_it_stands(attempt, self.meter))

    def _link(self, share: Share | None) -> SharedLink | None:
        """None also for a share whose secret was withdrawn: it opens nothing any more."""
        secrets = secrets_for(self.secrets, share)
        if share is None or share.token_key_id not in secrets.by_key_id:
            return None
        return SharedLink(share, tokens.mint(secrets, share.id, share.token_key_id), is_existing=True)
