"""What `make bench` measures, within bounds so generous that noise passes and a regression does not.

The goals themselves, and how near to them it is, stand in docs/performance.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local_service.table import create_table
from tests.bench import cold_start, rolling_up, serving
from tests.lacking import need_tools

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = [pytest.mark.engine, pytest.mark.speed]

SHORT, LONG = 1, 400


@pytest.fixture
def service(dynamodb: "DynamoDBClient") -> Iterator[serving.Service]:
    for name in ("bench", "other"):
        create_table(dynamodb, name)
    snapshots = {runs: rolling_up.snapshot_of(runs, lambda _: None) for runs in (SHORT, LONG)}
    with serving.service(dynamodb, "bench", snapshots) as one:
        yield one
    for name in ("bench", "other"):
        dynamodb.delete_table(TableName=name)


def test_a_create_makes_three_calls_and_costs_little_beyond_them(service: serving.Service) -> None:
    create = serving.create_against_bare_boto3(service, "other", rounds=60)

    assert sorted(create.calls) == ["BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert create.handler.ratio_to(create.bare) < 1.45


def test_create_refresh_and_read_cost_the_same_whatever_the_history(service: serving.Service) -> None:
    flat = serving.flatness(service, rounds=40)

    for name in ("create", "refresh"):
        assert flat.answer_bytes[name][LONG] == pytest.approx(flat.answer_bytes[name][SHORT], abs=8)
    for name in ("create", "refresh", "read"):
        assert flat.cpu[name][LONG].ratio_to(flat.cpu[name][SHORT]) < 1.3


def test_the_public_json_costs_little_beyond_reading_it(service: serving.Service) -> None:
    read = serving.read_against_raw(service, SHORT, rounds=60)

    assert read["handler"].ratio_to(read["raw"]) < 1.6


def test_functions_start_from_the_built_layer_much_faster_than_from_a_plain_one(tmp_path: Path) -> None:
    need_tools("building the layer", "sam")

    times, sizes = cold_start.measured(tmp_path, 5, rolling_up.report_of(SHORT, lambda _: None))

    bare = times["bare, built"]
    for name, at_most in (("share_api", 1.1), ("shared_report", 1.1), ("roll_up", 1.4), ("first page", 1.6)):
        built, plain = times[f"{name}, built"], times[f"{name}, plain"]
        assert plain / built > 2.4
        assert built / bare < at_most
    assert sizes["built"] / sizes["plain"] < 0.5
