"""Active shares by whose they are: what an operator lists, and withdraws when a teammate leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from report_shares.rules.recipients import name_key
from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.times import system_clock
from sharectl.stack import Stack
from sharectl.tables import scan


@dataclass(frozen=True)
class Selection:
    """What a share must belong to, in each respect that is not None; names count as the API compares them."""

    principal_id: str | None = None
    scheduled_report_id: UUID | None = None
    brand_id: UUID | None = None
    workspace_id: str | None = None
    name: str | None = None

    def find(self, stack: Stack) -> list[Share]:
        """The active shares that belong to it, newest first, by going through the whole table."""
        found = filter(self._matches, _active_shares(stack))
        return sorted(found, key=lambda share: (-share.created_at, str(share.id)))

    def _matches(self, share: Share) -> bool:
        return (
            self.principal_id in {None, share.principal_id}
            and self.scheduled_report_id in {None, share.scheduled_report_id}
            and self.brand_id in {None, share.brand_id}
            and self.workspace_id in {None, share.workspace_id}
            and (self.name is None or name_key(self.name) == name_key(share.name))
        )


EVERYTHING = Selection()


def _active_shares(stack: Stack) -> Iterator[Share]:
    which = "sk = :share AND attribute_not_exists(revoked_at) AND expires_at > :now"
    values = {":share": items.text("SHARE"), ":now": items.number(system_clock())}
    return map(items.share_from, scan(stack, which, values))
