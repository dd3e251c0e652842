"""MiniStack, the AWS on this machine, and the ports it can have."""

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_service.environment import TOOLS, for_ministack
from local_service.errors import LocalServiceError
from local_service.processes import Server, serving

LOOPBACK = "127.0.0.1"


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


@contextmanager
def ministack(port: int, host: str = LOOPBACK) -> Iterator[Server]:
    """A running MiniStack. Raises ``LocalServiceError`` where it cannot be started."""
    check_port(port)
    python = TOOLS / "ministack" / "bin" / "python"
    if not python.exists():
        raise LocalServiceError("MiniStack is not installed: run `make setup`")
    directory = Path(tempfile.mkdtemp(prefix="report-shares-"))
    command = [str(python), "-I", str(Path(__file__).with_name("ministack_server.py"))]
    environment = for_ministack(os.environ, host, port, directory)
    with serving("MiniStack", command, f"http://{host}:{port}/_ministack/ready", directory, environment) as server:
        yield server
