"""Run files put into the bucket: late, repeated, replaced, simultaneous, gzipped, failed and broken ones."""

import gzip
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn, cast
from uuid import uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.client import BaseClient
from functions.roll_up import app

from report_shares.rules.run_files import RunFileUpload
from report_shares.store import items
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import iso
from report_shares.use_cases.roll_up_runs import MAX_ATTEMPTS, RollUpRuns
from report_shares.use_cases.roll_up_store import Overtaken, RunStatus
from tests.handlers.calls import aws_error, before_each_call, failing, recorded
from tests.handlers.runs import key_of, outcome, roll_up_table, run, run_id, snapshot, uploaded_at
from tests.world import BRAND_ID, SCHEDULE_ID, Json, World, arrival_of, event


def put(world: World, *runs: Json) -> list[str]:
    """Their keys; nothing is folded yet."""
    files = {f"runs/{one['scheduled_report_id']}/{one['id']}.json": json.dumps(one).encode() for one in runs}
    for key, body in files.items():
        world.s3.put_object(Bucket="reports", Key=key, Body=body)
    return list(files)


def test_a_run_file_is_in_the_snapshot_once_folded(world: World) -> None:
    answer = world.put_run(run(1))

    assert answer == {"batchItemFailures": []}
    assert snapshot(world)["stats"]["runs_count"] == 1
    assert outcome(world, 1).status == RunStatus.ROLLED_UP
    assert world.buried() == []


def test_the_outcome_names_the_upload_it_is_about(world: World) -> None:
    world.put_run(run(1))

    etag = world.s3.head_object(Bucket="reports", Key=key_of(1))["ETag"]

    assert outcome(world, 1).etag == etag.strip('"')


def test_a_gzipped_run_file_counts_like_a_plain_one(world: World) -> None:
    world.put_run(run(1))
    world.put_run(gzip.compress(json.dumps(run(2)).encode()), key_of(2, ".json.gz"))

    assert snapshot(world)["stats"]["runs_count"] == 2


def test_the_same_run_again_changes_nothing(world: World) -> None:
    world.put_run(run(1))
    before = snapshot(world)

    with recorded() as calls:
        world.put_run(json.dumps(run(1), indent=4).encode(), key_of(1))

    assert outcome(world, 1).status == RunStatus.UNCHANGED
    assert snapshot(world) == before
    assert "DeleteObject" not in calls


def test_the_same_run_id_with_other_content_replaces_the_old_one_everywhere(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2))
    world.put_run(run(3))

    world.put_run(run(2, appears=False))

    replaced = snapshot(world)
    assert replaced["stats"]["runs_count"] == 3
    assert replaced["stats"]["appearances_count"] == 2
    assert [point["visibility_score"] for point in replaced["trend"]] == [100.0, 0.0, 100.0]


def test_a_run_that_is_replaced_by_a_failed_one_counts_no_more(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2))

    world.put_run(run(2, status="failed"))

    assert snapshot(world)["stats"]["runs_count"] == 1
    assert outcome(world, 2).status == RunStatus.NOT_COUNTED


@pytest.mark.parametrize("status", ["failed", "running", "partial"])
def test_a_run_that_is_not_completed_does_not_count_and_is_no_fault(world: World, status: str) -> None:
    world.put_run(run(1, status=status))

    assert snapshot(world)["stats"]["runs_count"] == 0
    assert outcome(world, 1).status == RunStatus.NOT_COUNTED
    assert world.buried() == []


def test_a_region_that_is_not_completed_does_not_count(world: World) -> None:
    failed = run(1)["regions"][0] | {"name": "Germany, German", "status": "failed"}

    world.put_run(run(1, regions=[*run(1)["regions"], failed]))

    stats = snapshot(world)["stats"]
    assert (stats["regions_count"], stats["answers_count"]) == (1, 1)


def test_the_brands_aliases_and_domains_are_the_brand(world: World) -> None:
    named = run(1)
    named["regions"][0]["answers"][0]["businesses"] = [{"name": "Acme Coffee", "rank": 1}]

    world.put_run(named)

    shown = snapshot(world)
    assert [one["name"] for one in shown["competitors"] if one["is_brand"]] == ["Acme Coffee Roasters"]
    assert [one["domain"] for one in shown["citations"]["domains"] if one["is_brand"]] == ["acme.example"]


def test_a_brand_without_aliases_and_domains_has_a_report(world: World) -> None:
    key = items.brand_key(BRAND_ID)
    world.dynamodb.update_item(TableName="shares", Key=key, UpdateExpression="REMOVE aliases, domains")

    world.put_run(run(1))

    assert snapshot(world)["stats"]["citation_share"] == 0


def test_a_late_run_takes_its_place_in_time(world: World) -> None:
    world.put_run(run(3))
    world.put_run(run(1, appears=False))
    world.put_run(run(2))

    assert [point["visibility_score"] for point in snapshot(world)["trend"]] == [0.0, 100.0, 100.0]


def test_simultaneous_files_of_one_schedule_are_folded_in_one_go(world: World) -> None:
    keys = put(world, *(run(number) for number in range(10)))

    with recorded() as calls:
        answer = world.fold(*keys)

    assert answer == {"batchItemFailures": []}
    assert snapshot(world)["stats"]["runs_count"] == 10
    assert calls.count("UpdateItem") == 1


def test_the_same_arrival_twice_in_one_batch_counts_once(world: World) -> None:
    (key,) = put(world, run(1))

    world.fold(key, key)

    assert snapshot(world)["stats"]["runs_count"] == 1


def overtaken_once(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> list[str]:
    """Something happens between reading the run files and moving the pointer; not empty once it has."""
    happened: list[str] = []

    def look(name: str, _: Any) -> None:
        if name == "UpdateItem" and not happened:
            happened.append(name)
            meanwhile()

    before_each_call(monkeypatch, look)
    return happened


def test_a_fold_that_another_overtakes_is_decided_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the pointer and moving it, another run of the schedule is folded."""
    overtaken = overtaken_once(monkeypatch, lambda: world.put_run(run(2)))

    world.put_run(run(1))

    assert overtaken
    assert snapshot(world)["stats"]["runs_count"] == 2


def test_a_fold_that_is_overtaken_every_time_waits_longer_and_longer_and_gives_up(
    world: World, monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]
) -> None:
    def overtaken(*_: object) -> NoReturn:
        raise Overtaken

    monkeypatch.setattr(RollUpTable, "move_pointer", overtaken)
    (key,) = put(world, run(1))

    with pytest.raises(Overtaken):
        RollUpRuns(roll_up_table(world), world.clock)(SCHEDULE_ID, [RunFileUpload.of(key, "some etag")])

    assert len(no_waiting) == MAX_ATTEMPTS - 1
    assert 0 < no_waiting[0] <= 0.1
    assert max(no_waiting) <= 3
    assert len({*no_waiting}) > 5  # at random, so that two folds do not meet again and again


def test_a_fold_that_fails_is_not_tried_again_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]
) -> None:
    failing(monkeypatch, "GetItem", aws_error("GetItem", "InternalServerError", 500))

    assert world.fold(*put(world, run(1)))["batchItemFailures"]
    assert no_waiting == []


def test_an_old_version_never_overwrites_a_newer_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is replaced and the new version folded after the old one was read and before it is committed."""
    overtaken_once(monkeypatch, lambda: world.put_run(run(1, appears=False)))

    world.put_run(run(1, appears=True))

    assert snapshot(world)["stats"]["appearances_count"] == 0


def test_a_run_withdrawn_while_it_is_folded_does_not_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The withdrawing file is handled before the fold is committed, when there is nothing to take out yet."""
    overtaken_once(monkeypatch, lambda: world.put_run(run(1, status="failed")))

    world.put_run(run(1))

    assert snapshot(world)["stats"]["runs_count"] == 0


def test_a_file_put_back_to_what_it_was_while_its_change_is_folded_stays_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the old content comes back it changes nothing yet, and then the change is committed."""
    world.put_run(run(1, appears=True))
    overtaken_once(monkeypatch, lambda: world.put_run(run(1, appears=True)))

    world.put_run(run(1, appears=False))

    assert snapshot(world)["stats"]["appearances_count"] == 1


@pytest.mark.parametrize(("plain_at", "gzipped_at", "appearances"), [(1, 2, 0), (2, 1, 1)])
@pytest.mark.parametrize("arrival", [".json", ".json.gz"])
def test_of_a_run_that_lies_there_plain_and_gzipped_the_later_upload_counts(
    world: World, plain_at: int, gzipped_at: int, appearances: int, arrival: str
) -> None:
    """Whichever of the two arrivals is handled last."""
    put(world, run(1, appears=True))
    gzipped = gzip.compress(json.dumps(run(1, appears=False)).encode())
    world.s3.put_object(Bucket="reports", Key=key_of(1, ".json.gz"), Body=gzipped)
    uploaded_at(key_of(1), plain_at)
    uploaded_at(key_of(1, ".json.gz"), gzipped_at)

    world.fold(key_of(1, arrival))

    assert snapshot(world)["stats"]["appearances_count"] == appearances
    assert snapshot(world)["stats"]["runs_count"] == 1


def test_a_commit_whose_answer_was_lost_is_not_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore sends an unanswered update again; its condition then fails on our own pointer."""
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # the one place all calls pass

    def call(client: BaseClient, name: str, arguments: dict[str, Any]) -> object:
        if name == "UpdateItem":
            make_api_call(client, name, arguments)
        return make_api_call(client, name, arguments)

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", call)
        world.put_run(run(1))

    assert snapshot(world)["stats"]["runs_count"] == 1
    world.put_run(run(2))
    assert snapshot(world)["stats"]["runs_count"] == 2


@pytest.mark.parametrize("history", [1, 12])
def test_folding_one_more_run_takes_the_same_calls_however_long_the_history(world: World, history: int) -> None:
    world.fold(*put(world, *(run(number) for number in range(history))))

    with recorded() as calls:
        world.put_run(run(50))

    upload = ["PutObject"]
    schedule_brand_run_file_and_roll_up = ["GetItem", "GetItem", "ListObjectsV2", "GetObject", "GetObject"]
    part_roll_up_and_snapshot = ["PutObject", "PutObject", "PutObject"]
    pointer_replaced_roll_up_and_outcome = ["UpdateItem", "DeleteObject", "ListObjectsV2", "PutItem"]
    reads, writes = schedule_brand_run_file_and_roll_up, part_roll_up_and_snapshot
    assert calls == upload + reads + writes + pointer_replaced_roll_up_and_outcome


# ---- refused -----------------------------------------------------------------------------------------------------


def assert_buried(world: World, reason: str) -> Json:
    """The schedule is unharmed and the dead letter says why and when, and can be replayed."""
    (letter,) = world.buried()
    assert reason in letter["reason"]
    assert letter["failed_at"] == iso(world.clock.now)
    assert letter["event"]["detail"]["object"]["key"] == letter["key"]
    assert snapshot(world)["stats"]["runs_count"] == 1
    return letter


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (json.dumps(run(2, brand_id=str(uuid4()))).encode(), "brand"),
        (json.dumps(run(2, scheduled_report_id=str(uuid4()))).encode(), "schedule"),
        (json.dumps(run(3)).encode(), "id"),
        (b" " * (32 * 1024 * 1024 + 1), "larger than"),
        (gzip.compress(b" " * 50_000_000), "33554432"),
    ],
    ids=["empty", "cut", "no utf-8", "deep", "foreign brand", "foreign schedule", "other run", "large", "bomb"],
)
def test_a_broken_oversized_or_foreign_file_never_harms_the_schedule(world: World, body: bytes, reason: str) -> None:
    world.put_run(run(1))

    answer = world.put_run(body, key_of(2))

    assert answer == {"batchItemFailures": []}
    assert_buried(world, reason)
    assert outcome(world, 2).status == RunStatus.REJECTED
    assert outcome(world, 2).reason


def test_a_broken_file_in_place_of_a_good_one_leaves_the_run_as_it_was(world: World) -> None:
    world.put_run(run(1))
    before = snapshot(world)

    world.put_run(b"{", key_of(1))

    assert snapshot(world) == before
    assert before["stats"]["runs_count"] == 1


def test_a_file_of_a_schedule_whose_brand_is_gone_is_refused(world: World) -> None:
    world.dynamodb.delete_item(TableName="shares", Key=items.brand_key(BRAND_ID))

    world.put_run(run(1))

    (letter,) = world.buried()
    assert "no such scheduled report" in json.dumps(letter)


def test_a_file_that_is_deleted_while_it_is_folded_keeps_counting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = put(world, run(1))
    publish = RollUpTable.move_pointer

    def moved(table: RollUpTable, *arguments: Any) -> None:
        publish(table, *arguments)
        world.s3.delete_object(Bucket="reports", Key=key)

    monkeypatch.setattr(RollUpTable, "move_pointer", moved)

    assert world.fold(key) == {"batchItemFailures": []}

    assert outcome(world, 1).status == RunStatus.ROLLED_UP


def test_a_broken_file_in_a_batch_does_not_hold_up_the_others(world: World) -> None:
    keys = put(world, run(1), run(2, brand_id=str(uuid4())))

    assert world.fold(*keys) == {"batchItemFailures": []}

    assert_buried(world, "brand")


def test_a_file_of_a_schedule_that_does_not_exist_is_refused(world: World) -> None:
    world.put_run(run(1))
    other = uuid4()

    world.put_run(run(2), f"runs/{other}/{run_id(2)}.json")

    assert assert_buried(world, "scheduled report")["reason"] == "there is no such scheduled report"
    (record,) = [item for item in world.items() if item["pk"]["S"] == f"SCHEDULE#{other}"]
    assert record["etag"]["S"]


@pytest.mark.parametrize("key", ["runs/x.json", f"runs/{SCHEDULE_ID}/latest.json", key_of(2, ".csv")])
def test_a_file_under_a_key_that_is_none_of_a_run_is_refused(world: World, key: str) -> None:
    world.put_run(run(1))

    world.put_run(run(2), key)

    assert_buried(world, "the key is not")


def test_a_file_that_is_gone_when_its_arrival_is_read_is_refused(world: World) -> None:
    world.put_run(run(1))

    world.fold(key_of(2))

    assert assert_buried(world, "bucket")["reason"] == "the file is not in the bucket any more"
    assert outcome(world, 2).etag


def test_a_refused_file_counts_once_it_is_mended_and_replayed(world: World) -> None:
    world.put_run(run(1))
    world.put_run(b"{", key_of(2))
    letter = assert_buried(world, "JSON")
    put(world, run(2))

    world.fold(letter["key"])

    assert snapshot(world)["stats"]["runs_count"] == 2


@pytest.mark.parametrize("operation", ["GetItem", "ListObjectsV2", "GetObject", "PutObject", "UpdateItem", "PutItem"])
def test_a_file_comes_again_when_aws_fails(world: World, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    put(world, run(1))
    with monkeypatch.context() as patched:
        failing(patched, operation, aws_error(operation, "SlowDown", 503))
        answer = world.fold(key_of(1))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    world.fold(key_of(1))
    assert snapshot(world)["stats"]["runs_count"] == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"detail": {}}',
        '{"detail": {"object": {"key": 7, "etag": "x"}}}',
        '{"event": []}',
    ],
    ids=range(8),
)
def test_a_message_that_is_no_arrival_is_buried_and_holds_nobody_up(world: World, body: str) -> None:
    (key,) = put(world, run(1))

    answer = world.deliver(body, arrival_of(key))

    assert answer == {"batchItemFailures": []}
    (letter,) = world.buried()
    assert letter["reason"] == "the message is not the arrival of a file"
    assert snapshot(world)["stats"]["runs_count"] == 1


def test_a_dead_letter_of_our_own_that_is_moved_back_to_the_queue_is_folded(world: World) -> None:
    world.put_run(b"{", key_of(1))
    (letter,) = world.buried()
    put(world, run(1))

    answer = world.deliver(json.dumps(letter))

    assert answer == {"batchItemFailures": []}
    assert snapshot(world)["stats"]["runs_count"] == 1


def failing_to_read(monkeypatch: pytest.MonkeyPatch, key: str, error: Exception) -> None:
    def fail(name: str, arguments: Any) -> None:
        if name == "GetObject" and arguments["Key"] == key:
            raise error

    before_each_call(monkeypatch, fail)


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidObjectState"])
def test_a_file_that_s3_will_not_give_away_is_refused_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    keys = put(world, run(1), run(2))
    with monkeypatch.context() as patched:
        failing_to_read(patched, keys[1], aws_error("GetObject", code, 403))
        answer = world.fold(*keys)

    assert answer == {"batchItemFailures": []}
    assert_buried(world, code)


def test_a_file_whose_folding_breaks_holds_up_only_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = put(world, run(1), run(2))
    with monkeypatch.context() as patched:
        failing_to_read(patched, keys[1], RuntimeError("a defect of ours"))
        answer = world.fold(*keys)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert snapshot(world)["stats"]["runs_count"] == 1


def test_what_the_deployed_function_logs_names_its_invocation(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "_service", lambda: world.roll_up)
    context = SimpleNamespace(
        function_name="roll-up", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="invocation 7"
    )

    answer = app.lambda_handler(event("run_file_arrived"), cast("LambdaContext", context))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = {line["message"]: line["function_request_id"] for line in lines if "message" in line}
    assert answer == {"batchItemFailures": []}
    assert logged == {"run file refused": "invocation 7", "folded": "invocation 7"}
