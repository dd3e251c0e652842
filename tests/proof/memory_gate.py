"""``GateStore`` in memory, one write of ``store/gate_table.py`` at a time: what the exploration of the gate runs over.

A gate is one immutable value, so that a state can be kept, compared and gone back to. Each write is one conditional
UpdateItem; ``MemoryGate`` puts them together as the table does. The same contract suite runs over this, moto and
DynamoDB Local (``test_gate_store_contract.py``).
"""

from typing import NamedTuple, Protocol
from uuid import UUID

from report_shares.rules import gate
from report_shares.rules.gate import Place, Places
from report_shares.rules.shares import Share
from report_shares.store.gate_table import kept_until

type Held = frozenset[tuple[str, Place]]


class Gate(NamedTuple):
    """The item of one gate."""

    places: Held
    expires_at: int

    @property
    def by_name(self) -> dict[str, Place]:
        return dict(self.places)


class Take(NamedTuple):
    """Takes a place where there is room, or that of those that it clears if they are as they were seen."""

    name: str
    now: int
    cleared: Held

    def write(self, present: Gate | None) -> tuple[Gate | None, bool]:
        if present is None:
            return None, False
        holds = self.cleared <= present.places if self.cleared else len(present.places) < gate.PLACES
        if not holds:
            return present, False
        places = {**dict(present.places - self.cleared), self.name: Place(self.now)}
        return Gate(frozenset(places.items()), kept_until(self.now)), True


class Open(NamedTuple):
    """Takes the first place of a gate that is not there."""

    name: str
    now: int

    def write(self, present: Gate | None) -> tuple[Gate | None, bool]:
        if present is not None:
            return present, False
        return Gate(frozenset({(self.name, Place(self.now))}), kept_until(self.now)), True


class GiveBack(NamedTuple):
    """Frees the place, if it is still there."""

    name: str

    def write(self, present: Gate | None) -> tuple[Gate | None, bool]:
        if present is None or self.name not in present.by_name:
            return present, False
        return present._replace(places=present.places - {(self.name, present.by_name[self.name])}), True


class KeepAsWrong(NamedTuple):
    """The place, if it is still there, is that of a password that turned out to be wrong now."""

    name: str
    now: int

    def write(self, present: Gate | None) -> tuple[Gate | None, bool]:
        if present is None or self.name not in present.by_name:
            return present, False
        places = present.by_name | {self.name: Place(self.now, is_wrong=True)}
        return present._replace(places=frozenset(places.items())), True


type Write = Take | Open | GiveBack | KeepAsWrong


class Sends(Protocol):
    def __call__(self, write: Write) -> tuple[Gate | None, bool]:
        """Carries the write out if its condition holds; the gate that it found or left, and whether it held."""


class GateOverWrites:
    """``GateStore`` by whatever carries the writes out."""

    def __init__(self, send: Sends) -> None:
        self._send = send

    def take(self, share: Share, name: str, now: int, cleared: Places) -> Places | None:  # noqa: ARG002 # there is one
        found, taken = self._send(Take(name, now, frozenset(cleared.items())))
        if taken or (found and name in found.by_name):
            return None
        if found is None and self._send(Open(name, now))[1]:
            return None
        return found.by_name if found else {}

    def give_back(self, share_id: UUID, name: str) -> None:  # noqa: ARG002
        self._send(GiveBack(name))

    def keep_as_wrong(self, share_id: UUID, name: str, now: int) -> None:  # noqa: ARG002
        self._send(KeepAsWrong(name, now))


class MemoryGate(GateOverWrites):
    """The gate of one share, which changes."""

    def __init__(self, present: Gate | None = None) -> None:
        super().__init__(self._carried_out)
        self.present = present

    def _carried_out(self, write: Write) -> tuple[Gate | None, bool]:
        self.present, held = write.write(self.present)
        return self.present, held
