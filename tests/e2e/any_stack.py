"""Data of the tests' own in a stack that may have other data, and its removal."""

import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from local_service import demo
from local_service.deploy import base_url
from report_shares.rules.access import digest_of
from sharectl import stack as stacks

if TYPE_CHECKING:
    from tests.e2e.conftest import Service

STACK = "REPORT_SHARES_STACK"
"""The variable that names the stack."""

_FILES_AT_ONCE = 13


def sessions() -> boto3.Session:
    """The caller's own settings: the region is AWS_REGION, as for every other AWS tool."""
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)


def with_demo_data(service: "Service") -> None:
    """A brand, a schedule, a year of runs, a teammate and a share, all by way of sharectl and the API."""
    service.ready["base_url"] = base_url(stacks.find(service.session, service.ready["stack"]))
    service.ready["scheduled_report_id"] = service.subject.scheduled_report_id
    document = service.subject.document("")
    for entry in (*document["brands"], *document["schedules"]):
        entry["workspace_id"] = service.workspace_id
    del document["api_keys"]
    service.apply(document)
    (service.ready["api_key"],) = service.new_keys(1)
    with tempfile.TemporaryDirectory() as folder:
        for files in batched(_run_files(service, Path(folder)), _FILES_AT_ONCE, strict=False):
            code, said = service.sharectl("runs", "put", *map(str, files), "--wait")
            assert code == 0, said
    caller = service.caller_with(service.ready["api_key"])
    service.ready["share_url"] = caller.post().raise_for_status().json()["share_url"]


def _run_files(service: "Service", folder: Path) -> Iterator[Path]:
    for number, run in enumerate(demo.generate_runs(service.seed, last=demo.latest_monday(datetime.now(UTC)))):
        file = folder / f"{number}.json.gz"
        file.write_bytes(gzip.compress(json.dumps(run).encode(), compresslevel=5))
        yield file


def clean_up(service: "Service") -> None:
    """Revoke the keys, then remove every item, file and dead letter of what the tests made."""
    stack = stacks.find(service.session, service.ready["stack"])
    schedules = sorted(set(service.schedules))
    made = [key for minted in service.principals.values() for key in minted]
    if made:
        service.sharectl("keys", "revoke", *map(digest_of, made))
    _drop_dead_letters(service)
    for partition in [*_partitions(service), *_shares(stack, schedules)]:
        _delete_items(stack, partition)
    for schedule_id in schedules:
        for kind in ("runs", "rollups", "snapshots"):
            _delete_files(stack, f"{kind}/{schedule_id}/")


def _partitions(service: "Service") -> Iterator[str]:
    yield from (f"BRAND#{brand_id}" for brand_id in service.brands)
    for schedule_id in service.schedules:
        yield from (f"SCHEDULE#{schedule_id}", f"LEDGER#{schedule_id}")
    for principal_id, minted in service.principals.items():
        yield f"IDEMPOTENCY#{principal_id}"
        for key in minted:
            yield from (f"KEY#{digest_of(key)}", f"REQUESTS#{digest_of(key)}")


def _shares(stack: stacks.Stack, schedules: list[str]) -> Iterator[str]:
    """Also those that are in no ledger any more: found by reading the table, once."""
    values: Any = {f":s{number}": {"S": schedule_id} for number, schedule_id in enumerate(schedules)}
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.table,
        FilterExpression=f"sk = :share AND scheduled_report_id IN ({', '.join(values)})",
        ExpressionAttributeValues={":share": {"S": "SHARE"}, **values},
        ProjectionExpression="pk",
    )
    for page in pages:
        yield from (item["pk"]["S"] for item in page["Items"])


def _delete_items(stack: stacks.Stack, partition: str) -> None:
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": partition}},
        ProjectionExpression="pk, sk",
    )
    for item in [item for page in pages for item in page["Items"]]:
        stack.dynamodb.delete_item(TableName=stack.table, Key=item)


def _delete_files(stack: stacks.Stack, prefix: str) -> None:
    for page in stack.s3.get_paginator("list_object_versions").paginate(Bucket=stack.bucket, Prefix=prefix):
        for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            stack.s3.delete_object(Bucket=stack.bucket, Key=one["Key"], VersionId=one["VersionId"])


def _drop_dead_letters(service: "Service") -> None:
    _, listed = service.sharectl("runs", "failed")
    ours = [
        one["key"] for one in listed.get("failed", []) if any(schedule in one["key"] for schedule in service.schedules)
    ]
    if ours:
        service.sharectl("runs", "failed", *(part for key in ours for part in ("--drop", key)))
