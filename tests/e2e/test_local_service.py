"""The deployed service over HTTP: from a run file to a link that opens, and to one that does not any more.

Each test has a caller of its own, so that their order does not matter, but for the last one, which ends the service.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_service import demo
from local_service.environment import isolated
from local_service.errors import LocalServiceError
from local_service.ministack import check_port
from local_service.replay import Replay, deployed
from sharectl import stack as stacks
from tests.e2e.conftest import LocalService, Service, eventually, get, read
from tests.handlers.test_events import API_ROWS


def another_run(seed: int, subject: demo.Demo | None = None) -> dict[str, Any]:
    """One more run of the demo's schedule."""
    (run,) = demo.generate_runs(seed, 1, last=datetime.now(UTC))
    subject = subject or demo.demo()
    return run | {"scheduled_report_id": subject.scheduled_report_id, "brand_id": subject.brand_id}


@pytest.mark.make_run
def test_ready_tells_what_a_user_needs(service: LocalService) -> None:
    assert set(service.ready) == {
        "base_url",
        "api_key",
        "scheduled_report_id",
        "share_url",
        "stack",
        "endpoint_url",
    }
    assert service.ready["endpoint_url"] == f"http://localhost:{service.port}"
    assert service.lines[-1].startswith("READY ")


def test_the_demo_link_opens(service: Service) -> None:
    page, data = get(service.ready["share_url"]), read(service.ready["share_url"])

    assert page.status_code == data.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert data.headers["content-type"].startswith("application/json")
    report = data.json()
    assert report["brand"] == {"name": "Acme Coffee Roasters"}
    assert report["snapshot"]["stats"]["runs_count"] == demo.RUNS
    trend = [point["visibility_score"] for point in report["snapshot"]["trend"]]
    assert len(trend) == demo.RUNS
    assert sum(trend[-8:]) > sum(trend[:8]) + 8 * 20


def test_create_refresh_rotate(service: Service) -> None:
    caller = service.new_caller()

    created = caller.post()
    assert created.status_code == 201
    assert created.json()["is_existing"] is False
    assert created.json()["share_url"].rpartition("/")[0] == service.ready["share_url"].rpartition("/")[0]

    refreshed = caller.post()
    assert refreshed.status_code == 200
    assert refreshed.json()["is_existing"] is True
    assert refreshed.json()["share_url"] == created.json()["share_url"]

    rotated = caller.post(rotate=True)
    assert rotated.status_code == 201
    assert get(created.json()["share_url"]).status_code == 410
    assert get(rotated.json()["share_url"]).status_code == 200


def test_refusals_have_the_envelope(service: Service) -> None:
    token = service.ready["share_url"].rpartition("/")[2]
    forged = get(f"{service.base_url}/v1/shared/{token[:30]}{'A' if token[30] != 'A' else 'B'}{token[31:]}")
    keyless = get(service.shares_url)

    assert (forged.status_code, forged.json()["error"]["code"]) == (404, "not_found")
    assert (keyless.status_code, keyless.json()["error"]["code"]) == (401, "unauthorized")
    # AWS renames it, see test_on_aws.py.
    schemes = [value for name, value in keyless.headers.items() if name.endswith("www-authenticate")]
    assert schemes == ["Bearer"]
    assert keyless.headers["x-correlation-id"] == keyless.json()["request_id"]


def test_one_more_run_shows_after_a_refresh(service: Service, tmp_path: Path) -> None:
    caller = service.new_caller()
    share_url = caller.post().json()["share_url"]
    before = read(share_url).json()["snapshot"]["stats"]["runs_count"]
    file = tmp_path / "run.json"
    file.write_text(json.dumps(another_run(2, service.subject)))

    code, said = service.sharectl("runs", "put", str(file), "--wait", "--timeout", "120")

    assert (code, said["runs"][0]["status"]) == (0, "rolled_up")
    assert read(share_url).json()["snapshot"]["stats"]["runs_count"] == before
    assert caller.post().status_code == 200
    assert read(share_url).json()["snapshot"]["stats"]["runs_count"] == before + 1


def test_a_broken_run_file_ends_among_the_failed(service: Service, tmp_path: Path) -> None:
    run = another_run(3, service.subject)
    run["completed_at"] = "yesterday"
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run))

    code, said = service.sharectl("runs", "put", str(file), "--wait", "--timeout", "120")

    assert (code, said["runs"][0]["status"]) == (1, "rejected")
    assert "completed_at" in said["runs"][0]["reason"]

    def failed() -> list[Any]:
        _, listed = service.sharectl("runs", "failed")
        return [entry for entry in listed["failed"] if entry["key"] == said["runs"][0]["key"]]

    (entry,) = eventually(failed, "the broken file among the failed")
    assert "completed_at" in entry["reason"]


@pytest.mark.make_run
@pytest.mark.parametrize(
    ("name", "status"),
    [(row.name, int(row.answer)) for row in API_ROWS if row.given in ("no share", "a share") and row.answer != "200"]
    + [("list_shares", 200), ("read_shared_report", 200), ("read_openapi", 200)],
)
def test_an_event_can_be_replayed_against_the_running_service(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    for variable, value in isolated(os.environ, service.ready["endpoint_url"]).items():
        monkeypatch.setenv(variable, value)
    stack = stacks.find(boto3.Session())

    answer = Replay(stack, deployed(stack), {})(name)

    assert answer["statusCode"] == status


@pytest.mark.make_run
def test_make_replay_says_what_is_missing(service: LocalService) -> None:
    command = [sys.executable, "-m", "local_service.replay", "nothing"]
    environment = {**os.environ, "PORT": str(service.port)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no event nothing; there are allow_share_password")


@pytest.mark.make_run
def test_a_port_in_use_is_a_clear_error(service: LocalService) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "local_service.run"],
        env={**os.environ, "PORT": str(service.port)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert second.stderr.startswith(f"error: port {service.port} is in use")
    assert get(service.ready["share_url"]).status_code == 200


@pytest.mark.make_run
@pytest.mark.ends_service
def test_ctrl_c_leaves_no_process_and_no_port(service: LocalService) -> None:
    started = descendants(service.process.pid)
    assert started

    assert service.stop() == 0

    def all_gone() -> bool:
        return not started & processes().keys()

    def port_free() -> bool:
        try:
            check_port(service.port)
        except LocalServiceError:
            return False
        return True

    eventually(all_gone, "all processes gone")
    eventually(port_free, "the port free")
    assert "Traceback" not in "".join(service.lines)


def processes() -> dict[int, int]:
    """Every process of this machine and its parent."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)  # noqa: S607
    return {int(pid): int(parent) for pid, parent in map(str.split, listed.stdout.splitlines())}


def descendants(root: int) -> set[int]:
    """The process and all that it started."""
    parents = processes()
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found
