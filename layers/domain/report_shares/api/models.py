"""The bodies of requests and answers, as the seed and the contract name their fields."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from report_shares.rules.shares import (
    DEFAULT_EXPIRATION_DAYS,
    MAX_EXPIRATION_DAYS,
    MIN_EXPIRATION_DAYS,
)
from report_shares.rules.white_label import WhiteLabel
from report_shares.times import iso
from report_shares.use_cases.create_share import SharedLink, ShareRequest


def canonical_uuid(value: object) -> UUID:
    """A UUID in its usual spelling; pydantic takes others too. Raises ``ValueError``."""
    parsed = UUID(str(value))
    if str(parsed) != str(value).lower():
        raise ValueError("must be a UUID of 8-4-4-4-12 hexadecimal digits")
    return parsed


class CreateShareRequest(BaseModel):
    """The optional body of POST: what is left out means the default, or unchanged on a refresh."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expiration_days: Annotated[int, Field(strict=True, ge=MIN_EXPIRATION_DAYS, le=MAX_EXPIRATION_DAYS)] = (
        DEFAULT_EXPIRATION_DAYS
    )
    rotate: Annotated[bool, Field(strict=True)] = False
    white_label_config: WhiteLabel | None = None

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

    expiration_days: Annotated[int, Field(strict=True, ge=MIN_EXPIRATION_DAYS, le=MAX_EXPIRATION_DAYS)]


class ScheduledReportShare(BaseModel):
    """A share as its owner sees it; every field is always present."""

    access_token: str
    brand_id: UUID
    created_at: str
    expires_at: str
    id: UUID
    is_existing: bool
    object: Literal["scheduled_report.share"] = "scheduled_report.share"
    scheduled_report_id: UUID
    share_type: Literal["scheduled"] = "scheduled"
    share_url: str
    white_label_config: dict[str, Any] | None

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
