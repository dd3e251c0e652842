"""The share rules: one active share per caller, schedule and name, at most ``cap`` of them per schedule.

Who holds an active share of a schedule stands in its **ledger**. A change of shares is decided on the ledger as
seen and comes with the exact entries it was decided on (``LedgerSwap``); the store commits it only while they
still stand, so nothing is counted twice and nobody waits for a lock.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from report_shares.contract.limits import DEFAULT_EXPIRATION_DAYS
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.recipients import name_key
from report_shares.times import DAY

DEFAULT_CAP = 50
# One caller may hold all places and withdraw them at once: with ledger and record that makes the 100 items of
# DynamoDB's largest transaction.
MAX_CAP = 98


class Place(NamedTuple):
    """Where a caller's share of one name stands in a ledger; ``key`` is the name's (``recipients.name_key``)."""

    principal_id: str
    key: str = ""


def place_of(principal_id: str, name: str | None) -> Place:
    """Where the caller's share of this name stands, or the one without a name."""
    return Place(principal_id, name_key(name))


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The share that holds a place; ``expires_at`` in epoch milliseconds.

    ``settings`` tells what its owner set apart from anything that was set before (``entry_of``); empty where unknown.
    """

    share_id: UUID
    expires_at: int
    settings: bytes = b""

    def is_active(self, now: int) -> bool:
        """An expired share frees its place at the moment it expires, whether or not its row is still there."""
        return now < self.expires_at


type Ledger = Mapping[Place, LedgerEntry]


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


def entry_of(share: Share) -> LedgerEntry:
    """How the share stands in its schedule's ledger.

    Five bytes of a digest for its settings, which are compared with those of a copy: a ledger of fifty nameless shares
    stays below 4 KB, which is what one unit reads.
    """
    overrides = None if share.white_label is None else dict(share.white_label)
    settings = json.dumps([share.name, share.live, overrides, share.password_hash], sort_keys=True)
    return LedgerEntry(share.id, share.expires_at, sha256(settings.encode()).digest()[:5])


def with_roll_up_of(share: Share, schedule: Schedule, at: int) -> Share:
    """The share with what its schedule has now, frozen at this time."""
    return replace(
        share,
        snapshot_at=at,
        snapshot_key=schedule.snapshot_key,
        schedule_name=schedule.name,
        schedule_frequency=schedule.frequency,
    )


def as_opened(share: Share, schedule: Schedule) -> Share:
    """The share with what its link shows now: a live one with its schedule's roll-up, as of when that was made."""
    if not share.live:
        return share
    rolled_up_at = schedule.rolled_up_at
    return with_roll_up_of(share, schedule, share.snapshot_at if rolled_up_at is None else rolled_up_at)


WITHHELD = "withheld"


def as_told(share: Share) -> Share:
    """The share as a record may keep it: whether there is a password, and nothing that guesses can be tried on.

    An idempotency record outlives a change of password, and is nothing but an answer: no answer holds a hash.
    """
    return replace(share, password_hash=WITHHELD) if share.has_password else share


@dataclass(frozen=True, slots=True)
class LedgerSwap:
    """The exchange of some entries of a ledger.

    Holds only while each of ``expected`` still stands as seen (None: absent), and the ledger has at most
    ``max_entries`` entries (None: any number). Of the places in ``expected`` those in ``replacements`` are taken
    afterwards, the others free.
    """

    expected: Mapping[Place, LedgerEntry | None]
    replacements: Mapping[Place, LedgerEntry]
    max_entries: int | None = None


class CapReached(Exception):
    """The schedule has as many active shares as it may have; ``own`` of them are the caller's."""

    def __init__(self, cap: int, active: int, own: int) -> None:
        super().__init__(f"{active} of {cap} shares are active")
        self.cap = cap
        self.active = active
        self.own = own


class NameTaken(Exception):
    """The caller has another active share of this name."""


def active_share_id(ledger: Ledger, place: Place, now: int) -> UUID | None:
    """The id of the active share that holds the place, if there is one."""
    entry = ledger.get(place)
    return entry.share_id if entry and entry.is_active(now) else None


def held_by(ledger: Ledger, principal_id: str, now: int) -> Mapping[Place, UUID]:
    """The ids of all of a caller's active shares, by the places that they hold."""
    return {
        place: entry.share_id
        for place, entry in ledger.items()
        if place.principal_id == principal_id and entry.is_active(now)
    }


def place_held(ledger: Ledger, share_id: UUID) -> Place | None:
    """The place that the share holds, whatever it is called by now."""
    return next((place for place, entry in ledger.items() if entry.share_id == share_id), None)


def admit(ledger: Ledger, place: Place, new: LedgerEntry, *, now: int, cap: int) -> LedgerSwap:
    """A place for a caller's first active share of a name. Raises ``CapReached``.

    Expired entries of others are evicted only where their room is needed: evicting is what makes callers
    get in each other's way.
    """
    own = ledger.get(place)
    others = {other: entry for other, entry in ledger.items() if other != place}
    active = [other for other, entry in others.items() if entry.is_active(now)]
    if len(active) >= cap:
        raise CapReached(cap, len(active), sum(other.principal_id == place.principal_id for other in active))
    crowded = len(others) >= cap
    evicted = {other: entry for other, entry in others.items() if not entry.is_active(now)} if crowded else {}
    places_taken_by_change = 0 if own else 1
    return LedgerSwap({place: own} | evicted, {place: new}, cap + len(evicted) - places_taken_by_change)


def exchange(ledger: Ledger, place: Place, new: LedgerEntry) -> LedgerSwap:
    """A change of the place's share: the count does not grow, so no cap applies."""
    return LedgerSwap({place: ledger[place]}, {place: new})


def release(ledger: Ledger, places: Iterable[Place]) -> LedgerSwap:
    """The places are free again."""
    return LedgerSwap({place: ledger[place] for place in places}, {})


def move(ledger: Ledger, place: Place, target: Place, new: LedgerEntry, *, now: int) -> LedgerSwap:
    """A change of the place's share that takes it to another place of its owner's. Raises ``NameTaken``."""
    if target == place:
        return exchange(ledger, place, new)
    if active_share_id(ledger, target, now):
        raise NameTaken
    return LedgerSwap({place: ledger[place], target: ledger.get(target)}, {target: new})


def as_held(lost: Share, ledger: Ledger, now: int) -> tuple[Share, LedgerSwap | None]:
    """A share whose row was lost, from a copy of it: as long as the ledger gives it, or withdrawn.

    What happened to the share since the copy was made stands nowhere but in the ledger. Where it has no place any more,
    or its owner has set another name, password or look since, the copy is not what is to be opened. The swap writes its
    place as it is, so that the row comes back only while it still stands.
    """
    place = place_held(ledger, lost.id)
    if place is None:
        return lost if lost.revoked_at is not None else replace(lost, revoked_at=now), None
    entry = ledger[place]
    if entry.settings != entry_of(lost).settings:
        return replace(lost, revoked_at=now), release(ledger, [place])
    return replace(lost, expires_at=entry.expires_at), exchange(ledger, place, entry)


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
