"""Count that a share's page was looked at."""

from dataclasses import dataclass
from typing import Protocol

from report_shares.contract.limits import MAX_EXPIRATION_DAYS
from report_shares.rules.shares import Share
from report_shares.times import DAY, Clock


class ViewStore(Protocol):
    def count_view(self, share: Share, now: int, kept_until: int) -> None:
        """Counts one look, unless the share had as many as are counted in a minute: then nothing is written."""


@dataclass(frozen=True, slots=True)
class CountView:
    """The use case with all that it needs."""

    views: ViewStore
    clock: Clock

    def __call__(self, share: Share) -> None:
        # The share may be extended after the last look, by so many days at most.
        self.views.count_view(share, self.clock(), share.expires_at + MAX_EXPIRATION_DAYS * DAY)
