"""Servers of this machine, each run by the watchdog so that nothing of it is left behind."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from local_service.environment import TOOLS
from local_service.errors import LocalServiceError

_WATCHDOG = Path(__file__).with_name("watchdog.py")
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.1
_LOG_TAIL = 4_000


@dataclass(frozen=True)
class Server:
    """A server and where it listens; ``name`` is what messages call it."""

    name: str
    url: str
    log: Path
    watchdog: subprocess.Popen[bytes]

    def wait(self) -> NoReturn:
        """Wait until it ends by itself, which raises ``LocalServiceError``."""
        self.watchdog.wait()
        self.fail("has stopped")

    def fail(self, what: str) -> NoReturn:
        tail = self.log.read_text(errors="replace")[-_LOG_TAIL:].strip()
        raise LocalServiceError(f"{self.name} {what}; its log {self.log} ends with:\n{tail}")


@contextmanager
def serving(
    name: str, command: Sequence[str], url: str, directory: Path, environment: Mapping[str, str]
) -> Iterator[Server]:
    """Run a server that answers on ``url`` in a ``directory`` of its own, which is removed with it.

    Raises ``LocalServiceError`` with the end of its log where it does not start.
    """
    log = TOOLS / "logs" / f"{name.lower()}-{urlsplit(url).port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        watchdog = subprocess.Popen(
            [sys.executable, "-I", str(_WATCHDOG), str(directory), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is ours to act on, not the server's
            cwd=directory,
            env=environment,
        )
    server = Server(name, url, log, watchdog)
    try:
        _wait_for_answer(server)
        yield server
    finally:
        if watchdog.stdin is not None:
            watchdog.stdin.close()  # what the watchdog waits for
        try:
            watchdog.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # the server is gone, but removing its directory takes long
            watchdog.kill()
            watchdog.wait()


def _wait_for_answer(server: Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.watchdog.poll() is not None:
            server.fail("has stopped")
        try:
            # Only to this machine, so the user's proxy is not asked.
            if not httpx.get(server.url, trust_env=False, timeout=2).is_server_error:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(_POLL_SECONDS)
    server.fail(f"did not start within {_START_SECONDS:.0f} s")
