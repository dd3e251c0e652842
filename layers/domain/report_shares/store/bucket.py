"""JSON objects in the bucket, gzipped."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from report_shares.store.aws_errors import as_service_unavailable, code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Level 6 is zlib's own default; gzip's 9 costs about twice the time for a percent of size.
_COMPRESSION = 6


class ObjectMissing(LookupError):
    """There is no object under this key."""


class ObjectTooLarge(ValueError):
    """The object is larger than the caller is willing to read."""

    def __init__(self, etag: str) -> None:
        super().__init__("the object is too large")
        self.etag = etag


class ObjectUnreadable(OSError):
    """The object is there, but S3 refuses to hand it out (denied, archived); the message is S3's code."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; the ETag is without quotes."""

    key: str
    etag: str
    modified_at: datetime


class Objects:
    """The bucket that holds run files, roll-ups and snapshots."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def find(self, prefix: str) -> Iterator[StoredObject]:
        """The objects whose keys begin so, however many; a listing is as consistent as a read."""
        after: dict[str, Any] = {}
        while True:
            with as_service_unavailable():
                answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **after)
            found = answer.get("Contents", [])
            for item in found:
                yield StoredObject(item["Key"], item["ETag"].strip('"'), item["LastModified"])
            if not answer.get("IsTruncated"):
                return
            after = {"StartAfter": found[-1]["Key"]}

    def read(self, key: str, max_bytes: int | None = None) -> tuple[bytes, str]:
        """The object's bytes and its ETag (without quotes).

        Raises ``ObjectMissing``, ``ObjectTooLarge`` or ``ObjectUnreadable``.
        """
        try:
            with as_service_unavailable():
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
                etag = answer["ETag"].strip('"')
                if max_bytes is not None and answer["ContentLength"] > max_bytes:
                    answer["Body"].close()
                    raise ObjectTooLarge(etag)
                return answer["Body"].read(), etag
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise ObjectMissing(key) from error
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN:
                raise ObjectUnreadable(code_of(error)) from error
            raise

    def read_json(self, key: str) -> bytes:
        """The JSON text of an object written by ``write_json``. Raises ``ObjectMissing``."""
        return gzip.decompress(self.read(key)[0])

    def write_json(self, key: str, text: bytes) -> None:
        """``mtime`` 0, so that the same text always makes the same object."""
        with as_service_unavailable():
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=gzip.compress(text, _COMPRESSION, mtime=0),
                ContentType="application/json",
                ContentEncoding="gzip",
            )

    def delete(self, key: str) -> None:
        with as_service_unavailable():
            self._client.delete_object(Bucket=self._bucket, Key=key)
