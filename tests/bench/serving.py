"""Creating, refreshing and reading shares through the real handlers, on DynamoDB Local and a bucket in memory."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch
from uuid import UUID, uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.client import BaseClient
from functions.share_api.app import ShareApi
from functions.shared_report.app import shared_report_api
from report_shares.api.rest import RestApi

from report_shares.api.settings import Settings
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Brand, Schedule
from report_shares.store import clients, items
from report_shares.times import DAY, MINUTE, Clock
from tests.bench.measure import Cpu, Work, on_one_core, ready, side_by_side
from tests.world import SCHEDULE_ID, FakeContext, event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WORKSPACE = "bench"
# By then the share of the request before has expired.
_LATER = 31 * DAY


@dataclass
class Ticking:
    """A clock that stands still between requests."""

    now: int = 1_776_698_584_512

    def __call__(self) -> int:
        return self.now


class Bucket:
    """S3 in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002, N803 # boto3's names
        body = self.objects[Key]
        return {"ETag": '"one"', "ContentLength": len(body), "Body": io.BytesIO(body)}


class SecretsManager:
    """One secret, in memory."""

    def __init__(self) -> None:
        self._document = json.dumps({"current": "1", "1": token_urlsafe(48)})

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: ARG002, N803 # boto3's names
        return {"SecretString": self._document}


@dataclass
class Service:
    """Both functions over one table, a schedule for each length of history."""

    dynamodb: "DynamoDBClient"
    table: str
    share_api: ShareApi
    shared_report: RestApi
    bucket: Bucket
    clock: Ticking
    schedules: dict[int, UUID]
    key: str

    def request(self, name: str, runs: int, later: int = MINUTE, **places: str) -> Callable[[], dict[str, Any]]:
        """Hands this event to its function, a minute after the one before: no rate limit is met."""
        self.clock.now += later
        text = json.dumps(event(name, API_KEY=self.key, **places))
        request = json.loads(text.replace(str(SCHEDULE_ID), str(self.schedules[runs])))
        function: Any = self.shared_report if name.startswith("read_") else self.share_api
        context = cast("LambdaContext", FakeContext(str(uuid4())))

        def answered() -> dict[str, Any]:
            answer: dict[str, Any] = function.handle(request, context)
            assert answer["statusCode"] in (200, 201), answer
            return answer

        return answered

    def ask(self, name: str, runs: int, later: int = MINUTE, **places: str) -> dict[str, Any]:
        """The answer to this event."""
        return self.request(name, runs, later, **places)()


@contextmanager
def service(dynamodb: "DynamoDBClient", table: str, snapshots: dict[int, bytes]) -> Iterator[Service]:
    """A service on one core whose schedules have these snapshots, by number of runs."""
    bucket, clock, secrets = Bucket(), Ticking(), SecretsManager()
    settings = Settings.from_environment({"TABLE_NAME": table, "BUCKET_NAME": "bench", "TOKEN_SECRET_ID": "bench"})
    with (
        patch.object(clients, "dynamodb", lambda: dynamodb),
        patch.object(clients, "s3", lambda: bucket),
        patch.object(clients, "secretsmanager", lambda: secrets),
    ):
        share_api = ShareApi(settings, cast("Clock", clock))
        shared_report = shared_report_api(settings, cast("Clock", clock))
    key, brand_id = f"rp_live_{token_urlsafe(32)}", uuid4()
    _put_key_and_brand(dynamodb, table, key, brand_id)
    schedules = {runs: uuid4() for runs in snapshots}
    for runs, schedule_id in schedules.items():
        snapshot_key = f"snapshots/{schedule_id}/one.json.gz"
        bucket.objects[snapshot_key] = gzip.compress(snapshots[runs])
        schedule = Schedule(schedule_id, brand_id, WORKSPACE, "Weekly", "weekly", runs, snapshot_key)
        _put_schedule(dynamodb, table, schedule)
    with on_one_core():
        yield Service(dynamodb, table, share_api, shared_report, bucket, clock, schedules, key)


def _put_key_and_brand(dynamodb: "DynamoDBClient", table: str, key: str, brand_id: UUID) -> None:
    known = ApiKey("bench", WORKSPACE, frozenset({"write:scheduled"}))
    dynamodb.put_item(TableName=table, Item=items.api_key_item(digest_of(key), known))
    dynamodb.put_item(TableName=table, Item=items.brand_item(Brand(brand_id, WORKSPACE, "Acme Coffee Roasters")))


def _put_schedule(dynamodb: "DynamoDBClient", table: str, schedule: Schedule) -> None:
    dynamodb.put_item(TableName=table, Item=items.schedule_item(schedule))
    dynamodb.put_item(TableName=table, Item=items.ledger_key(schedule.id) | {"active": {"M": {}}})


# ---- what a create costs beyond its calls ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Create:
    """CPU of the handler, of its AWS calls made with bare boto3, and the names of these calls."""

    handler: Cpu
    bare: Cpu
    calls: list[str]


def create_against_bare_boto3(one: Service, other_table: str, rounds: int) -> Create:
    """Creates a share again and again; each call is made once more, by itself, on a table in the same state."""
    one.ask("create_share", 1)  # the key's first request makes calls of its own
    _copy(one.dynamodb, one.table, other_table)
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # the one place all calls pass
    made: list[tuple[str, dict[str, Any]]] = []

    def record(client: BaseClient, operation: str, arguments: dict[str, Any]) -> object:
        made.append((operation, arguments))
        return make_api_call(client, operation, arguments)

    calls: list[tuple[str, dict[str, Any]]] = []

    def handler() -> Work:
        made.clear()
        return one.request("create_share", 1, later=_LATER)

    def bare() -> Work:
        calls[:] = deepcopy(made)
        for _, arguments in calls:
            _on(other_table, arguments)
        return lambda: [make_api_call(one.dynamodb, operation, arguments) for operation, arguments in calls]

    with patch.object(BaseClient, "_make_api_call", record):
        cpu = side_by_side({"handler": handler, "bare": bare}, rounds)
    return Create(cpu["handler"], cpu["bare"], [operation for operation, _ in calls])


def _on(table: str, arguments: Any) -> None:
    """Turns a call to one table into the same call to another, in place."""
    if "TableName" in arguments:
        arguments["TableName"] = table
    if "RequestItems" in arguments:
        arguments["RequestItems"] = {table: next(iter(arguments["RequestItems"].values()))}
    for write in arguments.get("TransactItems", ()):
        for action in write.values():
            action["TableName"] = table
    if "ClientRequestToken" in arguments:
        arguments["ClientRequestToken"] = str(uuid4())


def _copy(dynamodb: "DynamoDBClient", table: str, other: str) -> None:
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.put_item(TableName=other, Item=item)


# ---- flat? -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flatness:
    """CPU of each request and bytes of its answer, by how many runs the schedule has."""

    cpu: dict[str, dict[int, Cpu]]
    answer_bytes: dict[str, dict[int, int]]


def flatness(one: Service, rounds: int) -> Flatness:
    cpu: dict[str, dict[int, Cpu]] = {}
    size: dict[str, dict[int, int]] = {}

    def measure(name: str, request: Callable[[int], Callable[[], dict[str, Any]]]) -> None:
        measured = side_by_side({str(runs): partial(request, runs) for runs in one.schedules}, rounds)
        cpu[name] = {int(runs): times for runs, times in measured.items()}
        size[name] = {runs: len(request(runs)()["body"]) for runs in one.schedules}

    measure("create", lambda runs: one.request("create_share", runs, later=_LATER))
    measure("refresh", lambda runs: one.request("create_share", runs))
    tokens = {runs: json.loads(one.ask("create_share", runs)["body"])["access_token"] for runs in one.schedules}
    measure("read", lambda runs: one.request("read_shared_report", runs, TOKEN=tokens[runs]))
    measure("page", lambda runs: one.request("read_shared_page", runs, TOKEN=tokens[runs]))
    return Flatness(cpu, size)


def read_against_raw(one: Service, runs: int, rounds: int) -> dict[str, Cpu]:
    """The public JSON against the same two GetItem calls and the stored object sent unchanged."""
    token = json.loads(one.ask("create_share", runs)["body"])["access_token"]
    share_id = json.loads(one.ask("create_share", runs)["body"])["id"]
    schedule = one.dynamodb.get_item(TableName=one.table, Key=items.schedule_key(one.schedules[runs]))["Item"]
    stored = one.bucket.objects[schedule["snapshot_key"]["S"]]

    def raw() -> object:
        one.dynamodb.get_item(TableName=one.table, Key=items.share_key(UUID(share_id)), ConsistentRead=True)
        one.dynamodb.get_item(TableName=one.table, Key=items.brand_key(UUID(int=0)), ConsistentRead=True)
        return gzip.decompress(stored).decode()

    handler = partial(one.request, "read_shared_report", runs, TOKEN=token)
    return side_by_side({"handler": handler, "raw": ready(raw)}, rounds)
