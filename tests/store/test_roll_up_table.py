"""The pointer on a schedule's item: moved by one fold at a time."""

from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from report_shares.rules.catalog import Schedule
from report_shares.store.bucket import Bucket
from report_shares.store.roll_up_table import RollUpTable
from report_shares.use_cases.roll_up_store import Overtaken, Pointer
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import run_id
from tests.world import NOON, SCHEDULE_ID, World


@pytest.fixture
def rollups(world: World) -> RollUpTable:
    return RollUpTable(world.dynamodb, "shares", Bucket(world.s3, "reports"))


def pointer() -> Pointer:
    return Pointer(f"rollups/{uuid4()}", f"snapshots/{uuid4()}", NOON)


def seen(rollups: RollUpTable) -> Schedule:
    schedule = rollups.get_schedule(SCHEDULE_ID)
    assert schedule is not None
    return schedule


@pytest.mark.parametrize("before", [0, 1, 5])
def test_of_two_folds_that_saw_the_same_pointer_one_moves_it(rollups: RollUpTable, before: int) -> None:
    for _ in range(before):
        rollups.move_pointer(seen(rollups), pointer())
    both, winner = seen(rollups), pointer()
    rollups.move_pointer(both, winner)

    with pytest.raises(Overtaken):
        rollups.move_pointer(both, pointer())

    assert seen(rollups).snapshot_version == before + 1
    assert seen(rollups).rollup_key == winner.rollup_key


def test_a_move_that_was_made_already_has_been_made(rollups: RollUpTable) -> None:
    before, made = seen(rollups), pointer()
    rollups.move_pointer(before, made)

    rollups.move_pointer(before, made)

    assert seen(rollups).snapshot_version == 1


def test_a_schedule_that_is_gone_is_not_brought_back(world: World, rollups: RollUpTable) -> None:
    gone = replace(seen(rollups), id=uuid4())

    with pytest.raises(Overtaken):
        rollups.move_pointer(gone, pointer())

    assert rollups.get_schedule(gone.id) is None
    assert len([item for item in world.items() if item["sk"]["S"] == "SCHEDULE"]) == 1


def test_a_fault_is_no_stale_view(rollups: RollUpTable, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = seen(rollups)
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    with pytest.raises(ClientError, match="AccessDenied"):
        rollups.move_pointer(schedule, pointer())


@pytest.mark.parametrize("name", ["old/{run}.json", "x{run}.json", "{run}.json.bak", "{run}.json\n", "latest.json"])
def test_what_lies_among_run_files_under_another_name_is_none(world: World, rollups: RollUpTable, name: str) -> None:
    for key in (f"runs/{SCHEDULE_ID}/{run_id(1)}.json", f"runs/{SCHEDULE_ID}/{name.format(run=run_id(2))}"):
        world.s3.put_object(Bucket="reports", Key=key, Body=b"{}")

    assert set(rollups.list_run_files(SCHEDULE_ID)) == {run_id(1)}
    assert rollups.find_run_file(SCHEDULE_ID, run_id(2)) is None
