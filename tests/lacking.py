"""What a test needs and this machine lacks."""

import os
from typing import NoReturn

import pytest

from local_service.environment import TOOLS


def lacking(message: str) -> NoReturn:
    """A skip that says what is missing; where REQUIRE_ENGINES=1, as on CI, a failure."""
    if os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def need_tools(what: str, *names: str) -> None:
    """Skips, or fails, unless each of these environments is there under ``.tools/``."""
    missing = [name for name in names if not (TOOLS / name / "bin" / "python").exists()]
    if missing:
        lacking(f"{what}: .tools/{' and .tools/'.join(missing)} missing, run `make setup`")
