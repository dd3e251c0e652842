"""Roll-ups: their documents in the bucket, and the pointer to the present ones on the schedule's item."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from botocore.exceptions import ClientError

from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.run_files import RunFileRejected, RunFileUpload, key_of, prefixes_of
from report_shares.store import items
from report_shares.store.aws_errors import CONDITION_FAILED_ERROR, as_service_unavailable, code_of, item_of
from report_shares.store.bucket import Bucket, StoredObject
from report_shares.use_cases.object_errors import ObjectMissing
from report_shares.use_cases.roll_up_store import Overtaken, Pointer, RunOutcome, StoredRunFile

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RollUpTable:
    """``RollUpStore`` on DynamoDB and S3."""

    def __init__(self, client: "DynamoDBClient", table: str, bucket: Bucket) -> None:
        self._client = client
        self._table = table
        self._bucket = bucket

    def get_schedule(self, scheduled_report_id: UUID) -> Schedule | None:
        item = self._get(items.schedule_key(scheduled_report_id))
        return items.schedule_from(item) if item else None

    def get_brand(self, brand_id: UUID) -> Brand | None:
        item = self._get(items.brand_key(brand_id))
        return items.brand_from(item) if item else None

    def _get(self, key: items.Item) -> items.Item | None:
        with as_service_unavailable():
            return self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")

    def find_run_file(self, upload: RunFileUpload) -> RunFileUpload | None:
        # The gzipped file's key begins with the plain one's. Ids may be spelled otherwise than we would.
        plain = {key_of(upload.scheduled_report_id, upload.run_id), upload.key.removesuffix(".gz")}
        return _that_count(chain.from_iterable(map(self._bucket.find, sorted(plain)))).get(upload.run_id)

    def list_run_files(self, scheduled_report_id: UUID) -> Mapping[UUID, RunFileUpload]:
        prefixes = prefixes_of(scheduled_report_id)
        return _that_count(chain.from_iterable(map(self._bucket.find, prefixes)))

    def read_run_file(self, key: str, max_bytes: int) -> StoredRunFile:
        return StoredRunFile(*self._bucket.read(key, max_bytes))

    def read_document(self, key: str) -> bytes:
        try:
            return self._bucket.read_json(key)
        except ObjectMissing as error:
            # Documents are deleted only once the pointer has moved past them.
            raise Overtaken from error

    def write_document(self, key: str, text: bytes) -> None:
        self._bucket.write_json(key, text)

    def delete_document(self, key: str) -> None:
        self._bucket.delete(key)

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
                raise Overtaken from error

    def record_outcome(self, outcome: RunOutcome) -> None:
        with as_service_unavailable():
            self._client.put_item(TableName=self._table, Item=items.run_outcome_item(outcome))


def _that_count(files: Iterable[StoredObject]) -> dict[UUID, RunFileUpload]:
    """Of each run among the files its latest upload; what lies there under another name is passed over."""
    uploads: dict[UUID, RunFileUpload] = {}
    # S3 counts in seconds: of two uploads in the same second the gzipped one counts, so that all folds agree.
    for file in sorted(files, key=lambda file: (file.modified_at, file.key)):
        with suppress(RunFileRejected):
            upload = RunFileUpload.of(file.key, file.etag)
            uploads[upload.run_id] = upload
    return uploads
