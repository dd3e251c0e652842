"""`sam local start-api` serves the whole life of a share: created, read, expired, created anew."""

from collections.abc import Iterator

import httpx
import pytest

from local_service.ministack import free_port
from local_service.sam_local import SamLocal
from report_shares.times import MINUTE, system_clock
from tests.sam_local.conftest import Outside
from tests.world import SCHEDULE_ID


@pytest.fixture(scope="module")
def api(sam: SamLocal, outside: Outside) -> Iterator[httpx.Client]:  # noqa: ARG001
    with (
        sam.api(free_port()) as base_url,
        httpx.Client(base_url=base_url, timeout=60, trust_env=False) as client,
    ):
        yield client


def expire(outside: Outside, share_id: str, principal: str) -> None:
    """Let the share have expired a minute ago, as time would."""
    past = {":past": {"N": str(system_clock() - MINUTE)}}
    outside.dynamodb.update_item(
        TableName="shares",
        Key={"pk": {"S": f"SHARE#{share_id}"}, "sk": {"S": "SHARE"}},
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues=past,
    )
    outside.dynamodb.update_item(
        TableName="shares",
        Key={"pk": {"S": f"LEDGER#{SCHEDULE_ID}"}, "sk": {"S": "LEDGER"}},
        UpdateExpression="SET active.#caller.exp = :past",
        ExpressionAttributeNames={"#caller": principal},
        ExpressionAttributeValues=past,
    )


def test_a_share_lives_and_dies_behind_start_api(api: httpx.Client, outside: Outside) -> None:
    bearer = {"Authorization": f"Bearer {outside.add_key('walker')}"}
    shares = f"/v1/scheduled-reports/{SCHEDULE_ID}/shares"

    created = api.post(shares, headers=bearer, json={"expiration_days": 7})
    assert created.status_code == 201
    share = created.json()
    assert share["share_url"] == f"{str(api.base_url).rstrip('/')}/shared/{share['access_token']}"

    page, data = api.get(share["share_url"]), api.get(f"/v1/shared/{share['access_token']}")
    assert (page.status_code, data.status_code) == (200, 200)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert data.json()["expires_at"] == share["expires_at"]

    expire(outside, share["id"], "walker")
    gone = api.get(f"/v1/shared/{share['access_token']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "gone")
    assert api.get(shares, headers=bearer).json()["data"] == []

    anew = api.post(shares, headers=bearer)
    assert (anew.status_code, anew.json()["is_existing"]) == (201, False)
    assert api.get(f"/v1/shared/{anew.json()['access_token']}").status_code == 200


def test_links_and_head_are_answered_behind_start_api_as_elsewhere(api: httpx.Client, outside: Outside) -> None:
    bearer = {"Authorization": f"Bearer {outside.add_key()}"}
    token = api.post(f"/v1/scheduled-reports/{SCHEDULE_ID}/shares", headers=bearer).json()["access_token"]

    for behind, location in ((".", token), ("%3F", token), ("/", f"../{token}")):
        moved = api.get(f"/shared/{token}{behind}")
        assert (moved.status_code, moved.headers["location"], moved.text) == (308, location, "")
    for path in ("/shared", "/shared/", "/shared/a/b", "/SHARED/a"):
        page = api.get(path)
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    for path in (f"/shared/{token}", f"/v1/shared/{token}", "/v1/openapi.json", "/shared/a/b"):
        get, head = api.get(path), api.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-length"] == str(len(get.content))
