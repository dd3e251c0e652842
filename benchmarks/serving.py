"""Creating, refreshing and reading shares through the functions, on DynamoDB Local."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from botocore import xform_name
from tests.world import BRAND_ID, SCHEDULE_ID, WORKSPACE, Answer, World, event

from benchmarks.measure import Cpu, Work, on_one_core, ready, side_by_side
from benchmarks.reader import world_on
from local_service.table import create_table
from report_shares.rules.catalog import Schedule
from report_shares.store import items
from report_shares.times import DAY, MINUTE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# By then the share of the request before has expired.
_LATER = 31 * DAY


@dataclass
class Service:
    """The functions over one table, with a schedule for each length of history."""

    world: World
    schedules: dict[int, UUID]
    key: str

    def request(self, name: str, runs: int, later: int = MINUTE, **places: str) -> Callable[[], Answer]:
        """Hands this event to its function, a minute after the one before: no rate limit is met."""
        self.world.clock.now += later
        request = event(name, API_KEY=self.key, **places)
        schedule_id = str(self.schedules[runs])
        request["path"] = request["path"].replace(str(SCHEDULE_ID), schedule_id)
        if "scheduled_report_id" in request["pathParameters"]:
            request["pathParameters"]["scheduled_report_id"] = schedule_id
        function = self.world.shared_report if name.startswith("read_") else self.world.share_api

        def answered() -> Answer:
            answer = self.world.send(function, request)
            assert answer.status in (200, 201), answer
            return answer

        return answered

    def create(self, runs: int, later: int = MINUTE) -> Any:
        """The share, created or refreshed."""
        return self.request("create_share", runs, later)().json


@contextmanager
def service(url: str, snapshots: dict[int, bytes]) -> Iterator[Service]:
    """A service on one core whose schedules have these snapshots, by number of runs."""
    with world_on(url) as world, on_one_core():
        schedules = {runs: uuid4() for runs in snapshots}
        for runs, schedule_id in schedules.items():
            snapshot_key = f"snapshots/{schedule_id}/one.json.gz"
            world.s3.put_object(Bucket="reports", Key=snapshot_key, Body=gzip.compress(snapshots[runs]))
            schedule = Schedule(schedule_id, BRAND_ID, WORKSPACE, "Weekly", "weekly", runs, snapshot_key)
            world.dynamodb.put_item(TableName="shares", Item=items.schedule_item(schedule))
        one = Service(world, schedules, world.add_key())
        for runs in schedules:  # the first request of a key and of a schedule make calls of their own
            one.create(runs)
        yield one


# ---- what a create costs beyond its calls ----------------------------------------------------------------------------


class _Calls:
    """The calls that a client makes, and which of them were under way at once."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self._log: list[int] = []
        client.meta.events.register("provide-client-params.dynamodb", self._begun)
        client.meta.events.register("after-call.dynamodb", self._ended)

    def _begun(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.made.append((model.name, params))
        self._log.append(1)

    def _ended(self, **_: Any) -> None:
        self._log.append(-1)

    def clear(self) -> None:
        self.made, self._log = [], []

    @property
    def hops(self) -> int:
        """How often a call began while none was under way."""
        return sum(step == 1 and sum(self._log[:at]) == 0 for at, step in enumerate(self._log))


@dataclass(frozen=True)
class Create:
    """CPU of the handler and of its AWS calls made with bare boto3; the calls' names, and in how many hops."""

    handler: Cpu
    bare: Cpu
    calls: list[str]
    hops: int


def create_against_bare_boto3(one: Service, rounds: int) -> Create:
    """Creates a share again and again; each call is made once more, by itself, on a table in the same state."""
    dynamodb = one.world.dynamodb
    create_table(dynamodb, "other")
    for item in one.world.items():
        dynamodb.put_item(TableName="other", Item=item)
    calls = _Calls(dynamodb)
    names: list[str] = []
    hops: set[int] = set()

    def handler() -> Work:
        calls.clear()
        return one.request("create_share", min(one.schedules), later=_LATER)

    def bare() -> Work:
        made = deepcopy(calls.made)
        names[:] = [name for name, _ in made]
        hops.add(calls.hops)
        for _, arguments in made:
            _on("other", arguments)
        return lambda: [getattr(dynamodb, xform_name(name))(**arguments) for name, arguments in made]

    cpu = side_by_side({"handler": handler, "bare": bare}, rounds)
    # Two calls begun together may miss each other on a busy machine; two that wait for each other never meet.
    return Create(cpu["handler"], cpu["bare"], names, min(hops))


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


# ---- flat? -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flatness:
    """CPU of each request and bytes of its answer, by how many runs the schedule has."""

    cpu: dict[str, dict[int, Cpu]]
    answer_bytes: dict[str, dict[int, int]]


def flatness(one: Service, rounds: int) -> Flatness:
    cpu: dict[str, dict[int, Cpu]] = {}
    size: dict[str, dict[int, int]] = {}

    def measure(name: str, request: Callable[[int], Callable[[], Answer]]) -> None:
        measured = side_by_side({str(runs): partial(request, runs) for runs in one.schedules}, rounds)
        cpu[name] = {int(runs): times for runs, times in measured.items()}
        size[name] = {runs: len(request(runs)().text) for runs in one.schedules}

    measure("create", lambda runs: one.request("create_share", runs, later=_LATER))
    measure("refresh", lambda runs: one.request("create_share", runs))
    tokens = {runs: one.create(runs)["access_token"] for runs in one.schedules}
    measure("read", lambda runs: one.request("read_shared_report", runs, TOKEN=tokens[runs]))
    measure("page", lambda runs: one.request("read_shared_page", runs, TOKEN=tokens[runs]))
    return Flatness(cpu, size)


def read_against_raw(one: Service, runs: int, rounds: int) -> dict[str, Cpu]:
    """The public JSON against the same two calls and the stored object sent unchanged."""
    share, dynamodb = one.create(runs), one.world.dynamodb
    key = f"snapshots/{one.schedules[runs]}/one.json.gz"
    stored = one.world.s3.get_object(Bucket="reports", Key=key)["Body"].read()

    def raw() -> object:
        dynamodb.get_item(TableName="shares", Key=items.share_key(UUID(share["id"])), ConsistentRead=True)
        owners = [items.schedule_key(SCHEDULE_ID), items.brand_key(BRAND_ID)]
        dynamodb.batch_get_item(RequestItems={"shares": {"Keys": owners, "ConsistentRead": True}})
        return gzip.decompress(stored).decode()

    handler = partial(one.request, "read_shared_report", runs, TOKEN=share["access_token"])
    return side_by_side({"handler": handler, "raw": ready(raw)}, rounds)
