"""The pointer on a schedule's item: moved by one fold at a time."""

from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from report_shares.rules.catalog import Schedule
from report_shares.rules.run_files import RunFileUpload
from report_shares.store.roll_up_table import RollUpTable
from report_shares.use_cases.roll_up_store import Overtaken, Pointer
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import key_of, roll_up_table, run_id
from tests.world import NOON, SCHEDULE_ID, World


@pytest.fixture
def table(world: World) -> RollUpTable:
    return roll_up_table(world)


def pointer() -> Pointer:
    return Pointer(f"rollups/{uuid4()}", f"snapshots/{uuid4()}", NOON)


def seen(table: RollUpTable) -> Schedule:
    schedule = table.get_schedule(SCHEDULE_ID)
    assert schedule is not None
    return schedule


@pytest.mark.parametrize("before", [0, 1, 5])
def test_of_two_folds_that_saw_the_same_pointer_one_moves_it(table: RollUpTable, before: int) -> None:
    for _ in range(before):
        table.move_pointer(seen(table), pointer())
    both, winner = seen(table), pointer()
    table.move_pointer(both, winner)

    with pytest.raises(Overtaken):
        table.move_pointer(both, pointer())

    assert seen(table).snapshot_version == before + 1
    assert seen(table).rollup_key == winner.rollup_key


def test_a_move_that_was_made_already_has_been_made(table: RollUpTable) -> None:
    before, made = seen(table), pointer()
    table.move_pointer(before, made)

    table.move_pointer(before, made)

    assert seen(table).snapshot_version == 1


def test_a_schedule_that_is_gone_is_not_brought_back(world: World, table: RollUpTable) -> None:
    gone = replace(seen(table), id=uuid4())

    with pytest.raises(Overtaken):
        table.move_pointer(gone, pointer())

    assert table.get_schedule(gone.id) is None
    assert len([item for item in world.items() if item["sk"]["S"] == "SCHEDULE"]) == 1


def test_a_defect_is_not_taken_for_another_fold(table: RollUpTable, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = seen(table)
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    with pytest.raises(ClientError, match="AccessDenied"):
        table.move_pointer(schedule, pointer())


@pytest.mark.parametrize("name", ["old/{run}.json", "x{run}.json", "{run}.json.bak", "{run}.json\n", "latest.json"])
def test_what_lies_among_run_files_under_another_name_is_none(world: World, table: RollUpTable, name: str) -> None:
    for key in (key_of(1), f"runs/{SCHEDULE_ID}/{name.format(run=run_id(2))}"):
        world.s3.put_object(Bucket="reports", Key=key, Body=b"{}")

    assert set(table.list_run_files(SCHEDULE_ID)) == {run_id(1)}
    assert table.find_run_file(RunFileUpload(key_of(2), SCHEDULE_ID, run_id(2), "")) is None
