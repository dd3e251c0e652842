"""Request headers as API Gateway hands them over: any case, any number of times."""

from collections.abc import Mapping, Sequence
from typing import Any


def header_values(event: Mapping[str, Any], name: str) -> list[str]:
    """Every value of the header, in the order given; the name in any case."""
    wanted = name.lower()
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    return [value for given, values in headers.items() if given.lower() == wanted for value in values]


def single_header(event: Mapping[str, Any], name: str) -> str | None:
    """The header's value; a header that is given twice is ambiguous and counts as none."""
    values = header_values(event, name)
    return values[0] if len(values) == 1 else None


def cookies(event: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """The cookies of the request by name, each with all the values that it is sent with."""
    found: dict[str, list[str]] = {}
    for header in header_values(event, "Cookie"):
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            found.setdefault(name.strip(), []).append(value.strip())
    return found
