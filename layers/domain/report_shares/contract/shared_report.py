"""What a link shows."""

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.contract.timestamp import Timestamp
from report_shares.contract.white_label import SECTIONS


class ReportBrand(TypedDict):
    """Whose visibility it is."""

    name: str


class ReportSchedule(TypedDict):
    """How often it is looked at."""

    name: str
    frequency: Annotated[str, Field(json_schema_extra={"enum": ["daily", "weekly", "monthly"]})]


# A dict of booleans whose keys come from ``SECTIONS``: no TypedDict that mypy can read is made from data.
if TYPE_CHECKING:
    type ReportSectionsShown = dict[str, bool]
else:
    ReportSectionsShown = TypedDict("ReportSectionsShown", dict.fromkeys(SECTIONS, bool))
    ReportSectionsShown.__doc__ = "Which sections the report shows."


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


class ReportFrame(TypedDict):
    """A shared report without its snapshot."""

    object: Literal["shared_report"]
    share_type: Literal["scheduled"]
    brand: ReportBrand
    schedule: ReportSchedule
    live: Annotated[bool, Field(description="Whether this is the roll-up as it is now; else as it was at snapshot_at.")]
    snapshot_at: Annotated[
        Timestamp, Field(description="When the report was frozen; when the roll-up was made where it is live.")
    ]
    expires_at: Timestamp
    white_label: ReportWhiteLabel


class SharedReport(ReportFrame):
    """What a link shows: no internal id, no owner, no token."""

    snapshot: ReportSnapshot
