"""The table of template.yaml, where no CloudFormation makes it, and what is put into one."""

from typing import TYPE_CHECKING, Any

from sharectl import catalog, documents
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_table(client: "DynamoDBClient", name: str) -> None:
    """Makes it with its keys; time to live, recovery and protection are for a deployed one."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


def furnish(stack: Stack, document: dict[str, Any]) -> None:
    """Puts a document of ours into the table, where nobody asks what became of its entries."""
    for _ in catalog.apply(stack, documents.validate(document)):
        pass
