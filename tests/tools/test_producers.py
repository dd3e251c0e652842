"""sharectl producers policy: what it lets a producer do, and nothing else."""

from fnmatch import fnmatchcase
from pathlib import Path
from uuid import UUID

import pytest

from report_shares.rules.catalog import Schedule
from report_shares.rules.run_files import key_of
from report_shares.store import items
from tests.handlers.runs import run_id
from tests.tools.conftest import Json, Operator, operate
from tests.world import BRAND_ID, SCHEDULE_ID, WORKSPACE, World

OTHER_BRAND = UUID(int=BRAND_ID.int + 1)
SECOND, OTHERS, ELSEWHERE = (UUID(int=SCHEDULE_ID.int + number) for number in (1, 2, 3))
BUCKET = "arn:aws:s3:::reports"


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    for schedule in (
        Schedule(SECOND, BRAND_ID, WORKSPACE, "Second", "weekly"),
        Schedule(OTHERS, OTHER_BRAND, WORKSPACE, "Another brand's", "weekly"),
        Schedule(ELSEWHERE, UUID(int=1), f"{WORKSPACE}-2", "Elsewhere", "weekly"),
    ):
        world.dynamodb.put_item(TableName="shares", Item=items.schedule_item(schedule))
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


def allows(policy: Json, action: str, resource: str) -> bool:
    """Whether IAM would: ``*`` stands for any characters, slashes too, and actions are compared in any case."""
    found = False
    for statement in policy["Statement"]:
        assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
        assert statement["Effect"] == "Allow"
        found |= statement["Action"].lower() == action.lower() and any(
            fnmatchcase(resource, pattern) for pattern in statement["Resource"]
        )
    return found


def schedules_in(policy: Json) -> set[UUID]:
    every = (SCHEDULE_ID, SECOND, OTHERS, ELSEWHERE)
    return {one for one in every if allows(policy, "s3:PutObject", f"{BUCKET}/{key_of(one, run_id(1))}")}


@pytest.mark.parametrize(
    ("options", "schedules"),
    [
        (("--schedule", str(SCHEDULE_ID)), {SCHEDULE_ID}),
        (("--schedule", str(SCHEDULE_ID).upper()), {SCHEDULE_ID}),
        (("--schedule", str(SCHEDULE_ID), "--schedule", str(ELSEWHERE)), {SCHEDULE_ID, ELSEWHERE}),
        (("--brand", str(BRAND_ID)), {SCHEDULE_ID, SECOND}),
        (("--workspace", WORKSPACE), {SCHEDULE_ID, SECOND, OTHERS}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_it_lets_a_producer_put_run_files_of_its_schedules_and_of_no_others(
    operator: Operator, options: tuple[str, ...], schedules: set[UUID]
) -> None:
    said = operator.say("producers", "policy", *options, "--json")

    assert said.code == 0
    assert said.json["Version"] == "2012-10-17"
    assert schedules_in(said.json) == schedules


@pytest.mark.parametrize("gzipped", [False, True])
def test_it_lets_a_producer_put_files_plain_and_gzipped(operator: Operator, *, gzipped: bool) -> None:
    policy = operator.say("producers", "policy", "--schedule", str(SCHEDULE_ID), "--json").json

    assert allows(policy, "s3:PutObject", f"{BUCKET}/{key_of(SCHEDULE_ID, run_id(1), gzipped=gzipped)}")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{BUCKET}/{key_of(SCHEDULE_ID, run_id(1))}"),
        ("s3:DeleteObject", f"{BUCKET}/{key_of(SCHEDULE_ID, run_id(1))}"),
        ("s3:PutObjectAcl", f"{BUCKET}/{key_of(SCHEDULE_ID, run_id(1))}"),
        ("s3:ListBucket", BUCKET),
        ("s3:PutObject", BUCKET),
        ("s3:PutObject", f"{BUCKET}/runs/{SCHEDULE_ID}"),
        ("s3:PutObject", f"{BUCKET}/runs/{SCHEDULE_ID}-2/1.json"),
        ("s3:PutObject", f"{BUCKET}/runs/1.json"),
        ("s3:PutObject", f"{BUCKET}/snapshots/{SCHEDULE_ID}/1.json.gz"),
        ("s3:PutObject", f"{BUCKET}/rollups/{SCHEDULE_ID}/1.json.gz"),
        ("s3:PutObject", f"{BUCKET}-2/{key_of(SCHEDULE_ID, run_id(1))}"),
    ],
)
def test_it_lets_a_producer_do_nothing_else(operator: Operator, action: str, resource: str) -> None:
    policy = operator.say("producers", "policy", "--schedule", str(SCHEDULE_ID), "--json").json

    assert not allows(policy, action, resource)


def test_it_is_printed_as_the_document_that_aws_takes(operator: Operator) -> None:
    command = ("producers", "policy", "--schedule", str(SCHEDULE_ID))

    said = operator.say(*command)

    assert said.json == operator.say(*command, "--json").json
    assert said.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [(), ("--workspace", ""), ("--brand", str(BRAND_ID), "--workspace", WORKSPACE), ("--schedule", "weekly")],
    ids=" ".join,
)
def test_whose_schedules_they_are_is_said_in_one_way(operator: Operator, arguments: tuple[str, ...]) -> None:
    said = operator.say("producers", "policy", *arguments)

    assert (said.code, said.stdout) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--schedule", str(SCHEDULE_ID), "--schedule", str(UUID(int=9))), 2),
        (("--brand", str(UUID(int=9))), 1),
        (("--workspace", "north"), 1),
    ],
)
def test_nothing_is_allowed_for_schedules_that_are_not_there(
    operator: Operator, arguments: tuple[str, ...], code: int
) -> None:
    said = operator.say("producers", "policy", *arguments)

    assert (said.code, said.stdout) == (code, "")
    assert "there is no schedule" in said.stderr


@pytest.mark.parametrize(("count", "note"), [(1, ""), (30, "a role takes it"), (180, "neither a role nor a user")])
def test_a_policy_that_is_too_long_to_be_attached_is_told(
    world: World, operator: Operator, count: int, note: str
) -> None:
    for number in range(count):
        schedule = Schedule(UUID(int=number + 100), UUID(int=5), "many", "Weekly", "weekly")
        world.dynamodb.put_item(TableName="shares", Item=items.schedule_item(schedule))

    said = operator.say("producers", "policy", "--workspace", "many")

    assert said.code == 0
    assert note in said.stderr
    assert bool(said.stderr) == bool(note)
