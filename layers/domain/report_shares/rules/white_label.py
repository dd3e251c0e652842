"""White label: how a share looks, from the brand's config and the share's own overrides."""

from collections.abc import Mapping
from typing import Any, cast

from report_shares.contract.shared_report import ReportWhiteLabel
from report_shares.contract.white_label import FIELDS, SECTIONS

_SECTION_OF_FIELD = {
    "cover_title": "show_cover_page",
    "cover_subtitle": "show_cover_page",
    "footer_email": "show_footer",
    "footer_phone": "show_footer",
    "footer_website": "show_footer",
    "logo_url": "show_header_logo",
}


def effective(brand: Mapping[str, Any], overrides: Mapping[str, Any] | None) -> ReportWhiteLabel:
    """What a reader sees: the share's overrides over the brand's config, field by field, section by section.

    Every field is present, null where neither sets it; every section is true or false. Fields that belong to
    a section that is off are absent.
    """
    own = overrides or {}
    own_sections = own.get("report_sections_config") or {}
    brand_sections = brand.get("report_sections_config") or {}
    sections = {name: _first(own_sections.get(name), brand_sections.get(name), True) for name in SECTIONS}
    shown = {
        name: _first(own.get(name), brand.get(name))
        for name in FIELDS
        if name not in _SECTION_OF_FIELD or sections[_SECTION_OF_FIELD[name]]
    }
    return cast("ReportWhiteLabel", shown | {"report_sections_config": sections})


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
