"""What every test may use: an AWS in memory, and nothing of the user's own."""

import os
from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.browser import browser  # noqa: F401 # a fixture
from tests.engine.fixtures import dynamodb, engine_url, table  # noqa: F401 # fixtures
from tests.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are shared out among processes (pytest-xdist), but the deployed stack is one for all tests that drive it."""
    for item in items:
        of_the_stack = "tests/e2e" in item.path.as_posix() or "service" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("stack" if of_the_stack else item.path.name))


@pytest.fixture(autouse=True)
def no_aws_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test never sees the profile, keys or endpoints of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "report-shares")


@pytest.fixture
def world(no_aws_settings_of_the_user: None) -> Iterator[World]:  # noqa: ARG001 # the order matters
    with mock_aws():
        yield World()
