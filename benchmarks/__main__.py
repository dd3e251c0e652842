"""``make bench``: measures, prints and writes ``docs/performance.md``."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

from tests.engine import dynamodb_local

from benchmarks import cold_start, contention, cost, earlier, hashing, rolling_up, serving
from benchmarks.reader import RUNS
from local_service.environment import ROOT

FUNCTIONS = ("share_api", "shared_report", "roll_up")
HISTORIES = (1, 100, 10_000)
_DOCUMENT = ROOT / "docs" / "performance.md"
_INTRODUCTION = """# Performance

Written by `make bench` on {date}: {machine}.
What is compared ran side by side in one run; times are medians of CPU time, since wall time on a shared machine says
little. Ratios and counts carry over to other machines, times do not.
"""


def progress(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"


def cold() -> Iterator[str]:
    progress("cold start")
    with tempfile.TemporaryDirectory() as folder:
        times, sizes = cold_start.measured(Path(folder), rounds=15)
    bare = times["bare, built"]
    yield """## Cold start

Each function as `make build` makes it, in a fresh process that writes no bytecode, up to an answer that takes no call
of AWS; clients are made by then. "Plain" is what SAM's own builder makes of the same packages: whole, and without
bytecode. Bare boto3 is `import boto3; boto3.client("dynamodb")` with bytecode. The packages alone are one route of
Powertools' resolver that validates, its logger and metrics, a model of pydantic's and a client. Imports are what
SnapStart keeps.
"""
    rows: list[tuple[object, ...]] = []
    for name, shown in (("bare", "bare `boto3.client`"), ("packages", "the packages alone")):
        built, plain = times[f"{name}, built"], times[f"{name}, plain"]
        rows.append((shown, f"{built * 1e3:.0f} ms", f"{plain / built:.1f} x", f"{built / bare:.2f}", ""))
    for name, shown in (*((name, f"`{name}`") for name in FUNCTIONS), ("first page", "`shared_report`, a page")):
        built, plain, imports = (times[f"{name}, {kind}"] for kind in ("built", "plain", "imports"))
        rows.append(
            (shown, f"{built * 1e3:.0f} ms", f"{plain / built:.1f} x", f"{built / bare:.2f}", f"{imports / built:.0%}")
        )
    yield table(("function", "built", "plain takes", "to bare boto3", "imports"), rows)
    yield f"The layer has {sizes['built']:.1f} MB unzipped, bytecode included; a plain one {sizes['plain']:.1f} MB.\n"


def warm(roll_up_seconds: float) -> Iterator[str]:
    snapshots = {runs: rolling_up.snapshot_of(runs, progress) for runs in HISTORIES}
    with dynamodb_local.running() as url:
        with serving.service(url, snapshots) as service:
            progress("create against bare boto3")
            create = serving.create_against_bare_boto3(service, rounds=200)
            progress("create, refresh and read by history")
            flat = serving.flatness(service, rounds=100)
            read = serving.read_against_raw(service, 100, rounds=100)
            seconds = {name: cpu[100].median / 1_000 for name, cpu in flat.cpu.items()}
            progress(f"the demo's report beside {earlier.COMMIT}")
            with tempfile.TemporaryDirectory() as folder:
                compared = earlier.reads(url, Path(folder), rounds=100)
            again = earlier.page_again(url, rounds=100)
            made, kept = compared["page"][0].median / 1_000, again.median / 1_000
            seconds["page"] = cost.MISSED * made + (1 - cost.MISSED) * kept
            prices = cost.of_requests(service, seconds, roll_up_seconds)
        progress("200 callers at once")
        outcomes = contention.measured(url, callers=200)
    yield from _creating(create)
    yield from _by_history(flat)
    yield "The JSON of 100 runs, against the same two calls and the stored object sent unchanged:"
    yield f"{read['handler'].ratio_to(read['raw']):.2f} x the CPU.\n"
    (page, page_then), (as_json, json_then) = compared["page"], compared["json"]
    yield f"The page of a report like the demo's ({RUNS} weekly runs, 30 prompts, 8 platforms, 3 regions) takes"
    yield f"{page.median:.1f} ms of CPU when warm, its JSON {as_json.median:.1f} ms: {page.ratio_to(page_then):.2f} and"
    yield f"{as_json.ratio_to(json_then):.2f} x what they took at {earlier.COMMIT}, read in turn. A page that has not"
    yield f"changed since the same function made it takes {again.median:.1f} ms.\n"
    yield from _contending(outcomes)
    yield from _costing(prices)


def _creating(create: serving.Create) -> Iterator[str]:
    yield "## Create, warm\n"
    yield f"{len(create.calls)} AWS calls in {create.hops} hops: {', '.join(sorted(create.calls))}."
    yield f"The handler takes {create.handler.median:.1f} ms of CPU, the same calls with bare boto3"
    yield f"{create.bare.median:.1f} ms: {create.handler.ratio_to(create.bare):.2f} x.\n"


def _by_history(flat: serving.Flatness) -> Iterator[str]:
    yield """## By length of history

CPU, and bytes of the answer. What is read grows with the trend, which has a point for each run.
"""
    rows: list[tuple[object, ...]] = [
        (name, *(f"{cpu[runs].median:.1f} ms, {flat.answer_bytes[name][runs]:,} bytes" for runs in HISTORIES))
        for name, cpu in flat.cpu.items()
    ]
    yield table(("request", *(f"{runs:,} runs" for runs in HISTORIES)), rows)


def _contending(outcomes: Mapping[str, contention.Outcome]) -> Iterator[str]:
    yield """## 200 callers at once on one schedule

On DynamoDB Local, with the same pauses between attempts.
"""
    rows: list[tuple[object, ...]] = [
        (name, way.created, way.refused, way.gave_up, way.conflicts, f"{way.seconds:.1f} s")
        for name, way in outcomes.items()
    ]
    yield table(("way", "created", "refused at the cap", "gave up", "cancelled transactions", "wall time"), rows)


def _costing(prices: Mapping[str, cost.Price]) -> Iterator[str]:
    yield """## Dollars per million

List prices; capacity units as DynamoDB Local counts them, Lambda's time taken as the CPU time measured here, bytes of
the lines in the function's log and in the access log. "Dollars" is all of that; beside it stands the answer's way out,
compressed, and API Gateway takes 3.50 more. A function keeps the snapshots and the pages that it read last: of five
reads one is taken to miss them, to get a snapshot and to make a page. The page is of a report like the demo's. For
comparison, a service that folds a year of daily runs at each create.
"""
    aggregating = cost.aggregating_create()
    rows: list[tuple[object, ...]] = [
        (
            name,
            f"{price.units.read:g}",
            f"{price.units.write:g}",
            f"{price.seconds * price.memory_gb:.3f}",
            f"{price.gets:g}",
            f"{price.logged:,}",
            f"{price.dollars * 1e6:,.2f}",
            f"{price.sending_dollars * 1e6:,.2f}",
        )
        for name, price in [*prices.items(), ("create by aggregating", aggregating)]
    ]
    columns = ("request", "read units", "write units", "GB-seconds", "S3 GETs", "bytes logged", "dollars", "sending")
    yield table(columns, rows)
    yield f"Aggregating costs {aggregating.dollars / prices['create'].dollars:.0f} x as much.\n"


def folding(folds: Mapping[int, rolling_up.Fold]) -> Iterator[str]:
    yield "## Rolling up one more run\n"
    yield f"A file of {len(rolling_up.run_file()) / 1e6:.2f} MB, read, folded and written, on storage in memory.\n"
    rows: list[tuple[object, ...]] = [
        (f"{runs:,} runs", f"{fold.cpu.median:.0f} ms", f"{fold.peak_mb:.1f} MB") for runs, fold in folds.items()
    ]
    yield table(("history", "CPU", "most memory that Python held"), rows)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "run.json")
        file.write_bytes(rolling_up.run_file())
        (now, then), (memory_now, memory_then) = earlier.folds(file, Path(name, "then"), rounds=30)
    yield f"Folding that file into an empty roll-up takes {now.median:.0f} ms and {memory_now:.1f} MB,"
    yield f"{now.ratio_to(then):.2f} x the CPU and {memory_now / memory_then:.2f} x the memory of {earlier.COMMIT},"
    yield "which took each name and address as it came.\n"


def trying(found: hashing.Hashing) -> Iterator[str]:
    yield """## Trying a password

scrypt with N, r and p: OWASP's minimums, which it calls equivalent, and what the service does. A function of 1,024 MB
has 0.58 of a core.
"""
    rows: list[tuple[object, ...]] = [
        (way, f"{cpu.median:.0f} ms", f"{found.seconds_at_1024_mb(way) * 1e3:.0f} ms", hashing.mib(way))
        for way, cpu in found.cpu.items()
    ]
    yield table(("N, r, p", "CPU", "at 1,024 MB", "memory"), rows)


def main() -> None:
    os.environ |= {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    introduction = _INTRODUCTION.format(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=f"{machine} (at {commit})")
    progress("rolling up one more run")
    folds = rolling_up.measured(HISTORIES, rounds=9, progress=progress)
    with Path(os.devnull).open("w") as silence, redirect_stdout(silence):  # each request prints a line of metrics
        measured = [*cold(), *warm(folds[100].cpu.median / 1_000), *folding(folds)]
        progress("trying a password")
        measured += trying(hashing.measured(rounds=9))
    text = "\n".join([introduction, *measured])
    _DOCUMENT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
