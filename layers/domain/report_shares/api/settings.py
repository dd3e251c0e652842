"""What a deployment decides, read from the environment when a function first needs it."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The variables that template.yaml sets; unset or malformed ones raise ``pydantic.ValidationError``."""

    model_config = ConfigDict(frozen=True)

    table_name: str = Field(alias="TABLE_NAME")
    bucket_name: str = Field(alias="BUCKET_NAME")
    token_secret_id: str = Field(default="", alias="TOKEN_SECRET_ID")
    public_base_url: str = Field(default="", alias="PUBLIC_BASE_URL")
    max_active_shares: int = Field(default=50, ge=1, le=1000, alias="MAX_ACTIVE_SHARES")
    rate_limit: int = Field(default=120, ge=1, le=1000, alias="RATE_LIMIT")
    require_idempotency_key: bool = Field(default=False, alias="REQUIRE_IDEMPOTENCY_KEY")
    dead_letter_queue_url: str = Field(default="", alias="DEAD_LETTER_QUEUE_URL")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        return cls.model_validate(dict(environment))
