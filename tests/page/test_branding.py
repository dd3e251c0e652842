"""What of a white label and of cited addresses reaches a page."""

from typing import Any

import pytest

from report_shares.page.branding import Branding, Link, branding_of, shown_url, web_link
from report_shares.page.theme import theme
from report_shares.rules.white_label import effective


def stored(**label: Any) -> Branding:
    """The branding of a label that was stored, perhaps before today's rules."""
    return branding_of(effective(label, None))


def test_a_theme_is_made_of_both_colours() -> None:
    assert stored(primary_color="#0a7C66", secondary_color="#C2185B").theme == theme("#0a7C66", "#C2185B")


@pytest.mark.parametrize("given", ["red", "#FFF", "#12345G", "#123456;}", ""])
def test_what_is_no_colour_counts_as_not_set(given: str) -> None:
    assert stored(primary_color=given, secondary_color=given).theme == theme(None, None)


def test_of_the_contacts_the_website_alone_leads_to_another_website() -> None:
    made = stored(
        footer_email="ann@agency.example", footer_phone="+49 30 1234567", footer_website="https://agency.example/about"
    )

    assert made.contacts == [
        Link("mailto:ann@agency.example", "ann@agency.example", is_website=False),
        Link("tel:+49301234567", "+49 30 1234567", is_website=False),
        Link("https://agency.example/about", "agency.example/about", is_website=True),
    ]


@pytest.mark.parametrize("url", ["http://b.example/", "https://b.example:8443/x?y=@#z", "HTTPS://b.example"])
def test_a_browser_may_be_sent_to_an_address_on_the_web(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    ["https:///x", "https://:80/x", "https://[zz]/", "b.example", "https://b.example/ x", "https://b.exa\x7fmple/", "\nhttps://b.example/"],
)  # fmt: skip
def test_a_browser_is_sent_to_no_other_address(url: str) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://xn--caf-dma.example:8443/a\nb", "https://café.example:8443/a\nb"),
        ("http://xn--80ak6aa92e.com", "http://xn--80ak6aa92e.com"),
        ("ftp://xn--caf-dma.example", "ftp://xn--caf-dma.example"),
    ],
)
def test_of_an_address_on_the_web_the_host_is_shown_in_its_own_letters(url: str, shown: str) -> None:
    assert shown_url(url) == shown
