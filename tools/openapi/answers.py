"""What answers look like that are built as plain values; only the OpenAPI document is made from these."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, create_model

from openapi.shares import Timestamp
from report_shares.refusals import Refusal
from report_shares.rules.white_label import SECTIONS


def _kinds(kind: type[Refusal]) -> set[str]:
    return {kind.code}.union(*(_kinds(narrower) for narrower in kind.__subclasses__()))


ERROR_CODES = sorted(_kinds(Refusal))

type _Percentage = Annotated[float | None, Field(ge=0, le=100, description="A percentage; null over nothing.")]
type _Average = Annotated[float | None, Field(ge=1, description="One decimal; null over nothing.")]
type _Count = Annotated[int, Field(ge=0)]


# ---- errors ----------------------------------------------------------------------------------------------------------
class Fault(TypedDict):
    """What is wrong with one field of a request."""

    loc: Annotated[list[str | int], Field(description="Where: path, header or body, then the field.")]
    msg: str
    type: str


class ErrorDetails(TypedDict, total=False):
    """Optional, code-specific context. Shape depends on error.code; treat as opaque otherwise."""

    errors: list[Fault]
    retry_after: Annotated[int, Field(ge=0, description="Seconds to wait, as in Retry-After.")]
    required_scope: str
    key_scopes: list[str]
    max_active_shares: int
    active_shares: int
    caller_active_shares: int
    max_bytes: int


class ErrorInfo(TypedDict):
    """What was refused and why."""

    code: Annotated[
        str,
        Field(
            description="Stable machine-readable error code from the catalog.", json_schema_extra={"enum": ERROR_CODES}
        ),
    ]
    message: Annotated[str, Field(description="Human-readable description suitable for logging.")]
    details: NotRequired[ErrorDetails]


class ApiError(BaseModel):
    """The envelope of every error."""

    error: ErrorInfo
    request_id: Annotated[
        UUID,
        Field(
            description="Server-generated correlation id for the request. Mirrors the X-Correlation-ID response "
            "header. Include this when contacting support."
        ),
    ]


# ---- the report behind a link ----------------------------------------------------------------------------------------
class ReportBrand(TypedDict):
    """Whose visibility it is."""

    name: str


class ReportSchedule(TypedDict):
    """How often it is looked at."""

    name: str
    frequency: Literal["daily", "weekly", "monthly"]


ReportSectionsShown = create_model(
    "ReportSectionsShown",
    __doc__="Which sections the report shows.",
    **dict.fromkeys(SECTIONS, bool),  # type: ignore[call-overload] # fields from data
)


class ReportWhiteLabel(TypedDict):
    """How the report looks: the share's overrides over the brand's config. Absent: its section is off."""

    company_name: str | None
    logo_url: NotRequired[str | None]
    primary_color: str | None
    secondary_color: str | None
    cover_title: NotRequired[str | None]
    cover_subtitle: NotRequired[str | None]
    footer_email: NotRequired[str | None]
    footer_phone: NotRequired[str | None]
    footer_website: NotRequired[str | None]
    report_sections_config: ReportSectionsShown


class Figures(TypedDict, total=False):
    """The figures of one run."""

    runs_count: _Count
    prompts_count: _Count
    platforms_count: _Count
    regions_count: _Count
    answers_count: _Count
    appearances_count: _Count
    citations_count: _Count
    visibility_score: _Percentage
    citation_share: _Percentage
    avg_rank: _Average


class ReportStats(Figures, total=False):
    """The figures of all runs, of the last and of the last but one."""

    latest: Figures | None
    previous: Figures | None


class TrendPoint(TypedDict):
    """One run among the others."""

    completed_at: Timestamp
    visibility_score: _Percentage
    citation_share: _Percentage
    answers_count: _Count


class PlatformRow(TypedDict):
    """One AI platform."""

    name: str
    answers_count: _Count
    appearances_count: _Count
    visibility_score: _Percentage


class GroupRow(PlatformRow):
    """One region or category."""

    citation_share: _Percentage


class CompetitorRow(TypedDict):
    """One business that answers name."""

    name: str
    mentions_count: _Count
    share_of_voice: _Percentage
    avg_rank: _Average
    is_brand: bool


class DomainRow(TypedDict):
    """One cited domain."""

    domain: str
    count: _Count
    share: _Percentage
    is_brand: bool


class UrlRow(TypedDict):
    """One cited page."""

    url: str
    title: str | None
    domain: str
    count: _Count


class Citations(TypedDict, total=False):
    """What answers cite, most cited first."""

    domains: list[DomainRow]
    urls: list[UrlRow]


class PromptRow(TypedDict):
    """One prompt over all runs."""

    prompt: str
    category: str | None
    answers_count: _Count
    appearances_count: _Count
    visibility_score: _Percentage
    best_rank: NotRequired[Annotated[int | None, Field(ge=1)]]
    avg_rank: NotRequired[_Average]
    trend: NotRequired[list[_Percentage]]


class MatrixRow(TypedDict):
    """One prompt's visibility score by platform."""

    prompt: str
    platforms: dict[str, _Percentage]


class ReportSnapshot(TypedDict, total=False):
    """The frozen roll-up of every completed run. A section that is off is absent."""

    stats: ReportStats
    trend: list[TrendPoint]
    platforms: list[PlatformRow]
    regions: list[GroupRow]
    categories: list[GroupRow]
    competitors: list[CompetitorRow]
    citations: Citations
    prompts: list[PromptRow]
    platform_matrix: list[MatrixRow]


class SharedReport(BaseModel):
    """What a link shows: no internal id, no owner, no token."""

    object: Literal["shared_report"]
    share_type: Literal["scheduled"]
    brand: ReportBrand
    schedule: ReportSchedule
    snapshot_at: Timestamp
    expires_at: Timestamp
    white_label: ReportWhiteLabel
    snapshot: ReportSnapshot


class OpenApiDocument(BaseModel):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
