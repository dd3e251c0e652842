"""Many processes try passwords of one share at once on DynamoDB Local: ten wrong ones in ten minutes, to the moment."""

from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

from report_shares.rules.gate import PLACES, WINDOW
from report_shares.store import items
from report_shares.times import SECOND
from tests.engine.test_gate import SHARE
from tests.proof.conftest import LONG
from tests.proof.gate_processes import Plan, got_in, ready, tried

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROCESSES = 8 if LONG else 4
TRIES, TICK = (1_500, SECOND) if LONG else (70, 5 * SECOND)


def test_whatever_processes_try_at_once_ten_wrong_ones_are_hashed_in_ten_minutes_and_right_ones_get_in(
    engine_url: str, dynamodb: "DynamoDBClient", table: str, progress: Callable[[str], None]
) -> None:
    spawn = get_context("spawn")
    plan = Plan(engine_url, table, SHARE, TRIES, TICK)
    with spawn.Pool(PROCESSES, ready, (spawn.Value("q", 0),)) as processes:
        seen = processes.map(partial(tried, plan), range(PROCESSES), chunksize=1)
        in_the_end = processes.map(partial(got_in, plan), range(PROCESSES), chunksize=1)

    wrong = sorted(at for one in seen for at in one.wrong)
    progress(f"{len(wrong)} wrong, {sum(one.right for one in seen)} right, {sum(one.busy for one in seen)} busy")
    # No more than ten at once, even within the last millisecond of the ten minutes.
    assert [late - early for early, late in zip(wrong, wrong[PLACES:], strict=False) if late - early < WINDOW] == []
    assert len(wrong) > PLACES
    # Who looked at the clock before the tenth was known to be wrong waits from then on.
    assert all(0 < wait < 2 * WINDOW for one in seen for wait in one.closed_for)
    assert any(one.closed_for for one in seen)
    assert all(in_the_end)
    item = dynamodb.get_item(TableName=table, Key=items.gate_key(SHARE.id), ConsistentRead=True)["Item"]
    assert all(place.is_wrong for place in items.gate_places_from(item).values())
