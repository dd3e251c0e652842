"""The bodies of requests, as the seed and the contract name their fields."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from report_shares.contract.limits import DEFAULT_EXPIRATION_DAYS, MAX_EXPIRATION_DAYS, MIN_EXPIRATION_DAYS
from report_shares.contract.passwords import Password
from report_shares.contract.white_label import ShareWhiteLabel


def _integer(value: object) -> object:
    """To JSON Schema, and to some serialisers, 30.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


type Days = Annotated[
    int, Field(strict=True, ge=MIN_EXPIRATION_DAYS, le=MAX_EXPIRATION_DAYS), BeforeValidator(_integer)
]


class CreateShareRequest(BaseModel):
    """The optional body of POST: what is left out means the default, or unchanged on a refresh."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    expiration_days: Annotated[Days, Field(description="Days from now until the link expires.")] = (
        DEFAULT_EXPIRATION_DAYS
    )
    password: Annotated[
        Password | None,
        Field(
            repr=False,
            description="What readers are asked for; null takes it away, left out it stays. Characters are counted in "
            "NFC. Each password that is set, be it the same one, ends what the one before has opened.",
        ),
    ] = None
    rotate: Annotated[
        bool, Field(strict=True, description="Drop the caller's existing shares and mint a fresh token.")
    ] = False
    white_label_config: Annotated[
        ShareWhiteLabel | None, Field(description="This share's overrides; null means the brand's config.")
    ] = None


class ExtendShareRequest(BaseModel):
    """The body of PATCH."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    expiration_days: Annotated[Days, Field(description="Days from now until the link expires.")]
