"""Where a share's link points, and at which hosts links answer."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from report_shares.api.settings import Settings

_LOCAL = "local"


def public_base_url(configured: str, event: Mapping[str, Any]) -> str:
    """What stands before the token: the configured base, or else the API's own address.

    The address comes from API Gateway's request context, not from the ``Host`` header, which a client may choose.
    """
    if configured:
        return configured
    request = event["requestContext"]
    return f"https://{request['domainName']}/{request['stage']}/shared/"


def foreign_host(settings: Settings, event: Mapping[str, Any]) -> str | None:
    """The host that was asked, in lower case and without a port; None where it is one of the deployment's own.

    Own are the hosts of the public base URL, of the custom domain and of the API itself, and on a developer's machine
    those that lead there. It comes from the request context as well, which only emulators leave it out of.
    """
    request = event["requestContext"]
    host = _host_of(f"//{request.get('domainName') or ''}")
    if not host or host in (_host_of(settings.public_base_url), settings.custom_domain):
        return None
    if host.startswith(f"{request.get('apiId')}.execute-api."):
        return None
    return None if settings.stage == _LOCAL and _is_local(host) else host


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
