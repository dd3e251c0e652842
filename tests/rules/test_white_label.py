"""How a share looks: its own overrides over the brand's config."""

import pytest

from report_shares.rules.white_label import effective


def test_a_section_is_as_the_share_has_it_else_as_the_brand_has_it_else_on() -> None:
    brand = {"report_sections_config": {"show_changes": False, "show_evidence": False}}
    own = {"report_sections_config": {"show_evidence": True, "show_summary": False}}

    sections = effective(brand, own)["report_sections_config"]

    assert {name for name, is_on in sections.items() if not is_on} == {"show_changes", "show_summary"}


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("show_cover_page", {"cover_title", "cover_subtitle"}),
        ("show_footer", {"footer_email", "footer_phone", "footer_website"}),
        ("show_header_logo", {"logo_url"}),
    ],
)
def test_the_fields_of_a_section_that_is_off_are_absent(section: str, fields: set[str]) -> None:
    shown = effective({}, {"report_sections_config": {section: False}})
    assert effective({}, None).keys() - shown.keys() == fields
