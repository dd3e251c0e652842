"""What a report shows: every completed run of a schedule, rolled up. A section that is switched off is absent."""

from typing import Annotated, NotRequired, TypedDict

from pydantic import Field

from report_shares.contract.timestamp import Timestamp

type _Percentage = Annotated[float | None, Field(ge=0, le=100, description="A percentage; null over nothing.")]
type _Average = Annotated[float | None, Field(ge=1, description="One decimal; null over nothing.")]
type _Count = Annotated[int, Field(ge=0)]
type _Share = Annotated[float, Field(ge=0, le=100)]
type Interval = Annotated[
    list[_Share],
    Field(
        min_length=2,
        max_length=2,
        description="Low and high end of the 95 % Wilson score interval, in per cent: where the underlying rate lies "
        "for these prompts, platforms, regions and dates, if answers are independent of each other. Not a range for "
        "the next run.",
    ),
]


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
    visibility_interval: Interval | None
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
    visibility_interval: NotRequired[Interval | None]
    citation_share: _Percentage
    answers_count: _Count


class PlatformRow(TypedDict):
    """One AI platform."""

    name: str
    answers_count: _Count
    appearances_count: _Count
    visibility_score: _Percentage
    visibility_interval: NotRequired[Interval | None]


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


class Shift(TypedDict):
    """The brand's share of the compared cells of each run, and how many were won and lost."""

    before: _Share
    now: _Share
    won: _Count
    lost: _Count


class ChangedGroup(Shift):
    """A platform or region: the brand's share of the compared cells of each run, and how many were won and lost."""

    name: str


class ChangedPrompt(Shift):
    """A prompt, likewise."""

    prompt: str


class ChangedCompetitor(TypedDict):
    """A business, and the percentage of the compared samples of each run that name it."""

    name: str
    before: _Share
    now: _Share
    is_brand: bool


class ChangedDomains(TypedDict):
    """Domains that only one of the runs cites among the compared samples, most cited first."""

    gained: list[str]
    lost: list[str]


class Changes(TypedDict):
    """What changed between the last two runs with answers, over the cells that were asked in both.

    A cell is a prompt, of one wording, on one platform in one region. Rates are means over cells.
    """

    since: Timestamp
    until: Timestamp
    compared_cells: _Count
    only_before: Annotated[int, Field(ge=0, description="How many cells were asked in the earlier run alone.")]
    only_now: Annotated[int, Field(ge=0, description="How many cells were asked in the later run alone.")]
    visibility_before: NotRequired[_Share]
    visibility_now: NotRequired[_Share]
    won: Annotated[int, Field(ge=0, description="In how many cells the brand's share of the samples rose.")]
    lost: Annotated[int, Field(ge=0, description="In how many cells the brand's share of the samples fell.")]
    p_value: Annotated[
        float, Field(ge=0, le=1, description="Of the two-sided exact sign test of cells won against cells lost.")
    ]
    is_significant: Annotated[bool, Field(description="Whether that is below 0.05, before rounding.")]
    platforms: NotRequired[list[ChangedGroup]]
    regions: NotRequired[list[ChangedGroup]]
    prompts: NotRequired[
        Annotated[list[ChangedPrompt], Field(description="The ten that rose most, and the ten that fell most.")]
    ]
    competitors: NotRequired[list[ChangedCompetitor]]
    domains: NotRequired[ChangedDomains]


class RivalSeries(TypedDict):
    """A business's share of voice in each of the runs."""

    name: str
    is_brand: bool
    share_of_voice: list[_Percentage]


class Rivals(TypedDict):
    """Share of voice, run by run, oldest first: the brand's and that of the five most named others."""

    completed_at: list[Timestamp]
    series: list[RivalSeries]


class EvidenceRow(TypedDict):
    """One answer of the latest run, chosen by a hash: not the most flattering."""

    prompt: str
    platform: str
    region: str
    model: str | None
    answered_at: Timestamp | None
    brand_appears: bool
    rank: NotRequired[Annotated[int | None, Field(ge=1)]]
    businesses: NotRequired[list[str]]
    excerpt: NotRequired[Annotated[str | None, Field(description="What the answer says, around the brand's name.")]]


class SamplesPerCell(TypedDict):
    """How often the cells of the latest run were asked."""

    least: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]


class Method(TypedDict):
    """What the numbers rest on; samples and models are of the latest run, all else of all runs."""

    first_run_at: Timestamp | None
    last_run_at: Timestamp | None
    runs_count: _Count
    answers_count: _Count
    answers_left_out_count: Annotated[int, Field(ge=0, description="Answers that could not be used.")]
    prompts_count: _Count
    platforms_count: _Count
    regions_count: _Count
    samples_per_cell: SamplesPerCell | None
    models: list[str]


class ReportSnapshot(TypedDict, total=False):
    """The frozen roll-up of every completed run. A section that is off is absent.

    Snapshots that were frozen before a part existed lack it.
    """

    stats: ReportStats
    trend: list[TrendPoint]
    platforms: list[PlatformRow]
    regions: list[GroupRow]
    categories: list[GroupRow]
    competitors: list[CompetitorRow]
    citations: Citations
    prompts: list[PromptRow]
    platform_matrix: list[MatrixRow]
    changes: Changes | None
    rivals: Rivals
    evidence: list[EvidenceRow]
    method: Method
    summary: Annotated[list[str], Field(description="What there is to say in a few sentences, from shown parts only.")]
