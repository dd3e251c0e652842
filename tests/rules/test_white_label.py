"""The names that a reader's white label has are those that a config may set."""

from report_shares.contract.white_label import FIELDS, SECTIONS, ReportSections, WhiteLabel


def test_every_field_of_a_config_is_shown() -> None:
    assert tuple(WhiteLabel.model_fields) == FIELDS


def test_every_section_of_a_config_is_shown() -> None:
    assert tuple(ReportSections.model_fields) == SECTIONS
