"""List, change and revoke the caller's shares of a schedule; a teammate's cannot be told from none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from report_shares.refusals import Conflict, NotFound
from report_shares.rules import shares
from report_shares.rules.access import READ_SCHEDULED
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.passwords import NewPassword
from report_shares.rules.shares import Ledger, NameTaken, ScheduleView, Share
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
class ShareUpdate:
    """What is to change; what is None stays. ``name`` counts only where ``renames``: None makes it the nameless one."""

    expiration_days: int | None = None
    name: str | None = None
    renames: bool = False
    live: bool | None = None
    password: NewPassword | None = None

    @property
    def kind(self) -> Kind:
        """What operators are told: an extension is nothing else."""
        is_more = self.renames or self.live is not None or self.password is not None
        return Kind.CHANGED if is_more else Kind.EXTENDED

    def applied(self, share: Share, schedule: Schedule, now: int) -> Share:
        """The share afterwards. One that is live no more is frozen with what stands now; a frozen one stays so."""
        days = self.expiration_days
        frozen = share.live and self.live is False
        return replace(
            shares.with_roll_up_of(share, schedule, now) if frozen else share,
            expires_at=share.expires_at if days is None else shares.expiry(now, days),
            name=self.name if self.renames else share.name,
            live=share.live if self.live is None else self.live,
            password_hash=self.password.kept if self.password else share.password_hash,
            revision=share.revision + 1,
        )


@dataclass(frozen=True, slots=True)
class ManageShares:
    """The use cases with all that they need. All raise ``Forbidden`` and ``NotFound``; writes also ``Conflict``."""

    changes: ShareChanges

    def list(self, caller: Caller, view: ScheduleView, base_url: str) -> Sequence[Link]:
        """The caller's active shares, newest first."""
        schedule = caller.admitted_to(view.schedule, READ_SCHEDULED)
        return self._links(caller, schedule, view.ledger, base_url, None)

    def get(self, caller: Caller, view: ScheduleView, share_id: UUID, base_url: str) -> Link:
        """The caller's active share of this id."""
        schedule = caller.admitted_to(view.schedule, READ_SCHEDULED)
        for link in self._links(caller, schedule, view.ledger, base_url, share_id):
            return link
        raise NotFound

    def _links(
        self, caller: Caller, schedule: Schedule, ledger: Ledger | None, base_url: str, only: UUID | None
    ) -> Sequence[Link]:
        """The caller's links, or the one of this share, newest first."""

        def looked_up(ledger: Ledger) -> tuple[Sequence[Link], bool]:
            """What there is, and whether some of it may have been rotated away between ledger and rows."""
            now = self.changes.clock()
            held = shares.held_by(ledger, caller.principal_id, now).values()
            wanted = [share_id for share_id in held if only in {None, share_id}]
            links = self._links_of(wanted, schedule, base_url, now)
            return links, len(links) < len(wanted)

        links, overtaken = looked_up(ledger or {})
        if overtaken:
            links, _ = looked_up(self.changes.store.open_schedule(schedule.id).ledger or {})
        return links

    def _links_of(self, share_ids: Collection[UUID], schedule: Schedule, base_url: str, now: int) -> Sequence[Link]:
        found = self.changes.active_shares(share_ids, now).values()
        links = [self.changes.link_of(share, base_url, views) for share, views in found if share.is_of(schedule)]
        return sorted(filter(None, links), key=lambda link: (-link.share.created_at, link.share.id))

    def change(  # noqa: PLR0913, PLR0917 # who, what they saw, what they want, and how it is answered
        self,
        caller: Caller,
        view: ScheduleView,
        share_id: UUID,
        update: ShareUpdate,
        base_url: str,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """The active share becomes what is wanted, in one step; its token stays. ``Conflict`` if the name is taken."""

        def decide(schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
            ledger = ledger or {}
            place = shares.place_held(ledger, share_id)
            if place is None or place.principal_id != caller.principal_id:
                raise NotFound
            seen = self.changes.active_share(ledger, place, now)
            if seen is None or not seen.share.is_of(schedule):
                raise NotFound
            share = update.applied(seen.share, schedule, now)
            link = self.changes.link_of(share, base_url, seen.views)
            if link is None:
                raise NotFound
            target = shares.place_of(caller.principal_id, share.name)
            try:
                swap = shares.move(ledger, place, target, shares.entry_of(share), now=now)
            except NameTaken:
                raise Conflict("You have another active share of this name") from None
            return ShareChange(schedule.id, swap, updated=share), Outcome(update.kind, link)

        return self.changes.make(caller, view, key, decide)

    def revoke(
        self, caller: Caller, view: ScheduleView, share_id: UUID | None, key: IdempotencyKey | None = None
    ) -> Outcome:
        """Withdraws the caller's active share of this id, or (None) all of the caller's, which may be none."""

        def decide(schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
            ledger = ledger or {}
            held = shares.held_by(ledger, caller.principal_id, now)
            leaving = {place: held_id for place, held_id in held.items() if share_id in {None, held_id}}
            found = self.changes.active_shares(leaving.values(), now)
            if share_id is not None and not found:
                raise NotFound
            # A place whose row was purged by hand is given up with the others.
            swap = shares.release(ledger, leaving) if leaving else None
            revoked = [Revocation(found_id, now) for found_id in found]
            return ShareChange(schedule.id, swap, revoked=revoked), Outcome(Kind.REVOKED)

        return self.changes.make(caller, view, key, decide)
