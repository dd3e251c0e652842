"""What callers saw: one event for each call of a handler, written as a line when it starts and one when it ends."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Action(StrEnum):
    CREATE = "create"
    ROTATE = "rotate"
    EXTEND = "extend"
    RENAME = "rename"
    SET_LIVE = "set live"
    SET_PASSWORD = "set password"  # noqa: S105 # none
    REVOKE = "revoke"
    REVOKE_ALL = "revoke all"
    LIST = "list"
    READ = "read"
    COUNT = "count"  # an observer reads the ledger: how many entries are active


CHANGES = frozenset({Action.EXTEND, Action.RENAME, Action.SET_LIVE, Action.SET_PASSWORD})
"""What PATCH can do to one share."""
WRITES = frozenset({Action.CREATE, Action.ROTATE, Action.REVOKE, Action.REVOKE_ALL}) | CHANGES

NEVER = 1 << 60


@dataclass(frozen=True)
class Event:
    """One call. Times are epoch milliseconds of the clock that all processes share.

    ``ended`` is NEVER while it is under way. ``status`` is None where nobody knows what became of it: the process was
    killed, and ``ended`` is when it was found dead. ``share_id``, ``token``, ``expires_at`` and ``created_at`` are
    those of the answer's share, or, for requests about one, of the request. ``name``, ``live`` and ``password`` are
    what was asked for ("" is no password any more, a read's is the one it gave), ``told_name``, ``told_live`` and
    ``told_protected`` what was answered, names in one spelling. ``listed`` are ids with their names. ``shown`` is the
    company that an opened report shows, ``body`` the answer's text, ``faulty`` says that a fault was injected.
    """

    action: Action
    schedule: str
    caller: str
    started: int
    ended: int = NEVER
    status: int | None = None
    days: int | None = None
    name: str | None = None
    live: bool | None = None
    password: str | None = None
    share_id: str | None = None
    token: str | None = None
    expires_at: int | None = None
    created_at: int | None = None
    is_existing: bool | None = None
    told_name: str | None = None
    told_live: bool | None = None
    told_protected: bool | None = None
    key: str | None = None
    replayed: bool = False
    shown: str | None = None
    listed: tuple[tuple[str, str | None], ...] = ()
    count: int = 0
    body: str = field(default="", repr=False)
    faulty: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether it may or may not have had its effect."""
        return self.action in WRITES and (self.status is None or self.status >= 500)

    @property
    def succeeded(self) -> bool:
        """Whether it is known to have had its effect itself."""
        return self.status in (200, 201, 204) and not self.replayed

    @property
    def may_have_changed(self) -> bool:
        return self.action in WRITES and (self.succeeded or self.is_unknown)


def line(number: str, event: Event) -> str:
    return json.dumps({"number": number, **asdict(event)}) + "\n"


def events_in(folder: Path) -> list[Event]:
    """All events of all processes, by their start; of a call that was never answered only its start is known."""
    found: dict[str, Event] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for entry in _entries(file):
            number = entry.pop("number")
            listed = tuple((share_id, name) for share_id, name in entry["listed"])
            found[number] = Event(**{**entry, "action": Action(entry["action"]), "listed": listed})
    return sorted(found.values(), key=lambda event: (event.started, event.ended))


def _entries(file: Path) -> Iterator[dict[str, Any]]:
    for text in file.read_text().splitlines():
        yield json.loads(text)
