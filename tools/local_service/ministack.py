"""MiniStack, the AWS on this machine, as a child process that leaves nothing behind."""

import errno
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from local_service.environment import TOOLS, for_ministack
from local_service.errors import LocalServiceError

LOOPBACK = "127.0.0.1"

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1
_LOG_TAIL = 2_000
_WATCHDOG = Path(__file__).with_name("watchdog.py")
_SERVER = Path(__file__).with_name("ministack_server.py")


def check_port(port: int) -> None:
    """Refuse a port that something else listens on."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise LocalServiceError(
                    f"port {port} is in use: stop what listens there, or choose another: PORT=4567 make run"
                ) from None
            if error.errno == errno.EACCES:
                raise LocalServiceError(f"port {port} needs rights you do not have: choose one above 1023") from None
            if family == socket.AF_INET:
                raise LocalServiceError(f"port {port} cannot be used: {error.strerror}") from None
            # No IPv6 on this machine, which is fine.


def free_port(host: str = LOOPBACK) -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


class MiniStack:
    """A running MiniStack; a context manager that starts it and ends it with everything it started."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self.port = port
        self._host = host
        self.endpoint_url = f"http://{'localhost' if host == LOOPBACK else host}:{port}"
        self.log = TOOLS / "logs" / f"ministack-{port}.log"
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start()
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check_alive(self) -> None:
        """Raise if MiniStack has ended by itself."""
        if self._watchdog is None or self._watchdog.poll() is not None:
            raise LocalServiceError(f"MiniStack has stopped; its log {self.log} ends with:\n{self._log_tail()}")

    def stop(self) -> None:
        """End it; does nothing when it has not been started."""
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is None:
            return
        if watchdog.stdin is not None:
            watchdog.stdin.close()  # what the watchdog waits for
        try:
            watchdog.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            watchdog.kill()
            watchdog.wait()

    def _start(self) -> None:
        check_port(self.port)
        python = TOOLS / "ministack" / "bin" / "python"
        if not python.exists():
            raise LocalServiceError("MiniStack is not installed: run `make setup`")
        directory = Path(tempfile.mkdtemp(prefix="report-shares-"))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._watchdog = subprocess.Popen(
                [sys.executable, "-I", str(_WATCHDOG), str(directory), str(python), "-I", str(_SERVER)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to act on, not MiniStack's
                cwd=directory,
                env=for_ministack(os.environ, self._host, self.port, directory),
            )

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        with httpx.Client(trust_env=False, timeout=2) as client:
            while time.monotonic() < deadline:
                self.check_alive()
                try:
                    if client.get(f"http://{self._host}:{self.port}/_ministack/ready").is_success:
                        return
                except httpx.TransportError:
                    pass  # not listening yet
                time.sleep(_POLL_SECONDS)
        raise LocalServiceError(
            f"MiniStack did not start within {_START_SECONDS:.0f} s; its log {self.log} ends with:\n{self._log_tail()}"
        )

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-_LOG_TAIL:].strip() if self.log.exists() else ""
