"""The gate before a share with a password: at most ten wrong passwords in any ten minutes, however many try at once.

A try takes one of ten **places** before anything is hashed. The right password gives its place back; a wrong one keeps
it for ten minutes from when it is known to be wrong, a try that was never finished for ten from its beginning. Ten
wrong ones within ten minutes close the gate until ten minutes after the tenth. The store takes a place in one
conditional write, and asks the rules where it finds none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from report_shares.times import MINUTE, SECOND

PLACES = 10
WINDOW = 10 * MINUTE
# No request lives longer (Lambda's Timeout is 28 s): what took a place before and said nothing has crashed.
_LONGEST_TRY = 30 * SECOND
WHILE_OTHERS_TRY = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A try that took a place, and whether its password is known to be wrong: since when, in epoch milliseconds.

    ``since`` is when the try began, or, of a wrong one, when it was known to be: a try may be slow, and ten minutes
    from its beginning are less than ten from its hash.
    """

    since: int
    is_wrong: bool = False

    def is_over(self, now: int) -> bool:
        return self.since <= now - WINDOW

    def counts_as_wrong(self, now: int) -> bool:
        return self.is_wrong or self.since <= now - _LONGEST_TRY


type Places = Mapping[str, Place]


class NoPlace(Exception):
    """No further try now; ``retry_after`` in seconds. ``is_closed``: because of wrong ones, not of others that try."""

    def __init__(self, retry_after: int, *, is_closed: bool) -> None:
        super().__init__(f"no place for {retry_after} s")
        self.retry_after = retry_after
        self.is_closed = is_closed


def to_clear(places: Places, now: int) -> Places:
    """Those of the places that are over and make room; none where there is room. Raises ``NoPlace``.

    Places that were all taken within ten minutes are the ten tries of a gate that is closed or about to be: none of
    them makes room before the last one is over.
    """
    if len(places) < PLACES:
        return {}
    times = [place.since for place in places.values()]
    opens_at = max(times) + WINDOW
    if max(times) - min(times) < WINDOW and now < opens_at:
        if all(place.counts_as_wrong(now) for place in places.values()):
            raise NoPlace(-(-(opens_at - now) // SECOND), is_closed=True)
        raise NoPlace(WHILE_OTHERS_TRY, is_closed=False)
    return {name: place for name, place in places.items() if place.is_over(now)}
