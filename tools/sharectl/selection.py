"""Active shares by whose they are: what an operator lists, and withdraws when a teammate leaves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.times import system_clock
from sharectl.stack import Stack
from sharectl.tables import read_items


@dataclass(frozen=True)
class Selection:
    """What a share must belong to, in each respect that is not None."""

    principal_id: str | None = None
    scheduled_report_id: UUID | None = None
    brand_id: UUID | None = None
    workspace_id: str | None = None

    def find(self, stack: Stack) -> list[Share]:
        """The active shares that belong to it, newest first, by going through the whole table."""
        found = [share for share in _active_shares(stack) if self._matches(share)]
        if self.workspace_id is not None:
            workspaces = _workspaces(stack, found)
            found = [share for share in found if workspaces[share.id] == self.workspace_id]
        return sorted(found, key=lambda share: (-share.created_at, str(share.id)))

    def _matches(self, share: Share) -> bool:
        return (
            self.principal_id in {None, share.principal_id}
            and self.scheduled_report_id in {None, share.scheduled_report_id}
            and self.brand_id in {None, share.brand_id}
        )


EVERYTHING = Selection()


def _active_shares(stack: Stack) -> Iterator[Share]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.table,
        ConsistentRead=True,
        FilterExpression="sk = :share AND attribute_not_exists(revoked_at) AND expires_at > :now",
        ExpressionAttributeValues={":share": items.text("SHARE"), ":now": items.number(system_clock())},
    )
    yield from (items.share_from(dict(item)) for page in pages for item in page["Items"])


def _workspaces(stack: Stack, shares: Iterable[Share]) -> Mapping[UUID, str | None]:
    """The workspace of each share: its schedule's, or its brand's where the schedule is gone; None without either."""
    wanted = list(shares)
    schedule_keys = [items.schedule_key(one) for one in {share.scheduled_report_id for share in wanted}]
    brand_keys = [items.brand_key(one) for one in {share.brand_id for share in wanted}]
    schedules = {one.id: one.workspace_id for one in map(items.schedule_from, read_items(stack, schedule_keys))}
    brands = {one.id: one.workspace_id for one in map(items.brand_from, read_items(stack, brand_keys))}
    return {share.id: schedules.get(share.scheduled_report_id, brands.get(share.brand_id)) for share in wanted}
