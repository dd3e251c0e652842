"""The table, where CloudFormation does not make it, and what an operator would put into it."""

from typing import TYPE_CHECKING, Any

from sharectl import catalog, documents
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Make the table with its keys; time to live, recovery and protection are for a deployed one."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


def apply_document(stack: Stack, document: dict[str, Any]) -> None:
    """What `sharectl apply` does with a document, but it prints nothing."""
    for _ in catalog.apply(stack, documents.validate(document)):
        pass
