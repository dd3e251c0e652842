"""What a report shows: every completed run of a schedule, rolled up. A section that is switched off is absent."""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from report_shares.contract.timestamp import Timestamp

type _Percentage = Annotated[float | None, Field(ge=0, le=100, description="A percentage; null over nothing.")]
type _Average = Annotated[float | None, Field(ge=1, description="One decimal; null over nothing.")]
type _Count = Annotated[int, Field(ge=0)]


class Figures(TypedDict, total=False):
    """The figures of one run."""

    runs_count: _Count
    prompts_count: _Count
    platforms_count: _Count
    regions_count: _Count
    answers_count: _Count
    appearances_count: _Count
    citations_count: _Count
    unresolved_citations_count: _Count
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
