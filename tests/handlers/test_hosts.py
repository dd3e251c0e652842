"""At which hosts a link answers: the deployment's own, and its brand's."""

from uuid import UUID, uuid4

import pytest

from report_shares.rules.catalog import Brand
from report_shares.store import items
from report_shares.times import DAY
from tests.gateway import public_event
from tests.handlers.answers import assert_refused
from tests.handlers.calls import recorded
from tests.handlers.runs import run
from tests.handlers.test_gate import protect
from tests.world import BRAND_ID, SCHEDULE_ID, WORKSPACE, Answer, Json, World

AGENCY = "reports.agency.example"
OTHER_AGENCY = "reports.rival.example"
OWN = [
    "abcdef1234.execute-api.us-east-1.amazonaws.com",
    "reports.example.com",  # of the public base URL
    "REPORTS.example.com:443",
    "reports.example.com.",
    "127.0.0.1:3000",
    "localhost",
    "api.localhost",
    "[::1]:4566",
]
FOREIGN = [
    OTHER_AGENCY,
    "example.com",
    "reports.example.com.evil.example",
    "x.execute-api.us-east-1.amazonaws.com",
    "agency.example",
    "192.0.2.1",
]
PATHS = ["/shared/{}", "/v1/shared/{}"]


@pytest.fixture
def share(world: World) -> Json:
    set_base(world, f"https://{AGENCY}/r/")
    return world.create(world.add_key()).json


def set_base(world: World, base_url: str) -> None:
    world.dynamodb.update_item(
        TableName="shares",
        Key=items.brand_key(BRAND_ID),
        UpdateExpression="SET public_base_url = :base",
        ExpressionAttributeValues={":base": items.text(base_url)},
    )


def at(world: World, host: str | None, path: str, method: str = "GET") -> Answer:
    asked = public_event(path, method)
    if host is None:
        del asked["requestContext"]["domainName"]
    else:
        asked["requestContext"]["domainName"] = host
    return world.send(world.shared_report, asked)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", [*OWN, AGENCY, AGENCY.upper(), None])
def test_a_link_answers_at_the_deployments_hosts_and_its_brands(
    world: World, share: Json, path: str, host: str | None
) -> None:
    assert at(world, host, path.format(share["access_token"])).status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_at_another_host_it_is_plainly_not_found(world: World, share: Json, host: str) -> None:
    token = share["access_token"]
    by_page, by_json = at(world, host, f"/shared/{token}"), at(world, host, f"/v1/shared/{token}")
    forged = at(world, host, f"/shared/{'A' * 51}")

    assert by_page.status == 404
    assert by_page.text.replace(by_page.request_id, "") == forged.text.replace(forged.request_id, "")
    assert by_page.headers | {"X-Correlation-ID": ""} == forged.headers | {"X-Correlation-ID": ""}
    assert_refused(by_json, 404, "not_found")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", [OTHER_AGENCY, AGENCY])
def test_a_protected_link_asks_for_its_password_at_its_brands_host_only(
    world: World, share: Json, path: str, host: str
) -> None:
    protect(world, share)

    assert at(world, host, path.format(share["access_token"])).status == (401 if host == AGENCY else 404)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", [OTHER_AGENCY, AGENCY])
def test_a_dead_link_is_gone_at_its_brands_host_only(world: World, share: Json, path: str, host: str) -> None:
    world.clock.now += 30 * DAY

    assert at(world, host, path.format(share["access_token"])).status == (410 if host == AGENCY else 404)


def test_a_link_that_has_lost_its_schedule_is_gone_at_its_brands_host_only(world: World, share: Json) -> None:
    world.dynamodb.delete_item(TableName="shares", Key=items.schedule_key(share["scheduled_report_id"]))

    found = [at(world, host, f"/shared/{share['access_token']}").status for host in (AGENCY, OTHER_AGENCY)]

    assert found == [410, 404]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("days", [0, 30])
def test_a_link_that_has_lost_its_brand_is_gone_at_the_deployments_hosts_only(
    world: World, share: Json, path: str, days: int
) -> None:
    world.dynamodb.delete_item(TableName="shares", Key=items.brand_key(BRAND_ID))
    world.clock.now += days * DAY

    found = [at(world, host, path.format(share["access_token"])).status for host in (None, AGENCY, OTHER_AGENCY)]

    assert found == [410, 404, 404]


def test_a_link_whose_row_is_purged_is_gone_for_ever_wherever_it_is_asked_for(world: World, share: Json) -> None:
    """Nothing tells any more whose it was, and its page is in nobody's look."""
    world.dynamodb.delete_item(TableName="shares", Key=items.share_key(share["id"]))

    assert {at(world, host, f"/shared/{share['access_token']}").status for host in (AGENCY, OTHER_AGENCY)} == {410}


@pytest.mark.parametrize(("path", "method"), [("/shared/{}", "POST"), ("/shared/{}/views", "POST")])
def test_what_writes_answers_where_the_page_does(world: World, share: Json, path: str, method: str) -> None:
    before = world.uncounted()

    assert at(world, OTHER_AGENCY, path.format(share["access_token"]), method).status == 404
    assert world.uncounted() == before
    assert at(world, AGENCY, path.format(share["access_token"]), method).status in (204, 303)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", [AGENCY, OTHER_AGENCY])
def test_finding_that_out_costs_no_further_read(world: World, share: Json, path: str, host: str) -> None:
    world.put_run(run(1))
    at(world, None, path.format(share["access_token"]))

    with recorded() as calls:
        at(world, host, path.format(share["access_token"]))

    assert sorted(calls) == ["BatchGetItem", "GetItem"]


def test_in_production_a_name_of_this_machine_is_nobodys(world: World, share: Json) -> None:
    world.stage = "prod"
    world.custom_domain = "api.example.com"
    world.restart()

    hosts = ("localhost", "api.example.com", None)
    statuses = [at(world, host, f"/shared/{share['access_token']}").status for host in hosts]

    assert statuses == [404, 200, 200]


# ---- what a link begins with -----------------------------------------------------------------------------------------


def test_the_links_of_a_brand_begin_with_its_own_base(world: World) -> None:
    key = world.add_key()
    earlier = world.create(key, idempotency_key="1").json
    set_base(world, f"https://{AGENCY}/r/")

    shares = [
        world.create(key).json,
        world.get(key, earlier["id"]).json,
        world.extend(key, earlier["id"], {"expiration_days": 3}).json,
        *world.list(key).json["data"],
    ]

    token = earlier["access_token"]
    assert {one["share_url"] for one in shares} == {f"https://{AGENCY}/r/{token}"}
    assert earlier["share_url"] == f"https://reports.example.com/shared/{token}"
    assert world.create(key, idempotency_key="1").json == earlier  # as it was answered first


@pytest.mark.usefixtures("share")
def test_a_brand_is_read_with_its_schedule_once_that_is_known(world: World) -> None:
    key = world.add_key("bob")
    world.list(key)

    with recorded() as calls:
        made = world.create(key).json

    assert sorted(calls) == ["BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert made["share_url"].startswith(f"https://{AGENCY}/r/")


@pytest.mark.usefixtures("share")
def test_a_schedule_that_has_become_another_brands_has_that_ones_links(world: World) -> None:
    other = UUID(int=7)
    brand = Brand(other, WORKSPACE, "Another", public_base_url=f"https://{OTHER_AGENCY}/")
    world.dynamodb.put_item(TableName="shares", Item=items.brand_item(brand))
    world.dynamodb.update_item(
        TableName="shares",
        Key=items.schedule_key(SCHEDULE_ID),
        UpdateExpression="SET brand_id = :brand",
        ExpressionAttributeValues={":brand": items.text(other)},
    )

    assert world.create(world.add_key("bob")).json["share_url"].startswith(f"https://{OTHER_AGENCY}/")


@pytest.mark.usefixtures("share")
def test_a_brand_that_is_gone_has_everybodys_links(world: World) -> None:
    world.dynamodb.delete_item(TableName="shares", Key=items.brand_key(BRAND_ID))

    assert world.create(world.add_key("bob")).json["share_url"].startswith("https://reports.example.com/shared/")


@pytest.mark.parametrize("workspace", ["elsewhere", WORKSPACE])
def test_no_brand_is_read_for_a_schedule_that_the_caller_may_not_see(world: World, workspace: str) -> None:
    key = world.add_key("bob", workspace=workspace)
    schedule_id = SCHEDULE_ID if workspace == "elsewhere" else uuid4()

    with recorded() as calls:
        assert world.create(key, schedule_id=schedule_id).status == 404

    assert "GetItem" not in calls
