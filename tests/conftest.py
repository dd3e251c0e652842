"""What every test may use: an AWS in memory, and nothing of the user's own."""

import logging
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

# Powertools reads it when the functions are imported.
os.environ["POWERTOOLS_SERVICE_NAME"] = "report-shares"

import hypothesis
import pytest
from moto import mock_aws
from xdist.scheduler import LoadScopeScheduling

from tests.browser import browser  # noqa: F401 # a fixture
from tests.e2e.any_stack import STACK
from tests.engine.fixtures import dynamodb, engine_url, table  # noqa: F401 # fixtures
from tests.world import World

# How long an example takes says more about the machine than about the property; speed is guarded in a run of its own.
hypothesis.settings.register_profile("report-shares", deadline=None)
hypothesis.settings.load_profile("report-shares")


class _Stdout:
    """Whatever stdout is when something is written, so that capsys sees the log of functions imported long before."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


for _handler in logging.getLogger("report-shares").handlers:
    assert isinstance(_handler, logging.StreamHandler)
    _handler.setStream(_Stdout())


class _FileByFile(LoadScopeScheduling):  # type: ignore[misc] # untyped
    """Which process runs which tests: one file after another, and all that drive the deployed stack in one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the deployed stack" if file.startswith("tests/e2e/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _FileByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "engine_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)


@pytest.fixture(autouse=True)
def no_aws_settings_of_the_user(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test never sees the profile, keys or endpoints of whoever runs it, unless it is to test the stack there."""
    if STACK in os.environ and request.node.get_closest_marker("deployed"):
        return
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture
def world(no_aws_settings_of_the_user: None) -> Iterator[World]:  # noqa: ARG001 # the order matters
    with mock_aws():
        # A sixth of the usual limit: moto takes its time over each request that is remembered.
        yield World(rate_limit=20)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Retries do not wait; the seconds they would have waited."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited
