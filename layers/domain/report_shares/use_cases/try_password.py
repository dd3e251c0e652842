"""Try a password of a share at its gate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

from report_shares.rules import gate, passwords
from report_shares.rules.gate import NoPlace, Places
from report_shares.rules.shares import Share
from report_shares.times import Clock

_MAX_ATTEMPTS = 12


class GateStore(Protocol):
    def take(self, share: Share, name: str, now: int, cleared: Places) -> Places | None:
        """Takes a place for the try of this name in one conditional write, where there is room or by clearing these.

        Returns None where it was taken, otherwise the places as they are.
        """

    def give_back(self, share_id: UUID, name: str) -> None:
        """Frees the place of this try and no other."""

    def keep_as_wrong(self, share_id: UUID, name: str, now: int) -> None:
        """The place of this try is one of a wrong password, from now on."""


@dataclass(frozen=True, slots=True)
class TryPassword:
    """The use case with all that it needs."""

    gate: GateStore
    clock: Clock
    new_name: Callable[[], str] = lambda: uuid4().hex

    def __call__(self, share: Share, password: str) -> bool:
        """Whether it is the password of a share that has one. Nothing is hashed without a place.

        Raises ``NoPlace`` where none is left. A try that ends in the middle keeps its place, which is then over in ten
        minutes like that of a wrong one.
        """
        name = self.new_name()
        self._take_place(share, name)
        is_right = passwords.is_right(password, share.password_hash or "")
        if is_right:
            self.gate.give_back(share.id, name)
        else:
            self.gate.keep_as_wrong(share.id, name, self.clock())
        return is_right

    def _take_place(self, share: Share, name: str) -> None:
        """As long as others only clear or give back places meanwhile, look again."""
        cleared: Places = {}
        for _ in range(_MAX_ATTEMPTS):
            now = self.clock()
            places = self.gate.take(share, name, now, cleared)
            if places is None:
                return
            cleared = gate.to_clear(places, now)
        raise NoPlace(gate.WHILE_OTHERS_TRY, is_closed=False)
