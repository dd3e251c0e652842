"""The stack's outputs, as CloudFormation answers them."""

from datetime import UTC, datetime
from unittest.mock import create_autospec

import boto3
import pytest
from botocore.stub import Stubber

from sharectl import stack as stacks
from sharectl.errors import SharectlError

OUTPUTS = {
    "ApiUrl": "https://api.example.com/dev",
    "ApiId": "api",
    "TableName": "table",
    "BucketName": "bucket",
    "RunQueueUrl": "https://sqs.example.com/runs",
    "RunDeadLetterQueueUrl": "https://sqs.example.com/dead",
    "TokenSecretArn": "arn",
}


def find(answer: dict[str, str] | str) -> stacks.Stack:
    """Find the stack where CloudFormation answers with these outputs or this error."""
    client = boto3.client("cloudformation")
    session = create_autospec(boto3.Session, instance=True)
    session.client.return_value = client
    with Stubber(client) as stubber:
        if isinstance(answer, str):
            stubber.add_client_error("describe_stacks", "ValidationError", answer)
        else:
            described = {
                "StackName": "name",
                "CreationTime": datetime.now(UTC),
                "StackStatus": "CREATE_COMPLETE",
                "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in answer.items()],
            }
            stubber.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "name"})
        return stacks.find(session, "name")


def test_finds_table_bucket_and_queues() -> None:
    found = find(OUTPUTS)

    assert (found.table, found.bucket) == ("table", "bucket")
    assert found.run_queue_url == "https://sqs.example.com/runs"
    assert found.dead_letter_queue_url == "https://sqs.example.com/dead"
    assert (found.api_id, found.api_url) == ("api", "https://api.example.com/dev")


def test_says_that_there_is_no_such_stack() -> None:
    with pytest.raises(SharectlError, match="there is no stack name in us-east-1"):
        find("Stack with id name does not exist")


def test_says_that_it_is_another_kind_of_stack() -> None:
    with pytest.raises(SharectlError, match="has no output BucketName"):
        find({key: value for key, value in OUTPUTS.items() if key != "BucketName"})
