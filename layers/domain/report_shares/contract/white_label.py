"""Which white-label configs are valid: a brand's, and the overrides of one share."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

COLOUR_PATTERN = r"^#[0-9A-Fa-f]{6}$"

_FORBIDDEN_CHARACTERS = r"<>\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_FORBIDDEN = re.compile(rf"[{_FORBIDDEN_CHARACTERS}\ud800-\udfff]")

# What is checked with code below, as patterns for clients. White space as pydantic strips it; surrogates cannot occur
# in UTF-8; a host that is not ASCII is written in Punycode.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PLAIN_TEXT_PATTERN = (
    f"^[{_SPACE}]*[^{_SPACE}{_FORBIDDEN_CHARACTERS}]"
    f"(?:[^{_FORBIDDEN_CHARACTERS}]*[^{_SPACE}{_FORBIDDEN_CHARACTERS}])?[{_SPACE}]*$"
)
_HTTPS_URL_PATTERN = (
    rf"^https://[A-Za-z0-9._-]+(?::[0-9]{{1,4}})?(?:[/?#][^{_SPACE}{_FORBIDDEN_CHARACTERS}" + "\"'`\\\\]*)?$"
)


def _plain_text(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError("must be plain text without markup or control characters")
    return value


def _https_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        has_host, has_login = bool(parts.hostname), "@" in parts.netloc
        _ = parts.port
    except ValueError:
        raise ValueError("must be a valid URL") from None
    if parts.scheme != "https" or not has_host or has_login or re.search(r"[\s\"'`\\]", value):
        raise ValueError("must be an https URL")
    return value


type PlainText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_plain_text),
    Field(json_schema_extra={"pattern": _PLAIN_TEXT_PATTERN}),
]
type HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=2048),
    AfterValidator(_plain_text),
    AfterValidator(_https_url),
    Field(json_schema_extra={"pattern": _HTTPS_URL_PATTERN}),
]
type _Colour = Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]
type _Email = Annotated[
    str, StringConstraints(max_length=254, pattern="^[^\\s@<>\"'&?]+@[^\\s@<>\"'&?.]+(\\.[^\\s@<>\"'&?.]+)+$")
]
type _Phone = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^\+?[0-9][0-9 ()./-]*( ?x ?[0-9]+)?$|^\([0-9][0-9 ()./-]*$"),
]
type _Switch = Annotated[bool | None, Field(strict=True)]


class ReportSections(BaseModel):
    """Which sections of the report are shown; null leaves a section as the brand has it, or on."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    show_category_performance: _Switch = None
    show_citation_leaderboard: _Switch = None
    show_citation_table: _Switch = None
    show_competitor_ranking: _Switch = None
    show_cover_page: _Switch = None
    show_footer: _Switch = None
    show_header_logo: _Switch = None
    show_missed_prompts: _Switch = None
    show_platform_matrix: _Switch = None
    show_platform_performance: _Switch = None
    show_prompt_ranks: _Switch = None
    show_prompt_trends: _Switch = None
    show_ranked_prompts: _Switch = None
    show_region_breakdown: _Switch = None
    show_run_history_table: _Switch = None
    show_stats_cards: _Switch = None
    show_trend_chart: _Switch = None
    show_visibility_score: _Switch = None


class WhiteLabel(BaseModel):
    """A white-label config: a brand's, or the overrides of one share. Every field may be null: not set."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    company_name: PlainText | None = None
    logo_url: HttpsUrl | None = None
    primary_color: _Colour | None = None
    secondary_color: _Colour | None = None
    cover_title: PlainText | None = None
    cover_subtitle: PlainText | None = None
    footer_email: _Email | None = None
    footer_phone: _Phone | None = None
    footer_website: HttpsUrl | None = None
    report_sections_config: ReportSections | None = None

    def overrides(self) -> dict[str, Any] | None:
        """The fields that are set, as plain JSON values; None if there are none."""
        given = self.model_dump(exclude_none=True)
        return {name: value for name, value in given.items() if value != {}} or None


class ShareWhiteLabel(WhiteLabel):
    """One share's overrides of the brand's white-label config; null or left out means the brand's value."""

    model_config = ConfigDict(title="ShareWhiteLabel", defer_build=True)


FIELDS = tuple(WhiteLabel.model_fields)
SECTIONS = tuple(ReportSections.model_fields)
