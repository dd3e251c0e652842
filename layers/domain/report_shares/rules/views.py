"""How often a share's page was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Views:
    """``last_at`` (epoch milliseconds) is None where nobody has looked yet."""

    count: int = 0
    last_at: int | None = None


NO_VIEWS = Views()
