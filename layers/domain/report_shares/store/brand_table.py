"""Brands in the table, read only."""

from typing import TYPE_CHECKING
from uuid import UUID

from report_shares.rules.catalog import Brand
from report_shares.store import items
from report_shares.store.aws_errors import as_service_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BrandTable:
    """``BrandStore`` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get_brand(self, brand_id: UUID) -> Brand | None:
        with as_service_unavailable():
            answer = self._client.get_item(TableName=self._table, Key=items.brand_key(brand_id), ConsistentRead=True)
        return items.brand_from(answer["Item"]) if "Item" in answer else None
