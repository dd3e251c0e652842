"""Schedules, ledgers and shares in the table."""

from collections.abc import Collection, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Any
from uuid import UUID

from report_shares.refusals import ServiceUnavailable
from report_shares.rules.shares import LedgerSwap, ScheduleView, Share
from report_shares.rules.views import NO_VIEWS
from report_shares.store import items
from report_shares.store.aws_errors import as_service_unavailable
from report_shares.store.batch_read import MAX_READ_TOGETHER, read_items, read_together
from report_shares.use_cases.share_changes import (
    AlreadyRecorded,
    Contended,
    IdempotencyRecord,
    Revocation,
    SeenShare,
    ShareChange,
    StaleView,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Codes of a transaction's cancellation reasons, one per item and in the order of the items:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_CONDITION_FAILED = "ConditionalCheckFailed"
_TRANSACTION_CONFLICT = "TransactionConflict"
_THROTTLED = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded"})


class ShareTable:
    """``ShareStore`` on DynamoDB: every change is one transaction, every read strongly consistent."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def open_schedule(self, scheduled_report_id: UUID) -> ScheduleView:
        """One call for both items."""
        keys = [items.schedule_key(scheduled_report_id), items.ledger_key(scheduled_report_id)]
        return items.schedule_view_from(read_together(self._client, self._table, keys))

    def get_share(self, share_id: UUID) -> Share | None:
        with as_service_unavailable():
            answer = self._client.get_item(TableName=self._table, Key=items.share_key(share_id), ConsistentRead=True)
        return items.share_from(answer["Item"]) if "Item" in answer else None

    def get_shares(self, share_ids: Collection[UUID]) -> Mapping[UUID, SeenShare]:
        """One call for one share and for fifty, two at most."""
        keys = [key(share_id) for share_id in share_ids for key in (items.share_key, items.views_key)]
        calls = batched(keys, MAX_READ_TOGETHER, strict=False)
        found = [item for some in calls for item in read_items(self._client, self._table, some)]
        views = {items.id_in(item): items.views_from(item) for item in found if items.is_views(item)}
        rows = [items.share_from(item) for item in found if not items.is_views(item)]
        return {row.id: SeenShare(row, views.get(row.id, NO_VIEWS)) for row in rows}

    def commit(self, change: ShareChange) -> None:
        """All writes or none. Raises ``StaleView`` or ``Contended``.

        boto3 gives each call a client token, so that one which is sent again after a lost answer counts once.
        """
        writes = [self._swap(change, change.swap)] if change.swap else []
        if change.created:
            writes.append(self._put(items.share_item(change.created), "attribute_not_exists(pk)"))
        if change.updated:
            seen = items.number(change.updated.revision - 1)
            writes.append(self._put(items.share_item(change.updated), "revision = :seen", {":seen": seen}))
        writes += [self._revoke(revocation) for revocation in change.revoked]
        if change.record:
            writes.append(self._record(change.record))
        try:
            with as_service_unavailable():
                self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            raise _refusal(error.response, change.record) from error
        except self._client.exceptions.TransactionConflictException as error:
            raise Contended from error

    def get_record(self, principal_id: str, key: str) -> IdempotencyRecord | None:
        with as_service_unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=items.record_key(principal_id, key), ConsistentRead=True
            )
        return items.record_from(answer["Item"]) if "Item" in answer else None

    def _swap(self, change: ShareChange, swap: LedgerSwap) -> Any:
        expression = _ledger_opening(swap) if change.opens_ledger else _ledger_update(swap)
        return {
            "Update": {
                "TableName": self._table,
                "Key": items.ledger_key(change.scheduled_report_id),
                **expression,
            }
        }

    def _put(self, item: items.Item, condition: str, values: items.Item | None = None) -> Any:
        put = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        return {"Put": put | ({"ExpressionAttributeValues": values} if values else {})}

    def _record(self, record: IdempotencyRecord) -> Any:
        now = {":now": items.number(record.recorded_at)}
        write = self._put(items.record_item(record), "attribute_not_exists(pk) OR expires_at <= :now", now)
        write["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return write

    def _revoke(self, revocation: Revocation) -> Any:
        condition = "attribute_exists(pk) AND attribute_not_exists(revoked_at)"
        values = {":at": items.number(revocation.at), ":one": items.number(1)}
        if revocation.seen_revision is not None:
            condition += " AND revision = :seen"
            values[":seen"] = items.number(revocation.seen_revision)
        return {
            "Update": {
                "TableName": self._table,
                "Key": items.share_key(revocation.share_id),
                "UpdateExpression": "SET revoked_at = :at, revision = revision + :one",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }


def _ledger_opening(swap: LedgerSwap) -> Any:
    entries = {items.place_text(place): items.ledger_entry(entry) for place, entry in swap.replacements.items()}
    return {
        "UpdateExpression": "SET active = :entries",
        "ConditionExpression": "attribute_not_exists(active)",
        "ExpressionAttributeValues": {":entries": {"M": entries}},
    }


def _ledger_update(swap: LedgerSwap) -> Any:
    names: dict[str, str] = {}
    values: items.Item = {}
    conditions, settings, removals = [], [], []
    if swap.max_entries is not None:
        conditions.append("size(active) <= :most")
        values[":most"] = items.number(swap.max_entries)
    for number, (place, seen) in enumerate(swap.expected.items()):
        # Short names: as many as the largest cap allows have to fit into an expression of 4 KB.
        names[f"#p{number}"] = items.place_text(place)
        if seen is None:
            conditions.append(f"attribute_not_exists(active.#p{number})")
        else:
            conditions.append(f"active.#p{number} = :s{number}")
            values[f":s{number}"] = items.ledger_entry(seen)
        if place in swap.replacements:
            settings.append(f"active.#p{number} = :n{number}")
            values[f":n{number}"] = items.ledger_entry(swap.replacements[place])
        else:
            removals.append(f"active.#p{number}")
    updates = {"SET": settings, "REMOVE": removals}
    return {
        "UpdateExpression": " ".join(f"{verb} {', '.join(paths)}" for verb, paths in updates.items() if paths),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _refusal(response: Any, record: IdempotencyRecord | None) -> Exception:
    """What a cancelled transaction means.

    A used Idempotency-Key (its write is the last one) outranks all; a failed condition is decided anew; a conflict
    never means that the cap is reached.
    """
    reasons = response["CancellationReasons"]  # one for each write, in their order
    codes = {reason.get("Code") for reason in reasons}
    if record and reasons[-1].get("Code") == _CONDITION_FAILED:
        return AlreadyRecorded(items.record_from(reasons[-1]["Item"]))
    if _CONDITION_FAILED in codes:
        return StaleView()
    if _TRANSACTION_CONFLICT in codes:
        return Contended()
    if codes & _THROTTLED:
        return ServiceUnavailable(cause=f"TransactWriteItems: {', '.join(sorted(codes & _THROTTLED))}")
    return RuntimeError(f"transaction cancelled: {sorted(str(code) for code in codes)}")
