"""A share as its owner sees it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from report_shares.contract.timestamp import Timestamp
from report_shares.contract.white_label import ShareWhiteLabel

TOKEN_LENGTH = 51

TOKEN_PATTERN = f"^[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}$"

type ShareUrl = Annotated[str, Field(json_schema_extra={"format": "uri"})]
type AccessToken = Annotated[str, Field(json_schema_extra={"pattern": TOKEN_PATTERN})]


class _ShownAsWhiteLabel:
    """Describes plain overrides, which are answered as they were given, without the fields that were not."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(ShareWhiteLabel.__pydantic_core_schema__)


class ScheduledReportShare(BaseModel):
    """A share as its owner sees it; every field is always present, though the published schema requires only some."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["access_token", "brand_id", "id", "scheduled_report_id", "share_url"]}
    )

    access_token: Annotated[
        AccessToken, Field(description="URL-safe public token. Treat as secret; rotate via POST with rotate=true.")
    ]
    brand_id: Annotated[UUID, Field(description="Owning brand id (UUID).")]
    created_at: Annotated[Timestamp | None, Field(description="ISO-8601 timestamp the share row was first written.")]
    expires_at: Annotated[
        Timestamp | None, Field(description="ISO-8601 timestamp after which the share returns 410 Gone.")
    ]
    id: Annotated[UUID, Field(description="Share id (UUID).")]
    is_existing: Annotated[
        bool,
        Field(description="true when the response refreshed an existing share rather than creating a new row."),
    ]
    object: Annotated[Literal["scheduled_report.share"], Field(description="Always scheduled_report.share.")] = (
        "scheduled_report.share"
    )
    scheduled_report_id: Annotated[UUID, Field(description="Owning scheduled-report id (UUID).")]
    share_type: Annotated[Literal["scheduled"], Field(description="Always scheduled.")] = "scheduled"
    share_url: Annotated[ShareUrl, Field(description="Pre-rendered public URL to send to recipients.")]
    white_label_config: Annotated[
        Annotated[dict[str, Any], _ShownAsWhiteLabel()] | None,
        Field(description="Per-share white-label overrides supplied at creation. Null when brand defaults were used."),
    ]


class ScheduledReportShareList(BaseModel):
    """The caller's active shares of one schedule, newest first."""

    object: Literal["list"] = "list"
    data: list[ScheduledReportShare]
