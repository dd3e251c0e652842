"""Changes of a schedule's shares: decided on what is seen, committed while it still stands, made once for a key."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

import tenacity

from report_shares.refusals import Conflict, Contention, InvalidRequest, NotFound
from report_shares.rules import idempotency, shares, tokens
from report_shares.rules.access import WRITE_SCHEDULED
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.shares import Ledger, LedgerSwap, Place, ScheduleView, Share
from report_shares.rules.tokens import TokenSecrets
from report_shares.rules.views import NO_VIEWS, Views
from report_shares.times import Clock
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.token_secrets import TokenSecretSource

MAX_ATTEMPTS = 12


class StaleView(Exception):
    """A commit was refused because what it was decided on no longer stands: look again and decide anew."""


class Contended(Exception):
    """A commit was refused because another one was under way: nothing is known to have changed, try again."""


class AlreadyRecorded(Exception):
    """The Idempotency-Key has been used; nothing was changed."""

    def __init__(self, record: "IdempotencyRecord") -> None:
        super().__init__()  # without the record, which no log is to show
        self.record = record


class Kind(StrEnum):
    """What a change was."""

    CREATED = "created"
    REFRESHED = "refreshed"
    ROTATED = "rotated"
    EXTENDED = "extended"
    CHANGED = "changed"
    REVOKED = "revoked"


class SeenShare(NamedTuple):
    """A share's row, and how often its page was looked at by then."""

    share: Share
    views: Views


@dataclass(frozen=True, slots=True)
class Link:
    """A share and what opens it: ``base_url`` and ``token``, one behind the other; and how often it was looked at."""

    share: Share
    base_url: str
    token: str = field(repr=False)
    views: Views = NO_VIEWS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a change; ``link`` is None where shares were revoked.

    ``retries`` is how often it had to be decided anew, ``roll_up_age`` (milliseconds) how old what was frozen is.
    """

    kind: Kind
    link: Link | None = None
    is_replay: bool = False
    retries: int = 0
    roll_up_age: int | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What a principal's Idempotency-Key stood for, without the token. Times are epoch milliseconds.

    ``secret_id`` says which secret the fingerprint was made with; ``share`` is as ``shares.as_told`` leaves it.
    """

    principal_id: str
    key: str
    fingerprint: str
    secret_id: int
    kind: Kind
    share: Share | None
    base_url: str
    recorded_at: int
    expires_at: int
    views_count: int = 0
    last_viewed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A share that is withdrawn; ``at`` in epoch milliseconds.

    ``seen_revision``: only if it is still at this one, as where another share takes over what it had.
    """

    share_id: UUID
    at: int
    seen_revision: int | None = None


@dataclass(frozen=True, slots=True)
class ShareChange:
    """One atomic change of a schedule's shares: all of it or none.

    ``opens_ledger`` says that the schedule had no ledger yet. ``created`` must not exist yet, under any schedule;
    ``updated`` must still be at the revision before. ``record`` must be the first under its key, or the first after
    the one before expired. Without a ``swap`` nothing but the record is written.
    """

    scheduled_report_id: UUID
    swap: LedgerSwap | None
    opens_ledger: bool = False
    created: Share | None = None
    updated: Share | None = None
    revoked: Collection[Revocation] = ()
    record: IdempotencyRecord | None = None


class ShareStore(Protocol):
    def open_schedule(self, scheduled_report_id: UUID) -> ScheduleView:
        """The schedule and its ledger as they are now."""

    def get_share(self, share_id: UUID) -> Share | None:
        """The share's row as it is now; it may be expired, revoked, or already purged (None)."""

    def get_shares(self, share_ids: Collection[UUID]) -> Mapping[UUID, SeenShare]:
        """The rows of these shares as they are now, each of them some time during the call, but for purged ones."""

    def commit(self, change: ShareChange) -> None:
        """Raises ``AlreadyRecorded``, ``StaleView`` or ``Contended``."""

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        """What the Idempotency-Key stood for; it may have expired."""


class Decide(Protocol):
    def __call__(self, schedule: Schedule, ledger: Ledger | None, now: int) -> tuple[ShareChange, Outcome]:
        """What to write and what comes of it; raises what is refused."""


@dataclass(frozen=True, slots=True)
class ShareChanges:
    """How all changes of a caller's shares are made."""

    store: ShareStore
    secrets: TokenSecretSource
    clock: Clock

    def make(self, caller: Caller, view: ScheduleView, key: IdempotencyKey | None, decide: Decide) -> Outcome:
        """Commits what is decided, or returns what the key stood for.

        ``view`` is what the first decision is made on. A key that was used returns its outcome also where the change
        would be refused today, but only to who may make the request today.

        Raises ``Forbidden``, ``NotFound``, ``Conflict``, and what ``decide`` raises.
        """
        schedule = caller.admitted_to(view.schedule, WRITE_SCHEDULED)
        try:
            outcome, retries = until_it_stands(
                lambda seen: self._attempt(caller, seen, key, decide), self._views(schedule.id, view)
            )
            return replace(outcome, retries=retries)
        except AlreadyRecorded as used:
            return self._replayed(used.record, key)
        except (Conflict, InvalidRequest, NotFound):
            record = self.store.get_record(caller.principal_id, key.key) if key else None
            if record is None or record.expires_at <= self.clock():
                raise
            return self._replayed(record, key)

    def active_share(self, ledger: Ledger, place: Place, now: int) -> SeenShare | None:
        """The active share that holds the place; None where there is none, or where its row was purged by hand."""
        share_id = shares.active_share_id(ledger, place, now)
        return self.active_shares([share_id], now).get(share_id) if share_id else None

    def active_shares(self, share_ids: Collection[UUID], now: int) -> Mapping[UUID, SeenShare]:
        """Those of the shares that are still active."""
        found = self.store.get_shares(share_ids) if share_ids else {}
        return {share_id: seen for share_id, seen in found.items() if seen.share.is_active(now)}

    def secrets_for(self, share: Share | None) -> TokenSecrets:
        """The secrets at hand; the share's own is missing only where it was withdrawn."""
        return self.secrets.searched_for(share.token_key_id, always=True) if share else self.secrets.current()

    def link_of(self, share: Share, base_url: str, views: Views) -> Link | None:
        """None for a share whose secret was withdrawn: it opens nothing any more."""
        try:
            return Link(share, base_url, tokens.mint(self.secrets_for(share), share.id, share.token_key_id), views)
        except tokens.UnknownTokenSecret:
            return None

    def _views(self, scheduled_report_id: UUID, first: ScheduleView) -> Iterator[ScheduleView]:
        yield first
        while True:
            yield self.store.open_schedule(scheduled_report_id)

    def _attempt(self, caller: Caller, view: ScheduleView, key: IdempotencyKey | None, decide: Decide) -> Outcome:
        schedule = caller.admitted_to(view.schedule, WRITE_SCHEDULED)
        now = self.clock()
        change, outcome = decide(schedule, view.ledger, now)
        if key:
            change = replace(change, record=self._record(caller, key, outcome, now))
        if change.swap or change.record:
            self.store.commit(change)
        return outcome

    def _record(self, caller: Caller, key: IdempotencyKey, outcome: Outcome, now: int) -> IdempotencyRecord:
        secrets, link = self.secrets.current(), outcome.link
        views = link.views if link else NO_VIEWS
        return IdempotencyRecord(
            principal_id=caller.principal_id,
            key=key.key,
            fingerprint=key.fingerprint(secrets.by_key_id[secrets.current]),
            secret_id=secrets.current,
            kind=outcome.kind,
            share=shares.as_told(link.share) if link else None,
            base_url=link.base_url if link else "",
            recorded_at=now,
            expires_at=now + idempotency.KEPT,
            views_count=views.count,
            last_viewed_at=views.last_at,
        )

    def _replayed(self, record: IdempotencyRecord, key: IdempotencyKey | None) -> Outcome:
        secret = self.secrets.searched_for(record.secret_id, always=True).by_key_id.get(record.secret_id)
        if key is None or secret is None or key.fingerprint(secret) != record.fingerprint:
            raise Conflict("The Idempotency-Key was used for another request")
        if record.share is None:
            return Outcome(record.kind, is_replay=True)
        link = self.link_of(record.share, record.base_url, Views(record.views_count, record.last_viewed_at))
        if link is None:
            raise Conflict("The link of the first answer was withdrawn, use another Idempotency-Key")
        return Outcome(record.kind, link, is_replay=True)


def until_it_stands[V, R](attempt: Callable[[V], R], views: Iterator[V]) -> tuple[R, int]:
    """What the first attempt returns that neither finds its view stale nor others in the way, and how many failed.

    Each attempt is given the next view. Raises ``Contention``.
    """
    retries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((StaleView, Contended)),
        stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.02, max=0.4),
    )
    try:
        result = retries(lambda: attempt(next(views)))
    except tenacity.RetryError:
        raise Contention(MAX_ATTEMPTS - 1) from None
    return result, int(retries.statistics["attempt_number"]) - 1
