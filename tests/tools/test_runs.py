"""sharectl runs put and runs failed."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from botocore.stub import Stubber

from report_shares.rules.left_out import LeftOut
from report_shares.store import items
from report_shares.times import system_clock
from report_shares.use_cases.roll_up_store import RunOutcome, RunStatus
from tests.handlers.calls import aws_error, before_each_call, failing
from tests.tools.conftest import Json, Operator

SCHEDULE = "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04"
RUN = "11111111-2222-4333-8444-555555555555"
KEY = f"runs/{SCHEDULE}/{RUN}.json"
EVENT: Json = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "bucket"}, "object": {"key": KEY}},
}
DROPPING = ("--drop", "runs/nobody/1.json", "--drop", "runs/nobody/2.json")


def run(**changes: object) -> bytes:
    return json.dumps({"object": "scheduled_report.run", "id": RUN, "scheduled_report_id": SCHEDULE} | changes).encode()


def record(operator: Operator, etag: str, status: RunStatus, reason: str | None, **left_out: int) -> None:
    counts = {LeftOut(name): number for name, number in left_out.items()}
    outcome = RunOutcome(UUID(SCHEDULE), UUID(RUN), etag, status, reason, system_clock(), counts)
    operator.stack.dynamodb.put_item(TableName=operator.stack.table, Item=items.run_outcome_item(outcome))


@contextmanager
def roll_up(operator: Operator, status: RunStatus, reason: str | None = None, **left_out: int) -> Iterator[None]:
    """Processes the file as soon as it is in the bucket, in the roll-up function's place."""

    def process() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            files = operator.stack.s3.list_objects_v2(Bucket="bucket").get("Contents", [])
            if files:
                record(operator, files[0]["ETag"].strip('"'), status, reason, **left_out)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=process)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize(("content", "suffix"), [(run(), ""), (gzip.compress(run()), ".gz")])
def test_uploads_to_where_the_roll_up_finds_it(operator: Operator, content: bytes, suffix: str) -> None:
    # The content counts, not the file's name.
    said = operator.say("runs", "put", operator.file("any.name", content), "--json")

    assert said.code == 0
    assert [uploaded["key"] for uploaded in said.json["runs"]] == [KEY + suffix]
    stored = operator.stack.s3.get_object(Bucket="bucket", Key=KEY + suffix)
    assert stored["Body"].read() == content
    assert stored["ETag"] == f'"{said.json["runs"][0]["etag"]}"'


def test_takes_a_byte_order_mark_and_ids_in_upper_case(operator: Operator) -> None:
    content = b"\xef\xbb\xbf" + run(id=RUN.upper(), scheduled_report_id=f" {SCHEDULE.upper()}")

    said = operator.say("runs", "put", operator.file("run.json", content), "--json")

    assert [uploaded["key"] for uploaded in said.json["runs"]] == [KEY]
    assert operator.stack.s3.get_object(Bucket="bucket", Key=KEY)["Body"].read() == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe\xfd", "not UTF-8"),
        (b"[]", "the JSON is no object"),
        (run(object="run"), '"object" is not "scheduled_report.run"'),
        (run(id="1"), '"id" is not a UUID'),
        (run(id="{" + RUN + "}"), '"id" is not a UUID'),
        (run(scheduled_report_id=None), '"scheduled_report_id" is not a UUID'),
        (gzip.compress(run())[:-9], "truncated gzip"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_refuses_what_is_no_run_file_and_uploads_nothing(operator: Operator, content: bytes, reason: str) -> None:
    good, bad = operator.file("good.json", run()), operator.file("bad.json", content)

    said = operator.say("runs", "put", good, bad, "--json")

    assert said.code == 2
    (error,) = said.json["errors"]
    assert error["path"] == bad
    assert reason in error["message"]
    assert "Contents" not in operator.stack.s3.list_objects_v2(Bucket="bucket")


def test_refuses_two_files_of_one_run(operator: Operator) -> None:
    said = operator.say("runs", "put", operator.file("a", run()), operator.file("b", gzip.compress(run())))

    assert said.code == 2
    assert "is the same run as" in said.stderr


@pytest.mark.parametrize("status", [RunStatus.ROLLED_UP, RunStatus.UNCHANGED, RunStatus.NOT_COUNTED])
def test_waits_until_it_is_processed(operator: Operator, status: RunStatus) -> None:
    # What became of an earlier file of the run is not what became of this one.
    record(operator, "other", RunStatus.REJECTED, "regions: missing")

    with roll_up(operator, status):
        said = operator.say("runs", "put", operator.file("run.json", run()), "--wait", "--timeout", "20", "--json")

    assert (said.code, said.json["runs"][0]["status"]) == (0, status)


def test_says_why_a_file_was_rejected(operator: Operator) -> None:
    with roll_up(operator, RunStatus.REJECTED, "regions: missing"):
        said = operator.say("runs", "put", operator.file("run.json", run()), "--wait", "--timeout", "20")

    assert said.code == 1
    assert said.stdout == f"rejected     {KEY}: regions: missing\n"


def test_says_what_of_a_file_was_left_out(operator: Operator) -> None:
    file = operator.file("run.json", run())
    left_out = {"business_without_name": 1, "citation_without_address": 3}

    with roll_up(operator, RunStatus.ROLLED_UP, None, **left_out):
        said = operator.say("runs", "put", file, "--wait", "--timeout", "20")
    as_json = operator.say("runs", "put", file, "--wait", "--timeout", "20", "--json").json

    assert said.stdout == f"rolled_up    {KEY}; left out: 3 citations (no web address), 1 business (no name)\n"
    assert as_json["runs"][0]["left_out"] == left_out


def test_gives_up_after_the_timeout(operator: Operator) -> None:
    said = operator.say("runs", "put", operator.file("run.json", run()), "--wait", "--timeout", "0", "--json")

    assert (said.code, said.json["runs"][0]["status"]) == (1, "timed_out")


def bury(operator: Operator, *bodies: str) -> None:
    for body in bodies:
        operator.stack.sqs.send_message(QueueUrl=operator.stack.dead_letter_queue_url, MessageBody=body)


def listed(operator: Operator) -> list[Json]:
    """What `runs failed` lists now."""
    entries: list[Json] = operator.say("runs", "failed", "--json").json["failed"]
    return entries


def waiting(operator: Operator, queue_url: str) -> list[Json]:
    answer = operator.stack.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def letter(key: str = KEY) -> str:
    return json.dumps({"reason": "too large", "key": key, "failed_at": "2026-04-20T15:23:04.512Z", "event": EVENT})


def test_lists_what_failed_and_leaves_it_there(operator: Operator) -> None:
    bury(operator, letter(), json.dumps(EVENT), "gibberish")

    first = operator.say("runs", "failed", "--json")

    assert first.code == 0
    assert sorted((entry["reason"], entry["key"] or "") for entry in first.json["failed"]) == [
        ("not processed after several attempts", KEY),
        ("the message is not about a run file", ""),
        ("too large", KEY),
    ]
    assert len(listed(operator)) == 3
    (refused,) = [entry for entry in first.json["failed"] if entry["reason"] == "too large"]
    assert refused["failed_at"] == "2026-04-20T15:23:04.512Z"


@pytest.mark.parametrize("odd", [5, 1.5, True, None, "", [], [KEY], {}, {"key": KEY}], ids=repr)
def test_a_letters_field_of_another_kind_counts_as_missing(operator: Operator, odd: object) -> None:
    bury(operator, json.dumps({"reason": "too large", "key": odd, "failed_at": odd, "event": EVENT}))

    (plain,) = operator.say("runs", "failed").stdout.splitlines()
    (entry,) = listed(operator)

    assert plain == f"failed  {entry['failed_at']}  {KEY}: too large"
    assert (entry["key"], entry["reason"]) == (KEY, "too large")
    assert entry["failed_at"].endswith("Z")  # when it was sent


@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "5", '"text"', "[]", "[[]]", "{}", "NaN", "\ufeff{}"),
        '{"event": {}, "reason": 5}',
        '{"event": {}, "reason": null, "key": "x"}',
        '{"event": [], "reason": "x"}',
        '{"event": "x", "reason": "x", "key": "x"}',
        '{"event": {}}',
        '{"detail": []}',
        '{"detail": {"object": "x"}}',
        '{"detail": {"object": {"key": 5}}}',
        '{"detail": {"object": {"key": ["x"]}}}',
        f'{{"event": {{}}, "reason": "x", "key": {"9" * 5_000}}}',
        f'{{"event": {{}}, "reason": "x", "key": {"[" * 100_000}{"]" * 100_000}}}',
        f'{{"event": {{}}, "reason": {"[" * 9_000}{"]" * 9_000}}}',
    ],
    ids=lambda body: body[:40],
)
def test_a_message_that_is_no_letter_is_listed_and_dropped_by_its_id(operator: Operator, body: str) -> None:
    messages = [{"MessageId": "odd", "ReceiptHandle": "receipt", "Body": body}]
    with Stubber(operator.stack.sqs) as sqs:
        sqs.add_response("receive_message", {"Messages": messages})
        sqs.add_response("receive_message", {})
        sqs.add_response("delete_message", {})
        said = operator.say("runs", "failed", "--replay", "--drop", "odd", "--json")

    (entry,) = said.json["failed"]
    assert (said.code, entry["dropped"], entry["key"]) == (0, True, None)
    assert entry["reason"] == "the message is not about a run file"


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"object": {"key": 5}}}], ids=repr)
def test_a_letter_whose_event_names_no_file_is_listed_by_its_id_and_replayed(operator: Operator, event: Json) -> None:
    bury(operator, json.dumps({"reason": "x", "key": 5, "event": event}))

    said = operator.say("runs", "failed", "--replay", "--json")

    (entry,) = said.json["failed"]
    assert (said.code, entry["key"], entry["reason"], entry["replayed"]) == (0, None, "x", True)
    assert waiting(operator, operator.stack.run_queue_url) == [event]


def test_replays_the_event_as_it_came(operator: Operator) -> None:
    bury(operator, letter(), json.dumps(EVENT), "gibberish")

    said = operator.say("runs", "failed", "--replay", "--json")

    assert sorted(entry["replayed"] for entry in said.json["failed"]) == [False, True, True]
    assert waiting(operator, operator.stack.run_queue_url) == [EVENT, EVENT]
    assert [entry["reason"] for entry in listed(operator)] == ["the message is not about a run file"]


def test_drops_what_is_named_and_nothing_else(operator: Operator) -> None:
    bury(operator, *map(letter, ["runs/nobody/1.json", "runs/nobody/1.json", "runs/nobody/10.json"]), "gibberish")

    said = operator.say("runs", "failed", "--drop", "runs/nobody/1.json")

    assert said.code == 0
    said_of = [line.split("  ")[0] for line in sorted(said.stdout.splitlines())]
    assert said_of == ["dropped", "dropped", "failed", "failed"]
    assert sorted(entry["key"] or "" for entry in listed(operator)) == ["", "runs/nobody/10.json"]
    assert waiting(operator, operator.stack.run_queue_url) == []


def test_drops_a_message_without_a_key_by_what_is_listed_in_its_place(operator: Operator) -> None:
    bury(operator, "gibberish")
    (line,) = operator.say("runs", "failed").stdout.splitlines()
    name = line.split("  ")[2].removesuffix(": the message is not about a run file")

    said = operator.say("runs", "failed", "--drop", name, "--json")

    (entry,) = said.json["failed"]
    assert (entry["dropped"], entry["replayed"]) == (True, False)
    assert operator.say("runs", "failed").stdout == "no run file has failed\n"


def test_replays_all_but_those_that_it_drops(operator: Operator) -> None:
    bury(operator, letter("runs/nobody/1.json"), letter("runs/nobody/2.json"), letter())

    said = operator.say("runs", "failed", "--replay", *DROPPING, "--json")

    assert sorted((entry["key"], entry["dropped"], entry["replayed"]) for entry in said.json["failed"]) == [
        (KEY, False, True),
        ("runs/nobody/1.json", True, False),
        ("runs/nobody/2.json", True, False),
    ]
    assert waiting(operator, operator.stack.run_queue_url) == [EVENT]


def test_says_which_of_those_to_drop_is_not_there(operator: Operator) -> None:
    bury(operator, letter("runs/nobody/1.json"))

    said = operator.say("runs", "failed", *DROPPING, "--json")

    assert said.code == 1
    assert [error["message"] for error in said.json["errors"]] == ["runs/nobody/2.json is not among what failed"]
    assert [entry["dropped"] for entry in said.json["failed"]] == [True]


def test_lists_all_of_them_even_if_some_come_back_while_it_looks(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(operator, *(json.dumps({"reason": f"reason {number:02}", "event": EVENT}) for number in range(12)))
    hidden = iter([0, 0])

    def come_back_at_once(operation: str, arguments: Json) -> None:
        if operation == "ReceiveMessage":
            arguments["VisibilityTimeout"] = next(hidden, arguments["VisibilityTimeout"])

    before_each_call(monkeypatch, come_back_at_once)

    assert sorted(entry["reason"] for entry in listed(operator)) == [f"reason {number:02}" for number in range(12)]


def refusing_to_take_back(operator: Operator, code: str) -> Stubber:
    """An SQS with two dead letters that takes the first one back and not the second."""
    letters = [
        {"MessageId": f"letter-{number}", "ReceiptHandle": f"receipt-{number}", "Body": letter()} for number in (1, 2)
    ]
    sqs = Stubber(operator.stack.sqs)
    sqs.add_response("receive_message", {"Messages": letters})
    sqs.add_response("receive_message", {})
    failed = {"Id": "1", "SenderFault": True, "Code": code}
    sqs.add_response("change_message_visibility_batch", {"Successful": [{"Id": "0"}], "Failed": [failed]})
    return sqs


def test_a_letter_that_is_visible_already_needs_no_giving_back(operator: Operator) -> None:
    with refusing_to_take_back(operator, "AWS.SimpleQueueService.MessageNotInflight"):
        said = operator.say("runs", "failed")

    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [f"failed  2026-04-20T15:23:04.512Z  {KEY}: too large"] * 2


def test_letters_that_cannot_be_given_back_are_listed_and_the_operator_is_told(operator: Operator) -> None:
    with refusing_to_take_back(operator, "InternalError"):
        said = operator.say("runs", "failed", "--json")

    assert said.code == 0
    assert [entry["message_id"] for entry in said.json["failed"]] == ["letter-1", "letter-2"]
    assert said.stderr == "sharectl: 1 of them stays hidden for up to 10 minutes: InternalError\n"


def test_an_sqs_that_fails_after_the_list_does_not_take_it_away(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(operator, letter(), letter())

    operation = "ChangeMessageVisibilityBatch"
    failing(monkeypatch, operation, aws_error(operation, "RequestThrottled"))

    said = operator.say("runs", "failed", "--json")

    assert (said.code, len(said.json["failed"])) == (0, 2)
    assert "2 of them stay hidden for up to 10 minutes" in said.stderr
    assert "RequestThrottled" in said.stderr


@pytest.mark.parametrize("operation", ["ReceiveMessage", "SendMessage", "DeleteMessage"])
def test_a_replay_that_is_cut_short_says_what_was_replayed_and_what_was_not(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    bury(operator, letter(), letter())
    calls: list[str] = []

    def fail_the_second_time(called: str, _: object) -> None:
        calls.append(called)
        if called == operation and calls.count(operation) == 2:
            raise aws_error(called, "InternalError", 500)

    before_each_call(monkeypatch, fail_the_second_time)
    said = operator.say("runs", "failed", "--replay", "--json")

    assert said.code == 1
    assert "InternalError" in said.json["errors"][0]["message"]
    replayed = operation != "ReceiveMessage"
    assert [entry["replayed"] for entry in said.json["failed"]] == [replayed, False]
    assert len(listed(operator)) == 1 + (not replayed)


def test_a_replay_that_is_cut_short_names_its_cause_even_if_sqs_takes_nothing_back(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(operator, letter())

    for operation in ("SendMessage", "ChangeMessageVisibilityBatch"):
        failing(monkeypatch, operation, aws_error(operation, "InternalError", 500))

    said = operator.say("runs", "failed", "--replay", "--json")

    assert said.code == 1
    (error,) = said.json["errors"]
    assert "SendMessage" in error["message"]
    assert "1 of them stays hidden for up to 10 minutes" in said.stderr


def test_letters_that_are_hidden_are_not_taken_for_none(operator: Operator) -> None:
    bury(operator, letter(), letter())
    operator.stack.sqs.receive_message(
        QueueUrl=operator.stack.dead_letter_queue_url, MaxNumberOfMessages=10, VisibilityTimeout=600
    )

    said = operator.say("runs", "failed", "--replay")

    assert (said.code, said.stdout) == (1, "")
    assert said.stderr.startswith("sharectl: 2 failed run files are hidden ")
    assert "look again in up to 10 minutes" in said.stderr


def test_says_so_when_nothing_failed(operator: Operator) -> None:
    assert operator.say("runs", "failed").stdout == "no run file has failed\n"


def test_a_missing_file_is_named(operator: Operator, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")

    said = operator.say("runs", "put", missing)

    assert (said.code, said.stderr) == (2, f"sharectl: {missing}: No such file or directory\n")
