"""The AWS calls that a piece of code makes, and how they fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError


def before_each_call(monkeypatch: pytest.MonkeyPatch, look: Callable[[str, Any], object]) -> None:
    """``look`` is given operation and arguments of each call before it is made; what it raises, the call raises."""
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined] # the one place all calls pass

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> object:
        look(operation, arguments)
        return make_api_call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collects the names of the operations called meanwhile."""
    names: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        before_each_call(patched, lambda operation, _: names.append(operation))
        yield names


def failing(monkeypatch: pytest.MonkeyPatch, operation: str, error: Exception) -> None:
    """Makes every call of one operation fail."""

    def fail(name: str, _: Any) -> None:
        if name == operation:
            raise error

    before_each_call(monkeypatch, fail)


def aws_error(operation: str, code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)
