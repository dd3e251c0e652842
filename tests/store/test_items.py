"""Entities as items of the table, and back."""

from uuid import UUID

from report_shares.rules.left_out import LeftOut
from report_shares.store import items
from report_shares.use_cases.roll_up_store import RunOutcome, RunStatus


def test_what_became_of_a_run_file_comes_back_as_it_was() -> None:
    written = RunOutcome(
        UUID(int=1), UUID(int=2), "etag", RunStatus.REJECTED, "regions: is no list", 1_000, {LeftOut.RANK: 2}
    )

    read = items.run_outcome_from(items.run_outcome_item(written))

    assert read == written
    # Equal texts would be equal to it, too.
    assert isinstance(read.status, RunStatus)
