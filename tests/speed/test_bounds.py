"""Bounds on speed, side by side with bare boto3, a plain build and an earlier commit.

What is measured, and the numbers of the last `make bench`, stand in docs/performance.md.
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from benchmarks import cold_start, earlier, folder, hashing, rolling_up, serving
from benchmarks.measure import ready, side_by_side

from report_shares.rules.run_files import MAX_RUN_BYTES
from tests.lacking import need_tools

pytestmark = [pytest.mark.engine, pytest.mark.speed]

SHORT, LONG = 1, 400


@pytest.fixture(scope="module")
def snapshots() -> dict[int, bytes]:
    return {runs: rolling_up.snapshot_of(runs, lambda _: None) for runs in (SHORT, LONG)}


@pytest.fixture
def service(engine_url: str, snapshots: dict[int, bytes]) -> Iterator[serving.Service]:
    with serving.service(engine_url, snapshots) as one:
        yield one


def test_a_create_makes_three_calls_in_two_hops_and_costs_little_beyond_them(service: serving.Service) -> None:
    create = serving.create_against_bare_boto3(service, rounds=60)

    assert sorted(create.calls) == ["BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert create.hops == 2
    assert create.handler.ratio_to(create.bare) <= 1.5


def test_create_refresh_and_read_cost_the_same_whatever_the_history(service: serving.Service) -> None:
    flat = serving.flatness(service, rounds=40)

    for name in ("create", "refresh"):
        assert flat.answer_bytes[name][LONG] == pytest.approx(flat.answer_bytes[name][SHORT], abs=8)
    for name in ("create", "refresh", "read"):
        assert flat.cpu[name][LONG].ratio_to(flat.cpu[name][SHORT]) < 1.3


def test_the_public_json_costs_little_beyond_reading_it(service: serving.Service) -> None:
    read = serving.read_against_raw(service, SHORT, rounds=60)

    assert read["handler"].ratio_to(read["raw"]) <= 1.6


# A tenth for noise. The page has since then what tells how far its numbers carry: twice the charts, intervals, quoted
# answers. The JSON, of which two calls to DynamoDB are nine tenths, also asks whose the schedule is, in the call that
# asks whose the brand is.
READS = {"page": 1.45, "json": 1.3}


def test_the_demos_report_is_read_about_as_fast_as_at_an_earlier_commit(engine_url: str, tmp_path: Path) -> None:
    try:
        read = earlier.reads(engine_url, tmp_path, rounds=60)
    except earlier.CommitMissingError as error:
        pytest.skip(str(error))

    assert read["page"][0].median <= 35  # 22 ms where docs/performance.md was written, on a slower machine more
    ratios = {name: now.ratio_to(then) for name, (now, then) in read.items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio > READS[name]} == {}


def test_an_unchanged_page_is_made_once(engine_url: str) -> None:
    assert earlier.page_again(engine_url, rounds=60).median <= 8  # 4.5 ms, likewise


def test_a_fold_costs_little_more_than_at_a_commit_that_took_each_value_as_it_came(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(rolling_up.run_file())
    try:
        (now, then), (memory_now, memory_then) = earlier.folds(file, tmp_path / "then", rounds=10)
    except earlier.CommitMissingError as error:
        pytest.skip(str(error))

    # What the next run is compared with, and what is quoted, is kept since then.
    assert now.ratio_to(then) <= 2.0
    assert memory_now / memory_then <= 1.3


def test_what_answers_say_costs_half_a_fold_at_most() -> None:
    folds = {
        name: ready(partial(folder.fold, rolling_up.run_file(text))) for name, text in (("with", 2_000), ("without", 0))
    }
    cpu = side_by_side(folds, rounds=10)

    assert cpu["with"].ratio_to(cpu["without"]) <= 1.5


# So many times its regions, with answers of so many characters: files of about 32 MB.
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process took")
@pytest.mark.parametrize(("text", "regions"), [(20_000, 2), (100, 26)])
def test_the_largest_file_is_folded_in_ten_seconds_and_400_mb(tmp_path: Path, text: int, regions: int) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(rolling_up.run_file(text, regions))
    assert 30_000_000 < file.stat().st_size <= MAX_RUN_BYTES

    seconds, memory = earlier.fold_of(file)

    assert seconds <= 10
    assert memory <= 400


def test_trying_a_password_takes_at_most_half_a_second_of_a_function_of_1024_mb() -> None:
    """Its memory follows from its cost, which ``tests/rules/test_passwords.py`` holds to a bound."""
    assert hashing.measured(rounds=5).seconds_at_1024_mb() <= 0.5


def test_functions_start_nearly_as_fast_as_bare_boto3_and_much_faster_than_built_plainly(tmp_path: Path) -> None:
    need_tools("building the functions", "sam")

    times, _ = cold_start.measured(tmp_path, rounds=7)

    bare = times["bare, built"]
    # As measured (docs/performance.md), and a tenth for noise.
    for name, at_most in (("share_api", 1.64), ("shared_report", 1.67), ("roll_up", 1.62), ("first page", 1.83)):
        built, plain = times[f"{name}, built"], times[f"{name}, plain"]
        assert built / bare <= at_most, name
        assert plain / built >= 2.5, name
