"""Open a public link."""

from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from report_shares.refusals import Gone, NotFound
from report_shares.rules import tokens
from report_shares.rules.catalog import Brand
from report_shares.rules.frozen_snapshot import FrozenSnapshot, empty_snapshot
from report_shares.rules.shares import Share
from report_shares.times import Clock
from report_shares.use_cases.token_secrets import TokenSecretSource


class ReportStore(Protocol):
    def get_share(self, share_id: UUID) -> Share | None: ...

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        """The snapshot under this key, which never changes."""


class DeadLink(Gone):
    """The share has expired, was withdrawn, or (None) its row has been purged since."""

    def __init__(self, share: Share | None) -> None:
        super().__init__()
        self.share = share


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """What is behind a link that opens."""

    share: Share
    brand: Brand
    snapshot: FrozenSnapshot

    @property
    def has_runs(self) -> bool:
        """Whether a run had been completed when the share was frozen."""
        return bool(self.snapshot.content["stats"]["runs_count"])


@dataclass(frozen=True, slots=True)
class ReadSharedReport:
    """The use case with all that it needs; brand and snapshot are read side by side."""

    store: ReportStore
    secrets: TokenSecretSource
    clock: Clock
    side_by_side: Executor

    def __call__(self, token: str) -> OpenedReport:
        """Raises ``NotFound`` for a token that is not ours, before any I/O but the cached secrets, and ``DeadLink``."""
        share = self.store.get_share(self._share_id(token))
        if share is None or not share.is_active(self.clock()):
            raise DeadLink(share)
        reading_brand = self.side_by_side.submit(self.store.get_brand, share.brand_id)
        try:
            snapshot = self.store.get_snapshot(share.snapshot_key) if share.snapshot_key else None
        finally:
            wait([reading_brand])  # a read left behind would run into the next request
        brand = reading_brand.result()
        if brand is None:
            raise DeadLink(None)
        return OpenedReport(share, brand, snapshot if snapshot is not None else empty_snapshot())

    def check(self, token: str) -> None:
        """Raises ``NotFound`` for a token that is not ours; asks for no more than the cached secrets."""
        self._share_id(token)

    def brand_of(self, dead: DeadLink) -> Brand | None:
        """Whose dead link it is, as long as that is known."""
        return self.store.get_brand(dead.share.brand_id) if dead.share else None

    def _share_id(self, token: str) -> UUID:
        try:
            return tokens.verify(self.secrets.searched_for(tokens.key_id_of(token)), token)
        except tokens.InvalidToken:
            raise NotFound from None
