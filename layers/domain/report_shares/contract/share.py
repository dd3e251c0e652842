"""A share as its owner sees it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from report_shares.contract.limits import TOKEN_PATTERN
from report_shares.contract.timestamp import Timestamp
from report_shares.contract.white_label import ShareWhiteLabel

# The published page's own example, with the fields that it leaves out.
SHARE_EXAMPLE: dict[str, Any] = {
    "access_token": "Hk2L8x9PqRsTuVwXyZ-aBcDeFgHiJkLmNoPqRsTuVwXyZ_AbCdE",
    "brand_id": "3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04",
    "created_at": "2026-04-20T15:23:04.512Z",
    "expires_at": "2026-05-20T15:23:04.512Z",
    "has_password": False,
    "id": "0d2c1b3a-4e5f-6789-abcd-ef0123456789",
    "is_existing": False,
    "last_viewed_at": None,
    "live": False,
    "name": None,
    "object": "scheduled_report.share",
    "scheduled_report_id": "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04",
    "share_type": "scheduled",
    "share_url": "https://app.rankprompt.com/shared/Hk2L8x9PqRsTuVwXyZ-aBcDeFgHiJkLmNoPqRsTuVwXyZ_AbCdE",
    "views_count": 0,
    "white_label_config": None,
}


type ShareUrl = Annotated[str, Field(json_schema_extra={"format": "uri"})]
type AccessToken = Annotated[str, Field(json_schema_extra={"pattern": TOKEN_PATTERN})]


class _ShownAsWhiteLabel:
    """Describes plain overrides, which are answered as they were given, without the fields that were not."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(ShareWhiteLabel.__pydantic_core_schema__)


class ScheduledReportShare(BaseModel):
    """A share as its owner sees it. Every field is always there."""

    model_config = ConfigDict(
        defer_build=True,
        json_schema_extra={"required": ["access_token", "brand_id", "id", "scheduled_report_id", "share_url"]},
    )

    access_token: Annotated[
        AccessToken, Field(description="What opens the link: a secret. Rotate the share where it may have leaked.")
    ]
    brand_id: Annotated[UUID, Field(description="The brand whose report it is.")]
    created_at: Annotated[Timestamp | None, Field(description="When the share was made.")]
    expires_at: Annotated[Timestamp | None, Field(description="The moment from which the link answers 410.")]
    has_password: Annotated[bool, Field(description="Whether readers are asked for a password.")]
    id: Annotated[UUID, Field(description="The share's id.")]
    is_existing: Annotated[
        bool,
        Field(description="Whether the share was there before this request."),
    ]
    last_viewed_at: Annotated[
        Timestamp | None, Field(description="When the page was last looked at; null where it was not yet.")
    ]
    live: Annotated[
        bool, Field(description="Whether the link shows the roll-up as it is when opened, not as it was when shared.")
    ]
    name: Annotated[str | None, Field(description="Whom the share is for; null for the one without a name.")]
    object: Annotated[Literal["scheduled_report.share"], Field(description="What kind of object this is.")] = (
        "scheduled_report.share"
    )
    scheduled_report_id: Annotated[UUID, Field(description="The schedule whose report it is.")]
    share_type: Annotated[Literal["scheduled"], Field(description="What kind of report it shows.")] = "scheduled"
    share_url: Annotated[ShareUrl, Field(description="The link to send to whoever is to read the report.")]
    views_count: Annotated[
        int,
        Field(
            ge=0,
            description="How often the page was really looked at: previews, prints and the JSON do not count, reloads "
            "within an hour count once.",
        ),
    ]
    white_label_config: Annotated[
        Annotated[dict[str, Any], _ShownAsWhiteLabel()] | None,
        Field(description="This share's own overrides; null where it looks as the brand says."),
    ]


class ScheduledReportShareList(BaseModel):
    """The caller's active shares of one schedule, newest first."""

    model_config = ConfigDict(defer_build=True)

    object: Literal["list"] = "list"
    data: list[ScheduledReportShare]
