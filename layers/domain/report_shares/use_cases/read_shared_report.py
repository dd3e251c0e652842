"""Open a public link."""

from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from report_shares.refusals import Gone, NotFound
from report_shares.rules import shares, tokens
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.frozen_snapshot import FrozenSnapshot, empty_snapshot
from report_shares.rules.shares import Share
from report_shares.times import Clock
from report_shares.use_cases.token_secrets import TokenSecretSource


class ReportStore(Protocol):
    def get_share(self, share_id: UUID) -> Share | None: ...

    def get_owners(self, share: Share) -> tuple[Schedule | None, Brand | None]:
        """The share's schedule and brand as they were a second ago at most; of a live share, as they are now."""

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        """The snapshot under this key, which never changes."""


class DeadLink(Gone):
    """The share has expired, was withdrawn, has lost its schedule or brand, or (None) its row has been purged."""

    def __init__(self, share: Share | None) -> None:
        super().__init__()
        self.share = share


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """What is behind a link that opens; the share is as ``shares.as_opened`` has it."""

    share: Share
    brand: Brand
    snapshot: FrozenSnapshot

    @property
    def has_runs(self) -> bool:
        """Whether a run had been completed by then."""
        return bool(self.snapshot.content["stats"]["runs_count"])


@dataclass(frozen=True, slots=True)
class ReadSharedReport:
    """The use case with all that it needs.

    Whose the share is and its snapshot are read side by side; of a live share one after the other.
    """

    store: ReportStore
    secrets: TokenSecretSource
    clock: Clock
    side_by_side: Executor

    def __call__(self, token: str) -> OpenedReport:
        """Raises ``NotFound`` for a token that is not ours, before any I/O but the cached secrets, and ``DeadLink``.

        A token that was made with another secret than its share's is not ours either, whoever made it.
        """
        key_id, share_id = self._read(token)
        share = self.store.get_share(share_id)
        if share and share.token_key_id != key_id:
            raise NotFound
        if share is None or not share.is_active(self.clock()):
            raise DeadLink(share)
        reading_owners = self.side_by_side.submit(self.store.get_owners, share)
        try:
            frozen = None if share.live else self._snapshot(share)
        finally:
            wait([reading_owners])  # a read left behind would run into the next request
        schedule, brand = reading_owners.result()
        if not (schedule and brand and share.is_of(schedule) and share.is_of(brand)):
            raise DeadLink(share)
        opened = shares.as_opened(share, schedule)
        return OpenedReport(opened, brand, self._snapshot(opened) if frozen is None else frozen)

    def _snapshot(self, share: Share) -> FrozenSnapshot:
        return self.store.get_snapshot(share.snapshot_key) if share.snapshot_key else empty_snapshot()

    def check(self, token: str) -> None:
        """Raises ``NotFound`` for a token that is not ours; asks for no more than the cached secrets."""
        self._read(token)

    def brand_of(self, dead: DeadLink) -> Brand | None:
        """Whose dead link it is, as long as that is known: a brand that has moved is not whom the reader knows."""
        brand = self.store.get_brand(dead.share.brand_id) if dead.share else None
        return brand if brand and dead.share and dead.share.is_of(brand) else None

    def _read(self, token: str) -> tuple[int, UUID]:
        """Which secret an authentic token was made with, and of which share. Raises ``NotFound``."""
        try:
            key_id = tokens.key_id_of(token)
            return key_id, tokens.verify(self.secrets.searched_for(key_id), token)
        except tokens.InvalidToken:
            raise NotFound from None
