"""What requests cost: units as DynamoDB Local counts them, CPU and lines as measured, list prices of us-east-1."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.template.template import resource

from benchmarks import rolling_up
from benchmarks.measure import cpu_ms
from benchmarks.serving import Service
from local_service import demo
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import unpack
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import DAY, MINUTE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# List prices of us-east-1 in dollars, November 2026; check them before relying on them.
# https://aws.amazon.com/dynamodb/pricing/on-demand/ https://aws.amazon.com/s3/pricing/
# https://aws.amazon.com/lambda/pricing/ https://aws.amazon.com/sqs/pricing/
# https://aws.amazon.com/cloudwatch/pricing/ https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer
WRITE_UNIT = 0.625e-6
READ_UNIT = 0.125e-6
LAMBDA_REQUEST = 0.20e-6
LAMBDA_GB_SECOND = 0.0000166667
S3_GET = 0.4e-6
S3_PUT = 5.0e-6
SQS_REQUEST = 0.4e-6
EVENT = 1.0e-6
LOGGED_BYTE = 0.50e-9
SENT_BYTE = 0.09e-9

MISSED = 0.2
"""Of the reads of links, how many find neither snapshot nor page in the function's memory."""
API_MEMORY_GB = 1.0
ROLL_UP_MEMORY_GB = 1.769

_DAYS = 365
_AROUND_A_LINE = 26
"""Bytes that CloudWatch counts for each event beside its text: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""


@dataclass
class Units:
    """Capacity units of one request, as DynamoDB counts them."""

    read: float = 0
    write: float = 0


@dataclass(frozen=True)
class Price:
    """What one request takes; ``seconds`` is how long Lambda runs for it, taken as its CPU time.

    ``logged`` and ``sent`` are bytes: of its lines in the log, and of the answer on its way out, compressed.
    """

    units: Units
    seconds: float
    memory_gb: float = API_MEMORY_GB
    gets: float = 0
    puts: float = 0
    messages: float = 0
    logged: int = 0
    sent: int = 0

    @property
    def sending_dollars(self) -> float:
        return self.sent * SENT_BYTE

    @property
    def dollars(self) -> float:
        """All but API Gateway's own price and the answer's way out."""
        return (
            self.units.read * READ_UNIT
            + self.units.write * WRITE_UNIT
            + LAMBDA_REQUEST
            + self.seconds * self.memory_gb * LAMBDA_GB_SECOND
            + self.gets * S3_GET
            + self.puts * S3_PUT
            + self.messages * (3 * SQS_REQUEST + EVENT)
            + self.logged * LOGGED_BYTE
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


def access_log_line(route: str) -> str:
    """A line as API Gateway writes it: the template's format with values as long as those that it gives."""
    values = {"integration.requestId": str(uuid4()), "extendedRequestId": "Aa1Bb2Cc3Dd4EeF=", "responseLatency": "20"}
    values |= {"requestTimeEpoch": "1776698584512", "httpMethod": route.partition(" ")[0], "status": "200"}
    values |= {"resourcePath": route.partition(" ")[2], "error.responseType": "-", "responseLength": "15000"}
    return re.sub(r"\$context\.([\w.]+)", lambda name: values[name[1]], resource("Api")["AccessLogSetting"]["Format"])


def _price(service: Service, name: str, seconds: float, gets: float = 0, later: int = MINUTE, **places: str) -> Price:
    """What a request takes."""
    request = service.request(name, max(service.schedules), later, **places)
    with counted(service.world.dynamodb) as units, redirect_stdout(StringIO()) as log:
        answer = request()
    route = json.loads(log.getvalue())["request"]
    logged = len(log.getvalue()) + len(access_log_line(route)) + 2 * _AROUND_A_LINE
    return Price(units, seconds, gets=gets, logged=logged, sent=len(gzip.compress(answer.text.encode())))


def of_requests(service: Service, seconds: Mapping[str, float], roll_up_seconds: float) -> dict[str, Price]:
    """A create, reads of which some miss the function's memory, and a roll-up of one more run."""
    create = _price(service, "create_share", seconds["create"], later=31 * DAY)
    token = service.create(max(service.schedules))["access_token"]
    # Schedule and brand, then the pointer and the operator's record: items of up to 1 KB.
    fold = Units(read=2, write=2)
    return {
        "create": create,
        "read": _price(service, "read_shared_report", seconds["read"], gets=MISSED, TOKEN=token),
        "page": _price(service, "read_shared_page", seconds["page"], gets=MISSED, TOKEN=token),
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
