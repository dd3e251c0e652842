"""A change of the deployed stack, and one that fails and is rolled back: links and data are there all the time."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from functions.release_check import app as release_check

from local_service.environment import ROOT, TOOLS, for_sam, isolated
from release.rehearsal import BROKEN_ALARM
from tests.e2e.conftest import Caller, Service, get, read

pytestmark = pytest.mark.stack

_PARAMETER = """  Greeting:
    Type: String
    Default: none
    Description: A parameter that was not there before.
"""


class Release:
    """A copy of what `sam build` made, to be changed and deployed."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service = service
        self.folder = folder
        shutil.copytree(ROOT / ".aws-sam" / "build", folder)

    def change(self, file: str, change: Callable[[str], str]) -> None:
        path = self.folder / file
        before = path.read_text(encoding="utf-8")
        path.write_text(change(before), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != before
        # Python takes what was compiled at build time as it is, whatever becomes of the source.
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)

    def mark(self, value: str) -> None:
        """Let the public side say which release answers."""
        self.change(
            "SharedReportFunction/app.py",
            lambda code: code.replace('"Referrer-Policy":', f'"X-Release": "{value}", "Referrer-Policy":', 1),
        )

    def insert(self, section: str, text: str) -> None:
        self.change("template.yaml", lambda template: template.replace(f"\n{section}:\n", f"\n{section}:\n{text}", 1))

    def deploy(self, *parameters: str) -> subprocess.CompletedProcess[str]:
        kept = [f"PublicBaseUrl={self.service.base_url}/shared/", "Stage=local"]
        command = [
            *(str(TOOLS / "sam" / "bin" / "python"), "-m", "samcli", "deploy"),
            *("--template-file", str(self.folder / "template.yaml")),
            *("--stack-name", self.service.ready["stack"], "--region", "us-east-1", "--resolve-s3", "--no-progressbar"),
            *("--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"),
            *("--parameter-overrides", *kept, *parameters),
        ]
        environment = for_sam(isolated(os.environ, self.service.ready["endpoint_url"]))
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=240, check=False
        )


def status(service: Service) -> str:
    (stack,) = service.client("cloudformation").describe_stacks(StackName=service.ready["stack"])["Stacks"]
    return str(stack["StackStatus"])


@pytest.fixture(scope="module")
def caller(service: Service) -> Caller:
    return service.new_caller()


@pytest.fixture(scope="module")
def link(caller: Caller) -> str:
    """Made before anything changes."""
    return str(caller.post().json()["share_url"])


def test_the_versions_that_are_deployed_pass_the_release_check(service: Service) -> None:
    """CodeDeploy, which would ask for it, is not there."""
    cloudformation = service.client("cloudformation")

    def live(name: str) -> str:
        found = cloudformation.describe_stack_resource(StackName=service.ready["stack"], LogicalResourceId=name)
        return f"{found['StackResourceDetail']['PhysicalResourceId']}:live"

    versions = {
        "SHARE_API_VERSION": live("ShareApiFunction"),
        "SHARED_REPORT_VERSION": live("SharedReportFunction"),
        "ROLL_UP_VERSION": live("RollUpFunction"),
    }

    assert release_check.verdict(service.client("lambda"), versions) == "Succeeded"
    # Where the versions are mixed up, each answers something, but not what it should.
    mixed = dict(zip(versions, reversed(versions.values()), strict=True))
    assert release_check.verdict(service.client("lambda"), mixed) == "Failed"


def test_a_change_adds_a_parameter_and_changes_a_function_and_data_survives(
    service: Service, caller: Caller, link: str, tmp_path: Path
) -> None:
    before = read(link).json()
    release = Release(service, tmp_path / "build")
    release.insert("Parameters", _PARAMETER)
    release.mark("second")

    done = release.deploy("Greeting=hello", "RateLimit=240")

    assert done.returncode == 0, done.stdout + done.stderr
    assert status(service) == "UPDATE_COMPLETE"
    assert get(link).headers["x-release"] == "second"
    assert read(link).json() == before
    answer = caller.post()
    assert (answer.status_code, answer.json()["share_url"]) == (200, link)
    assert answer.headers["ratelimit-limit"] == "240"


def test_a_change_that_fails_is_rolled_back_and_the_release_before_answers(
    service: Service, caller: Caller, link: str, tmp_path: Path
) -> None:
    release_before, limit_before = get(link).headers.get("x-release"), caller.post().headers["ratelimit-limit"]
    release = Release(service, tmp_path / "build")
    release.insert("Resources", BROKEN_ALARM)
    release.mark("third")

    done = release.deploy("RateLimit=360")

    assert done.returncode != 0
    assert status(service) == "UPDATE_ROLLBACK_COMPLETE"
    assert get(link).headers.get("x-release") == release_before
    answer = caller.post()
    assert (answer.status_code, answer.json()["share_url"]) == (200, link)
    assert answer.headers["ratelimit-limit"] == limit_before
