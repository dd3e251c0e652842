"""Many callers at once on one schedule: the ledger against two other ways to keep a cap, on DynamoDB Local."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from botocore.exceptions import ClientError

from report_shares.refusals import InvalidRequest
from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Schedule
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.tokens import TokenSecrets
from report_shares.store import items
from report_shares.store.share_table import ShareTable
from report_shares.times import system_clock
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.create_share import CreateShare, ShareRequest
from tests.fixed_secrets import FixedSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAP = 50
_ATTEMPTS = 60


@dataclass
class Outcome:
    """What became of the callers, how many transactions were refused, and how long all of it took."""

    created: int
    refused: int
    gave_up: int
    conflicts: int
    seconds: float


class _Counting:
    """Counts the transactions that DynamoDB cancels."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.conflicts = 0
        self._lock = Lock()
        client.meta.events.register("after-call.dynamodb.TransactWriteItems", self._count)

    def _count(self, http_response: Any, **_: Any) -> None:
        if http_response.status_code != 200:
            with self._lock:
                self.conflicts += 1


def ledger(client: "DynamoDBClient", table: str) -> Callable[[str], bool]:
    """Ours: entries are compared one by one."""
    schedule_id = uuid4()
    _put_schedule(client, table, schedule_id)
    secrets = FixedSecrets(TokenSecrets(1, {1: b"s" * 32}))
    create = CreateShare(ShareTable(client, table), secrets, system_clock, CAP)

    def attempt(principal: str) -> bool:
        key = ApiKey(principal, "bench", frozenset({"*"}), None, None, None)
        try:
            create(lambda: Caller(key, RateLimit(120, 119, 60)), schedule_id, ShareRequest())
        except InvalidRequest:
            return False
        return True

    return attempt


def versioned(client: "DynamoDBClient", table: str) -> Callable[[str], bool]:
    """A ledger with a version number: every change conflicts with every other."""
    key = {"pk": items.text(f"VERSIONED#{uuid4()}"), "sk": items.text("LEDGER")}
    client.put_item(TableName=table, Item=key | {"version": items.number(0), "active": {"M": {}}})

    def once(principal: str) -> bool:
        seen = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        if len(seen["active"]["M"]) >= CAP:
            return False
        _transact(
            client,
            table,
            {
                "Key": key,
                "UpdateExpression": "SET active.#p = :one, version = :next",
                "ConditionExpression": "version = :seen",
                "ExpressionAttributeNames": {"#p": principal},
                "ExpressionAttributeValues": {
                    ":one": items.number(1),
                    ":seen": seen["version"],
                    ":next": items.number(int(seen["version"]["N"]) + 1),
                },
            },
        )
        return True

    return _again(once)


def counter(client: "DynamoDBClient", table: str) -> Callable[[str], bool]:
    """A plain counter, read and then written on condition that it has not moved."""
    key = {"pk": items.text(f"COUNTER#{uuid4()}"), "sk": items.text("COUNTER")}
    client.put_item(TableName=table, Item=key | {"active": items.number(0)})

    def once(_: str) -> bool:
        seen = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]["active"]
        if int(seen["N"]) >= CAP:
            return False
        _transact(
            client,
            table,
            {
                "Key": key,
                "UpdateExpression": "SET active = :next",
                "ConditionExpression": "active = :seen",
                "ExpressionAttributeValues": {":seen": seen, ":next": items.number(int(seen["N"]) + 1)},
            },
        )
        return True

    return _again(once)


WAYS = {"ledger, entry by entry (ours)": ledger, "ledger with a version number": versioned, "plain counter": counter}


def measured(client: "DynamoDBClient", table: str, callers: int) -> dict[str, Outcome]:
    counting = _Counting(client)
    outcomes = {}
    for name, way in WAYS.items():
        attempt = way(client, table)
        counting.conflicts = 0
        outcomes[name] = _at_once(attempt, callers, counting)
    return outcomes


def _at_once(attempt: Callable[[str], bool], callers: int, counting: _Counting) -> Outcome:
    start = Barrier(callers + 1)

    def go(number: int) -> bool | None:
        start.wait()
        try:
            return attempt(f"caller-{number}")
        except _GaveUpError:
            return None

    with ThreadPoolExecutor(callers) as threads:
        futures = [threads.submit(go, number) for number in range(callers)]
        start.wait()
        started = time.monotonic()
        results = [future.result() for future in futures]
        seconds = time.monotonic() - started
    return Outcome(results.count(True), results.count(False), results.count(None), counting.conflicts, seconds)


class _GaveUpError(Exception):
    """Too many attempts."""


def _again(once: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same pause between attempts as ours: random, growing to 0.4 s."""

    def attempt(principal: str) -> bool:
        for number in range(_ATTEMPTS):
            try:
                return once(principal)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
            time.sleep(random.uniform(0, min(0.4, 0.02 * 2**number)))  # noqa: S311 # no secret
        raise _GaveUpError

    return attempt


def _transact(client: "DynamoDBClient", table: str, update: Any) -> None:
    row: Any = items.share_key(uuid4()) | {"bench": items.text("row")}
    put = {"TableName": table, "Item": row, "ConditionExpression": "attribute_not_exists(pk)"}
    writes: Any = [{"Update": {"TableName": table, **update}}, {"Put": put}]
    client.transact_write_items(TransactItems=writes)


def _put_schedule(client: "DynamoDBClient", table: str, schedule_id: UUID) -> None:
    schedule = Schedule(schedule_id, uuid4(), "bench", "Weekly", "weekly")
    client.put_item(TableName=table, Item=items.schedule_item(schedule))
    client.put_item(TableName=table, Item=items.ledger_key(schedule_id) | {"active": {"M": {}}})
