"""Run files: what a finished run looks like, and why a file is refused.

Shapes are those of the contract's "Run files: the input". Producers may add fields, so unknown ones are
ignored; what is read is checked strictly, since a bad number could not be taken out of a roll-up again.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, from_json

from report_shares.validation_messages import message_of, path_of

MAX_RUN_BYTES = 8 * 1024 * 1024
COMPLETED = "completed"

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31
_MAX_GZIP_MEMBERS = 256
_ERRORS_LISTED = 3
_MAX_HOST_LENGTH = 253

# The host is what a browser would take for it: it follows the last @ and a backslash ends it too.
_HTTP_URL = re.compile(
    r"https?://(?:[^\s/?#\\]*@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\\\[\]<>^|%\x00-\x1f\x7f]+)"
    r"(?::\d*)?(?:[/?#][^\x00-\x1f\x7f]*)?",
    re.IGNORECASE,
)


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"runs/(?P<schedule>{_UUID})/(?P<run>{_UUID})\.json(\.gz)?")


class RunFileRejected(ValueError):
    """The file is no run of this schedule; the message is the reason that an operator reads."""


def prefix_of(scheduled_report_id: UUID) -> str:
    """How the keys of a schedule's run files begin."""
    return f"runs/{scheduled_report_id}/"


def key_of(scheduled_report_id: UUID, run_id: UUID, *, gzipped: bool = False) -> str:
    """Where a run's file lies; the plain key is how the gzipped one begins."""
    return f"{prefix_of(scheduled_report_id)}{run_id}.json{'.gz' if gzipped else ''}"


@dataclass(frozen=True, slots=True)
class RunFileUpload:
    """One upload of a run's file; its ETag tells it from other uploads of the same run."""

    key: str
    scheduled_report_id: UUID
    run_id: UUID
    etag: str

    @classmethod
    def of(cls, key: str, etag: str) -> Self:
        """Raises ``RunFileRejected`` for a key under which no run file lies."""
        match = _KEY.fullmatch(key)
        if not match:
            raise RunFileRejected("the key is not runs/{scheduled_report_id}/{run_id}.json[.gz]")
        return cls(key, UUID(match["schedule"]), UUID(match["run"]), etag)


def domain_of_host(host: str) -> str:
    """The host as domains are compared and shown: lower case, without ``www.`` and a trailing dot."""
    return host.strip().lower().rstrip(".").removeprefix("www.")


# Each citation is checked and then counted, and runs cite the same pages again and again.
@lru_cache(maxsize=8_192)
def domain_of_url(url: str) -> str:
    """The domain of an http(s) URL. Raises ``ValueError`` where it is none or has no usable host."""
    match = _HTTP_URL.fullmatch(url)
    domain = domain_of_host(match["host"]) if match else ""
    if not 0 < len(domain) <= _MAX_HOST_LENGTH:
        raise ValueError("must be an http or https URL with a host")
    return domain


def _http_url(url: str) -> str:
    domain_of_url(url)
    return url


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be an ISO 8601 time") from None


def _text(max_length: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=max_length)


# Parsed JSON has neither UUIDs nor tuples, which strict models would insist on.
Id = Annotated[UUID, Field(strict=False)]
Name = Annotated[str, _text(300)]
Rank = Annotated[int, Field(ge=1, le=10_000)]
Status = Annotated[str, Field(max_length=50)]
# No run is older than the service or from another century: such a time would be the "latest run" for ever.
Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Business(_Model):
    """A business that an answer names; ``rank`` counts from 1."""

    name: Name
    rank: Rank | None = None


class Citation(_Model):
    """A page that an answer cites."""

    url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_http_url)]
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] | None = None

    @property
    def domain(self) -> str:
        return domain_of_url(self.url)


class Answer(_Model):
    """What one platform answered to one prompt: a cell of its region."""

    prompt_id: Id
    prompt: Annotated[str, _text(2000)]
    category: Name | None = None
    platform: Annotated[str, _text(100)]
    brand_appears: bool
    rank: Rank | None = None
    businesses: Annotated[tuple[Business, ...], Field(strict=False, max_length=200, fail_fast=True)]
    citations: Annotated[tuple[Citation, ...], Field(strict=False, max_length=200, fail_fast=True)]


class Region(_Model):
    """One region of a run. Only a completed one counts, and only it must have answers."""

    name: Name
    status: Status
    answers: Annotated[tuple[Answer, ...], Field(strict=False, max_length=20_000, fail_fast=True)] = ()

    @property
    def is_completed(self) -> bool:
        return self.status == COMPLETED

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.is_completed and "answers" not in self.model_fields_set:
            raise ValueError("a completed region must have answers")
        repeat = _first_repeat((answer.prompt_id, answer.platform) for answer in self.answers)
        if repeat is not None:
            raise ValueError(f"answers[{repeat}] has the prompt_id and platform of an earlier answer")
        return self


class Run(_Model):
    """One execution of a schedule. Only a completed one counts, and only it must have a time and regions."""

    object: Literal["scheduled_report.run"]
    id: Id
    scheduled_report_id: Id
    brand_id: Id
    status: Status
    completed_at: Instant | None = None
    regions: Annotated[tuple[Region, ...], Field(strict=False, max_length=200, fail_fast=True)] = ()

    @property
    def is_completed(self) -> bool:
        return self.status == COMPLETED

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.is_completed and self.completed_at is None:
            raise ValueError("a completed run must have completed_at")
        if self.is_completed and "regions" not in self.model_fields_set:
            raise ValueError("a completed run must have regions")
        repeat = _first_repeat(region.name for region in self.regions)
        if repeat is not None:
            raise ValueError(f"regions[{repeat}] has the name of an earlier region")
        return self


def unpack(body: bytes) -> bytes:
    """The JSON text of a run file, gunzipped where it is gzip.

    Raises ``RunFileRejected`` where that is truncated, corrupt or over ``MAX_RUN_BYTES``; a bomb is never
    inflated beyond that limit.
    """
    data = _gunzip(body) if body.startswith(_GZIP_MAGIC) else body
    return _within_limit(data)


def parse_run(data: bytes) -> Run:
    """The run that this JSON text describes. Raises ``RunFileRejected``."""
    _within_limit(data)
    try:
        return Run.model_validate(from_json(data, allow_inf_nan=False))
    except ValidationError as error:
        raise RunFileRejected(_reason(error)) from None
    except ValueError as error:
        raise RunFileRejected(f"not valid JSON: {error}") from None


def check_identity(run: Run, *, run_id: UUID, scheduled_report_id: UUID, brand_id: UUID) -> None:
    """Refuses a file that lies under another run's name or belongs to another schedule or brand.

    Raises ``RunFileRejected``.
    """
    for field, found, expected in (
        ("id", run.id, run_id),
        ("scheduled_report_id", run.scheduled_report_id, scheduled_report_id),
        ("brand_id", run.brand_id, brand_id),
    ):
        if found != expected:
            raise RunFileRejected(f"{field}: is {found}, but this place is for {expected}")


def _within_limit(data: bytes) -> bytes:
    if len(data) > MAX_RUN_BYTES:
        raise RunFileRejected(f"larger than {MAX_RUN_BYTES} bytes uncompressed")
    return data


def _gunzip(body: bytes) -> bytes:
    data = b""
    for _ in range(_MAX_GZIP_MEMBERS):
        member = zlib.decompressobj(_GZIP_WBITS)
        try:
            data = _within_limit(data + member.decompress(body, MAX_RUN_BYTES + 1 - len(data)))
        except zlib.error as error:
            raise RunFileRejected(f"corrupt gzip: {error}") from None
        if not member.eof:
            raise RunFileRejected("truncated gzip")
        # Zeros after the last member are padding, as gzip itself has it.
        body = member.unused_data.lstrip(b"\0")
        if not body:
            return data
    raise RunFileRejected(f"more than {_MAX_GZIP_MEMBERS} gzip members")


def _first_repeat(keys: Iterable[object]) -> int | None:
    seen: set[object] = set()
    for index, key in enumerate(keys):
        if key in seen:
            return index
        seen.add(key)
    return None


def _reason(error: ValidationError) -> str:
    """The first few faults, each with the path of its field; what the file says there is not repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    listed = [_fault(fault) for fault in faults[:_ERRORS_LISTED]]
    if len(faults) > _ERRORS_LISTED:
        listed.append(f"and {len(faults) - _ERRORS_LISTED} more")
    return "; ".join(listed)


def _fault(fault: ErrorDetails) -> str:
    path, message = path_of(fault["loc"]), message_of(fault["msg"])
    return f"{path}: {message}" if path else message
