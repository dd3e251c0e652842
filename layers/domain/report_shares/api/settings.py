"""What a deployment decides, read from the environment when a function first needs it."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from report_shares.rules import shares


class Settings(BaseModel):
    """The variables that template.yaml sets; malformed ones, or no table or bucket, raise ``pydantic.ValidationError``.

    One class for all functions: what some of them are not told (a secret, a queue) is empty there, not missing.
    """

    # Errors must not show the environment: it holds the function's credentials.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    stage: str = Field(default="local", alias="STAGE")
    table_name: str = Field(alias="TABLE_NAME")
    bucket_name: str = Field(alias="BUCKET_NAME")
    token_secret_id: str = Field(default="", alias="TOKEN_SECRET_ID")
    public_base_url: str = Field(default="", alias="PUBLIC_BASE_URL")
    frame_ancestors: str = Field(default="'none'", alias="FRAME_ANCESTORS")
    max_active_shares: int = Field(default=shares.DEFAULT_CAP, ge=1, le=shares.MAX_CAP, alias="MAX_ACTIVE_SHARES")
    default_expiration_days: int = Field(
        default=shares.DEFAULT_EXPIRATION_DAYS,
        ge=shares.MIN_EXPIRATION_DAYS,
        le=shares.MAX_EXPIRATION_DAYS,
        alias="DEFAULT_EXPIRATION_DAYS",
    )
    rate_limit: int = Field(default=120, ge=1, le=1000, alias="RATE_LIMIT")
    require_idempotency_key: bool = Field(default=False, alias="REQUIRE_IDEMPOTENCY_KEY")
    dead_letter_queue_url: str = Field(default="", alias="DEAD_LETTER_QUEUE_URL")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        return cls.model_validate(dict(environment))
