"""Many callers at once on one schedule: the ledger against two other ways to keep a cap, on DynamoDB Local."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.engine.test_concurrency import Engine

from local_service.table import create_table
from report_shares.refusals import InvalidRequest
from report_shares.store import items
from report_shares.store.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAP = 50
_TABLE = "contention"
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


def ledger(client: "DynamoDBClient") -> Callable[[str], bool]:
    """Ours: entries are compared one by one."""
    engine = Engine(client, _TABLE)

    def attempt(principal: str) -> bool:
        try:
            engine.create(principal, cap=CAP)
        except InvalidRequest:
            return False
        return True

    return attempt


def versioned(client: "DynamoDBClient") -> Callable[[str], bool]:
    """A ledger with a version number: every change conflicts with every other."""
    return _optimistic(client, {"active": {"M": {}}}, "SET active.#p = :one, version = :next")


def counter(client: "DynamoDBClient") -> Callable[[str], bool]:
    """A plain counter, read and then written on condition that it has not moved."""
    return _optimistic(client, {}, "SET version = :next")


def _optimistic(client: "DynamoDBClient", entries: Item, update: str) -> Callable[[str], bool]:
    """A number that counts the places taken, and has to be as seen for another one."""
    key = {"pk": items.text(f"BENCH#{uuid4()}"), "sk": items.text("LEDGER")}
    client.put_item(TableName=_TABLE, Item=key | entries | {"version": items.number(0)})

    def once(principal: str) -> bool:
        seen = client.get_item(TableName=_TABLE, Key=key, ConsistentRead=True)["Item"]["version"]
        taken = int(seen["N"])
        if taken >= CAP:
            return False
        change: Any = {
            "TableName": _TABLE,
            "Key": key,
            "UpdateExpression": update,
            "ConditionExpression": "version = :seen",
            "ExpressionAttributeValues": {":seen": seen, ":next": items.number(taken + 1)},
        }
        if entries:
            change["ExpressionAttributeNames"] = {"#p": principal}
            change["ExpressionAttributeValues"] |= {":one": items.number(1)}
        row = items.share_key(uuid4()) | {"bench": items.text("row")}
        put: Any = {"TableName": _TABLE, "Item": row, "ConditionExpression": "attribute_not_exists(pk)"}
        client.transact_write_items(TransactItems=[{"Update": change}, {"Put": put}])
        return True

    return _again(once)


WAYS = {"ledger, entry by entry (ours)": ledger, "ledger with a version number": versioned, "plain counter": counter}


def measured(url: str, callers: int) -> dict[str, Outcome]:
    client = boto3.client("dynamodb", endpoint_url=url, config=Config(max_pool_connections=250))
    create_table(client, _TABLE)
    counting = _Counting(client)
    outcomes = {}
    for name, way in WAYS.items():
        attempt = way(client)
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
