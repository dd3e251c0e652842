"""The bucket's objects: files as they were uploaded, and JSON documents, gzipped."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from report_shares.store.aws_errors import as_service_unavailable, code_of
from report_shares.use_cases.object_errors import ObjectMissing, ObjectTooLarge, ObjectUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Level 6 is zlib's own default; gzip's 9 costs about twice the time for a percent of size.
_COMPRESSION = 6


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; the ETag is without quotes."""

    key: str
    etag: str
    modified_at: datetime


class Bucket:
    """The bucket that holds run files, roll-ups and snapshots.

    The client is made when it is first used: a link that leads nowhere does not wait for it.
    """

    def __init__(self, client: Callable[[], "S3Client"], name: str) -> None:
        self._client = client
        self._name = name

    def find(self, prefix: str) -> Iterator[StoredObject]:
        """All objects whose keys begin with this; a listing is as consistent as a read."""
        with as_service_unavailable():
            for page in self._client().get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix):
                for item in page.get("Contents", []):
                    yield StoredObject(item["Key"], item["ETag"].strip('"'), item["LastModified"])

    def read(self, key: str, max_bytes: int | None = None) -> tuple[bytes, str]:
        """The object's bytes and its ETag (without quotes).

        Raises ``ObjectMissing``, ``ObjectTooLarge`` or ``ObjectUnreadable``.
        """
        try:
            with as_service_unavailable():
                answer = self._client().get_object(Bucket=self._name, Key=key)
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
            self._client().put_object(
                Bucket=self._name,
                Key=key,
                Body=gzip.compress(text, _COMPRESSION, mtime=0),
                ContentType="application/json",
                ContentEncoding="gzip",
            )

    def delete(self, key: str) -> None:
        with as_service_unavailable():
            self._client().delete_object(Bucket=self._name, Key=key)
