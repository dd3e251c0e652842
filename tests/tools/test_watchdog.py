"""The watchdog ends a server with everything that it started, however its parent ends."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local_service import watchdog

# A server that has a child of its own, as MiniStack with its Lambda workers.
SERVER = 'sleep 600 & echo "$$ $!" > "$0/pids"; wait'
# A parent that dies without closing anything itself.
PARENT = (
    "import os, signal, subprocess, sys\n"
    "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
    "sys.stdin.read()\n"
    "os.kill(os.getpid(), signal.SIGKILL)\n"
)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return not state.stdout.startswith("Z") and bool(state.stdout)


def within(seconds: float, what: str, look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.parametrize("killed", [False, True])
def test_nothing_is_left_when_the_parent_ends(tmp_path: Path, *, killed: bool) -> None:
    private = tmp_path / "private"
    private.mkdir()
    command = [sys.executable, "-I", str(watchdog.__file__), str(private), "sh", "-c", SERVER, str(private)]
    pids = private / "pids"
    launch = [sys.executable, "-c", PARENT, *command] if killed else command
    with subprocess.Popen(launch, stdin=subprocess.PIPE) as process:
        within(20, "the server started", lambda: pids.exists() and len(pids.read_text().split()) == 2)
        started = [int(pid) for pid in pids.read_text().split()]
        assert all(map(alive, started))
        assert process.stdin is not None
        process.stdin.close()

        within(20, "the server and its child are gone", lambda: not any(map(alive, started)))
        within(20, "its directory is gone", lambda: not private.exists())


def test_the_watchdog_ends_when_the_server_does(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    command = [sys.executable, "-I", str(watchdog.__file__), str(private), "sh", "-c", "exit 7"]

    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.wait(20) == 7
    assert not private.exists()
