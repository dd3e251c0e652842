"""Create, refresh or rotate the caller's share of a schedule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from report_shares.contract.requests import DEFAULT_EXPIRATION_DAYS
from report_shares.refusals import InvalidRequest
from report_shares.rules import shares, tokens
from report_shares.rules.access import WRITE_SCHEDULED
from report_shares.rules.catalog import Schedule
from report_shares.rules.shares import CapReached, Ledger, LedgerEntry, LedgerSwap, Share
from report_shares.times import Clock
from report_shares.use_cases.active_share import active_share, secrets_for
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.once import Once, unless_answered, until_it_stands
from report_shares.use_cases.share_changes import Meter, Revocation, ShareChange, ShareStore, Unmetered
from report_shares.use_cases.token_secrets import TokenSecretSource


@dataclass(frozen=True, slots=True)
class ShareRequest:
    """What the caller asks for. ``expiration_days`` None: left out.

    ``white_label`` counts only where ``replaces_white_label``: an explicit null drops the share's overrides.
    """

    expiration_days: int | None = None
    rotate: bool = False
    white_label: Mapping[str, Any] | None = None
    replaces_white_label: bool = False


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A share and the token that opens it."""

    share: Share
    token: str
    is_existing: bool


@dataclass(frozen=True, slots=True)
class CreateShare:
    """The use case with all that it needs; ``cap`` is the number of active shares a schedule may have.

    ``default_expiration_days`` counts where a request does not say how long.
    """

    store: ShareStore
    secrets: TokenSecretSource
    clock: Clock
    cap: int = shares.DEFAULT_CAP
    default_expiration_days: int = DEFAULT_EXPIRATION_DAYS
    new_id: Callable[[], UUID] = uuid4
    meter: Meter = field(default_factory=Unmetered)

    def __call__(
        self,
        who: Callable[[], Caller],
        scheduled_report_id: UUID,
        request: ShareRequest,
        once: Once[SharedLink] | None = None,
    ) -> SharedLink:
        """Raises ``Forbidden``, ``NotFound``, ``InvalidRequest`` (cap), ``Conflict`` and ``AlreadyAnswered``.

        ``who``, whose refusals pass through, is awaited after the schedule has been read: both can be under way.
        """

        def attempt() -> SharedLink:
            return self._attempt(who, scheduled_report_id, request, once)

        try:
            return unless_answered(self.store, who, once, self.clock, lambda: until_it_stands(attempt, self.meter))
        except InvalidRequest:
            # Not where the cap is met: an Idempotency-Key that was used may still get its earlier answer, or a 409.
            self.meter.outcome("cap_reached")
            self.meter.count("CapRefusals")
            raise

    def _attempt(
        self,
        who: Callable[[], Caller],
        scheduled_report_id: UUID,
        request: ShareRequest,
        once: Once[SharedLink] | None,
    ) -> SharedLink:
        schedule, ledger = self.store.open_schedule(scheduled_report_id)
        caller = who()
        schedule = caller.admitted_to(schedule, WRITE_SCHEDULED)
        now = self.clock()
        present = active_share(self.store, ledger or {}, caller, now)
        secrets = secrets_for(self.secrets, present)
        # A link that can be neither made nor opened any more is replaced like one that leaked.
        if present and not request.rotate and present.token_key_id in secrets.by_key_id:
            share = _refreshed(present, schedule, request, now, self.default_expiration_days)
            swap = shares.exchange(ledger or {}, caller.principal_id, LedgerEntry(share.id, share.expires_at))
            change = ShareChange(schedule.id, swap, updated=share)
        else:
            share = self._new(schedule, caller, request, secrets.current, now)
            swap = self._place(ledger or {}, share, now)
            change = ShareChange(
                schedule.id,
                swap,
                opens_ledger=ledger is None,
                created=share,
                revoked=Revocation(present.id, now) if present else None,
            )
        link = SharedLink(share, tokens.mint(secrets, share.id, share.token_key_id), change.created is None)
        self.store.commit(replace(change, record=once.record(caller, link, now) if once else None))
        self.meter.outcome(_outcome(change))
        if schedule.rolled_up_at is not None:
            self.meter.duration("RollUpAge", max(0, now - schedule.rolled_up_at))
        return link

    def _new(self, schedule: Schedule, caller: Caller, request: ShareRequest, token_key_id: int, now: int) -> Share:
        return Share(
            id=self.new_id(),
            scheduled_report_id=schedule.id,
            brand_id=schedule.brand_id,
            principal_id=caller.principal_id,
            token_key_id=token_key_id,
            created_at=now,
            expires_at=shares.expiry(now, request.expiration_days or self.default_expiration_days),
            snapshot_at=now,
            snapshot_key=schedule.snapshot_key,
            schedule_name=schedule.name,
            schedule_frequency=schedule.frequency,
            white_label=request.white_label,
        )

    def _place(self, ledger: Ledger, share: Share, now: int) -> LedgerSwap:
        entry = LedgerEntry(share.id, share.expires_at)
        if shares.active_share_id(ledger, share.principal_id, now):
            return shares.exchange(ledger, share.principal_id, entry)
        try:
            return shares.admit(ledger, share.principal_id, entry, now=now, cap=self.cap)
        except CapReached as refusal:
            raise InvalidRequest(
                f"This scheduled report already has {refusal.active} active shares, the most it may have",
                details={
                    "max_active_shares": refusal.cap,
                    "active_shares": refusal.active,
                    "caller_active_shares": 0,  # whoever has one is refreshed, not refused
                },
            ) from None


def _outcome(change: ShareChange) -> str:
    if change.created is None:
        return "refreshed"
    return "rotated" if change.revoked else "created"


def _refreshed(present: Share, schedule: Schedule, request: ShareRequest, now: int, default_days: int) -> Share:
    return replace(
        present,
        expires_at=shares.refreshed_expiry(present.expires_at, now, request.expiration_days, default_days),
        snapshot_at=now,
        snapshot_key=schedule.snapshot_key,
        schedule_name=schedule.name,
        schedule_frequency=schedule.frequency,
        white_label=request.white_label if request.replaces_white_label else present.white_label,
        revision=present.revision + 1,
    )
