"""Branding: what the white label gives to a page. Anything in it may be hostile."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from report_shares.contract.shared_report import ReportWhiteLabel
from report_shares.contract.white_label import COLOUR_PATTERN
from report_shares.page.theme import Theme, theme

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")
_COLOUR = re.compile(COLOUR_PATTERN)
_NO_URL_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")

_NOBODYS: ReportWhiteLabel = {
    "company_name": None,
    "primary_color": None,
    "secondary_color": None,
    "report_sections_config": {},
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads and what it says."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Branding:
    """A white label made ready for a page; None where it sets nothing."""

    company: str | None
    logo_url: str | None
    logo_origin: str | None
    theme: Theme
    primary: str
    email: Link | None
    phone: Link | None
    website: Link | None

    @property
    def contacts(self) -> list[Link]:
        return [link for link in (self.email, self.phone, self.website) if link]


def branding_of(white_label: ReportWhiteLabel | None) -> Branding:
    """The branding of an effective white label; None is nobody's, in neutral colours."""
    given = white_label or _NOBODYS
    logo_url = given.get("logo_url")
    origin = https_origin(logo_url) if logo_url else None
    colours = theme(_colour(given["primary_color"]), _colour(given["secondary_color"]))
    return Branding(
        company=given["company_name"],
        logo_url=logo_url if origin else None,
        logo_origin=origin,
        theme=colours,
        primary=colours.light["cover"],
        email=_email(given.get("footer_email")),
        phone=_phone(given.get("footer_phone")),
        website=_website(given.get("footer_website")),
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
    main, _, extension = number.lower().partition("x")
    digits = re.sub(r"[^0-9]", "", main)
    plus = "+" if number.startswith("+") else ""
    more = re.sub(r"[^0-9]", "", extension)
    return Link(f"tel:{plus}{digits}" + (f";ext={more}" if more else ""), number)


def _website(url: str | None) -> Link | None:
    if not url or https_origin(url) is None or web_link(url) is None:
        return None
    shown = url.removeprefix("https://").removesuffix("/")
    return Link(url, shown)
