"""What `make test-deployed` checks on a stack, and that it names what it does not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AWS = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def collected(**environment: str) -> tuple[set[str], str]:
    """The files whose tests would run, and what is said at the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REPORT_SHARES_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/e2e"],
        cwd=ROOT,
        env=kept | {"AWS_CONFIG_FILE": os.devnull} | AWS | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed, _, said = done.stdout.partition("not checked on")
    return set(re.findall(r"^tests/e2e/(\w+)\.py::", listed, re.MULTILINE)), said


@pytest.fixture(scope="module")
def elsewhere() -> tuple[set[str], str]:
    return collected(REPORT_SHARES_STACK="report-shares-dev", AWS_ENDPOINT_URL="http://localhost:9")


@pytest.fixture(scope="module")
def on_aws() -> tuple[set[str], str]:
    return collected(REPORT_SHARES_STACK="report-shares-dev")


def test_all_that_is_not_about_the_local_deployment_runs_on_any_stack(elsewhere: tuple[set[str], str]) -> None:
    files, said = elsewhere

    assert files == {
        "test_gate",
        "test_links",
        "test_local_service",
        "test_openapi",
        "test_report_page",
        "test_share_life",
    }
    assert "about the local deployment itself" in said
    assert "test_local_service.py::test_ctrl_c_leaves_no_process_and_no_port" in said
    assert "test_runbook.py::" in said


def test_what_only_aws_shows_runs_there(on_aws: tuple[set[str], str]) -> None:
    files, said = on_aws

    assert "test_on_aws" in files
    assert "test_on_aws" not in said


def test_what_only_aws_shows_is_named_where_it_is_not_shown(elsewhere: tuple[set[str], str]) -> None:
    _, said = elsewhere

    assert re.search(r"^\d+ only AWS shows it, and this stack is elsewhere$", said, re.MULTILINE)
    assert "test_on_aws.py::test_no_log_holds_a_token_or_a_key" in said
