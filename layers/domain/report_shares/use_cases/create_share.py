"""Create, refresh or rotate the caller's share of a schedule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from report_shares.contract.limits import DEFAULT_EXPIRATION_DAYS
from report_shares.refusals import ScheduleFull
from report_shares.rules import shares, tokens
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.passwords import NewPassword
from report_shares.rules.shares import CapReached, Ledger, LedgerSwap, Place, ScheduleView, Share
from report_shares.rules.views import NO_VIEWS
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
class ShareRequest:
    """What the caller asks for, about their share of this ``name`` (None: the nameless one).

    ``expiration_days``, ``live``, ``password`` None: left out. ``white_label`` counts only where
    ``replaces_white_label``: an explicit null drops the share's overrides.
    """

    expiration_days: int | None = None
    rotate: bool = False
    white_label: Mapping[str, Any] | None = None
    replaces_white_label: bool = False
    name: str | None = None
    live: bool | None = None
    password: NewPassword | None = None


@dataclass(frozen=True, slots=True)
class CreateShare:
    """The use case with all that it needs; ``cap`` is the number of active shares a schedule may have.

    ``default_expiration_days`` counts where a request does not say how long.
    """

    changes: ShareChanges
    cap: int = shares.DEFAULT_CAP
    default_expiration_days: int = DEFAULT_EXPIRATION_DAYS
    new_id: Callable[[], UUID] = uuid4

    def __call__(
        self,
        caller: Caller,
        view: ScheduleView,
        request: ShareRequest,
        base_url: str,
        key: IdempotencyKey | None = None,
    ) -> Outcome:
        """Raises ``Forbidden``, ``NotFound``, ``ScheduleFull`` and ``Conflict``."""

        def decide(schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
            place = shares.place_of(caller.principal_id, request.name)
            seen = self.changes.active_share(ledger or {}, place, now)
            present, views = seen or (None, NO_VIEWS)
            secrets = self.changes.secrets_for(present)
            # A link that can be neither made nor opened any more is replaced like one that leaked.
            if present and not request.rotate and present.is_of(schedule) and present.token_key_id in secrets.by_key_id:
                kind, share = Kind.REFRESHED, self._refreshed(present, schedule, request, now)
                swap = shares.exchange(ledger or {}, place, shares.entry_of(share))
                change = ShareChange(schedule.id, swap, updated=share)
            else:
                kind, views = Kind.ROTATED if present else Kind.CREATED, NO_VIEWS
                share = self._new(schedule, caller, request, present, secrets.current, now)
                change = ShareChange(
                    schedule.id,
                    self._admitted(ledger or {}, place, share, now),
                    opens_ledger=ledger is None,
                    created=share,
                    revoked=[Revocation(present.id, now, present.revision)] if present else [],
                )
            link = Link(share, base_url, tokens.mint(secrets, share.id, share.token_key_id), views)
            age = None if schedule.rolled_up_at is None else max(0, now - schedule.rolled_up_at)
            return change, Outcome(kind, link, roll_up_age=age)

        return self.changes.make(caller, view, key, decide)

    def _new(  # noqa: PLR0913, PLR0917 # all that a share is made of
        self,
        schedule: Schedule,
        caller: Caller,
        request: ShareRequest,
        replaced: Share | None,
        token_key_id: int,
        now: int,
    ) -> Share:
        """A new share; in the place of another it has that one's name, is live where that was, and has its password."""
        kept_live = replaced is not None and replaced.live
        kept_password = replaced.password_hash if replaced else None
        return Share(
            id=self.new_id(),
            scheduled_report_id=schedule.id,
            brand_id=schedule.brand_id,
            workspace_id=schedule.workspace_id,
            principal_id=caller.principal_id,
            token_key_id=token_key_id,
            created_at=now,
            expires_at=shares.expiry(now, request.expiration_days or self.default_expiration_days),
            snapshot_at=now,
            snapshot_key=schedule.snapshot_key,
            schedule_name=schedule.name,
            schedule_frequency=schedule.frequency,
            white_label=request.white_label,
            name=replaced.name if replaced else request.name,
            live=kept_live if request.live is None else request.live,
            password_hash=request.password.kept if request.password else kept_password,
        )

    def _refreshed(self, present: Share, schedule: Schedule, request: ShareRequest, now: int) -> Share:
        days = request.expiration_days
        return replace(
            shares.with_roll_up_of(present, schedule, now),
            expires_at=shares.refreshed_expiry(present.expires_at, now, days, self.default_expiration_days),
            white_label=request.white_label if request.replaces_white_label else present.white_label,
            live=present.live if request.live is None else request.live,
            revision=present.revision + 1,
            password_hash=request.password.kept if request.password else present.password_hash,
        )

    def _admitted(self, ledger: Ledger, place: Place, share: Share, now: int) -> LedgerSwap:
        entry = shares.entry_of(share)
        if shares.active_share_id(ledger, place, now):
            return shares.exchange(ledger, place, entry)
        try:
            return shares.admit(ledger, place, entry, now=now, cap=self.cap)
        except CapReached as reached:
            raise ScheduleFull(reached.cap, reached.active, reached.own) from None
