"""The deployed service that the tests of this folder drive: `make run`'s, started once, or any stack.

Any stack is the one that ``REPORT_SHARES_STACK`` names, in the account and region of the caller's AWS settings
(`make test-deployed`). One rule says what runs there: all of this folder but what is about the local deployment
itself, which is marked ``make_run`` or ``stack``; what only AWS shows, marked ``aws``, runs on AWS alone. The end of
the run names what was not checked.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest

from local_service.demo import SEED, WORKSPACE_ID, Demo, demo
from local_service.deploy import is_aws
from local_service.environment import REGION, isolated
from local_service.ministack import free_port
from tests.e2e.any_stack import STACK, clean_up, sessions, with_demo_data
from tests.lacking import need_tools

type Json = dict[str, Any]

_START_SECONDS = 240
_ROOT = Path(__file__).parents[2]
_FAR = STACK in os.environ
"""Whether requests leave this machine, and may have to go through the user's proxy."""
_NOT_CHECKED = pytest.StashKey[dict[str, list[str]]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if "tests/e2e" in item.path.as_posix()]
    for item in here:
        item.add_marker(pytest.mark.e2e)
        if not any(item.get_closest_marker(name) for name in ("make_run", "stack")):
            item.add_marker(pytest.mark.deployed)
    items.sort(key=lambda item: item.get_closest_marker("ends_service") is not None)
    not_checked = {item: why for item in here if (why := _why_not(item))}
    if STACK in os.environ:
        config.hook.pytest_deselected(items=list(not_checked))
        items[:] = [item for item in items if item not in not_checked]
        told: dict[str, list[str]] = {}
        for item, why in not_checked.items():
            told.setdefault(why, []).append(item.nodeid)
        config.stash[_NOT_CHECKED] = told
    else:
        for item, why in not_checked.items():
            item.add_marker(pytest.mark.skip(reason=why))


def _why_not(item: pytest.Item) -> str | None:
    """Why this test does not run on this stack."""
    if STACK not in os.environ:
        return "only AWS shows it: `make test-deployed`" if item.get_closest_marker("aws") else None
    if not item.get_closest_marker("deployed"):
        return "about the local deployment itself: `make test`, `make test-stack`"
    if item.get_closest_marker("aws") and not _on_aws():
        return "only AWS shows it, and this stack is elsewhere"
    return None


@cache
def _on_aws() -> bool:
    return is_aws(sessions().client("dynamodb").meta.endpoint_url)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    told = config.stash.get(_NOT_CHECKED, None)
    if told is None:
        return
    for report in terminalreporter.stats.get("skipped", []):
        told.setdefault(str(report.longrepr[2]).removeprefix("Skipped: "), []).append(report.nodeid)
    terminalreporter.section(f"not checked on {os.environ[STACK]}")
    for why, names in told.items():
        terminalreporter.line(f"{len(names)} {why}")
        for name in dict.fromkeys(name.partition("[")[0] for name in names):
            terminalreporter.line(f"    {name}")
    if not told:
        terminalreporter.line("nothing: every test ran")


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
    """A deployed service, the demo's data in it, and an operator and callers of it."""

    ready: Json
    """``base_url``, ``api_key``, ``scheduled_report_id``, ``share_url`` and ``stack``."""
    seed: int
    """What the demo data are made from."""
    workspace_id: str
    session: boto3.Session
    environment: Mapping[str, str]
    """In which programs reach it."""
    principals: dict[str, list[str]] = field(default_factory=dict)
    """Who was made to call it, and with which keys."""
    brands: list[str] = field(init=False)
    schedules: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.brands = [self.subject.brand_id]
        self.schedules = [self.subject.scheduled_report_id]

    @property
    def subject(self) -> Demo:
        """Whose report it is."""
        return demo(self.seed)

    @property
    def base_url(self) -> str:
        return str(self.ready["base_url"])

    @property
    def schedule_id(self) -> str:
        return str(self.ready["scheduled_report_id"])

    @property
    def shares_url(self) -> str:
        return self.shares_url_of(self.schedule_id)

    def shares_url_of(self, scheduled_report_id: str) -> str:
        return f"{self.base_url}/v1/scheduled-reports/{scheduled_report_id}/shares"

    def sharectl(self, *arguments: str, stdin: str = "") -> tuple[int, Json]:
        """Run the operator's command as a user does; its exit code and its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "sharectl.main", *arguments, "--stack", self.ready["stack"], "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env=dict(self.environment),
        )
        assert done.stdout, done.stderr
        document: Json = json.loads(done.stdout)
        return done.returncode, document

    def apply(self, document: Json) -> Json:
        """What `sharectl apply` says of it. Brands and schedules are remembered, to be removed."""
        self.brands += [brand["id"] for brand in document.get("brands", [])]
        self.schedules += [schedule["id"] for schedule in document.get("schedules", [])]
        code, said = self.sharectl("apply", "-", stdin=json.dumps(document))
        assert code == 0, said.get("errors")
        return said

    def client(self, name: str, region: str | None = None) -> Any:
        """A client of the AWS that the stack is deployed to."""
        endpoint = self.ready.get("endpoint_url")
        return self.session.client(name, region_name=region, endpoint_url=endpoint)  # type: ignore[call-overload]

    def resources(self, kind: str) -> dict[str, str]:
        """The stack's resources of a type: their physical ids by name."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        found = [
            one for page in pages.paginate(StackName=self.ready["stack"]) for one in page["StackResourceSummaries"]
        ]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found if one["ResourceType"] == kind}

    def output(self, name: str) -> str:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=self.ready["stack"])["Stacks"]
        return str({one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}[name])

    def parameter(self, name: str) -> str:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=self.ready["stack"])["Stacks"]
        return str({one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}[name])

    def new_caller(self) -> "Caller":
        """A teammate with a key and no share yet."""
        (key,) = self.new_keys(1)
        return self.caller_with(key)

    def caller_with(self, key: str) -> "Caller":
        return Caller(self.shares_url, key)

    def new_callers(self, number: int, scheduled_report_id: str) -> list["Caller"]:
        """Teammates who share a report of this schedule."""
        entries = [self._entry(f"caller-{uuid4()}") for _ in range(number)]
        return [Caller(self.shares_url_of(scheduled_report_id), key) for key in self._minted(entries)]

    def new_keys(self, number: int) -> list[str]:
        """Keys of one teammate with no share yet."""
        return self._minted([self._entry(f"caller-{uuid4()}")] * number)

    def new_schedule(self) -> str:
        """One more schedule of the demo's brand, without a run."""
        schedule_id = str(uuid4())
        ids = {"id": schedule_id, "brand_id": self.subject.brand_id, "workspace_id": self.workspace_id}
        self.apply({"schedules": [ids | {"name": "Weekly", "frequency": "weekly"}]})
        return schedule_id

    def _entry(self, principal_id: str) -> Json:
        return {"principal_id": principal_id, "workspace_id": self.workspace_id, "scopes": ["*"]}

    def _minted(self, entries: list[Json]) -> list[str]:
        applied = self.apply({"api_keys": entries})["applied"]
        minted = [str(entry["key"]) for entry in applied]
        for entry, key in zip(entries, minted, strict=True):
            self.principals.setdefault(entry["principal_id"], []).append(key)
        return minted


@dataclass
class LocalService(Service):
    """What `make run` has started."""

    process: subprocess.Popen[str] = field(kw_only=True)
    lines: list[str] = field(kw_only=True)

    @property
    def port(self) -> int:
        return int(str(self.ready["endpoint_url"]).rpartition(":")[2])

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

    def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> httpx.Response:
        """A request with the key; ``path`` comes after ``/shares``."""
        return httpx.request(
            method,
            f"{self.shares_url}{path}",
            headers={"Authorization": f"Bearer {self.key}"} | headers,
            json=body,
            timeout=60,
            trust_env=_FAR,
        )

    def post(self, **body: Any) -> httpx.Response:
        return self.ask("POST", body=body)

    def revoke(self, share_id: str) -> None:
        self.ask("DELETE", f"/{share_id}").raise_for_status()

    def revoke_all(self) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.delete(self.shares_url, headers=headers, timeout=60, trust_env=False)

    def share_of(self, scheduled_report_id: str) -> str:
        """The link to another schedule's report."""
        url = f"{self.shares_url.rpartition('/scheduled-reports/')[0]}/scheduled-reports/{scheduled_report_id}/shares"
        made = Caller(url, self.key).ask("POST").raise_for_status()
        return str(made.json()["share_url"])


def get(url: str) -> httpx.Response:
    """Open a link, as anyone may."""
    return httpx.get(url, timeout=60, trust_env=_FAR)


def read(share_url: str) -> httpx.Response:
    """The JSON behind a link."""
    return get(share_url.replace("/shared/", "/v1/shared/"))


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A running service; where none can be started a skip that says what is missing, on CI a failure."""
    with _on_any_stack(os.environ[STACK]) if STACK in os.environ else _made_run() as running:
        yield running


@contextmanager
def _on_any_stack(name: str) -> Iterator[Service]:
    """The stack of this name, with data of its own that is gone afterwards."""
    session = sessions()
    environment = os.environ | {"AWS_REGION": session.region_name}
    ready: Json = {"stack": name}
    service = Service(ready, uuid4().int, f"e2e-{uuid4()}", session, environment)
    try:
        with_demo_data(service)
        yield service
    finally:
        clean_up(service)


@contextmanager
def _made_run() -> Iterator[LocalService]:
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
        yield _when_ready(process)
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


def _when_ready(process: subprocess.Popen[str]) -> LocalService:
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
    found_ready: Json = json.loads(ready)
    session = boto3.Session("local", "local", region_name=REGION)
    environment = isolated(os.environ, found_ready["endpoint_url"])
    return LocalService(found_ready, SEED, WORKSPACE_ID, session, environment, process=process, lines=lines)
