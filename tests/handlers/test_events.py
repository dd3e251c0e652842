"""Every row of the table in ``events/README.md``: an event, what is given, and the answer."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from functions.release_check.app import FOLDED
from functions.roll_up.app import sample_folded

from local_service.events import EVENTS
from report_shares.page.assets import assets
from report_shares.rules.gate import PLACES
from report_shares.times import DAY
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import run
from tests.handlers.test_gate import enter, protect
from tests.passwords import PASSWORD
from tests.world import NOON, SCHEDULE_ID, World, event

type Places = dict[str, str]


class Row(NamedTuple):
    name: str
    function: str
    given: str
    answer: str


ROWS = [
    Row(*row)
    for row in re.findall(
        r"^\| `(\w+)\.json` \| `(\w+)` \| (.+?) \| (\w+) \|$", (EVENTS / "README.md").read_text(), re.MULTILINE
    )
]
API_ROWS = [row for row in ROWS if row.function != "RollUpFunction"]
RUN_ROWS = [row for row in ROWS if row.name == "run_file_arrived"]


# ---- what is given ---------------------------------------------------------------------------------------------------


def no_share(world: World) -> Places:
    return {"API_KEY": world.add_key()}


def a_share(world: World) -> Places:
    key = world.add_key()
    made = world.create(key).json
    return {"API_KEY": key, "TOKEN": made["access_token"], "SHARE_ID": made["id"]}


def a_share_with(password: str) -> Callable[[World], Places]:
    def given(world: World) -> Places:
        places = a_share(world)
        protect(world, {"id": places["SHARE_ID"]}, password)
        return places

    return given


def ten_wrong_passwords(world: World) -> Places:
    places = a_share_with(PASSWORD)(world)
    for _ in range(PLACES):
        enter(world, {"access_token": places["TOKEN"]}, "wrong")
    return places


def a_share_of_that_name(world: World) -> Places:
    key = world.add_key()
    world.create(key, event("create_named_share")["body"])
    return {"API_KEY": key}


def a_share_beside_one_of_that_name(world: World) -> Places:
    places = a_share(world)
    world.create(places["API_KEY"], {"name": "client a"})
    return places


def a_revoked_share(world: World) -> Places:
    places = a_share(world)
    world.revoke(places["API_KEY"], places["SHARE_ID"])
    return places


def an_expired_share(world: World) -> Places:
    places = a_share(world)
    world.clock.now += 30 * DAY
    return places


def a_full_schedule(world: World) -> Places:
    world.cap = 1
    world.restart()
    world.create(world.add_key("bob"))
    return no_share(world)


def the_rate_limit_reached(world: World) -> Places:
    world.rate_limit = 1
    world.restart()
    return a_share(world)


def its_idempotency_key_used(world: World) -> Places:
    key = world.add_key()
    used = event("create_share_once")["headers"]["Idempotency-Key"]
    world.create(key, {"expiration_days": 7}, idempotency_key=used)
    return {"API_KEY": key}


GIVEN: Mapping[str, Callable[[World], Places]] = {
    "no share": no_share,
    "a share": a_share,
    "a share with a password": a_share_with(PASSWORD),
    "a share with another password": a_share_with("another one"),
    "ten wrong passwords just now": ten_wrong_passwords,
    "a share of that name": a_share_of_that_name,
    "a share beside one of that name": a_share_beside_one_of_that_name,
    "a revoked share": a_revoked_share,
    "an expired share": an_expired_share,
    "a full schedule": a_full_schedule,
    "an unknown key": lambda world: {"API_KEY": f"{world.add_key()}x"},
    "a key without the scope": lambda world: {"API_KEY": world.add_key(scopes=("read:other",))},
    "a key of another workspace": lambda world: {"API_KEY": world.add_key(workspace="elsewhere")},
    "the rate limit reached": the_rate_limit_reached,
    "its Idempotency-Key used for another request": its_idempotency_key_used,
    "a full stop behind the token": lambda world: {"TOKEN": f"{a_share(world)['TOKEN']}."},
    "a forged token": lambda _: {"TOKEN": "A" * 51},
    "DynamoDB throttling": no_share,
    "an asset": lambda _: {"ASSET": assets()["report.css"].name},
    "a name that no asset has": lambda _: {"ASSET": "report.css"},
}


@pytest.mark.parametrize("row", API_ROWS, ids=lambda row: f"{row.name}, {row.given}")
def test_an_api_event_is_answered_as_the_table_says(world: World, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    places = GIVEN[row.given](world)
    function: Any = {"ShareApiFunction": world.share_api, "SharedReportFunction": world.shared_report}[row.function]
    if row.given == "DynamoDB throttling":
        failing(monkeypatch, "BatchGetItem", aws_error("BatchGetItem", "ThrottlingException"))

    answer = world.send(function, event(row.name, **places))

    assert answer.status == int(row.answer)


@pytest.mark.parametrize("row", RUN_ROWS, ids=lambda row: row.given)
def test_the_arrival_of_a_run_file_ends_as_the_table_says(world: World, row: Row) -> None:
    arrival = event(row.name, BUCKET="reports")
    key = json.loads(arrival["Records"][0]["body"])["detail"]["object"]["key"]
    run_id = key.rpartition("/")[2].removesuffix(".json")
    body = {"a completed run": json.dumps(run(1, id=run_id)), "a broken file": "{"}[row.given]
    world.s3.put_object(Bucket="reports", Key=key, Body=body.encode())

    assert world.roll_up(SQSEvent(arrival)) == {"batchItemFailures": []}

    (outcome,) = [item for item in world.items() if item["sk"]["S"] == f"RUN#{run_id}"]
    assert outcome["pk"]["S"] == f"SCHEDULE#{SCHEDULE_ID}"
    assert outcome["status"]["S"] == row.answer


def test_a_sample_of_a_run_file_is_folded_as_the_table_says() -> None:
    (row,) = [row for row in ROWS if row.name == "fold_sample"]

    folded = sample_folded(event(row.name)["sample"], NOON)

    assert (row.given, row.answer) == ("a sample", "folded")
    assert folded == FOLDED


def test_the_table_lists_every_event() -> None:
    assert {row.name for row in ROWS} == {path.stem for path in EVENTS.glob("*.json")} - {"env"}


def test_no_event_holds_a_credential() -> None:
    assert not [path.name for path in EVENTS.glob("*.json") if "rp_live_" in path.read_text()]
