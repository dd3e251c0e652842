"""Objects in the bucket: what is listed, how large a file may be, and how documents of our own are kept."""

import gzip
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from report_shares.store.bucket import Bucket, StoredObject
from report_shares.use_cases.object_errors import ObjectMissing, ObjectTooLarge
from tests.world import Json, World


@pytest.fixture
def bucket(world: World) -> Bucket:
    return Bucket(lambda: world.s3, "reports")


def test_what_begins_otherwise_is_not_found(world: World, bucket: Bucket) -> None:
    for key in ("runs/a/1.json", "runs/a/2.json", "runs/b/1.json"):
        world.s3.put_object(Bucket="reports", Key=key, Body=b"{}")

    assert [found.key for found in bucket.find("runs/a/")] == ["runs/a/1.json", "runs/a/2.json"]
    assert list(bucket.find("runs/c/")) == []


def test_a_long_listing_is_read_to_its_end(world: World, bucket: Bucket) -> None:
    now = datetime(2026, 4, 20, tzinfo=UTC)
    pages: list[Json] = [
        {"IsTruncated": True, "NextContinuationToken": "more"},
        {"IsTruncated": True, "NextContinuationToken": "and more"},
        {"IsTruncated": False},
    ]
    asked = {"Bucket": "reports", "Prefix": "runs/"}
    with Stubber(world.s3) as s3:
        for number, (page, after) in enumerate(zip(pages, ("", "more", "and more"), strict=True)):
            contents = [{"Key": f"runs/{number}.json", "ETag": f'"{number}"', "LastModified": now}]
            wanted = asked | ({"ContinuationToken": after} if after else {})
            s3.add_response("list_objects_v2", {**page, "Contents": contents}, wanted)

        assert list(bucket.find("runs/")) == [StoredObject(f"runs/{n}.json", str(n), now) for n in range(3)]


def test_a_file_may_be_as_large_as_the_limit_but_no_larger(world: World, bucket: Bucket) -> None:
    etag = world.s3.put_object(Bucket="reports", Key="a", Body=b"1234")["ETag"].strip('"')

    assert bucket.read("a", 4) == (b"1234", etag)
    with pytest.raises(ObjectTooLarge) as refused:
        bucket.read("a", 3)
    assert refused.value.etag == etag


def test_a_missing_object_is_told_by_its_key(bucket: Bucket) -> None:
    with pytest.raises(ObjectMissing, match=r"^runs/a\.json$"):
        bucket.read("runs/a.json")


def test_a_document_is_kept_gzipped_says_what_it_is_and_is_the_same_whenever_it_is_written(
    world: World, bucket: Bucket
) -> None:
    bucket.write_json("a", b'{"a": 1}')

    kept = world.s3.get_object(Bucket="reports", Key="a")
    body = kept["Body"].read()
    assert (kept["ContentType"], kept["ContentEncoding"]) == ("application/json", "gzip")
    assert gzip.decompress(body) == bucket.read_json("a") == b'{"a": 1}'
    assert body[4:8] == bytes(4)  # of the gzip header: no time
