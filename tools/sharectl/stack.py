"""The deployed stack: where its table, bucket and queues are, from CloudFormation's outputs."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from sharectl.errors import SharectlError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

DEFAULT_NAME = "report-shares"
_OUTPUTS = {
    "api_url": "ApiUrl",
    "api_id": "ApiId",
    "table": "TableName",
    "bucket": "BucketName",
    "run_queue_url": "RunQueueUrl",
    "dead_letter_queue_url": "RunDeadLetterQueueUrl",
    "token_secret": "TokenSecretArn",
}

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=16,
)


@dataclass(frozen=True)
class Stack:
    """One deployment of the service and the clients that reach it."""

    session: boto3.Session
    name: str
    api_url: str
    api_id: str
    table: str
    bucket: str
    run_queue_url: str
    dead_letter_queue_url: str
    token_secret: str

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self.session.client("dynamodb", config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        return self.session.client("s3", config=_CONFIG)

    @cached_property
    def secretsmanager(self) -> "SecretsManagerClient":
        return self.session.client("secretsmanager", config=_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        return self.session.client("sqs", config=_CONFIG)


def find(session: boto3.Session, name: str = DEFAULT_NAME) -> Stack:
    """The stack of that name in the session's account and region."""
    client = session.client("cloudformation", config=_CONFIG)
    try:
        (found,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            raise SharectlError(f"there is no stack {name} in {client.meta.region_name}") from None
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    missing = [output for output in _OUTPUTS.values() if output not in outputs]
    if missing:
        raise SharectlError(f"stack {name} has no output {', '.join(missing)}: is it a report-shares stack?")
    return Stack(session, name, **{field: outputs[output] for field, output in _OUTPUTS.items()})
