"""The rate limit: at most ``limit`` requests of a key in any rolling minute, exactly.

A key remembers the times of its last ``limit`` accepted requests, oldest first. A further one is accepted when
the oldest of them is a whole window ago, and takes its place: no estimate, and no double burst at a minute's edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from report_shares.times import MINUTE, SECOND

WINDOW = MINUTE


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the ``RateLimit-*`` headers say; ``reset`` is in seconds."""

    limit: int
    remaining: int
    reset: int


def no_requests(limit: int) -> list[int]:
    """The memory of a key that has not been used."""
    return [0] * limit


def is_exceeded(times: Sequence[int], now: int) -> bool:
    """Whether one more request now would be one too many."""
    return times[0] > now - WINDOW


def seconds_until_accepted(times: Sequence[int], now: int) -> int:
    """Whole seconds after which a request is accepted again, at least 1."""
    return max(1, -(-(times[0] + WINDOW - now) // SECOND))


def state(times: Sequence[int], now: int) -> RateLimit:
    """What is left after the request just counted. ``reset``: until all of the limit is free again."""
    recent = sum(time > now - WINDOW for time in times)
    reset = -(-(max(times) + WINDOW - now) // SECOND)  # the newest of the times is less than a window ago
    return RateLimit(limit=len(times), remaining=len(times) - recent, reset=reset)
