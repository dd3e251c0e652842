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


def test_what_stays_of_a_purged_row_says_which_it_was_and_whose_for_35_days() -> None:
    row = items.schedule_key(UUID(int=1)) | {name: items.text(name) for name in ("brand_id", "workspace_id", "name")}

    left = items.purged_item(row, now=1_001)

    assert left == {
        "pk": {"S": f"PURGED#SCHEDULE#{UUID(int=1)}"},
        "sk": {"S": "PURGED"},
        "brand_id": {"S": "brand_id"},
        "workspace_id": {"S": "workspace_id"},
        "ttl": {"N": str(35 * 24 * 60 * 60 + 2)},
    }


def test_where_a_purged_row_was_can_be_told_from_what_stays_of_it() -> None:
    keys = [items.api_key_key("digest"), items.brand_key(UUID(int=1)), items.schedule_key(UUID(int=2))]

    assert [items.purged_row_key(items.purged_item(key, now=0)) for key in keys] == keys
