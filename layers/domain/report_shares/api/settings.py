"""What a deployment decides, read from the environment when a function first needs it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from report_shares.contract.limits import DEFAULT_EXPIRATION_DAYS, MAX_EXPIRATION_DAYS, MIN_EXPIRATION_DAYS
from report_shares.rules import shares


class InvalidSettings(ValueError):
    """A variable is missing or malformed. Only its name is said: the environment holds the function's credentials."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The variables that template.yaml sets."""

    table_name: str
    bucket_name: str
    stage: str
    token_secret_id: str
    public_base_url: str
    custom_domain: str
    frame_ancestors: str
    max_active_shares: int
    default_expiration_days: int
    rate_limit: int
    require_idempotency_key: bool
    dead_letter_queue_url: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, *, needed: tuple[str, ...] = ()) -> Self:
        """``needed`` are variables that this function cannot do without, beside table and bucket.

        Raises ``InvalidSettings``.
        """
        for name in ("TABLE_NAME", "BUCKET_NAME", *needed):
            if not environment.get(name):
                raise InvalidSettings(f"{name} is not set")

        def number(name: str, default: int, least: int, most: int) -> int:
            # CloudFormation hands 50.0 on as it was given.
            text = environment.get(name, str(default)).removesuffix(".0")
            if not text.isdecimal() or not least <= int(text) <= most:
                raise InvalidSettings(f"{name} is no whole number from {least} to {most}")
            return int(text)

        def switch(name: str) -> bool:
            text = environment.get(name, "false").lower()
            if text not in ("true", "false"):
                raise InvalidSettings(f"{name} is neither true nor false")
            return text == "true"

        return cls(
            table_name=environment["TABLE_NAME"],
            bucket_name=environment["BUCKET_NAME"],
            stage=environment.get("STAGE", "local"),
            token_secret_id=environment.get("TOKEN_SECRET_ID", ""),
            public_base_url=environment.get("PUBLIC_BASE_URL", ""),
            custom_domain=environment.get("CUSTOM_DOMAIN", ""),
            frame_ancestors=environment.get("FRAME_ANCESTORS", "'none'"),
            max_active_shares=number("MAX_ACTIVE_SHARES", shares.DEFAULT_CAP, 1, shares.MAX_CAP),
            default_expiration_days=number(
                "DEFAULT_EXPIRATION_DAYS",
                DEFAULT_EXPIRATION_DAYS,
                MIN_EXPIRATION_DAYS,
                MAX_EXPIRATION_DAYS,
            ),
            rate_limit=number("RATE_LIMIT", 120, 1, 1000),
            require_idempotency_key=switch("REQUIRE_IDEMPOTENCY_KEY"),
            dead_letter_queue_url=environment.get("DEAD_LETTER_QUEUE_URL", ""),
        )
