"""How far the proofs go: a quick form in `make test`, a long one in `make test-long`."""

import os
import sys
import types
from collections.abc import Callable

import pytest

LONG = os.environ.get("LONG") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/proof" in item.path.as_posix() and "engine_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
    if not LONG:
        long = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)


@pytest.fixture
def progress(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says how far a long proof is, while it runs; silent in the quick form."""

    def say(text: str) -> None:
        if LONG:
            with capsys.disabled():
                sys.stderr.write(f"    {text}\n")
                sys.stderr.flush()

    return say


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Retries do not wait; the seconds they would have waited."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", types.SimpleNamespace(sleep=waited.append))
    return waited
