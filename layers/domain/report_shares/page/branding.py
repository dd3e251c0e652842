"""Branding: what the white label gives to a page. Anything in it may be hostile."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from report_shares.contract.shared_report import ReportWhiteLabel
from report_shares.contract.white_label import COLOUR_PATTERN
from report_shares.page.theme import Theme, theme

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")
_COLOUR = re.compile(COLOUR_PATTERN)
_NO_URL_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")

_NOBODYS = ReportWhiteLabel(company_name=None, primary_color=None, secondary_color=None, report_sections_config={})


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, what it says, and whether it leads to another website."""

    href: str
    text: str
    is_website: bool = False


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
    origin = https_origin(logo_url) if logo_url else None
    contacts = [
        _email(given.get("footer_email")),
        _phone(given.get("footer_phone")),
        _website(given.get("footer_website")),
    ]
    return Branding(
        company=given["company_name"],
        logo_url=logo_url if origin else None,
        logo_origin=origin,
        theme=theme(_colour(given["primary_color"]), _colour(given["secondary_color"])),
        contacts=[link for link in contacts if link],
    )


def https_origin(url: str) -> str | None:
    """The origin of an https URL as a Content-Security-Policy takes it; None for any other URL.

    A host that is not plain ASCII letters, digits, dots and hyphens once it is IDNA-encoded could end one directive
    and begin another, so it has no origin.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
    except ValueError:  # UnicodeError is one
        return None
    if parts.scheme != "https" or not _HOST.fullmatch(host):
        return None
    return f"https://{host}" + (f":{port}" if port not in (None, 443) else "")


def web_link(url: str) -> str | None:
    """The URL if a browser may be sent there: http or https with a host and no login; None otherwise."""
    if _NO_URL_CHARACTERS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def _colour(given: str | None) -> str | None:
    """Only a colour goes into a style sheet; anything else counts as not set."""
    return given if given is not None and _COLOUR.fullmatch(given) else None


def _email(address: str | None) -> Link | None:
    return Link(f"mailto:{quote(address, safe='@')}", address) if address else None


def _phone(number: str | None) -> Link | None:
    if not number:
        return None
    digits, _, extension = re.sub(r"[^0-9x]", "", number.lower()).partition("x")
    plus, more = "+" if number.startswith("+") else "", extension.replace("x", "")
    return Link(f"tel:{plus}{digits}" + (f";ext={more}" if more else ""), number)


def _website(url: str | None) -> Link | None:
    if not url or https_origin(url) is None or web_link(url) is None:
        return None
    return Link(url, url.removeprefix("https://").removesuffix("/"), is_website=True)
