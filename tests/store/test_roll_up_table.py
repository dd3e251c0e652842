"""The pointer on a schedule's item, moved by one fold at a time, and which upload of a run counts."""

from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from report_shares.rules.catalog import Schedule
from report_shares.rules.run_files import RunFileUpload
from report_shares.store.roll_up_table import RollUpTable
from report_shares.use_cases.object_errors import ObjectTooLarge
from report_shares.use_cases.roll_up_store import Overtaken, Pointer
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import key_of, roll_up_table, run_id, uploaded_at
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


def in_capitals(key: str) -> str:
    return key.replace(str(SCHEDULE_ID), str(SCHEDULE_ID).upper()).replace(str(run_id(1)), str(run_id(1)).upper())


@pytest.mark.parametrize(
    ("uploads", "counts"),
    [
        ({key_of(1): 1, key_of(1, ".json.gz"): 2}, key_of(1, ".json.gz")),
        ({key_of(1): 2, key_of(1, ".json.gz"): 1}, key_of(1)),
        ({key_of(1): 1, in_capitals(key_of(1)): 2}, in_capitals(key_of(1))),
        ({key_of(1): 1, in_capitals(key_of(1, ".json.gz")): 2}, in_capitals(key_of(1, ".json.gz"))),
        ({key_of(1): 2, in_capitals(key_of(1)): 1}, key_of(1)),
        ({in_capitals(key_of(1)): 2, in_capitals(key_of(1, ".json.gz")): 1}, in_capitals(key_of(1))),
        ({key_of(1): 1, key_of(1, ".json.gz"): 1}, key_of(1, ".json.gz")),
        ({key_of(1): 1, in_capitals(key_of(1)): 1}, key_of(1)),
        ({key_of(1): 1, in_capitals(key_of(1, ".json.gz")): 1}, key_of(1)),
    ],
)
def test_the_latest_upload_of_a_run_counts_and_of_two_in_one_second_the_same_for_every_fold(
    world: World, table: RollUpTable, uploads: dict[str, int], counts: str
) -> None:
    for key, second in uploads.items():
        world.s3.put_object(Bucket="reports", Key=key, Body=b"{}")
        uploaded_at(key, second)

    found = table.list_run_files(SCHEDULE_ID)
    assert [upload.key for upload in found.values()] == [counts]
    for key in set(uploads) - {key_of(1)} or uploads:  # whoever announces the usual spelling looks for no other
        assert table.find_run_file(RunFileUpload(key, SCHEDULE_ID, run_id(1), "")) == found[run_id(1)]


def test_a_run_file_may_be_as_large_as_is_said_but_no_larger(world: World, table: RollUpTable) -> None:
    world.s3.put_object(Bucket="reports", Key=key_of(1), Body=b"1234")

    assert table.read_run_file(key_of(1), 4).body == b"1234"
    with pytest.raises(ObjectTooLarge):
        table.read_run_file(key_of(1), 3)
