"""AWS clients, one of each in a process, whose calls end in time for an answer.

botocore waits 60 s for an answer by default; API Gateway gives up after 29 s. With these limits a call that gets no
answer ends after at most 7 s (two attempts of 1 s + 2 s, up to 1 s between them), and no request makes more than
four calls one after the other.
"""

from functools import cache
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.session import Session, get_session

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


@cache
def _session() -> Session:
    """botocore itself: boto3's resources and transfers, which nothing here uses, cost a sixth of a cold start."""
    return get_session()


@cache
def dynamodb() -> "DynamoDBClient":
    return _session().create_client("dynamodb", config=_CONFIG)  # type: ignore[return-value] # typed by boto3 only


@cache
def s3() -> "S3Client":
    return _session().create_client("s3", config=_CONFIG)  # type: ignore[return-value] # typed by boto3 only


@cache
def secretsmanager() -> "SecretsManagerClient":
    return _session().create_client("secretsmanager", config=_CONFIG)  # type: ignore[return-value] # typed by boto3 only


@cache
def sqs() -> "SQSClient":
    return _session().create_client("sqs", config=_CONFIG)  # type: ignore[return-value] # typed by boto3 only
