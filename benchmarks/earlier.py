"""What an earlier commit takes for the same work: in turn, and in a process of its own each."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Cpu, on_one_core
from local_service.environment import ROOT

COMMIT = "2c4f6d3"
REQUESTS = {"page": "read_shared_page", "json": "read_shared_report"}


class CommitMissingError(Exception):
    """The clone is too shallow to have the commit."""


def reads(url: str, folder: Path, rounds: int) -> dict[str, tuple[Cpu, Cpu]]:
    """CPU of each request for the demo's report now and then, on DynamoDB Local. Raises ``CommitMissingError``."""
    with _now_and_then(folder, "reader.py", url) as both:
        return {name: _side_by_side(both, event, rounds) for name, event in REQUESTS.items()}


def page_again(url: str, rounds: int) -> Cpu:
    """CPU of the demo's page where the same function has made it before and nothing has changed."""
    with on_one_core(), _process(ROOT, "reader.py", url) as now:
        _ask(now, REQUESTS["page"])
        times = [_ask(now, f"{REQUESTS['page']} again") for _ in range(rounds + 4)]
        now.communicate()
        return Cpu(tuple(times[4:]))


def folds(file: Path, folder: Path, rounds: int) -> tuple[tuple[Cpu, Cpu], tuple[float, float]]:
    """Folding this run file into an empty roll-up, now and then: CPU, and the most memory that Python held in MB.

    Raises ``CommitMissingError``.
    """
    with _now_and_then(folder, "folder.py", str(file)) as both:
        now, then = both
        return _side_by_side(both, "cpu", rounds), (_ask(now, "memory"), _ask(then, "memory"))


def fold_of(file: Path) -> tuple[float, float]:
    """What a process takes that folds nothing but this file: CPU in seconds, and memory in MB at most."""
    with _process(ROOT, "folder.py", str(file)) as now:
        taken = _ask(now, "cpu") / 1_000, _ask(now, "resident")
        now.communicate()
        return taken


type _Both = tuple[subprocess.Popen[str], subprocess.Popen[str]]


@contextmanager
def _now_and_then(folder: Path, script: str, argument: str) -> Iterator[_Both]:
    """The script on this tree, and on the earlier commit's, which is unpacked into the folder."""
    _unpack(folder)
    with on_one_core(), _process(ROOT, script, argument) as now, _process(folder, script, argument) as then:
        yield now, then
        for process in (now, then):
            process.communicate()


def _side_by_side(both: _Both, line: str, rounds: int) -> tuple[Cpu, Cpu]:
    times: list[list[float]] = [[], []]
    for number in range(rounds + 4):
        # Each of them first in turn: what runs before leaves its traces in the processor's caches.
        for which in (0, 1) if number % 2 else (1, 0):
            times[which].append(_ask(both[which], line))
    now, then = (Cpu(tuple(found[4:])) for found in times)
    return now, then


def _unpack(folder: Path) -> None:
    archive = subprocess.run(
        ["git", "archive", COMMIT, "functions", "layers", "tools", "tests", "events"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        raise CommitMissingError(f"no comparison with {COMMIT}: the clone does not have it")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")


def _process(tree: Path, script: str, argument: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(str(tree / part) for part in ("layers/domain", "tools", "."))
    command = [sys.executable, "-P", str(Path(__file__).with_name(script)), argument]
    # Last on the path: how the scripts measure, which the earlier commit does not have.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((path, str(ROOT)))}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(process: subprocess.Popen[str], line: str) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return float(process.stdout.readline())
