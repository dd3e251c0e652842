"""sharectl snapshots: what nothing points to is cleared, and had back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from report_shares.store import items
from report_shares.times import DAY, system_clock
from tests.handlers.calls import aws_error, failing
from tests.handlers.runs import run
from tests.tools.conftest import Json, Operator, operate
from tests.world import SCHEDULE_ID, World


class Tomorrow:
    """The operator's time, a little more than a day after everything that is in the bucket; waiting is noted."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.meanwhile: list[Callable[[], object]] = []

    def __call__(self) -> int:
        return system_clock() + DAY + 60_000

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        for happen in self.meanwhile:
            happen()


@pytest.fixture
def tomorrow(monkeypatch: pytest.MonkeyPatch) -> Tomorrow:
    made = Tomorrow()
    monkeypatch.setattr("sharectl.snapshots.system_clock", made)
    monkeypatch.setattr("sharectl.snapshots.sleep", made.sleep)
    return made


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    world.s3.put_bucket_versioning(Bucket="reports", VersioningConfiguration={"Status": "Enabled"})
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


def stored(world: World) -> list[str]:
    found = world.s3.list_objects_v2(Bucket="reports", Prefix="snapshots/").get("Contents", [])
    return [one["Key"] for one in found]


def pointer(world: World) -> str:
    item = world.dynamodb.get_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))["Item"]
    return item["snapshot_key"]["S"]


def fold(world: World, number: int) -> str:
    """Folds one more run; where its snapshot lies."""
    world.put_run(run(number))
    return pointer(world)


def share(world: World, principal: str) -> Json:
    made: Json = world.create(world.add_key(principal)).json
    return made


def reads(world: World, *shares: Json) -> list[int]:
    world.restart()
    return [world.read(one["access_token"]).status for one in shares]


def test_what_a_schedule_or_any_share_points_to_stays_and_the_rest_goes(
    world: World, operator: Operator, tomorrow: Tomorrow
) -> None:
    fold(world, 1)
    opened = share(world, "ada"), fold(world, 2)
    revoked = share(world, "bob"), fold(world, 3)
    world.revoke(world.add_key("bob"), revoked[0]["id"])
    fold(world, 4)
    present = fold(world, 5)
    assert len(stored(world)) == 5
    first, second, *_ = stored(world)

    said = operator.say("snapshots", "clear", "--yes", "--json")

    assert (said.code, said.json["cleared"], said.json["pointed_to"], said.json["young"]) == (0, 2, 3, 0)
    assert stored(world) == [first, second, present]
    assert said.json["bytes"] > 100
    assert reads(world, opened[0], revoked[0]) == [200, 410]
    assert tomorrow.waited


def test_a_cleared_snapshot_has_a_version_that_the_bucket_keeps_for_a_while(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    cleared = fold(world, 1)
    fold(world, 2)

    operator.say("snapshots", "clear", "--yes")

    answer = world.s3.list_object_versions(Bucket="reports", Prefix=cleared)
    assert [one["IsLatest"] for one in answer["Versions"]] == [False]
    assert [one["IsLatest"] for one in answer["DeleteMarkers"]] == [True]


def test_what_is_younger_than_a_day_stays(world: World, operator: Operator) -> None:
    fold(world, 1)
    fold(world, 2)

    said = operator.say("snapshots", "clear", "--yes", "--json")

    assert (said.code, said.json["cleared"], said.json["young"]) == (0, 0, 1)
    assert len(stored(world)) == 2


def test_nothing_but_snapshots_goes(world: World, operator: Operator, tomorrow: Tomorrow) -> None:
    fold(world, 1)
    world.s3.put_object(Bucket="reports", Key="snapshots-of-mine/1.json", Body=b"{}")

    def others() -> list[str]:
        found = world.s3.list_objects_v2(Bucket="reports")["Contents"]
        return [one["Key"] for one in found if not one["Key"].startswith("snapshots/")]

    before = others()
    fold(world, 1)

    operator.say("snapshots", "clear", "--yes")

    assert others() == before
    assert tomorrow.waited == []


def test_what_would_be_cleared_is_counted_and_stays(world: World, operator: Operator, tomorrow: Tomorrow) -> None:
    fold(world, 1)
    fold(world, 2)

    said = operator.say("snapshots", "clear", "--dry-run", "--json")

    assert (said.code, said.json["found"], said.json["pointed_to"]) == (0, 1, 1)
    assert len(stored(world)) == 2
    assert tomorrow.waited == []
    assert operator.say("snapshots", "clear", "--dry-run").stdout.startswith("1 snapshot of ")


def test_without_a_terminal_it_counts_and_refuses(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    fold(world, 1)
    fold(world, 2)

    said = operator.say("snapshots", "clear", stdin="y\n")

    assert (said.code, said.stdout) == (2, "")
    assert "1 snapshot of" in said.stderr
    assert "--yes" in said.stderr
    assert len(stored(world)) == 2


def test_a_share_that_is_made_with_a_pointer_from_before_keeps_its_snapshot(
    world: World, operator: Operator, tomorrow: Tomorrow
) -> None:
    """Its request read the pointer before the fold, and commits after the command has looked."""
    fold(world, 1)
    made = share(world, "ada")
    row = world.dynamodb.get_item(TableName="shares", Key=items.share_key(UUID(made["id"])))["Item"]
    world.dynamodb.delete_item(TableName="shares", Key=items.share_key(UUID(made["id"])))
    fold(world, 2)
    tomorrow.meanwhile.append(lambda: world.dynamodb.put_item(TableName="shares", Item=row))

    said = operator.say("snapshots", "clear", "--yes", "--json")

    assert (said.code, said.json["cleared"]) == (0, 0)
    assert reads(world, made) == [200]


def test_it_waits_until_requests_that_read_a_pointer_before_it_looked_are_done(
    world: World, operator: Operator, tomorrow: Tomorrow
) -> None:
    fold(world, 1)
    fold(world, 2)

    said = operator.say("snapshots", "clear", "--yes")

    (seconds,) = tomorrow.waited
    assert 29 < seconds <= 60
    assert "waiting" in said.stderr
    assert "1 snapshot of " in said.stdout


def test_one_that_cannot_be_deleted_is_told(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stubborn = fold(world, 1)
    fold(world, 2)

    def refuse(**_: Any) -> Json:
        return {"Errors": [{"Key": stubborn, "Code": "AccessDenied"}]}

    monkeypatch.setattr(operator.stack.s3, "delete_objects", refuse)

    said = operator.say("snapshots", "clear", "--yes", "--json")

    assert (said.code, said.json["cleared"]) == (1, 0)
    assert f"{stubborn} is still there: AccessDenied" in said.stderr


def test_when_it_ends_early_it_tells_how_far_it_came(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fold(world, 1)
    fold(world, 2)
    failing(monkeypatch, "DeleteObjects", aws_error("DeleteObjects", "AccessDenied"))

    said = operator.say("snapshots", "clear", "--yes")

    assert said.code == 1
    assert said.stdout.startswith("0 snapshots of 0 bytes cleared")


# ---- restore ---------------------------------------------------------------------------------------------------------


def cleared_and_pointed_to_again(world: World, operator: Operator) -> Json:
    """A share that came back to the table after its snapshot was cleared."""
    fold(world, 1)
    made = share(world, "ada")
    row = world.dynamodb.get_item(TableName="shares", Key=items.share_key(UUID(made["id"])))["Item"]
    world.dynamodb.delete_item(TableName="shares", Key=items.share_key(UUID(made["id"])))
    fold(world, 2)
    fold(world, 3)
    operator.say("snapshots", "clear", "--yes")
    world.dynamodb.put_item(TableName="shares", Item=row)
    assert len(stored(world)) == 1
    return made


def test_what_is_pointed_to_again_is_restored_and_the_rest_stays_cleared(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    made = cleared_and_pointed_to_again(world, operator)

    said = operator.say("snapshots", "restore", "--json")

    assert (said.code, said.json) == (0, {"restored": 1, "gone": 0})
    assert reads(world, made) == [200]
    assert len(stored(world)) == 2


def test_restoring_again_finds_nothing_and_is_no_error(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    cleared_and_pointed_to_again(world, operator)
    operator.say("snapshots", "restore")

    assert operator.say("snapshots", "restore", "--json").json == {"restored": 0, "gone": 0}


def test_what_two_operators_cleared_at_once_is_restored(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    made = cleared_and_pointed_to_again(world, operator)
    for key in {one["Key"] for one in world.s3.list_object_versions(Bucket="reports")["DeleteMarkers"]}:
        world.s3.delete_object(Bucket="reports", Key=key)

    operator.say("snapshots", "restore")

    assert reads(world, made) == [200]


def test_one_that_the_bucket_has_forgotten_is_told(
    world: World,
    operator: Operator,
    tomorrow: Tomorrow,  # noqa: ARG001 - all is old
) -> None:
    cleared_and_pointed_to_again(world, operator)
    answer = world.s3.list_object_versions(Bucket="reports", Prefix="snapshots/")
    for one in answer["Versions"]:
        if not one["IsLatest"]:
            world.s3.delete_object(Bucket="reports", Key=one["Key"], VersionId=one["VersionId"])

    said = operator.say("snapshots", "restore", "--json")

    assert (said.code, said.json["restored"], said.json["gone"]) == (1, 0, 1)
    assert "is gone for good" in said.stderr
