"""Fold one run file as an arrival is folded, up to what would be stored: nothing is read, and nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.left_out import LeftOut
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import RunFileUpload, read_run, unpack
from report_shares.rules.snapshot import build_snapshot


@dataclass(frozen=True, slots=True)
class FoldedSample:
    """What a report of this one run would count, and what of the file could not be used."""

    runs_count: int
    answers_count: int
    appearances_count: int
    citations_count: int
    left_out: Mapping[LeftOut, int]


def fold_sample(
    body: bytes, upload: RunFileUpload, brand_id: UUID, brand: BrandIdentity, now: int
) -> FoldedSample | None:
    """None where the run is not completed. Raises ``RunFileRejected`` where the file would be refused."""
    run = read_run(unpack(body), upload, brand_id, now)
    if run is None:
        return None
    definition = brand.definition
    roll_up = RollUp()
    # By way of its document, as a schedule's roll-up is read at its next run.
    roll_up.merge(RollUp.load(RollUp.of(run, brand).dump(definition), definition))
    stats = build_snapshot(roll_up, brand)["stats"]
    return FoldedSample(
        stats["runs_count"],
        stats["answers_count"],
        stats["appearances_count"],
        stats["citations_count"],
        dict(run.left_out),
    )
