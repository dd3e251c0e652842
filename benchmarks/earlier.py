"""Reading the demo's report beside what an earlier commit took for it, in turn and in a process of its own each."""

import io
import os
import subprocess
import sys
import tarfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Cpu, on_one_core
from local_service.environment import ROOT

COMMIT = "2c4f6d3"
REQUESTS = {"page": "read_shared_page", "json": "read_shared_report"}


class CommitMissingError(Exception):
    """The clone is too shallow to have the commit."""


def measured(url: str, folder: Path, rounds: int) -> dict[str, tuple[Cpu, Cpu]]:
    """CPU of each request now and then, on DynamoDB Local. Raises ``CommitMissingError``."""
    _unpack(folder)
    compared = {}
    with ExitStack() as stack:
        stack.enter_context(on_one_core())
        readers = [stack.enter_context(_reader(tree, url)) for tree in (ROOT, folder)]
        for name, event in REQUESTS.items():
            times: list[list[float]] = [[], []]
            for number in range(rounds + 4):
                # Each of them first in turn: what runs before leaves its traces in the processor's caches.
                for which in (0, 1) if number % 2 else (1, 0):
                    times[which].append(_read(readers[which], event))
            now, then = (Cpu(tuple(found[4:])) for found in times)
            compared[name] = (now, then)
        for reader in readers:
            reader.communicate()
    return compared


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


def _reader(tree: Path, url: str) -> subprocess.Popen[str]:
    path = os.pathsep.join(str(tree / part) for part in ("layers/domain", "tools", "."))
    command = [sys.executable, "-P", str(Path(__file__).with_name("reader.py")), url]
    return subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _read(reader: subprocess.Popen[str], event: str) -> float:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(f"{event}\n")
    reader.stdin.flush()
    return float(reader.stdout.readline())
