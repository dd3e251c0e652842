"""Where a share's link points."""

from collections.abc import Mapping
from typing import Any


def public_base_url(configured: str, event: Mapping[str, Any]) -> str:
    """What stands before the token: the configured base, or else the API's own address.

    The address comes from API Gateway's request context, not from the ``Host`` header, which a client may choose.
    """
    if configured:
        return configured
    request = event["requestContext"]
    return f"https://{request['domainName']}/{request['stage']}/shared/"
