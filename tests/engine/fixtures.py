"""DynamoDB Local, one for all tests that need a real engine, and a table of its own for each."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from local_service.table import create_table
from tests.engine import dynamodb_local
from tests.lacking import lacking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """A real engine, or a skip that says what is missing; on CI, where it must be there, a failure."""
    if given := os.environ.get("REPORT_SHARES_DYNAMODB_URL"):
        yield given
        return
    try:
        with dynamodb_local.running() as url:
            yield url
    except dynamodb_local.EngineMissingError as error:
        lacking(str(error))


@pytest.fixture
def dynamodb(engine_url: str) -> "DynamoDBClient":
    config = Config(max_pool_connections=250, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("dynamodb", endpoint_url=engine_url, config=config)


@pytest.fixture
def table(dynamodb: "DynamoDBClient") -> str:
    name = f"shares-{uuid4()}"
    create_table(dynamodb, name)
    return name
