"""`make run`'s deployment, started once for the tests of this folder."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest

from local_service.demo import WORKSPACE_ID
from local_service.environment import isolated
from local_service.ministack import free_port
from sharectl import keys
from tests.lacking import need_tools

type Json = dict[str, Any]

_START_SECONDS = 240
_ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/e2e" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: item.get_closest_marker("ends_service") is not None)


def eventually[T](look: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """What ``look`` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@dataclass
class Service:
    """The running service, its demo data, and an operator and callers of it."""

    process: subprocess.Popen[str]
    port: int
    ready: Json
    lines: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return str(self.ready["base_url"])

    @property
    def schedule_id(self) -> str:
        return str(self.ready["scheduled_report_id"])

    @property
    def shares_url(self) -> str:
        return f"{self.base_url}/v1/scheduled-reports/{self.schedule_id}/shares"

    def sharectl(self, *arguments: str, stdin: str = "") -> tuple[int, Json]:
        """Run the operator's command as a user does; its exit code and its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "sharectl.main", *arguments, "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=isolated(os.environ, self.ready["endpoint_url"]),
        )
        assert done.stdout, done.stderr
        document: Json = json.loads(done.stdout)
        return done.returncode, document

    def client(self, name: str, region: str = "us-east-1") -> Any:
        """A client of the AWS that the stack is deployed to."""
        return boto3.client(
            name,  # type: ignore[call-overload] # whichever it is
            region_name=region,
            endpoint_url=self.ready["endpoint_url"],
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106
        )

    def new_caller(self) -> "Caller":
        """A teammate with a key and no share yet."""
        (key,) = self.new_keys(1)
        return Caller(self.shares_url, key)

    def new_keys(self, number: int) -> list[str]:
        """Keys of one teammate with no share yet."""
        minted = [keys.mint() for _ in range(number)]
        principal = {"principal_id": f"caller-{uuid4()}", "workspace_id": WORKSPACE_ID, "scopes": ["*"]}
        catalog = {"api_keys": [{"key": key} | principal for key in minted]}
        code, said = self.sharectl("apply", "-", stdin=json.dumps(catalog))
        assert code == 0, said
        return minted

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@dataclass(frozen=True)
class Caller:
    """A teammate who shares the demo's report."""

    shares_url: str
    key: str

    def post(self, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.post(self.shares_url, headers=headers, json=body, timeout=60, trust_env=False)

    def revoke(self, share_id: str) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        httpx.delete(f"{self.shares_url}/{share_id}", headers=headers, timeout=60, trust_env=False).raise_for_status()

    def revoke_all(self) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.delete(self.shares_url, headers=headers, timeout=60, trust_env=False)

    def share_of(self, scheduled_report_id: str) -> str:
        """The link to another schedule's report."""
        url = f"{self.shares_url.rpartition('/scheduled-reports/')[0]}/scheduled-reports/{scheduled_report_id}/shares"
        headers = {"Authorization": f"Bearer {self.key}"}
        made = httpx.post(url, headers=headers, timeout=60, trust_env=False).raise_for_status()
        return str(made.json()["share_url"])


def get(url: str) -> httpx.Response:
    """Open a link, as anyone may."""
    return httpx.get(url, timeout=60, trust_env=False)


def read(share_url: str) -> httpx.Response:
    """The JSON behind a link."""
    return get(share_url.replace("/shared/", "/v1/shared/"))


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A running service; a skip that says what is missing, on CI a failure."""
    need_tools("the end-to-end tests", "sam", "ministack")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "local_service.run"],
        cwd=_ROOT,
        # Settings of a user that would break it if they were used.
        env=_users_environment(os.environ) | {"PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield _when_ready(process, port)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _users_environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_PROFILE": "a-profile-that-does-not-exist",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "the-users",
        "AWS_REGION": "eu-central-1",
    }


def _when_ready(process: subprocess.Popen[str], port: int) -> Service:
    lines: list[str] = []
    found: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith("READY "):
                found.put(line.removeprefix("READY "))
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        ready = found.get(timeout=_START_SECONDS)
    except queue.Empty:
        ready = None
    if ready is None:
        pytest.fail(f"the local service did not get ready:\n{''.join(lines)}")
    return Service(process, port, json.loads(ready), lines)
