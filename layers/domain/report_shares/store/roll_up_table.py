"""Roll-ups: their documents in the bucket, and the pointer to the present ones on the schedule's item."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from botocore.exceptions import ClientError

from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.run_files import RunFileRejected, ids_in, key_of, prefix_of
from report_shares.store import items
from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, as_service_unavailable, code_of, item_of
from report_shares.store.bucket import ObjectMissing, Objects, ObjectTooLarge, ObjectUnreadable, StoredObject
from report_shares.times import DAY, SECOND
from report_shares.use_cases.roll_up_runs import (
    Pointer,
    RunFileMissing,
    RunFileTooLarge,
    RunFileUnreadable,
    RunFileUpload,
    RunOutcome,
    StoredRunFile,
)
from report_shares.use_cases.share_changes import StaleView

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OUTCOMES_KEPT = 30 * DAY


class RollUpTable:
    """``RollUpStore`` on DynamoDB and S3."""

    def __init__(self, client: "DynamoDBClient", table: str, objects: Objects) -> None:
        self._client = client
        self._table = table
        self._objects = objects

    def get_schedule(self, scheduled_report_id: UUID) -> Schedule | None:
        item = self._get(items.schedule_key(scheduled_report_id))
        return items.schedule_from(item) if item else None

    def get_brand(self, brand_id: UUID) -> Brand | None:
        item = self._get(items.brand_key(brand_id))
        return items.brand_from(item) if item else None

    def _get(self, key: items.Item) -> items.Item | None:
        with as_service_unavailable():
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def find_run_file(self, scheduled_report_id: UUID, run_id: UUID) -> RunFileUpload | None:
        plain = key_of(scheduled_report_id, run_id)
        both = (plain, key_of(scheduled_report_id, run_id, gzipped=True))
        return _that_counts([file for file in self._objects.find(plain) if file.key in both])

    def list_run_files(self, scheduled_report_id: UUID) -> Mapping[UUID, RunFileUpload]:
        files: dict[UUID, list[StoredObject]] = defaultdict(list)
        for file in self._objects.find(prefix_of(scheduled_report_id)):
            with suppress(RunFileRejected):
                files[ids_in(file.key)[1]].append(file)
        found = {run_id: _that_counts(uploads) for run_id, uploads in files.items()}
        return {run_id: upload for run_id, upload in found.items() if upload}

    def read_run_file(self, key: str, max_bytes: int) -> StoredRunFile:
        try:
            return StoredRunFile(*self._objects.read(key, max_bytes))
        except ObjectMissing as error:
            raise RunFileMissing(key) from error
        except ObjectTooLarge as error:
            raise RunFileTooLarge(error.etag) from error
        except ObjectUnreadable as error:
            raise RunFileUnreadable(str(error)) from error

    def read_document(self, key: str) -> bytes:
        try:
            return self._objects.read_json(key)
        except ObjectMissing as error:
            # Documents are deleted only once the pointer has moved past them.
            raise StaleView from error

    def write_document(self, key: str, text: bytes) -> None:
        self._objects.write_json(key, text)

    def delete_document(self, key: str) -> None:
        self._objects.delete(key)

    def move_pointer(self, seen: Schedule, pointer: Pointer) -> None:
        try:
            with as_service_unavailable():
                self._client.update_item(
                    TableName=self._table,
                    Key=items.schedule_key(seen.id),
                    UpdateExpression=(
                        "SET snapshot_version = :next, snapshot_key = :snapshot, rollup_key = :rollup,"
                        " rolled_up_at = :at"
                    ),
                    ConditionExpression=(
                        "snapshot_version = :seen"
                        if seen.snapshot_version
                        else "attribute_exists(pk) AND attribute_not_exists(snapshot_version)"
                    ),
                    ExpressionAttributeValues={
                        ":next": items.number(seen.snapshot_version + 1),
                        ":snapshot": items.text(pointer.snapshot_key),
                        ":rollup": items.text(pointer.rollup_key),
                        ":at": items.number(pointer.rolled_up_at),
                        **({":seen": items.number(seen.snapshot_version)} if seen.snapshot_version else {}),
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED_ERROR:
                raise
            present = (item_of(error) or {}).get("rollup_key", {}).get("S")
            # botocore sends an unanswered update again: then it is our own pointer that stands in the way.
            if present != pointer.rollup_key:
                raise StaleView from error

    def record_outcome(self, outcome: RunOutcome) -> None:
        item = items.run_key(outcome.scheduled_report_id, outcome.run_id) | {
            "etag": items.text(outcome.etag),
            "status": items.text(outcome.status),
            "processed_at": items.number(outcome.processed_at),
            "ttl": items.number((outcome.processed_at + _OUTCOMES_KEPT) // SECOND),
        }
        if outcome.reason is not None:
            item["reason"] = items.text(outcome.reason)
        with as_service_unavailable():
            self._client.put_item(TableName=self._table, Item=item)


def _that_counts(files: Sequence[StoredObject]) -> RunFileUpload | None:
    # S3 counts in seconds; of two uploads in one second the gzipped one counts, so that all folds agree.
    latest = max(files, key=lambda file: (file.modified_at, file.key), default=None)
    return RunFileUpload(latest.key, latest.etag) if latest else None
