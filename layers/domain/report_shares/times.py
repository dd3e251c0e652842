"""Times inside the service are integers: milliseconds since the Unix epoch, UTC."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

type Clock = Callable[[], int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SECOND = 1_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


def system_clock() -> int:
    """The present time in epoch milliseconds."""
    return time.time_ns() // 1_000_000


def iso(epoch_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``, as every timestamp of the API."""
    return datetime.fromtimestamp(epoch_ms / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(moment: datetime) -> int:
    """An aware time in epoch milliseconds, cut off to whole ones."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
