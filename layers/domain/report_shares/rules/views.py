"""How often a share's page was looked at."""

from dataclasses import dataclass

from report_shares.times import MINUTE

# So many looks at one share are counted in any minute, exactly; a beacon can be forged by whoever has the link.
WINDOW = MINUTE
MOST_IN_WINDOW = 60


@dataclass(frozen=True, slots=True)
class Views:
    """``last_at`` (epoch milliseconds) is None where nobody has looked yet."""

    count: int = 0
    last_at: int | None = None


NO_VIEWS = Views()
