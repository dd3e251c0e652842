"""One write on a condition, and what stands there where the condition does not hold."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, as_service_unavailable, code_of, item_of
from report_shares.store.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import UpdateItemInputTypeDef


def update_if(  # noqa: PLR0913, PLR0917 # the parts of one expression
    client: "DynamoDBClient",
    table: str,
    key: Item,
    condition: str,
    update: str,
    values: Item,
    names: Mapping[str, str],
) -> Item | None:
    """None where the update was made; otherwise the item that failed the condition, empty where there is none."""
    request: UpdateItemInputTypeDef = {
        "TableName": table,
        "Key": key,
        "ConditionExpression": condition,
        "UpdateExpression": update,
        "ExpressionAttributeNames": names,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if values:
        request["ExpressionAttributeValues"] = values
    try:
        with as_service_unavailable():
            client.update_item(**request)
    except ClientError as error:
        if code_of(error) != CONDITION_FAILED_ERROR:
            raise
        return item_of(error) or {}
    return None
