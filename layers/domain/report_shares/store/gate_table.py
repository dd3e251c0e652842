"""Gates before shares with a password: who tries one, in an item of its own."""

from typing import TYPE_CHECKING
from uuid import UUID

from report_shares.rules import gate
from report_shares.rules.gate import Place, Places
from report_shares.rules.shares import Share
from report_shares.store import items
from report_shares.store.conditional_update import update_if

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Whose gate it is, for who purges a schedule, and until when it matters.
_ALWAYS = "scheduled_report_id = :schedule, #ttl = :ttl"
_STILL_THERE = "attribute_exists(places.#name)"


class GateTable:
    """``GateStore`` on DynamoDB.

    A map from the name of each try to the place that it took. The one write that takes a place does so on condition
    that there are fewer than ten, or that those which it clears stand as they were seen: there are never more, whoever
    tries at once. A write that was sent again after a lost answer finds its own name.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take(self, share: Share, name: str, now: int, cleared: Places) -> Places | None:
        update = f"SET places.#name = :taken, {_ALWAYS}"
        names = {"#name": name, "#ttl": "ttl"} | {f"#c{at}": other for at, other in enumerate(cleared)}
        values = _taken(share, now) | {f":c{at}": items.gate_place(place) for at, place in enumerate(cleared.values())}
        if cleared:
            condition = " AND ".join(f"places.#c{at} = :c{at}" for at in range(len(cleared)))
            update += " REMOVE " + ", ".join(f"places.#c{at}" for at in range(len(cleared)))
        else:
            # That the map exists is implied by its size, but not in every emulator.
            condition = "attribute_exists(places) AND size(places) < :most"
            values[":most"] = items.number(gate.PLACES)
        refused_by = self._update(share.id, condition, update, values, names)
        if refused_by is None:
            return None
        places = items.gate_places_from(refused_by) if refused_by else {}
        if name in places or (not refused_by and self._open(share, name, now)):
            return None
        return places

    def give_back(self, share_id: UUID, name: str) -> None:
        self._update(share_id, _STILL_THERE, "REMOVE places.#name", {}, {"#name": name})

    def keep_as_wrong(self, share_id: UUID, name: str, now: int) -> None:
        wrong = {":wrong": items.gate_place(Place(now, is_wrong=True))}
        self._update(share_id, _STILL_THERE, "SET places.#name = :wrong", wrong, {"#name": name})

    def _open(self, share: Share, name: str, now: int) -> bool:
        """Takes the first place of a gate without any; False where another try was faster."""
        values = _taken(share, now)
        values[":first"] = {"M": {name: values.pop(":taken")}}
        update = f"SET places = :first, {_ALWAYS}"
        return self._update(share.id, "attribute_not_exists(places)", update, values, {"#ttl": "ttl"}) is None

    def _update(
        self, share_id: UUID, condition: str, update: str, values: items.Item, names: dict[str, str]
    ) -> items.Item | None:
        return update_if(self._client, self._table, items.gate_key(share_id), condition, update, values, names)


def kept_until(now: int) -> int:
    """How long a gate is kept that is tried now: a wrong one may be known a moment later, and counts from then."""
    return now + 2 * gate.WINDOW


def _taken(share: Share, now: int) -> items.Item:
    return {
        ":taken": items.gate_place(Place(now)),
        ":schedule": items.text(share.scheduled_report_id),
        ":ttl": items.ttl(kept_until(now)),
    }
