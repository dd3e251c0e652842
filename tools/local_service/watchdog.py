"""Runs one server, and ends it with everything it started when standard input closes.

Standard input is a pipe from the process that wants the server. A pipe closes however that process ends, even
by SIGKILL, so nothing is left behind. Only the standard library, no imports of ours: it runs as a plain script.

    python watchdog.py PRIVATE_DIRECTORY COMMAND...
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading

_GRACE_SECONDS = 15  # `sam local` removes its containers meanwhile


def main() -> int:
    """Start the command, wait for its end or ours, then remove what is left of it."""
    directory, *command = sys.argv[1:]
    # Its own session, hence its own process group: what the server starts is in it too.
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    # A signal meant for the parent must not end the watchdog before its work is done. Ignored signals are inherited,
    # hence only now.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    code = server.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)
    shutil.rmtree(directory, ignore_errors=True)
    return code


def _end_with_parent(server: subprocess.Popen[bytes]) -> None:
    # Not sys.stdin: its lock, held by a waiting thread, aborts the interpreter's own end.
    while os.read(0, 4096):
        pass
    server.terminate()
    try:
        server.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    sys.exit(main())
