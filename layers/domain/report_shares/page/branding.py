"""Branding: what the white label gives to a page. Anything in it may be hostile."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from report_shares.contract.contacts import Contact, email_contact, phone_contact, web_address
from report_shares.contract.shared_report import ReportWhiteLabel
from report_shares.contract.white_label import COLOUR_PATTERN
from report_shares.hosts import shown_address
from report_shares.page.theme import Theme, theme

_COLOUR = re.compile(COLOUR_PATTERN)
_NO_URL_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")
_SHOWN = re.compile(r"(?P<scheme>https?://)(?P<host>[^/?#:]+)(?P<rest>.*)", re.DOTALL)

_NOBODYS = ReportWhiteLabel(company_name=None, primary_color=None, secondary_color=None, report_sections_config={})


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, what it says, and whether it leads to another website."""

    href: str
    text: str
    is_website: bool


@dataclass(frozen=True, slots=True)
class Branding:
    """A white label made ready for a page; None where it sets nothing."""

    company: str | None
    logo_url: str | None
    logo_origin: str | None
    theme: Theme
    contacts: Sequence[Link]


def branding_of(white_label: ReportWhiteLabel | None) -> Branding:
    """The branding of an effective white label; None is nobody's, in neutral colours."""
    given = white_label or _NOBODYS
    logo_url = given.get("logo_url")
    logo = web_address(logo_url) if logo_url else None
    contacts = [
        _link(given.get("footer_email"), email_contact),
        _link(given.get("footer_phone"), phone_contact),
        _link(given.get("footer_website"), _website, is_website=True),
    ]
    return Branding(
        company=given["company_name"],
        logo_url=logo.contact.href if logo else None,
        logo_origin=logo.origin if logo else None,
        theme=theme(_colour(given["primary_color"]), _colour(given["secondary_color"])),
        contacts=[link for link in contacts if link],
    )


def web_link(url: str) -> str | None:
    """The URL if a browser may be sent there: http or https with a host and no login; None otherwise."""
    if _NO_URL_CHARACTERS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def shown_url(url: str) -> str:
    """A cited address as people read it: its host in its own letters where these cannot pass for others."""
    parts = _SHOWN.fullmatch(url)
    return parts["scheme"] + shown_address(parts["host"], parts["rest"]) if parts else url


def _colour(given: str | None) -> str | None:
    """Only a colour goes into a style sheet; anything else counts as not set."""
    return given if given is not None and _COLOUR.fullmatch(given) else None


def _link(given: str | None, read: Callable[[str], Contact | None], *, is_website: bool = False) -> Link | None:
    """What was stored before a rule came, and is against it, counts as not set."""
    contact = read(given) if given else None
    return Link(*contact, is_website=is_website) if contact else None


def _website(url: str) -> Contact | None:
    address = web_address(url)
    return address.contact if address else None
