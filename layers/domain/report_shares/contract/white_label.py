"""Which white-label configs are valid: a brand's, and the overrides of one share."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from report_shares.contract.contacts import (
    EMAIL_PATTERN,
    PHONE_PATTERN,
    SPACE,
    WEB_PATTERN,
    email_contact,
    phone_contact,
    web_address,
    whole,
)
from report_shares.text import BLANKS, visible, visible_pattern

COLOUR_PATTERN = r"^#[0-9A-Fa-f]{6}$"

# What is checked with code below, as patterns for clients.
VISIBLE_PATTERN = whole(f"(?![{SPACE}{BLANKS}]*$)[{SPACE}]*{visible_pattern()}*[{SPACE}]*")
_PLAIN_TEXT_PATTERN = whole(f"(?![{SPACE}{BLANKS}]*$)[{SPACE}]*{visible_pattern(without='<>')}*[{SPACE}]*")


def _plain_text(value: str) -> str:
    if re.search("[<>]", value):
        raise ValueError("must be plain text without markup")
    return value


def _read_by(read: Callable[[str], object | None], what: str) -> AfterValidator:
    """Takes the text, as it is, where there is something that it is read as."""

    def check(value: str) -> str:
        if read(value) is None:
            raise ValueError(f"must be {what}")
        return value

    return AfterValidator(check)


_WEB = _read_by(
    web_address, "an https URL on a public host: a domain name, not an IP address or a private name, without login"
)
_EMAIL = _read_by(email_contact, "one e-mail address, such as reports@northlight.example, on a public host")
_PHONE = _read_by(
    phone_contact, "a telephone number of 3 to 18 digits, with an extension or without: +44 20 7946 0000 ext. 89"
)


type VisibleText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(visible)
]
type PlainText = Annotated[
    VisibleText,
    AfterValidator(_plain_text),
    Field(json_schema_extra={"pattern": _PLAIN_TEXT_PATTERN}),
]
type HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=2048),
    AfterValidator(visible),
    _WEB,
    Field(json_schema_extra={"pattern": WEB_PATTERN}),
]
type _Colour = Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]
type _Email = Annotated[
    str,
    StringConstraints(max_length=254),
    AfterValidator(visible),
    _EMAIL,
    Field(json_schema_extra={"pattern": EMAIL_PATTERN}),
]
type _Phone = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(visible),
    _PHONE,
    Field(json_schema_extra={"pattern": PHONE_PATTERN}),
]
type _Switch = Annotated[bool | None, Field(strict=True)]


class ReportSections(BaseModel):
    """Which sections of the report are shown; null leaves a section as the brand has it, or on."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    show_category_performance: _Switch = None
    show_changes: _Switch = None
    show_citation_leaderboard: _Switch = None
    show_citation_table: _Switch = None
    show_competitor_ranking: _Switch = None
    show_cover_page: _Switch = None
    show_downloads: _Switch = None
    show_evidence: _Switch = None
    show_footer: _Switch = None
    show_header_logo: _Switch = None
    show_missed_prompts: _Switch = None
    show_platform_matrix: _Switch = None
    show_platform_performance: _Switch = None
    show_prompt_ranks: _Switch = None
    show_prompt_trends: _Switch = None
    show_ranked_prompts: _Switch = None
    show_region_breakdown: _Switch = None
    show_rival_trend: _Switch = None
    show_run_history_table: _Switch = None
    show_stats_cards: _Switch = None
    show_summary: _Switch = None
    show_trend_chart: _Switch = None
    show_visibility_score: _Switch = None


class WhiteLabel(BaseModel):
    """A white-label config: a brand's, or the overrides of one share. Every field may be null: not set."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    company_name: Annotated[PlainText | None, Field(description="Whose report it is.")] = None
    logo_url: Annotated[
        HttpsUrl | None,
        Field(
            description="An https URL of an image, on a public host. This address has to answer with the image itself: "
            "readers' browsers load it from the host that stands here, and follow no redirect to another. The page "
            "names the host as UTS 46 spells it in ASCII."
        ),
    ] = None
    primary_color: _Colour | None = None
    secondary_color: _Colour | None = None
    cover_title: Annotated[PlainText | None, Field(description="The title of the cover and of the page.")] = None
    cover_subtitle: Annotated[PlainText | None, Field(description="The line below the title.")] = None
    footer_email: Annotated[
        _Email | None,
        Field(
            description="One e-mail address on a public host, without a name or `mailto:`. Shown as a link; its host "
            "in its own letters, or in Punycode where these could pass for others."
        ),
    ] = None
    footer_phone: Annotated[
        _Phone | None,
        Field(
            description="A telephone number as people write it, with an extension (`x89`, `(ext. 89)`, `#89`) or "
            "without. Shown as given, as a link that dials it: the 0 of `(0)20` or `(020)` behind a country's code is "
            "left out, `00` becomes `+`. Letters in the place of digits are refused."
        ),
    ] = None
    footer_website: Annotated[
        HttpsUrl | None,
        Field(
            description="An https URL on a public host. Shown as a link without its scheme; its host in its own "
            "letters, or in Punycode where these could pass for others."
        ),
    ] = None
    report_sections_config: ReportSections | None = None

    def overrides(self) -> dict[str, Any] | None:
        """The fields that are set, as plain JSON values; None if there are none."""
        given = self.model_dump(exclude_none=True)
        return {name: value for name, value in given.items() if value != {}} or None


class ShareWhiteLabel(WhiteLabel):
    """One share's overrides of the brand's white-label config; null or left out means the brand's value."""


FIELDS = tuple(WhiteLabel.model_fields)
SECTIONS = tuple(ReportSections.model_fields)
