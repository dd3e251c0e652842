"""The bodies of requests and answers, as the seed and the contract name their fields."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from report_shares.rules.shares import (
    DEFAULT_EXPIRATION_DAYS,
    MAX_EXPIRATION_DAYS,
    MIN_EXPIRATION_DAYS,
)
from report_shares.rules.tokens import TOKEN_LENGTH
from report_shares.rules.white_label_config import WhiteLabel
from report_shares.times import iso
from report_shares.use_cases.create_share import SharedLink, ShareRequest

TOKEN_PATTERN = f"^[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}$"


class ShareWhiteLabel(WhiteLabel):
    """One share's overrides of the brand's white-label config; null or left out means the brand's value."""

    model_config = ConfigDict(title="ShareWhiteLabel")


class _ShownAsWhiteLabel:
    """Describes plain overrides, which are answered as they were given, without the fields that were not."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(ShareWhiteLabel.__pydantic_core_schema__)


def _integer(value: object) -> object:
    """To JSON Schema, and to some serialisers, 30.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


type Days = Annotated[
    int, Field(strict=True, ge=MIN_EXPIRATION_DAYS, le=MAX_EXPIRATION_DAYS), BeforeValidator(_integer)
]
# Described, not checked: what is made here is right, and a refusal would put it into the log.
type Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
type ShareUrl = Annotated[str, Field(json_schema_extra={"format": "uri"})]
type AccessToken = Annotated[str, Field(json_schema_extra={"pattern": TOKEN_PATTERN})]


class CreateShareRequest(BaseModel):
    """The optional body of POST: what is left out means the default, or unchanged on a refresh."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expiration_days: Annotated[Days, Field(description="Days from now until the link expires.")] = (
        DEFAULT_EXPIRATION_DAYS
    )
    rotate: Annotated[
        bool, Field(strict=True, description="Drop the caller's existing shares and mint a fresh token.")
    ] = False
    white_label_config: Annotated[
        ShareWhiteLabel | None, Field(description="This share's overrides; null means the brand's config.")
    ] = None

    def to_request(self) -> ShareRequest:
        given = self.model_fields_set
        return ShareRequest(
            expiration_days=self.expiration_days if "expiration_days" in given else None,
            rotate=self.rotate,
            white_label=self.white_label_config.overrides() if self.white_label_config else None,
            replaces_white_label="white_label_config" in given,
        )


class ExtendShareRequest(BaseModel):
    """The body of PATCH."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expiration_days: Annotated[Days, Field(description="Days from now until the link expires.")]


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

    @classmethod
    def of(cls, link: SharedLink, public_base_url: str) -> Self:
        share = link.share
        return cls(
            access_token=link.token,
            brand_id=share.brand_id,
            created_at=iso(share.created_at),
            expires_at=iso(share.expires_at),
            id=share.id,
            is_existing=link.is_existing,
            scheduled_report_id=share.scheduled_report_id,
            share_url=public_base_url + link.token,
            white_label_config=dict(share.white_label) if share.white_label is not None else None,
        )


class ScheduledReportShareList(BaseModel):
    """The caller's active shares of one schedule, newest first."""

    object: Literal["list"] = "list"
    data: list[ScheduledReportShare]
