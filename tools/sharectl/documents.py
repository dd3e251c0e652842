"""The document that `sharectl apply` takes, validated as a whole, and the entities that its entries stand for."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from publicsuffixlist import PublicSuffixList
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from report_shares.contract.contacts import web_address
from report_shares.contract.white_label import VisibleText, WhiteLabel
from report_shares.hosts import ascii_host, without_www
from report_shares.rules.access import KEY, ApiKey
from report_shares.rules.catalog import Brand, Schedule
from report_shares.text import first_hidden
from report_shares.times import SECOND
from report_shares.validation_messages import message_of, path_of
from sharectl.errors import Fault, InvalidInput

_LONGEST_BASE = 200
_BASE_PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*")


def _canonical_uuid(value: str) -> str:
    try:
        parsed = str(UUID(value))
    except ValueError:
        raise ValueError("must be a UUID") from None
    if value != parsed:
        raise ValueError(f"must be a UUID in its canonical form, lower case with hyphens: {parsed}")
    return value


def _iso_time(value: object) -> object:
    # pydantic also takes numbers for times, and guesses whether they are seconds or milliseconds.
    if not isinstance(value, str):
        raise ValueError("must be a time in ISO 8601, such as 2030-01-31T00:00:00Z")  # noqa: TRY004 - pydantic's way
    return value


def _api_key(value: str) -> str:
    if not KEY.fullmatch(value):
        raise ValueError("must be rp_live_ and at least 32 characters of A-Z, a-z, 0-9, _ and -")
    return value


def _domain(value: str) -> str:
    """The domain as it is compared; ``www.`` stays before a public suffix, where it stands for that host alone."""
    name = value.strip()
    host = None if first_hidden(name) else ascii_host(name)
    if host is None:
        raise ValueError("must be a host name such as acme.example, without scheme, port and path")
    domain = without_www(host)
    if not _public_suffixes().is_public(domain):
        return domain
    if host == domain:
        raise ValueError("is a public suffix: anyone can have a site below it; name the brand's own site there")
    return host


def _base_url(value: str) -> str:
    """As it stands before tokens: the host as browsers spell it, and a plain path."""
    address = web_address(value)
    if address is None or not _BASE_PATH.fullmatch(address.rest):
        raise ValueError("must be an https URL on a public host that ends in /, such as https://reports.acme.example/")
    return address.origin + address.rest


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


type _Id = Annotated[str, AfterValidator(_canonical_uuid)]
type _Owner = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:@-]{1,128}$")]
type _Scope = Annotated[str, StringConstraints(pattern=r"^((read|write):[a-z_]+|\*)$")]
type _Domain = Annotated[str, AfterValidator(_domain)]
type _BaseUrl = Annotated[str, StringConstraints(max_length=_LONGEST_BASE), AfterValidator(_base_url)]
type _Time = Annotated[AwareDatetime, BeforeValidator(_iso_time)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrandEntry(_Entry):
    """A brand of a workspace."""

    id: _Id
    workspace_id: _Owner
    name: VisibleText
    aliases: list[VisibleText] = Field(default_factory=list, max_length=100)
    domains: list[_Domain] = Field(default_factory=list, max_length=100)
    white_label_config: WhiteLabel | None = None
    public_base_url: _BaseUrl | None = None
    """What stands before a token in this brand's links; None: what does in everybody's."""

    def brand(self) -> Brand:
        white_label = self.white_label_config.overrides() if self.white_label_config else None
        aliases, domains = tuple(self.aliases), tuple(self.domains)
        identity = UUID(self.id), self.workspace_id, self.name, aliases, domains
        return Brand(*identity, white_label or {}, self.public_base_url)


class ScheduleEntry(_Entry):
    """A scheduled report of a brand."""

    id: _Id
    brand_id: _Id
    workspace_id: _Owner
    name: VisibleText
    frequency: Literal["daily", "weekly", "monthly"]

    def schedule(self) -> Schedule:
        return Schedule(UUID(self.id), UUID(self.brand_id), self.workspace_id, self.name, self.frequency)


class ApiKeyEntry(_Entry):
    """An API key; without ``key``, one is minted."""

    key: Annotated[str, AfterValidator(_api_key)] | None = Field(default=None, repr=False)
    principal_id: _Owner
    workspace_id: _Owner
    scopes: list[_Scope] = Field(min_length=1, max_length=50)
    brand_ids: list[_Id] | None = Field(default=None, min_length=1, max_length=1_000)
    expires_at: _Time | None = None
    revoked: StrictBool | None = None
    """None leaves it as it is."""

    def api_key(self) -> ApiKey:
        """The key as it is known to the service, but for whether it is revoked."""
        brand_ids = None if self.brand_ids is None else frozenset(self.brand_ids)
        expires_at = None if self.expires_at is None else int(self.expires_at.timestamp() * SECOND)
        return ApiKey(self.principal_id, self.workspace_id, frozenset(self.scopes), brand_ids, expires_at)


class Document(_Entry):
    """Brands, schedules and API keys to create or update."""

    brands: list[BrandEntry] = Field(default_factory=list)
    schedules: list[ScheduleEntry] = Field(default_factory=list)
    api_keys: list[ApiKeyEntry] = Field(default_factory=list)


def parse(text: str | bytes) -> Document:
    """The document in a JSON text; raises ``InvalidInput`` with the path of every fault."""
    try:
        raw = json.loads(text, object_pairs_hook=_no_repeated_names)
    except UnicodeDecodeError:
        raise InvalidInput([Fault("", "the document is not UTF-8")]) from None
    except ValueError as error:
        raise InvalidInput([Fault("", f"the document is not JSON: {error}")]) from None
    except RecursionError:
        raise InvalidInput([Fault("", "the document is nested too deeply")]) from None
    return validate(raw)


def validate(raw: object) -> Document:
    """The document in decoded JSON; raises ``InvalidInput`` with the path of every fault."""
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        # The values themselves are left out: one of them may be a key.
        details = error.errors(include_input=False, include_context=False, include_url=False)
        raise InvalidInput([Fault(path_of(detail["loc"]), message_of(detail["msg"])) for detail in details]) from None
    repeated = [*_repeats(document, "brands", "id"), *_repeats(document, "schedules", "id")]
    if faults := [*repeated, *_repeats(document, "api_keys", "key")]:
        raise InvalidInput(faults)
    return document


def _no_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {name!r} stands twice in one object")
    return named


def _repeats(document: Document, section: str, field: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, entry in enumerate(getattr(document, section)):
        value = getattr(entry, field)
        if value is not None and first.setdefault(value, index) != index:
            yield Fault(f"{section}[{index}].{field}", f"is the same as that of {section}[{first[value]}]")
