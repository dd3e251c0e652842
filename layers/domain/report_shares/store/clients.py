"""AWS clients, one of each in a process, whose calls end in time for an answer.

botocore waits 60 s for an answer by default; API Gateway gives up after 29 s. With these limits a call that gets no
answer ends after at most 7 s (two attempts of 1 s + 2 s, up to 1 s between them). Many calls that are each slow, or
tried again because others interfere, could still add up: within ``one_request`` no further attempt is made after
``REQUEST_SECONDS``.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import HTTPClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
    max_pool_connections=16,
)

REQUEST_SECONDS = 18


class TimeIsUp(HTTPClientError):
    """The request has taken so long that nothing more is tried for it."""

    fmt = "No further attempt: the request has taken its time"


class _Deadline:
    """When the request at hand must be answered; an execution environment has one request at a time."""

    def __init__(self) -> None:
        self._at: float | None = None

    @contextmanager
    def request(self) -> Iterator[None]:
        self._at = monotonic() + REQUEST_SECONDS
        try:
            yield
        finally:
            self._at = None

    def check(self, **_: Any) -> None:
        if self._at is not None and monotonic() >= self._at:
            raise TimeIsUp


_deadline = _Deadline()


def one_request() -> AbstractContextManager[None]:
    """Within it the calls of this process have ``REQUEST_SECONDS`` in all."""
    return _deadline.request()


def _within_deadline[C: BaseClient](client: C) -> C:
    client.meta.events.register_first("before-send", _deadline.check)
    return client


@cache
def dynamodb() -> "DynamoDBClient":
    return _within_deadline(boto3.client("dynamodb", config=_CONFIG))


@cache
def s3() -> "S3Client":
    return _within_deadline(boto3.client("s3", config=_CONFIG))


@cache
def secretsmanager() -> "SecretsManagerClient":
    return _within_deadline(boto3.client("secretsmanager", config=_CONFIG))


@cache
def sqs() -> "SQSClient":
    return _within_deadline(boto3.client("sqs", config=_CONFIG))
