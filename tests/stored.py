"""What an operator puts where the service finds it: schedules and keys as they lie in the table, token secrets."""

from dataclasses import dataclass

from report_shares.rules.access import digest_of
from report_shares.rules.catalog import Schedule
from report_shares.rules.tokens import TokenSecrets
from report_shares.store import items
from report_shares.store.items import Item


def schedule_item(schedule: Schedule) -> Item:
    item = items.schedule_key(schedule.id) | {
        "brand_id": items.text(schedule.brand_id),
        "workspace_id": items.text(schedule.workspace_id),
        "name": items.text(schedule.name),
        "frequency": items.text(schedule.frequency),
    }
    if schedule.snapshot_version:
        item["snapshot_version"] = items.number(schedule.snapshot_version)
    if schedule.snapshot_key is not None:
        item["snapshot_key"] = items.text(schedule.snapshot_key)
    if schedule.rollup_key is not None:
        item["rollup_key"] = items.text(schedule.rollup_key)
    return item


def api_key_item(key: str, principal: str, workspace: str, scopes: tuple[str, ...] = ("write:scheduled",)) -> Item:
    return items.api_key_key(digest_of(key)) | {
        "principal_id": items.text(principal),
        "workspace_id": items.text(workspace),
        "scopes": {"SS": list(scopes)},
    }


@dataclass(frozen=True)
class FixedSecrets:
    """A ``TokenSecretSource`` of the secrets at hand, among which none is ever found anew."""

    secrets: TokenSecrets

    def current(self) -> TokenSecrets:
        return self.secrets

    def searched_for(self, key_id: int, *, always: bool = False) -> TokenSecrets:  # noqa: ARG002 # nothing to find
        return self.secrets
