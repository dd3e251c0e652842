"""The AWS calls that a piece of code makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collects the names of the operations called meanwhile."""
    names: list[str] = []
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # the one place all calls pass

    def record(client: BaseClient, operation: str, arguments: dict[str, Any]) -> object:
        names.append(operation)
        return make_api_call(client, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", record):
        yield names
