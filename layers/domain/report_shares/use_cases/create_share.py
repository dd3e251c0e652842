"""Create, refresh or rotate the caller's share of a schedule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import tenacity

from report_shares.errors import Conflict, Forbidden, InvalidRequest, NotFound
from report_shares.rules import shares, tokens
from report_shares.rules.access import WRITE_SCHEDULED
from report_shares.rules.shares import CapReached, Ledger, LedgerEntry, LedgerSwap, Share
from report_shares.times import Clock
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.ports import (
    Contended,
    Revocation,
    Schedule,
    ShareChange,
    ShareStore,
    StaleView,
    TokenSecretSource,
)

MAX_ATTEMPTS = 12


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
    """The use case with all that it needs; ``cap`` is the number of active shares a schedule may have."""

    store: ShareStore
    secrets: TokenSecretSource
    clock: Clock
    cap: int = shares.DEFAULT_CAP
    new_id: Callable[[], UUID] = uuid4

    def __call__(self, who: Callable[[], Caller], scheduled_report_id: UUID, request: ShareRequest) -> SharedLink:
        """Raises ``Forbidden``, ``NotFound``, ``InvalidRequest`` (cap), ``Conflict`` (contention), or as ``who`` does.

        ``who`` is awaited after the schedule has been read, so that both can be under way at once.
        """
        retries = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((StaleView, Contended)),
            stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.02, max=0.4),
        )
        try:
            return retries(self._attempt, who, scheduled_report_id, request)
        except tenacity.RetryError:
            raise Conflict("Too many changes at once, please retry") from None

    def _attempt(self, who: Callable[[], Caller], scheduled_report_id: UUID, request: ShareRequest) -> SharedLink:
        schedule, ledger = self.store.open_schedule(scheduled_report_id)
        caller = who()
        schedule = _authorised(caller, schedule)
        now = self.clock()
        secrets = self.secrets.current()
        present = self._present_share(ledger or {}, caller, now)
        if present and not request.rotate:
            share = _refreshed(present, schedule, request, now)
            swap = shares.exchange(ledger or {}, caller.principal_id, LedgerEntry(share.id, share.expires_at))
            change = ShareChange(schedule.id, swap, refreshed=share)
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
        token = tokens.mint(secrets, share.id, share.token_key_id)
        self.store.commit(change)
        return SharedLink(share, token, is_existing=change.created is None)

    def _present_share(self, ledger: Ledger, caller: Caller, now: int) -> Share | None:
        share_id = shares.active_share_id(ledger, caller.principal_id, now)
        share = self.store.get_share(share_id) if share_id else None
        return share if share and share.is_active(now) else None

    def _new(self, schedule: Schedule, caller: Caller, request: ShareRequest, token_key_id: int, now: int) -> Share:
        return Share(
            id=self.new_id(),
            scheduled_report_id=schedule.id,
            brand_id=schedule.brand_id,
            principal_id=caller.principal_id,
            token_key_id=token_key_id,
            created_at=now,
            expires_at=shares.expiry(now, request.expiration_days or shares.DEFAULT_EXPIRATION_DAYS),
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
                details={"max_active_shares": refusal.cap, "active_shares": refusal.active},
            ) from None


def _authorised(caller: Caller, schedule: Schedule | None) -> Schedule:
    caller.require(WRITE_SCHEDULED)
    if schedule is None or schedule.workspace_id != caller.key.workspace_id:
        raise NotFound
    if not caller.key.serves(str(schedule.brand_id)):
        raise Forbidden("This key is restricted to other brands")
    return schedule


def _refreshed(present: Share, schedule: Schedule, request: ShareRequest, now: int) -> Share:
    return replace(
        present,
        expires_at=shares.refreshed_expiry(present.expires_at, now, request.expiration_days),
        snapshot_at=now,
        snapshot_key=schedule.snapshot_key,
        schedule_name=schedule.name,
        schedule_frequency=schedule.frequency,
        white_label=request.white_label if request.replaces_white_label else present.white_label,
        revision=present.revision + 1,
    )
