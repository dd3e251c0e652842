"""How things lie in the table. Times are epoch milliseconds; only ``ttl`` is in seconds, as DynamoDB wants it.

| item     | pk                 | sk          |
|----------|--------------------|-------------|
| API key  | KEY#{sha256}       | KEY         |
| requests | REQUESTS#{sha256}  | {limit}     |
| brand    | BRAND#{id}         | BRAND       |
| schedule | SCHEDULE#{id}      | SCHEDULE    |
| ledger   | LEDGER#{id}        | LEDGER      |
| run file | SCHEDULE#{id}      | RUN#{run}   |
| share    | SHARE#{id}         | SHARE       |
| views    | VIEWS#{id of its share} | VIEWS |
| gate     | GATE#{id of its share}  | GATE  |
| record   | IDEMPOTENCY#{principal} | {Idempotency-Key} |
| purged   | PURGED#{pk of a key, brand or schedule} | PURGED |

An attribute has the name of the entity's field. A field that is None or False, or an empty set or mapping, has no
attribute.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints
from uuid import UUID

from report_shares.json_text import json_text
from report_shares.rules import gate
from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.shares import LedgerEntry, Place, ScheduleView, Share
from report_shares.rules.views import Views
from report_shares.times import DAY, SECOND
from report_shares.use_cases.roll_up_store import RunOutcome
from report_shares.use_cases.share_changes import IdempotencyRecord

type Item = dict[str, Any]
type Attributes = dict[str, Item | None]
"""Some of an item's attributes by name; None for those that the item is not to have."""

_OUTCOME_KEPT = 30 * DAY
# As far as DynamoDB's point-in-time recovery reaches back: so long can a copy of the table still hold the row.
_PURGED_KEPT = 35 * DAY


def text(value: object) -> Item:
    return {"S": str(value)}


def number(value: int) -> Item:
    return {"N": str(value)}


def _key(pk: str, sk: str) -> Item:
    return {"pk": text(pk), "sk": text(sk)}


def api_key_key(digest: str) -> Item:
    return _key(f"KEY#{digest}", "KEY")


def requests_key(digest: str, limit: int) -> Item:
    """Where the last requests of a key stand, as many as this limit allows in a window."""
    return _key(f"REQUESTS#{digest}", str(limit))


def brand_key(brand_id: UUID) -> Item:
    return _key(f"BRAND#{brand_id}", "BRAND")


def schedule_key(scheduled_report_id: UUID) -> Item:
    return _key(f"SCHEDULE#{scheduled_report_id}", "SCHEDULE")


def ledger_key(scheduled_report_id: UUID) -> Item:
    return _key(f"LEDGER#{scheduled_report_id}", "LEDGER")


def run_key(scheduled_report_id: UUID, run_id: UUID) -> Item:
    return _key(f"SCHEDULE#{scheduled_report_id}", f"RUN#{run_id}")


def share_key(share_id: UUID) -> Item:
    return _key(f"SHARE#{share_id}", "SHARE")


def views_key(share_id: UUID) -> Item:
    return _key(f"VIEWS#{share_id}", "VIEWS")


def gate_key(share_id: UUID) -> Item:
    return _key(f"GATE#{share_id}", "GATE")


def record_key(principal_id: str, key: str) -> Item:
    return _key(f"IDEMPOTENCY#{principal_id}", key)


def api_key_attributes(key: ApiKey) -> Attributes:
    """What the catalogue says of a key. Not whether it is revoked: writing these again must not bring a key back."""
    return _attributes(key, but=("revoked_at",))


def api_key_item(digest: str, key: ApiKey) -> Item:
    return api_key_key(digest) | _present(_attributes(key))


def api_key_from(item: Item) -> ApiKey:
    return _entity(ApiKey, item)


def requests_item(digest: str, times: Sequence[int]) -> Item:
    return requests_key(digest, len(times)) | {"times": {"L": [number(time) for time in times]}}


def times_from(item: Item | None) -> Sequence[int]:
    """When a key was last used, oldest first; empty where there is no such item."""
    return tuple(int(time["N"]) for time in item["times"]["L"]) if item else ()


def brand_attributes(brand: Brand) -> Attributes:
    """All that is known of a brand."""
    return _attributes(brand, but=("id",))


def brand_item(brand: Brand) -> Item:
    return brand_key(brand.id) | _present(brand_attributes(brand))


def brand_from(item: Item) -> Brand:
    return _entity(Brand, item, id=id_in(item))


def schedule_attributes(schedule: Schedule) -> Attributes:
    """What the catalogue says of a schedule; where its roll-up and snapshot lie is the roll-up's to write."""
    return _attributes(schedule, but=("id", "snapshot_version", "snapshot_key", "rollup_key", "rolled_up_at"))


def schedule_item(schedule: Schedule) -> Item:
    # Nobody waits for a version before the first.
    unversioned = () if schedule.snapshot_version else ("snapshot_version",)
    return schedule_key(schedule.id) | _present(_attributes(schedule, but=("id", *unversioned)))


def schedule_from(item: Item) -> Schedule:
    return _entity(Schedule, item, id=id_in(item))


def run_outcome_item(outcome: RunOutcome) -> Item:
    ttl = {"ttl": number((outcome.processed_at + _OUTCOME_KEPT) // SECOND)}
    own = _attributes(outcome, but=("scheduled_report_id", "run_id"))
    return run_key(outcome.scheduled_report_id, outcome.run_id) | _present(own) | ttl


def run_outcome_from(item: Item) -> RunOutcome:
    run_id = UUID(item["sk"]["S"].removeprefix("RUN#"))
    return _entity(RunOutcome, item, scheduled_report_id=id_in(item), run_id=run_id)


def is_ledger(item: Item) -> bool:
    return bool(item["sk"] == text("LEDGER"))


def ledger_entry(entry: LedgerEntry) -> Item:
    settings = {"set": {"B": entry.settings}} if entry.settings else {}
    return {"M": {"id": {"B": entry.share_id.bytes}, "exp": number(entry.expires_at)} | settings}


def _ledger_entry_from(attributes: Item) -> LedgerEntry:
    settings = attributes["set"]["B"] if "set" in attributes else b""
    return LedgerEntry(UUID(bytes=attributes["id"]["B"]), int(attributes["exp"]["N"]), settings)


def place_text(place: Place) -> str:
    """A nameless share stands under its owner alone. No principal's id has a ``#``."""
    return f"{place.principal_id}#{place.key}" if place.key else place.principal_id


def _place_from(text: str) -> Place:
    principal_id, _, key = text.partition("#")
    return Place(principal_id, key)


def ledger_from(item: Item) -> dict[Place, LedgerEntry]:
    return {_place_from(place): _ledger_entry_from(entry["M"]) for place, entry in item["active"]["M"].items()}


def schedule_view_from(found: Mapping[str, Item]) -> ScheduleView:
    """From a schedule's item and its ledger's, by sort key, as far as they are there."""
    schedule, ledger = found.get("SCHEDULE"), found.get("LEDGER")
    return ScheduleView(
        schedule_from(schedule) if schedule else None,
        ledger_from(ledger) if ledger else None,
    )


def share_item(share: Share) -> Item:
    return share_key(share.id) | _present(_attributes(share, but=("id",))) | _ttl(share.expires_at)


def share_from(item: Item) -> Share:
    return _entity(Share, item, id=id_in(item))


def is_views(item: Item) -> bool:
    return bool(item["sk"] == text("VIEWS"))


def views_from(item: Item) -> Views:
    return Views(int(item["views_count"]["N"]), int(item["last_viewed_at"]["N"]))


def gate_place(taken: gate.Place) -> Item:
    return {"M": {"since": number(taken.since), "is_wrong": {"BOOL": taken.is_wrong}}}


def gate_places_from(item: Item) -> dict[str, gate.Place]:
    """The places of a gate by their names."""
    return {
        name: gate.Place(int(found["M"]["since"]["N"]), found["M"]["is_wrong"]["BOOL"])
        for name, found in item["places"]["M"].items()
    }


def record_item(record: IdempotencyRecord) -> Item:
    own = _present(_attributes(record, but=("principal_id", "key", "share")))
    share = {"share": {"M": share_item(record.share)}} if record.share else {}
    return record_key(record.principal_id, record.key) | own | share | _ttl(record.expires_at)


def record_from(item: Item) -> IdempotencyRecord:
    principal_id = item["pk"]["S"].removeprefix("IDEMPOTENCY#")
    share = share_from(item["share"]["M"]) if "share" in item else None
    return _entity(IdempotencyRecord, item, principal_id=principal_id, key=item["sk"]["S"], share=share)


def purged_item(row: Item, now: int) -> Item:
    """What stays of a key, brand or schedule that was purged: which one it was, and whose."""
    owners = {name: row[name] for name in ("brand_id", "workspace_id") if name in row}
    return _key(f"PURGED#{row['pk']['S']}", "PURGED") | owners | _ttl(now + _PURGED_KEPT)


def purged_row_key(purged: Item) -> Item:
    """Where the row was that was purged."""
    return catalogue_key(purged["pk"]["S"].removeprefix("PURGED#"))


def catalogue_key(pk: str) -> Item:
    """The key of a key's, brand's or schedule's item, by its partition key."""
    return _key(pk, pk.partition("#")[0])


def _ttl(expires_at: int) -> Item:
    return {"ttl": ttl(expires_at)}


def ttl(expires_at: int) -> Item:
    """Rounded up, so that DynamoDB never purges what still counts."""
    return number(-(-expires_at // SECOND))


def id_in(item: Item) -> UUID:
    """The id in an item's partition key: whose item it is."""
    return UUID(item["pk"]["S"].partition("#")[2])


def _present(attributes: Attributes) -> Item:
    return {name: value for name, value in attributes.items() if value is not None}


def _attributes(entity: Any, but: tuple[str, ...] = ()) -> Attributes:
    """The entity's fields as attributes, but for those that stand in the item's key or are left to others."""
    return {one.name: _encoded(getattr(entity, one.name)) for one in fields(entity) if one.name not in but}


def _encoded(value: object) -> Item | None:
    match value:
        case None | False | frozenset() | Mapping() if not value:
            return None
        case True:
            return {"BOOL": True}
        case int():
            return number(value)
        case tuple():
            return {"L": [text(entry) for entry in value]}
        case frozenset():
            return {"SS": sorted(value)}
        case _:
            return text(json_text(dict(value)) if isinstance(value, Mapping) else value)


def _entity[T](kind: type[T], item: Item, **known: object) -> T:
    """The entity that the item holds; ``known`` are the fields that its key tells."""
    hints = _hints_of(kind)
    found = {name: _decoded(item[name], hint) for name, hint in hints.items() if name in item}
    absent = {name: None for name, hint in hints.items() if type(None) in get_args(hint)}
    return kind(**(absent | found | known))


_hints_of: Callable[[type], Mapping[str, Any]] = cache(get_type_hints)


def _decoded(attribute: Item, hint: Any) -> object:
    """The value of a field of this type."""
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "SS":
            return frozenset(value)
        case "L":
            return tuple(entry["S"] for entry in value)
    if isinstance(hint, type):  # a text, an enum of texts, an id
        return hint(value)
    is_mapping = any(getattr(one, "__origin__", None) is Mapping for one in (hint, *get_args(hint)))
    return json.loads(value) if is_mapping else value
