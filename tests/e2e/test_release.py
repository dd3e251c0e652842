"""A release rehearsed as the workflow does it, and the tests for any stack run on one, here on the local AWS."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_service.environment import ROOT, isolated
from release import package
from tests.e2e.any_stack import STACK
from tests.e2e.conftest import Service

pytestmark = pytest.mark.stack


def run(service: Service, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=isolated(os.environ, service.ready["endpoint_url"]) | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def names(service: Service) -> list[str]:
    """Of all tables, buckets, secrets and functions."""
    tables = service.client("dynamodb").list_tables()["TableNames"]
    buckets = [bucket["Name"] for bucket in service.client("s3").list_buckets()["Buckets"]]
    secrets = [secret["Name"] for secret in service.client("secretsmanager").list_secrets()["SecretList"]]
    functions = [function["FunctionName"] for function in service.client("lambda").list_functions()["Functions"]]
    return [*tables, *buckets, *secrets, *functions]


def test_a_release_is_rehearsed_on_a_stack_of_its_own_of_which_nothing_is_left(
    service: Service, tmp_path: Path
) -> None:
    release = tmp_path / "release.tar.gz"
    digest = package.pack(ROOT / ".aws-sam" / "build", release)

    done = run(
        service,
        *("release", "rehearse", str(release), "--digest", digest, "--stack", "report-shares-ci-1"),
        *("--parameter", "GatewayLogRole=existing", "--no-tests"),
    )

    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    steps = [line.removeprefix("== ") for line in done.stdout.splitlines() if line.startswith("== ")]
    assert [step for step in steps if not step.startswith("deleted")] == [
        "Deploy from nothing",
        "Test",
        "Change a parameter: RateLimit from 120 to 240",
        "Deploy a change that fails, which CloudFormation rolls back",
        "Go back to RateLimit 120",
        "Remove",
        "Deploy from nothing once more",
        "Test",
        "Remove",
    ]
    assert [step.partition(":")[0] for step in steps].count("deleted TokenSecret") == 2
    assert [name for name in names(service) if "report-shares-ci-1" in name] == []


def test_tests_on_any_stack_leave_nothing_in_it(service: Service) -> None:
    before = contents(service)

    done = run(
        service,
        *("pytest", "-q", "-p", "no:cacheprovider", "tests/e2e", "-k", "repeated_request or broken_run_file"),
        **{STACK: service.ready["stack"]},
    )

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert contents(service) == before


def contents(service: Service) -> set[str]:
    """The keys of every item, and of every version of every file."""
    items = service.client("dynamodb").get_paginator("scan").paginate(TableName=service.output("TableName"))
    files = service.client("s3").get_paginator("list_object_versions").paginate(Bucket=service.output("BucketName"))
    found = {f"{item['pk']['S']} {item['sk']['S']}" for page in items for item in page["Items"]}
    return found | {f"{one['Key']} {one['VersionId']}" for page in files for one in page.get("Versions", [])}
