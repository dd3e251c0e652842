"""AWS failing at every call of every use case: the contract's status, nothing lost or half done, and in time."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest

from report_shares.refusals import ServiceUnavailable
from report_shares.rules.shares import place_of
from report_shares.store import clients, items
from report_shares.store.share_table import ShareTable
from report_shares.times import DAY, MINUTE
from report_shares.use_cases.share_changes import Revocation, ShareChange
from tests.handlers.runs import run, runs_shown
from tests.proof import aws_faults
from tests.proof.aws_faults import Fault, Killed, on, wire
from tests.proof.conftest import LONG
from tests.world import NOON, SCHEDULE_ID, Answer, Json, World

GATEWAY_SECONDS = 29
WORKER_SECONDS = 120
KEY = "the-same-request"


@pytest.fixture(autouse=True)
def untired(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore retries less where a client has met many faults; here each request is the first to meet one."""
    monkeypatch.setattr("botocore.retries.quota.RetryQuota.acquire", lambda *_: True)


@pytest.fixture
def world(world: World) -> World:
    """A short memory of requests makes moto quick."""
    world.rate_limit = 40
    world.restart()
    return world


@dataclass(frozen=True)
class UseCase:
    """A request, what comes before it, and what it is answered where nothing fails."""

    name: str
    prepare: Callable[[World], dict[str, str]]
    ask: Callable[[World, dict[str, str]], Answer]
    status: int
    writes: bool = True


def _nobody(world: World) -> dict[str, str]:
    return {"key": world.add_key()}


def _sharing(world: World) -> dict[str, str]:
    key = world.add_key()
    share = world.create(key).json
    return {"key": key, "id": share["id"], "token": share["access_token"]}


def _sharing_with_clients(world: World) -> dict[str, str]:
    has = _sharing(world)
    for name in ("Client A", "Client B"):
        has["id"] = world.create(has["key"], {"name": name}).json["id"]
    return has


def _second(world: World) -> dict[str, str]:
    world.create(world.add_key("bob"))
    return {"key": world.add_key()}


def _full_of_expired(world: World) -> dict[str, str]:
    world.cap = 2
    world.restart()
    for name in ("bob", "cyd"):
        world.create(world.add_key(name), {"expiration_days": 1})
    world.clock.now += DAY
    return {"key": world.add_key()}


def _reported(world: World) -> dict[str, str]:
    world.put_run(run(1))
    return _sharing(world)


USE_CASES = (
    UseCase("create", _nobody, lambda w, has: w.create(has["key"], idempotency_key=KEY), 201),
    UseCase("create beside others", _second, lambda w, has: w.create(has["key"], idempotency_key=KEY), 201),
    UseCase(
        "create in expired places", _full_of_expired, lambda w, has: w.create(has["key"], idempotency_key=KEY), 201
    ),
    UseCase("refresh", _sharing, lambda w, has: w.create(has["key"], idempotency_key=KEY), 200),
    UseCase("rotate", _sharing, lambda w, has: w.create(has["key"], {"rotate": True}, idempotency_key=KEY), 201),
    UseCase("extend", _sharing, lambda w, has: w.extend(has["key"], has["id"], {"expiration_days": 60}, KEY), 200),
    UseCase(
        "rename",
        _sharing_with_clients,
        lambda w, has: w.change(has["key"], has["id"], {"name": "Client C", "live": True}, KEY),
        200,
    ),
    UseCase("revoke", _sharing, lambda w, has: w.revoke(has["key"], has["id"], KEY), 204),
    UseCase("revoke all", _sharing_with_clients, lambda w, has: w.revoke_all(has["key"], KEY), 204),
    UseCase("list", _sharing, lambda w, has: w.list(has["key"]), 200, writes=False),
    UseCase("read", _reported, lambda w, has: w.read(has["token"]), 200, writes=False),
)
QUICK = ("create", "rename", "read")
TRIED_CASES = [case for case in USE_CASES if LONG or case.name in QUICK]
WRITING = [case for case in TRIED_CASES if case.writes]
EACH = pytest.mark.parametrize("case", TRIED_CASES, ids=lambda case: case.name)

FAULTS = (
    aws_faults.NO_CONNECTION,
    aws_faults.LOST_REQUEST,
    aws_faults.LOST_ANSWER,
    aws_faults.RESET,
    aws_faults.RESET_AFTER,
    aws_faults.THROTTLED,
    aws_faults.TOO_MUCH,
    aws_faults.BROKEN,
    aws_faults.OVERLOADED,
    aws_faults.SLOW_DOWN,
)
TRIED = FAULTS if LONG else (aws_faults.LOST_ANSWER, aws_faults.THROTTLED)


def calls_of(world: World, case: UseCase, has: dict[str, str]) -> list[str]:
    """The operations of the request where nothing fails."""
    with wire(lambda *_: None) as clean:
        assert case.ask(world, has).status == case.status
    return clean.attempts


type Site = tuple[str, int]
"""A call: its operation, and the how-manieth of them it is."""


def sites(case: UseCase) -> list[Site]:
    """Which calls the request makes, as ``test_the_calls_of_each_use_case_are_known`` makes sure of."""
    if case.name == "read":
        return [("GetSecretValue", 1), ("GetItem", 1), ("BatchGetItem", 1), ("GetObject", 1)]
    found = [("UpdateItem", 1), ("BatchGetItem", 1), ("GetSecretValue", 1)]
    # A key's first request starts its count; who has shares has their rows read.
    found += [("PutItem", 1), ("UpdateItem", 2)] if case.name.startswith("create") else [("BatchGetItem", 2)]
    # The brand is read where the schedule was not seen before.
    found += [("GetItem", 1)] if case.name == "create" else []
    return found + ([("TransactWriteItems", 1)] if case.writes else [])


def batches(case: UseCase) -> int:
    """How often the request reads items together."""
    return sum(operation == "BatchGetItem" for operation, _ in sites(case))


def prepared(world: World, case: UseCase) -> dict[str, str]:
    """The request's beginning, long after everything that was remembered was read."""
    for item in (*state(world), *(item for item in world.items() if item["sk"]["S"] == "KEY")):
        world.dynamodb.delete_item(TableName="shares", Key={"pk": item["pk"], "sk": item["sk"]})
    has = case.prepare(world)
    world.clock.now += 61 * MINUTE
    if case.name in ("create", "read"):
        world.restart()  # a function that meets the schedule for the first time
    return has


def state(world: World) -> list[Json]:
    """All that sharing has stored."""
    kept = [item for item in world.items() if item["sk"]["S"] in ("SHARE", "LEDGER") or "fingerprint" in item]
    return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def agreed(world: World) -> list[UUID]:
    """The active shares, after making sure that ledger and rows tell the same."""
    now = world.clock.now
    rows = [items.share_from(item) for item in world.items() if item["sk"]["S"] == "SHARE"]
    ledgers = [items.ledger_from(item) for item in world.items() if item["sk"]["S"] == "LEDGER"]
    held = {(its, one.share_id, one.expires_at) for led in ledgers for its, one in led.items() if one.is_active(now)}
    active = {(place_of(row.principal_id, row.name), row.id, row.expires_at) for row in rows if row.is_active(now)}
    assert held == active
    assert len({place for place, _, _ in active}) == len(active) <= world.cap
    return sorted(share for _, share, _ in active)


def unavailable(answer: Answer) -> None:
    assert (answer.status, answer.error["code"]) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) == answer.error["details"]["retry_after"] > 0


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_the_calls_of_each_use_case_are_known(world: World, case: UseCase) -> None:
    has = prepared(world, case)

    assert Counter(calls_of(world, case, has)) == Counter(operation for operation, _ in sites(case))


@EACH
def test_a_fault_that_stays_is_503_in_time_and_the_request_can_be_made_again(world: World, case: UseCase) -> None:
    for site in sites(case):
        for fault in TRIED if LONG or site[0] == "TransactWriteItems" else TRIED[:1]:
            _stays(world, case, site, fault)


def _stays(world: World, case: UseCase, site: Site, fault: Fault) -> None:
    operation, which = site
    has = prepared(world, case)
    before = state(world)

    with wire(on(operation, fault, first=which)) as met:
        answer = case.ask(world, has)

    unavailable(answer)
    assert met.longest < GATEWAY_SECONDS / 2
    assert met.attempts.count(operation) == which + 1
    agreed(world)
    done = operation == "TransactWriteItems" and fault.carried_out
    assert (state(world) == before) == (not done)
    again = case.ask(world, has)
    assert again.status == case.status
    assert ("Idempotent-Replayed" in again.headers) == done
    agreed(world)


@EACH
def test_a_fault_that_passes_is_not_noticed(world: World, case: UseCase) -> None:
    for site in sites(case):
        for fault in TRIED if LONG else TRIED[:1]:
            _passes(world, case, site, fault)


def _passes(world: World, case: UseCase, site: Site, fault: Fault) -> None:
    operation, which = site
    has = prepared(world, case)

    with wire(on(operation, fault, attempts=1, first=which)) as met:
        answer = case.ask(world, has)

    assert answer.status == case.status
    assert "Idempotent-Replayed" not in answer.headers
    assert met.longest < GATEWAY_SECONDS / 2
    agreed(world)


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.name)
def test_a_conflict_that_stays_is_409_after_a_bounded_number_of_jittered_tries(world: World, case: UseCase) -> None:
    has = prepared(world, case)
    before = state(world)

    with wire(on("TransactWriteItems", aws_faults.IN_CONFLICT)) as met:
        answer = case.ask(world, has)

    assert (answer.status, answer.error["code"]) == (409, "conflict")
    assert met.attempts.count("TransactWriteItems") == 12
    assert len(met.waits) == 11
    assert len(set(met.waits)) == 11
    assert max(met.waits) <= 0.4
    assert state(world) == before
    assert case.ask(world, has).status == case.status


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.name)
def test_a_conflict_that_passes_is_decided_anew(world: World, case: UseCase) -> None:
    for times in (1, 11):
        has = prepared(world, case)

        with wire(on("TransactWriteItems", aws_faults.IN_CONFLICT, attempts=times)) as met:
            answer = case.ask(world, has)

        assert answer.status == case.status
        assert met.attempts.count("BatchGetItem") == batches(case) * (times + 1)
        agreed(world)


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"])
def test_a_throttled_transaction_is_503_and_changes_nothing(world: World, code: str) -> None:
    for case in WRITING:
        has = prepared(world, case)
        before = state(world)

        with wire(on("TransactWriteItems", aws_faults.cancelled("None", code))):
            unavailable(case.ask(world, has))

        assert state(world) == before


def test_a_throttled_transaction_says_what_it_was_throttled_by(world: World) -> None:
    revoked = ShareChange(SCHEDULE_ID, None, revoked=(Revocation(uuid4(), NOON),))
    throttled = aws_faults.cancelled("None", "ThrottlingError", "ProvisionedThroughputExceeded")

    with wire(on("TransactWriteItems", throttled)), pytest.raises(ServiceUnavailable) as refused:
        ShareTable(world.dynamodb, "shares").commit(revoked)

    assert refused.value.cause == "TransactWriteItems: ProvisionedThroughputExceeded, ThrottlingError"


def test_a_conflict_beside_a_failed_condition_is_decided_anew(world: World) -> None:
    has = prepared(world, USE_CASES[0])

    with wire(on("TransactWriteItems", aws_faults.cancelled("ConditionalCheckFailed", "TransactionConflict"), 1)):
        assert world.create(has["key"]).status == 201


def test_a_transaction_cancelled_for_another_reason_is_a_defect_of_ours(world: World) -> None:
    has = prepared(world, USE_CASES[0])

    with wire(on("TransactWriteItems", aws_faults.cancelled("ValidationError"))):
        assert world.create(has["key"]).status == 500


# ---- partial answers -------------------------------------------------------------------------------------------------


def without(*sort_keys: str) -> Callable[[Json], Json]:
    """A BatchGetItem's answer that leaves these items for later."""

    def changed(parsed: Json) -> Json:
        kept = [item for item in parsed["Responses"]["shares"] if item["sk"]["S"] not in sort_keys]
        later = [{"pk": {"S": f"{sort_key}#{SCHEDULE_ID}"}, "sk": {"S": sort_key}} for sort_key in sort_keys]
        return parsed | {
            "Responses": {"shares": kept},
            "UnprocessedKeys": {"shares": {"Keys": later, "ConsistentRead": True}},
        }

    return changed


@pytest.mark.parametrize("left_out", [("SCHEDULE",), ("LEDGER",), ("SCHEDULE", "LEDGER")])
def test_what_a_batch_leaves_out_is_asked_for_again(world: World, left_out: tuple[str, ...]) -> None:
    for case in WRITING:
        has = prepared(world, case)

        with wire(on("BatchGetItem", Fault("partial", changes=without(*left_out)), attempts=1)) as met:
            answer = case.ask(world, has)

        assert answer.status == case.status
        assert met.attempts.count("BatchGetItem") == batches(case) + 1
        agreed(world)


def test_a_batch_that_never_is_complete_is_503_after_a_bounded_number_of_jittered_tries(world: World) -> None:
    has = prepared(world, USE_CASES[0])

    with wire(on("BatchGetItem", Fault("partial", changes=without("LEDGER")))) as met:
        unavailable(world.create(has["key"]))

    assert met.attempts.count("BatchGetItem") == 3
    assert len(set(met.waits)) == 2
    assert max(met.waits) <= 0.4


# ---- killed ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.name)
@pytest.mark.parametrize("death", [aws_faults.KILLED, aws_faults.KILLED_AFTER], ids=lambda fault: fault.name)
def test_killed_at_any_step_a_request_is_done_or_not_and_done_once_when_made_again(
    world: World, case: UseCase, death: Fault
) -> None:
    for operation, which in sites(case):
        has = prepared(world, case)
        before = state(world)

        with wire(on(operation, death, first=which)), pytest.raises(Killed):
            case.ask(world, has)

        agreed(world)
        done = state(world) != before
        assert done == (operation == "TransactWriteItems" and death.carried_out)
        again = case.ask(world, has)
        assert again.status == case.status
        assert ("Idempotent-Replayed" in again.headers) == done
        agreed(world)


# ---- slow ------------------------------------------------------------------------------------------------------------


@EACH
def test_where_every_call_is_as_slow_as_it_may_be_the_answer_comes_in_time(world: World, case: UseCase) -> None:
    has = prepared(world, case)

    with wire(lambda *_: aws_faults.SLOW) as met:
        answer = case.ask(world, has)

    assert answer.status in (case.status, 503)
    assert met.longest < GATEWAY_SECONDS
    agreed(world)


@EACH
def test_where_every_call_is_slow_and_first_lost_the_answer_comes_in_time(world: World, case: UseCase) -> None:
    has = prepared(world, case)

    def plan(_: str, number: int) -> Fault:
        return aws_faults.LOST_REQUEST if number % 2 else aws_faults.SLOW

    with wire(plan) as met:
        answer = case.ask(world, has)

    assert answer.status in (case.status, 503)
    assert met.longest < GATEWAY_SECONDS
    agreed(world)


@pytest.mark.parametrize("case", WRITING, ids=lambda case: case.name)
def test_where_every_call_is_slow_and_every_commit_meets_another_the_answer_comes_in_time(
    world: World, case: UseCase
) -> None:
    has = prepared(world, case)
    slow_conflict = replace(aws_faults.IN_CONFLICT, seconds=aws_faults.SLOW.seconds)

    with wire(lambda name, _: slow_conflict if name == "TransactWriteItems" else aws_faults.SLOW) as met:
        answer = case.ask(world, has)

    assert answer.status in (409, 503)
    assert met.longest < GATEWAY_SECONDS
    agreed(world)


def test_a_request_that_has_taken_its_time_makes_no_further_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    has = prepared(world, USE_CASES[3])
    before = world.items()
    moments = iter([0])

    with monkeypatch.context() as later:
        later.setattr("report_shares.store.clients.monotonic", lambda: next(moments, clients.REQUEST_SECONDS))
        unavailable(world.create(has["key"]))

    assert world.items() == before
    assert world.create(has["key"]).status == 200


# ---- S3 and secrets --------------------------------------------------------------------------------------------------


def test_a_snapshot_that_is_missing_is_an_error_of_ours_and_never_an_empty_report(world: World) -> None:
    has = prepared(world, USE_CASES[-1])
    found = world.s3.list_objects_v2(Bucket="reports", Prefix="snapshots/")["Contents"]
    for entry in found:
        world.s3.delete_object(Bucket="reports", Key=entry["Key"])

    assert world.read(has["token"]).status == 500


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "DecryptionFailure", "AccessDeniedException"])
def test_a_secret_that_cannot_be_had_is_503(world: World, code: str) -> None:
    has = prepared(world, USE_CASES[3])

    with wire(on("GetSecretValue", Fault(code, status=400, code=code))):
        unavailable(world.read(has["token"]))
        unavailable(world.create(has["key"]))


# ---- the roll-up -----------------------------------------------------------------------------------------------------


def _arrived(world: World, *numbers: int) -> list[str]:
    keys = []
    for number in numbers:
        one = run(number)
        keys.append(f"runs/{one['scheduled_report_id']}/{one['id']}.json")
        world.s3.put_object(Bucket="reports", Key=keys[-1], Body=json.dumps(one).encode())
    return keys


FOLD = ["GetItem", "UpdateItem", "GetObject", "PutObject", "PutItem", "ListObjectsV2", "DeleteObject"]
EACH_OF_A_FOLD = pytest.mark.parametrize("operation", FOLD)


def test_the_calls_of_a_fold_are_known(world: World) -> None:
    world.put_run(run(1))
    keys = _arrived(world, 2)

    with wire(lambda *_: None) as clean:
        world.fold(*keys)

    assert set(clean.attempts) == set(FOLD)


@EACH_OF_A_FOLD
def test_a_fold_that_fails_comes_again_and_counts_once(world: World, operation: str) -> None:
    world.put_run(run(1))
    for number, fault in enumerate(TRIED, 2):
        keys = _arrived(world, number)

        with wire(on(operation, fault)) as met:
            answer = world.fold(*keys)

        assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
        assert met.longest < WORKER_SECONDS / 2
        assert world.fold(*keys) == {"batchItemFailures": []}
        assert runs_shown(world) == number
    assert world.buried() == []


@EACH_OF_A_FOLD
def test_a_fault_that_passes_is_not_noticed_by_a_fold(world: World, operation: str) -> None:
    world.put_run(run(1))
    for number, fault in enumerate(TRIED, 2):
        keys = _arrived(world, number)

        with wire(on(operation, fault, attempts=1)):
            assert world.fold(*keys) == {"batchItemFailures": []}

        assert runs_shown(world) == number


@pytest.mark.parametrize("death", [aws_faults.KILLED, aws_faults.KILLED_AFTER], ids=lambda fault: fault.name)
@EACH_OF_A_FOLD
def test_killed_at_any_step_a_fold_is_done_or_not_and_counts_once_when_it_comes_again(
    world: World, operation: str, death: Fault
) -> None:
    world.put_run(run(1))
    second = _arrived(world, 2)
    with wire(lambda *_: None) as clean:
        world.fold(*second)
    for number in range(1, clean.attempts.count(operation) + 1):
        keys = _arrived(world, 2 + number)

        with wire(on(operation, death, first=number)), pytest.raises(Killed):
            world.fold(*keys)

        assert runs_shown(world) in (1 + number, 2 + number)
        assert world.fold(*keys) == {"batchItemFailures": []}
        assert runs_shown(world) == 2 + number


def test_a_refused_file_whose_burial_fails_comes_again(world: World) -> None:
    (key,) = _arrived(world, 1)
    world.s3.put_object(Bucket="reports", Key=key, Body=b"no run")

    with wire(on("SendMessage", aws_faults.BROKEN)):
        assert world.fold(key) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert world.fold(key) == {"batchItemFailures": []}

    assert len(world.buried()) == 1
