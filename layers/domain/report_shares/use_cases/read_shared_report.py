"""Open a public link."""

from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from report_shares.contract import shared_report as contract
from report_shares.json_text import json_text
from report_shares.refusals import Gone, NotFound
from report_shares.rules import tokens, white_label
from report_shares.rules.catalog import Brand
from report_shares.rules.frozen_snapshot import FrozenSnapshot
from report_shares.rules.shares import Share
from report_shares.times import Clock, iso
from report_shares.use_cases.token_secrets import TokenSecretSource


class ReportStore(Protocol):
    def get_share(self, share_id: UUID) -> Share | None: ...

    def get_brand(self, brand_id: UUID) -> Brand | None: ...

    def get_snapshot(self, key: str) -> FrozenSnapshot:
        """The snapshot under this key, which never changes."""


@dataclass(frozen=True, slots=True)
class SharedReport:
    """What is behind a link that opens."""

    share: Share
    brand: Brand
    snapshot: FrozenSnapshot

    @property
    def frame(self) -> contract.ReportFrame:
        """The contract's ``shared_report`` without its snapshot: no internal id, no owner, no token."""
        return {
            "object": "shared_report",
            "share_type": "scheduled",
            "brand": {"name": self.brand.name},
            "schedule": {"name": self.share.schedule_name, "frequency": self.share.schedule_frequency},
            "snapshot_at": iso(self.share.snapshot_at),
            "expires_at": iso(self.share.expires_at),
            "white_label": white_label.effective(self.brand.white_label, self.share.white_label),
        }

    @property
    def has_runs(self) -> bool:
        """Whether a run had been completed when the share was frozen."""
        return bool(self.snapshot.content["stats"]["runs_count"])

    @property
    def document(self) -> contract.SharedReport:
        """The contract's ``shared_report``."""
        frame = self.frame
        return {**frame, "snapshot": self.snapshot.shown(frame["white_label"]["report_sections_config"])}

    @property
    def document_text(self) -> str:
        """The same as JSON, without a look into the snapshot where all of it is shown."""
        frame = self.frame
        start = json_text(frame).removesuffix("}")
        return f'{start},"snapshot":{self.snapshot.shown_text(frame["white_label"]["report_sections_config"])}}}'


@dataclass(frozen=True, slots=True)
class ReadSharedReport:
    """The use case with all that it needs; ``side_by_side`` runs one of two independent reads."""

    store: ReportStore
    secrets: TokenSecretSource
    clock: Clock
    side_by_side: Executor

    def __call__(self, token: str) -> SharedReport:
        """Raises ``NotFound`` for a token that is not ours (before any I/O but the cached secrets) and ``Gone``
        for a share that has expired, was withdrawn or whose row has been purged.
        """
        share = self.store.get_share(self._share_id(token))
        if share is None or not share.is_active(self.clock()):
            raise Gone
        reading_brand = self.side_by_side.submit(self.store.get_brand, share.brand_id)
        try:
            snapshot = self.store.get_snapshot(share.snapshot_key) if share.snapshot_key else None
        finally:
            wait([reading_brand])  # a read left behind would run into the next request
        brand = reading_brand.result()
        if brand is None:
            raise Gone
        return SharedReport(share, brand, snapshot if snapshot is not None else _empty_snapshot(brand))

    def look_of_gone(self, token: str) -> contract.ReportWhiteLabel | None:
        """The effective white label of a share that is gone, as long as its row is there; None afterwards.

        Raises ``NotFound`` for a token that is not ours.
        """
        share = self.store.get_share(self._share_id(token))
        if share is None:
            return None
        brand = self.store.get_brand(share.brand_id)
        return white_label.effective(brand.white_label, share.white_label) if brand else None

    def _share_id(self, token: str) -> UUID:
        try:
            return tokens.verify(self.secrets.searched_for(tokens.key_id_of(token)), token)
        except tokens.InvalidToken:
            raise NotFound from None


def _empty_snapshot(brand: Brand) -> FrozenSnapshot:
    """For a link that was made before the schedule's first run."""
    # Only such a link waits for what folds runs; loading it takes a twentieth of the function's start.
    from report_shares.rules.roll_up import BrandIdentity, RollUp  # noqa: PLC0415
    from report_shares.rules.snapshot import build_snapshot  # noqa: PLC0415

    empty = build_snapshot(RollUp(), BrandIdentity(brand.name, brand.aliases, brand.domains))
    return FrozenSnapshot(json_text(empty))
