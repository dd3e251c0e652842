"""The built functions in containers, DynamoDB Local for their table, MiniStack for all else."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import pytest

from local_service import sam_local
from local_service.environment import isolated
from local_service.errors import LocalServiceError
from local_service.ministack import free_port, ministack
from local_service.sam_local import SamLocal
from report_shares.store import clients
from report_shares.times import system_clock
from tests.engine.fixtures import engine_url  # noqa: F401 # a fixture
from tests.lacking import lacking, need_tools
from tests.world import Clock, World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/sam_local" in item.path.as_posix():
            item.add_marker(pytest.mark.sam_local)


@pytest.fixture(scope="session")
def containers() -> None:
    """What `sam local` needs: a container engine and its tools; a skip that says what is missing, on CI a failure."""
    try:
        sam_local.check_engine()
    except LocalServiceError as missing:
        lacking(str(missing))
    need_tools("`sam local`", "sam", "ministack")


@pytest.fixture(scope="session")
def sam(containers: None, engine_url: str) -> Iterator[SamLocal]:  # noqa: ARG001, F811 # the fixture; the order matters
    """`sam local` on what `sam build` makes."""
    address = sam_local.host_address()
    sam_local.build()
    port = free_port(address)
    with ministack(port, address):
        yield SamLocal(address, port, urlsplit(engine_url).port or 80)


class Outside(World):
    """What the containers work on, and the same functions in this process; each key has a teammate of its own."""

    def add_key(self, principal: str | None = None, *arguments: Any, **more: Any) -> str:
        return super().add_key(principal or str(uuid4()), *arguments, **more)

    def restart(self) -> None:
        """The functions have this world's clients, whatever the environment is by the time they need them."""
        own = {"s3": self.s3, "secretsmanager": self.secrets, "sqs": self.sqs}
        with pytest.MonkeyPatch.context() as patch:
            for name, client in own.items():
                patch.setattr(clients, name, partial(_given, client))
            super().restart()


def _given[T](client: T) -> T:
    return client


@pytest.fixture(scope="session")
def outside(sam: SamLocal, engine_url: str) -> Iterator[Outside]:  # noqa: F811 # the fixture
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in isolated({}, f"http://{sam.address}:{sam.port}").items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine_url)
        _forget_clients()
        world = Outside(clock=Clock(system_clock()))
    _forget_clients()  # those of this world are for no other
    yield world
    world.dynamodb.delete_table(TableName="shares")  # the server may be the user's


def _forget_clients() -> None:
    boto3.setup_default_session()
    for client in (clients.dynamodb, clients.s3, clients.secretsmanager, clients.sqs):
        client.cache_clear()
