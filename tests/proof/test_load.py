"""A sustained mix of requests over loopback: no error, no growth of memory, latency flat from start to end.

Each of two processes is one execution environment and takes one request after the other, as in Lambda.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from report_shares.api.settings import Settings
from report_shares.times import system_clock
from tests.proof import seeded_table
from tests.proof.conftest import LONG
from tests.world import World, event, http_functions, request

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECONDS = float(os.environ.get("LONG_LOAD_SECONDS", "180")) if LONG else 4.0
# However slow the machine is meanwhile, each quarter has enough to take a median of.
FEWEST_REQUESTS = 160
# The last quarter against the first: of seconds, beside other tests, chance makes more than of minutes.
SLOWER_AT_MOST = 2 if LONG else 4
PROCESSES = 2
MIXTURE = {"read": 60, "create": 20, "list": 12, "extend": 5, "rotate": 3}
EXPECTED = {"read": {200, 410}, "create": {200, 201}, "list": {200}, "extend": {200, 404}, "rotate": {201}}


@dataclass
class Load:
    """Where it goes, as whom, and for how long."""

    environment: dict[str, str]
    keys: dict[str, str]
    schedules: list[str]
    seconds: float
    result: str


@dataclass
class Sample:
    """One request: what, how long (seconds), its status, and the resident memory after it (bytes)."""

    kind: str
    took: float
    status: int
    memory: int


class Environment:
    """One execution environment under load."""

    def __init__(self, load: Load) -> None:
        os.environ.update(load.environment)
        settings = Settings.from_environment()
        self.load = load
        self.share_api, self.shared_report = http_functions(settings, system_clock)
        self.random = random.Random(load.result)  # noqa: S311 # repeatable
        self.shares: dict[tuple[str, str], tuple[str, str]] = {}

    def run(self) -> list[Sample]:
        samples: list[Sample] = []
        end = time.monotonic() + self.load.seconds
        while time.monotonic() < end or len(samples) < FEWEST_REQUESTS:
            kind = self.random.choices(list(MIXTURE), list(MIXTURE.values()))[0]
            started = time.perf_counter()
            status = self.ask(kind)
            samples.append(Sample(kind, time.perf_counter() - started, status, resident()))
        return samples

    def ask(self, kind: str) -> int:
        schedule, caller = self.random.choice(self.load.schedules), self.random.choice(list(self.load.keys))
        if kind in ("read", "extend") and self.shares:
            (schedule, caller) = self.random.choice(list(self.shares))
        share_id, token = self.shares.get((schedule, caller), (str(UUID(int=1)), "A" * 51))
        if (schedule, caller) not in self.shares and kind in ("read", "extend"):
            kind = "create"
        if kind == "read":
            return World.send(self.shared_report, event("read_shared_report", TOKEN=token)).status
        name = {"list": "list_shares", "extend": "extend_share"}.get(kind, "create_share")
        bodies = {"extend": {"expiration_days": 9}, "rotate": {"rotate": True}, "create": {"expiration_days": 30}}
        key = self.load.keys[caller]
        asked = request(name, key, bodies.get(kind), schedule_id=schedule, share_id=share_id)
        answer = World.send(self.share_api, asked)
        if kind in ("create", "rotate") and answer.status < 300:
            self.shares[schedule, caller] = (answer.json["id"], answer.json["access_token"])
        return answer.status


def resident() -> int:
    """The memory that this process has now, in bytes; where the system does not tell, the most it ever had."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(plan: str) -> None:
    load = Load(**json.loads(Path(plan).read_text()))
    samples = Environment(load).run()
    Path(load.result).write_text(json.dumps([asdict(one) for one in samples]))


def test_a_sustained_load_is_served_without_error_growth_or_slowing_down(
    functions_environment: dict[str, str],
    dynamodb: "DynamoDBClient",
    table: str,
    tmp_path: Path,
    progress: Callable[[str], None],
) -> None:
    schedules = [uuid4() for _ in range(3)]
    seeded_table.add_schedules(dynamodb, table, schedules)
    running = []
    for number in range(PROCESSES):
        load = Load(
            # On a fast machine each of the callers makes more than the usual 120 requests a minute.
            environment=functions_environment | {"RATE_LIMIT": "1000"},
            keys=seeded_table.add_keys(dynamodb, table, [f"caller {number}-{one}" for one in range(24)]),
            schedules=[str(schedule) for schedule in schedules],
            seconds=SECONDS,
            result=str(tmp_path / f"result-{number}.json"),
        )
        plan = tmp_path / f"plan-{number}.json"
        plan.write_text(json.dumps(asdict(load)))
        command = [sys.executable, "-m", "tests.proof.test_load", str(plan)]
        running.append(subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL))  # the functions' log
    assert [process.wait(SECONDS + 60) for process in running] == [0] * PROCESSES
    for number in range(PROCESSES):
        _judge([Sample(**one) for one in json.loads((tmp_path / f"result-{number}.json").read_text())], progress)


def test_a_load_that_gets_slower_is_not_flat() -> None:
    slowing = [Sample(kind, 0.01 * (1 + at / 20), 200, 0) for at in range(200) for kind in ("read", "create")]
    with pytest.raises(AssertionError):
        _judge(slowing, progress=lambda _: None)


def test_a_load_that_keeps_memory_is_not_flat() -> None:
    growing = [Sample(kind, 0.01, 200, at * 100_000) for at in range(200) for kind in ("read", "create")]
    with pytest.raises(AssertionError):
        _judge(growing, progress=lambda _: None)


def test_a_load_is_flat_though_one_request_stood_still_for_most_of_the_time() -> None:
    stalled = [Sample(kind, 60 if at == 0 else 0.01, 200, 0) for at in range(40) for kind in ("read", "create")]
    _judge(stalled, progress=lambda _: None)


def _judge(samples: list[Sample], progress: Callable[[str], None]) -> None:
    statuses = Counter(f"{sample.kind} {sample.status}" for sample in samples)
    progress(f"{len(samples):,} requests: {dict(statuses.most_common())}")
    assert [sample for sample in samples if sample.status not in EXPECTED[sample.kind] | {201}] == []
    # By number, not by time: a stall of the machine leaves no quarter empty.
    quarters = [samples[part * len(samples) // 4 : (part + 1) * len(samples) // 4] for part in range(4)]
    for kind in ("read", "create"):
        medians = [median(s.took for s in quarter if s.kind == kind) * 1000 for quarter in quarters]
        progress(f"{kind}: median {' '.join(f'{one:.1f}' for one in medians)} ms in the four quarters")
        assert medians[-1] < SLOWER_AT_MOST * medians[0] + 5
    slowest = sorted(sample.took for sample in samples)[int(len(samples) * 0.99)]
    settled, last = quarters[0][-1].memory, samples[-1].memory
    progress(f"99 of 100 within {slowest * 1000:.0f} ms; memory {settled / 1e6:.1f} -> {last / 1e6:.1f} MB")
    assert last - settled < 8_000_000


if __name__ == "__main__":
    main(sys.argv[1])
