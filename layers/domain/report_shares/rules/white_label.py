"""White label: how a share looks, from the brand's config and the share's own overrides."""

from collections.abc import Mapping
from typing import Any, cast

from report_shares.contract.shared_report import ReportWhiteLabel
from report_shares.contract.white_label import FIELDS, SECTIONS

_FIELDS_OF_SECTION = {
    "show_cover_page": ("cover_title", "cover_subtitle"),
    "show_footer": ("footer_email", "footer_phone", "footer_website"),
    "show_header_logo": ("logo_url",),
}


def effective(brand: Mapping[str, Any], overrides: Mapping[str, Any] | None) -> ReportWhiteLabel:
    """What a reader sees: the share's overrides over the brand's config, field by field, section by section.

    Every field is present, null if neither sets it, and every section is true or false; but the fields of a section
    that is off are absent.
    """
    own = overrides or {}
    own_sections = own.get("report_sections_config") or {}
    brand_sections = brand.get("report_sections_config") or {}
    sections = {name: _first(own_sections.get(name), brand_sections.get(name), True) for name in SECTIONS}
    hidden = {field for section, fields in _FIELDS_OF_SECTION.items() if not sections[section] for field in fields}
    shown = {name: _first(own.get(name), brand.get(name)) for name in FIELDS if name not in hidden}
    return cast("ReportWhiteLabel", shown | {"report_sections_config": sections})


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
