"""The bucket's objects with all their versions: what `purge` deletes for good, and `snapshots` until taken back."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from report_shares.times import milliseconds
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_BATCH = 1000


class _VersionId(TypedDict, total=False):
    VersionId: str


@dataclass(frozen=True)
class Version:
    """One version of an object; ``modified_at`` is in epoch milliseconds, ``size`` in bytes, None for a delete marker.

    ``version_id`` None stands for the object itself: deleting that leaves a delete marker behind.
    """

    key: str
    version_id: str | None
    modified_at: int
    is_latest: bool
    size: int | None = None


def versions(stack: Stack, prefix: str) -> Iterator[Version]:
    """Every version and delete marker below the prefix."""
    for page in stack.s3.get_paginator("list_object_versions").paginate(Bucket=stack.bucket, Prefix=prefix):
        for one in page.get("Versions", []):
            yield Version(one["Key"], one["VersionId"], milliseconds(one["LastModified"]), one["IsLatest"], one["Size"])
        for marker in page.get("DeleteMarkers", []):
            at = milliseconds(marker["LastModified"])
            yield Version(marker["Key"], marker["VersionId"], at, marker["IsLatest"])


def present(stack: Stack, prefix: str) -> Iterator[Version]:
    """The objects below the prefix as they are now."""
    for page in stack.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.bucket, Prefix=prefix):
        for one in page.get("Contents", []):
            yield Version(one["Key"], None, milliseconds(one["LastModified"]), is_latest=True, size=one["Size"])


def run_folders(stack: Stack, schedule_ids: Set[UUID]) -> Iterator[str]:
    """Where these schedules' run files lie, and lay: producers spell ids in either case, and in both."""
    ids = set(map(str, schedule_ids))
    pages = stack.s3.get_paginator("list_object_versions").paginate(Bucket=stack.bucket, Prefix="runs/", Delimiter="/")
    for page in pages:
        for one in page.get("CommonPrefixes", []):
            if schedule_in(one["Prefix"]) in ids:
                yield one["Prefix"]


def schedule_in(key: str) -> str:
    """The id of the schedule in whose folder a key lies, in lower case; whatever stands there, if it is none."""
    return key.partition("/")[2].partition("/")[0].lower()


def delete(stack: Stack, found: Iterable[Version]) -> Iterator[tuple[Version, str | None]]:
    """Delete them; each comes back with the reason why it is still there, or None."""
    for batch in batched(found, _BATCH, strict=False):
        # XML cannot hold every key that an object may have; an address can.
        together = [one for one in batch if one.key.isprintable()]
        if together:
            yield from _delete_together(stack, together)
        for one in batch:
            if not one.key.isprintable():
                version: _VersionId = {"VersionId": one.version_id} if one.version_id else {}
                stack.s3.delete_object(Bucket=stack.bucket, Key=one.key, **version)
                yield one, None


def _delete_together(stack: Stack, batch: list[Version]) -> Iterator[tuple[Version, str | None]]:
    answer = stack.s3.delete_objects(
        Bucket=stack.bucket, Delete={"Objects": [_identifier(one) for one in batch], "Quiet": True}
    )
    reasons = {(error.get("Key"), error.get("VersionId")): error.get("Code", "") for error in answer.get("Errors", [])}
    for one in batch:
        yield one, reasons.get((one.key, one.version_id))


def _identifier(one: Version) -> "ObjectIdentifierTypeDef":
    return {"Key": one.key} if one.version_id is None else {"Key": one.key, "VersionId": one.version_id}
