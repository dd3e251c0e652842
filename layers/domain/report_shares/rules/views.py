"""How often a share's page was looked at."""

from typing import NamedTuple


class Views(NamedTuple):
    """``last_at`` (epoch milliseconds) is None where nobody has looked yet."""

    count: int = 0
    last_at: int | None = None


NO_VIEWS = Views()
