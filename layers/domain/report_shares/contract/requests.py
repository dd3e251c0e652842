"""The bodies of requests, as the seed and the contract name their fields."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from report_shares.contract.limits import (
    DEFAULT_EXPIRATION_DAYS,
    MAX_EXPIRATION_DAYS,
    MAX_NAME_LENGTH,
    MIN_EXPIRATION_DAYS,
)
from report_shares.contract.passwords import Password
from report_shares.contract.white_label import VISIBLE_PATTERN, ShareWhiteLabel
from report_shares.text import visible


def _integer(value: object) -> object:
    """To JSON Schema, and to some serialisers, 30.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


type Days = Annotated[
    int, Field(strict=True, ge=MIN_EXPIRATION_DAYS, le=MAX_EXPIRATION_DAYS), BeforeValidator(_integer)
]

_ExpirationDays = Annotated[Days, Field(description="Days from now until the link expires.")]


def _without_default(schema: dict[str, Any]) -> None:
    """A generated client would send it, where to leave it out means another thing."""
    del schema["default"]


type RecipientName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_LENGTH),
    AfterValidator(visible),
    Field(json_schema_extra={"pattern": VISIBLE_PATTERN}),
]


def _some_fields(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1
    for described in schema["properties"].values():
        _without_default(described)


class CreateShareRequest(BaseModel):
    """The optional body of POST: what is left out means the default, or unchanged on a refresh."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    expiration_days: _ExpirationDays = DEFAULT_EXPIRATION_DAYS
    live: Annotated[
        bool,
        Field(
            strict=True,
            description="Show the roll-up as it is when the link is opened, not as it is now. Left out, a new share is "
            "not live, and one that is there stays what it is.",
            json_schema_extra=_without_default,
        ),
    ] = False
    name: Annotated[
        RecipientName | None,
        Field(
            description="Whom the share is for. The caller has one share of a schedule for each name, and one without; "
            "this request is about the one that is meant, and no other. Names that differ in case, white space or "
            "compatible characters (NFKC) are one; the first spelling stays."
        ),
    ] = None
    password: Annotated[
        Password | None,
        Field(
            repr=False,
            description="What readers are asked for; null takes it away, left out it stays. Characters are counted in "
            "NFC; control characters are refused, and so are invisible ones alone. Each password that is set, be it "
            "the same one, ends what the one before has opened.",
            json_schema_extra=_without_default,
        ),
    ] = None
    rotate: Annotated[
        bool,
        Field(strict=True, description="Drop the caller's existing share of this name and mint a fresh token."),
    ] = False
    white_label_config: Annotated[
        ShareWhiteLabel | None, Field(description="This share's overrides; null means the brand's config.")
    ] = None


class ChangeShareRequest(BaseModel):
    """The body of PATCH: at least one field. What is left out stays."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, json_schema_extra=_some_fields)

    expiration_days: _ExpirationDays = DEFAULT_EXPIRATION_DAYS
    live: Annotated[
        bool,
        Field(
            strict=True,
            description="true shows the roll-up as it is when the link is opened; false freezes a live share with what "
            "stands now.",
        ),
    ] = False
    name: Annotated[
        RecipientName | None,
        Field(
            description="Whom the share is for; null makes it the one without a name. One that the caller already uses "
            "on the schedule is 409."
        ),
    ] = None
    password: Annotated[
        Password | None,
        Field(
            repr=False,
            description="What readers are asked for from now on; null takes it away. Whoever was let in by the one "
            "before is asked again.",
        ),
    ] = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise PydanticCustomError("missing", "Must have at least one field")
        return self
