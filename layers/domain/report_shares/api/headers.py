"""Request headers as API Gateway hands them over: any case, any number of times."""

from collections.abc import Mapping
from typing import Any


def header_values(event: Mapping[str, Any], name: str) -> list[str]:
    """Every value of the header, in the order given; the name in any case."""
    wanted = name.lower()
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    return [value for given, values in headers.items() if given.lower() == wanted for value in values]
