"""The share rules: one active share per caller and schedule, at most ``cap`` of them per schedule.

Who holds an active share of a schedule stands in its **ledger**. A change of shares is decided on the ledger as
seen and comes with the exact entries it was decided on (``LedgerSwap``); the store commits it only while they
still stand, so nothing is counted twice and nobody waits for a lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from report_shares.contract.limits import DEFAULT_EXPIRATION_DAYS
from report_shares.rules.catalog import Brand, Schedule
from report_shares.times import DAY

DEFAULT_CAP = 50
# All of a full ledger can expire at once and is then cleared in one condition, which DynamoDB limits to 4 KB.
MAX_CAP = 100


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A caller's place in the ledger; ``expires_at`` in epoch milliseconds."""

    share_id: UUID
    expires_at: int

    def is_active(self, now: int) -> bool:
        """An expired share frees its place at the moment it expires, whether or not its row is still there."""
        return now < self.expires_at


type Ledger = Mapping[str, LedgerEntry]


class ScheduleView(NamedTuple):
    """A schedule and its ledger as they were seen, each None where there is none (yet)."""

    schedule: Schedule | None
    ledger: Ledger | None


@dataclass(frozen=True, slots=True)
class Share:
    """One share's row. Times are epoch milliseconds; ``revision`` grows by one with every change.

    ``snapshot_key`` names the frozen snapshot and is None for a schedule without a completed run.
    ``white_label`` holds this share's own overrides, None where the brand's config is used alone. ``name`` is whom
    the share is for, as it was first spelled; None for the nameless one. A ``live`` share shows its schedule's present
    roll-up, not the one that it was frozen with. ``password_hash`` is whatever a password is checked against, None
    without one; rules never look into it.
    """

    id: UUID
    scheduled_report_id: UUID
    brand_id: UUID
    workspace_id: str
    principal_id: str
    token_key_id: int
    created_at: int
    expires_at: int
    snapshot_at: int
    snapshot_key: str | None
    schedule_name: str
    schedule_frequency: str
    white_label: Mapping[str, Any] | None
    revision: int = 1
    revoked_at: int | None = None
    name: str | None = None
    live: bool = False
    password_hash: str | None = field(default=None, repr=False)

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None

    def is_active(self, now: int) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def is_of(self, owner: Schedule | Brand) -> bool:
        """Whether the share's schedule or brand is still whose it was when the share was made."""
        brand_id = owner.brand_id if isinstance(owner, Schedule) else owner.id
        return (brand_id, owner.workspace_id) == (self.brand_id, self.workspace_id)


WITHHELD = "withheld"


def as_told(share: Share) -> Share:
    """The share as a record may keep it: whether there is a password, and nothing that guesses can be tried on.

    An idempotency record outlives a change of password, and is nothing but an answer: no answer holds a hash.
    """
    return replace(share, password_hash=WITHHELD) if share.has_password else share


@dataclass(frozen=True, slots=True)
class LedgerSwap:
    """The exchange of one caller's entry, and the expired entries that make room for it.

    Holds only while the caller's entry is still ``expected`` (None: absent), each of ``evicted`` still stands
    as seen, and the ledger has at most ``max_entries`` entries (None: any number).
    """

    principal_id: str
    expected: LedgerEntry | None
    replacement: LedgerEntry | None
    evicted: Mapping[str, LedgerEntry]
    max_entries: int | None


class CapReached(Exception):
    """The schedule has as many active shares as it may have."""

    def __init__(self, cap: int, active: int) -> None:
        super().__init__(f"{active} of {cap} shares are active")
        self.cap = cap
        self.active = active


def active_share_id(ledger: Ledger, principal_id: str, now: int) -> UUID | None:
    """The id of the caller's active share, if there is one."""
    entry = ledger.get(principal_id)
    return entry.share_id if entry and entry.is_active(now) else None


def admit(ledger: Ledger, principal_id: str, new: LedgerEntry, *, now: int, cap: int) -> LedgerSwap:
    """A place for a caller's first active share. Raises ``CapReached``.

    Expired entries of others are evicted only where their room is needed: evicting is what makes callers
    get in each other's way.
    """
    own = ledger.get(principal_id)
    others = {principal: entry for principal, entry in ledger.items() if principal != principal_id}
    active = sum(entry.is_active(now) for entry in others.values())
    if active >= cap:
        raise CapReached(cap, active)
    crowded = len(others) >= cap
    evicted = {p: entry for p, entry in others.items() if not entry.is_active(now)} if crowded else {}
    places_taken_by_change = 0 if own else 1
    return LedgerSwap(principal_id, own, new, evicted, max_entries=cap + len(evicted) - places_taken_by_change)


def exchange(ledger: Ledger, principal_id: str, new: LedgerEntry | None) -> LedgerSwap:
    """A change of the caller's own place, or its release: the count does not grow, so no cap applies."""
    return LedgerSwap(principal_id, ledger[principal_id], new, evicted={}, max_entries=None)


def as_held(lost: Share, ledger: Ledger, now: int) -> Share:
    """A share whose row was lost, from a copy of it: as long as the ledger gives it, or withdrawn if it has no place.

    What happened to the share since the copy was made stands nowhere but in the ledger.
    """
    entry = ledger.get(lost.principal_id)
    if entry and entry.share_id == lost.id:
        return replace(lost, expires_at=entry.expires_at)
    return lost if lost.revoked_at is not None else replace(lost, revoked_at=now)


def expiry(now: int, expiration_days: int) -> int:
    """When a share given for this many days expires."""
    return now + expiration_days * DAY


def refreshed_expiry(
    present: int, now: int, expiration_days: int | None, default_days: int = DEFAULT_EXPIRATION_DAYS
) -> int:
    """A given number of days counts from now; left out, no refresh shortens a link or leaves it about to die."""
    if expiration_days is not None:
        return expiry(now, expiration_days)
    return max(present, expiry(now, default_days))
