"""Hosts: one spelling for each, as a browser's address bar would end up with (WHATWG URL, UTS 46)."""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote

import idna

from report_shares.rules.text import fold_space, without_invisible

_MAX_HOST_LENGTH = 253
_MAX_LABEL_LENGTH = 63
_LONGEST_READ = 2 * _MAX_HOST_LENGTH  # UTS 46 leaves out what is invisible, so that what is longer may be a host

# What a browser refuses in a host.
_FORBIDDEN = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")

# A title that is a host: letters, digits, hyphens, and a last label that can be a top-level domain.
_HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
# Endings of files and names of software that are no top-level domain: `index.html`, `Node.js`.
_NO_TOP_LEVEL_DOMAINS = re.compile(
    "aspx?|avi|bmp|css|csv|docx?|exe|gif|gz|html?|ini|jpe?g|jsx?|json|jsp|log|mdx|mp[34]|odt|pdf|php|png|pptx?|rar|rtf"
    "|svg|tar|tsx?|tsv|txt|wav|webp|xlsx?|xml|ya?ml"
)


@lru_cache(maxsize=4_096)
def ascii_host(host: str) -> str | None:
    """The host in lower case and ASCII (UTS 46), without dots at its end; None where it is none on the web.

    A name without a dot is none. IPv6 addresses stand in brackets.
    """
    if _PLAIN.fullmatch(host) and len(host) <= _MAX_HOST_LENGTH:
        return host
    if host.startswith("["):
        return _ipv6(host)
    # A browser decodes a host's percent-encoding first.
    host = without_invisible(unquote(host))
    host = _mapped(host).rstrip(".") if len(host) <= _LONGEST_READ else ""
    labels = host.split(".")
    if len(labels) < 2 or "" in labels or len(host) > _MAX_HOST_LENGTH or _FORBIDDEN.search(host):
        return None
    return _ipv4(host) if _NUMBER.fullmatch(labels[-1]) else host


def domain_of_host(host: str) -> str | None:
    """The domain that a host belongs to, as domains are compared and shown: without ``www.``; None for no host.

    ``www.com`` stays: what is left of a domain has a dot.
    """
    name = ascii_host(host.strip())
    return None if name is None else without_www(name)


def without_www(host: str) -> str:
    """The host as ``ascii_host`` gives it, without ``www.``, however often that stands there."""
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host


def domain_in_title(title: str) -> str | None:
    """The domain where the whole title is a host name; None for prose, file names and anything else."""
    host = ascii_host(fold_space(title))
    if host is None or not _HOST_NAME.fullmatch(host) or _NO_TOP_LEVEL_DOMAINS.fullmatch(host.rpartition(".")[2]):
        return None
    return without_www(host)


def _mapped(host: str) -> str:
    """The host mapped by UTS 46, in Punycode where it is not ASCII; empty where it has no such form.

    As in browsers, a label may have what IDNA 2008 forbids, such as an emoji.
    """
    if host.isascii():
        return host.lower()
    try:
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        if max(map(len, labels)) > _MAX_LABEL_LENGTH:
            return ""
        encoded = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels]
    except UnicodeError:  # idna's own errors are such
        return ""
    return "" if any(len(label) > _MAX_LABEL_LENGTH for label in encoded) else ".".join(encoded)


def _ipv4(host: str) -> str | None:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        return None


def _ipv6(host: str) -> str | None:
    try:
        return f"[{IPv6Address(host.removeprefix('[').removesuffix(']'))}]" if host.endswith("]") else None
    except AddressValueError:
        return None
