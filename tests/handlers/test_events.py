"""Every event of the ``events`` folder does what its table says."""

import json
from collections.abc import Callable

import pytest

from tests.handlers.runs import run
from tests.world import EVENTS, SCHEDULE_ID, World, event


def share(world: World, key: str) -> dict[str, str]:
    made = world.create(key).json
    return {"API_KEY": key, "TOKEN": made["access_token"], "SHARE_ID": made["id"]}


def nothing(_: World, key: str) -> dict[str, str]:
    return {"API_KEY": key}


EXPECTED: dict[str, tuple[Callable[[World, str], dict[str, str]], int]] = {
    "create_share": (nothing, 201),
    "create_share_once": (nothing, 201),
    "create_white_label_share": (nothing, 201),
    "rotate_share": (share, 201),
    "list_shares": (share, 200),
    "extend_share": (share, 200),
    "revoke_share": (share, 204),
    "revoke_shares": (share, 204),
    "read_shared_report": (share, 200),
    "read_shared_page": (share, 200),
    "read_openapi": (nothing, 200),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_api_event_is_answered_as_the_table_says(world: World, name: str) -> None:
    prepare, status = EXPECTED[name]
    function = world.shared_report if name.startswith("read_") else world.share_api

    answer = world.send(function, event(name, **prepare(world, world.add_key())))

    assert answer.status == status


def test_the_arrival_of_a_run_file_is_folded(world: World) -> None:
    arrival = event("run_file_arrived", BUCKET="reports")
    key = json.loads(arrival["Records"][0]["body"])["detail"]["object"]["key"]
    run_id = key.rpartition("/")[2].removesuffix(".json")
    world.s3.put_object(Bucket="reports", Key=key, Body=json.dumps(run(1, id=run_id)).encode())

    assert world.roll_up(arrival) == {"batchItemFailures": []}

    (schedule,) = [item for item in world.items() if item["pk"]["S"] == f"SCHEDULE#{SCHEDULE_ID}" and "name" in item]
    assert schedule["snapshot_version"]["N"] == "1"


def test_the_table_lists_every_event_and_every_event_is_tried() -> None:
    files = {path.stem for path in EVENTS.glob("*.json")}
    listed = {line.split("`")[1].removesuffix(".json") for line in (EVENTS / "README.md").read_text().splitlines()
              if line.startswith("| `")}  # fmt: skip

    assert files == listed == {*EXPECTED, "run_file_arrived"}


def test_no_event_holds_a_credential() -> None:
    assert not [path.name for path in EVENTS.glob("*.json") if "rp_live_" in path.read_text()]
