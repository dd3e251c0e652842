"""The events of ``events/``: what they say, which function they are for, and which schedule they are about."""

import re
from pathlib import Path

from local_service.environment import ROOT
from local_service.errors import LocalServiceError

EVENTS = ROOT / "events"
# The local service puts the demo's schedule in its stead.
SCHEDULE_ID = "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04"
_ROW = re.compile(r"^\| `(\w+)\.json` \| `(\w+)` \|", re.MULTILINE)


def text_of(name: str) -> str:
    """An event with its placeholders. Raises ``LocalServiceError`` if there is no such event."""
    functions = _functions()
    if Path(name).stem not in functions:
        raise LocalServiceError(f"there is no event {name}; there are {', '.join(sorted(functions))}")
    return (EVENTS / f"{Path(name).stem}.json").read_text(encoding="utf-8")


def function_of(name: str) -> str:
    """The function that the event is for, from the table in ``events/README.md``."""
    return _functions().get(Path(name).stem, "")


def _functions() -> dict[str, str]:
    """Each event's name with its function; other files of the folder, such as ``env.json``, are no events."""
    return dict(_ROW.findall((EVENTS / "README.md").read_text(encoding="utf-8")))
