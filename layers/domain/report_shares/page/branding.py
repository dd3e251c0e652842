"""What the white label gives to a page: names, logo, contact. Everything in it may be hostile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from report_shares.contract.white_label import COLOUR_PATTERN
from report_shares.page.theme import Theme, theme

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")
_COLOUR = re.compile(COLOUR_PATTERN)
_NO_URL_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads and what it says."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Branding:
    """A white label ready for a page; None or empty where it is silent."""

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


def branding_of(white_label: Mapping[str, Any] | None) -> Branding:
    """The look of an effective white label; None is nobody's look."""
    given = white_label or {}
    logo_url = given.get("logo_url")
    origin = https_origin(logo_url) if logo_url else None
    colours = theme(_colour(given.get("primary_color")), _colour(given.get("secondary_color")))
    return Branding(
        company=given.get("company_name"),
        logo_url=logo_url if origin else None,
        logo_origin=origin,
        theme=colours,
        primary=colours.light["cover"],
        email=_email(given.get("footer_email")),
        phone=_phone(given.get("footer_phone")),
        website=_website(given.get("footer_website")),
    )


def https_origin(url: str) -> str | None:
    """The origin of an https URL as a Content-Security-Policy takes it; None where there is none.

    A host that is not plain ASCII letters, digits, dots and hyphens once it is IDNA-encoded could end one directive
    and begin another, so it is none.
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
    """The URL where a browser may be sent to it: http or https with a host and no login; None otherwise."""
    if _NO_URL_CHARACTERS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else None


def _colour(given: str | None) -> str | None:
    """What goes into a style sheet is a colour, or the brand has none."""
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
