"""What requests cost: capacity units as DynamoDB Local counts them, CPU as measured, list prices of us-east-1."""

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks import rolling_up
from benchmarks.measure import cpu_ms
from benchmarks.serving import Service
from local_service import demo
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import unpack
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import DAY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# List prices of us-east-1 in dollars, November 2026; check them before relying on them.
# https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/s3/pricing/
# https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/sqs/pricing/
WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
LAMBDA_REQUEST = 0.20e-6
LAMBDA_GB_SECOND = 0.0000166667
S3_GET = 0.4e-6
S3_PUT = 5.0e-6
SQS_REQUEST = 0.4e-6
EVENT = 1.0e-6

API_MEMORY_GB = 1.0
ROLL_UP_MEMORY_GB = 1.769

_DAYS = 365


@dataclass
class Units:
    """Capacity units of one request, as DynamoDB counts them."""

    read: float = 0
    write: float = 0


@dataclass(frozen=True)
class Price:
    """What one request takes; ``seconds`` is how long Lambda runs for it, taken as its CPU time."""

    units: Units
    seconds: float
    memory_gb: float = API_MEMORY_GB
    gets: float = 0
    puts: float = 0
    messages: float = 0

    @property
    def dollars(self) -> float:
        return (
            self.units.read * READ_UNIT
            + self.units.write * WRITE_UNIT
            + LAMBDA_REQUEST
            + self.seconds * self.memory_gb * LAMBDA_GB_SECOND
            + self.gets * S3_GET
            + self.puts * S3_PUT
            + self.messages * (3 * SQS_REQUEST + EVENT)
        )


_WRITES = frozenset({"UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"})


@contextmanager
def counted(client: "DynamoDBClient") -> Iterator[Units]:
    """Counts the units of every call that the client makes meanwhile."""
    units = Units()

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        for one in consumed if isinstance(consumed, list) else [consumed]:
            if model.name in _WRITES:
                units.write += one["CapacityUnits"]
            else:
                units.read += one["CapacityUnits"]

    events = client.meta.events
    events.register("provide-client-params.dynamodb", ask)
    events.register("after-call.dynamodb", count)
    try:
        yield units
    finally:
        events.unregister("provide-client-params.dynamodb", ask)
        events.unregister("after-call.dynamodb", count)


def of_requests(service: Service, seconds: Mapping[str, float], roll_up_seconds: float) -> dict[str, Price]:
    """A create, a read that misses the function's cache, and a roll-up of one more run."""
    runs = max(service.schedules)
    with counted(service.world.dynamodb) as create:
        token = service.create(runs, later=31 * DAY)["access_token"]
    with counted(service.world.dynamodb) as read:
        service.request("read_shared_report", runs, TOKEN=token)()
    # Schedule and brand, then the pointer and the operator's record: items of up to 1 KB.
    fold = Units(read=2, write=2)
    return {
        "create": Price(create, seconds["create"]),
        "read": Price(read, seconds["read"], gets=1),
        "roll up one run": Price(fold, roll_up_seconds, memory_gb=ROLL_UP_MEMORY_GB, gets=2, puts=3 + 2, messages=1),
    }


def aggregating_create() -> Price:
    """A create of a service that folds a year of daily runs anew each time: read, parse, fold, write one snapshot."""
    (run,) = demo.generate_runs(runs=1, last=datetime(2026, 11, 2, tzinfo=UTC))
    file = gzip.compress(json.dumps(run).encode())

    def one() -> None:
        whole = RollUp()
        whole.merge(RollUp.of(rolling_up.read(unpack(file)), rolling_up.IDENTITY))
        build_snapshot(whole, rolling_up.IDENTITY)

    one()
    seconds = min(cpu_ms(one) for _ in range(5)) / 1_000 * _DAYS
    return Price(Units(read=2, write=2), seconds, memory_gb=ROLL_UP_MEMORY_GB, gets=_DAYS, puts=1)
