"""sharectl rollup, links, secrets and table, on what the service's functions wrote."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest

from local_service.table import create_table
from report_shares.refusals import Contention, ServiceUnavailable
from report_shares.rules.run_files import RunFileUpload
from report_shares.rules.shares import Share
from report_shares.rules.token_secrets import parse_secrets
from report_shares.rules.tokens import mint
from report_shares.store import items
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import DAY
from report_shares.use_cases.rebuild_roll_up import RebuildRollUp
from report_shares.use_cases.restore_share import RestoreShare
from report_shares.use_cases.roll_up_store import Overtaken
from tests.handlers.calls import aws_error, before_each_call, failing
from tests.handlers.runs import roll_up_table, run, run_id
from tests.passwords import PASSWORD
from tests.tools.conftest import Json, Operator, Said, operate
from tests.world import BRAND_ID, PUBLIC_BASE_URL, SCHEDULE_ID, WORKSPACE, World


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


def stats(world: World, key: str) -> tuple[int, float]:
    """Of the caller's refreshed share: how many runs, and the visibility score."""
    world.restart()  # snapshots are remembered
    token = world.create(key).json["access_token"]
    found = world.read(token).json["snapshot"]["stats"]
    return found["runs_count"], found["visibility_score"]


def rebuild(operator: Operator) -> Said:
    said = operator.say("rollup", "rebuild", str(SCHEDULE_ID), "--json")
    assert said.code == 0, said.stderr
    return said


# ---- roll-ups --------------------------------------------------------------------------------------------------------


def brand(name: str, **fields: list[str]) -> str:
    """The document that applies the brand under this name."""
    return json.dumps({"brands": [{"id": str(BRAND_ID), "workspace_id": WORKSPACE, "name": name, **fields}]})


def rivals(world: World, key: str) -> list[str]:
    world.restart()
    report = world.read(world.create(key).json["access_token"]).json
    return [row["name"] for row in report["snapshot"]["competitors"] if not row["is_brand"]]


def test_a_renamed_brand_has_its_roll_ups_rebuilt(world: World, operator: Operator) -> None:
    key = world.add_key()
    world.put_run(run(1))
    world.put_run(run(2))

    said = operator.say("apply", "-", "--json", stdin=brand("Somebody Else"))

    assert said.code == 0
    assert said.json["rebuilt"] == [
        {"scheduled_report_id": str(SCHEDULE_ID), "folded": 2, "not_counted": 0, "kept": 0, "lost": 0, "refused": {}}
    ]
    assert rivals(world, key) == ["Acme Coffee Roasters", "Blue Heron Coffee"]


def test_a_brand_recognised_as_before_has_nothing_rebuilt(world: World, operator: Operator) -> None:
    world.put_run(run(1))
    respelled = brand("ACME Coffee Roasters™", aliases=["acme  coffee"], domains=["www.ACME.example"])

    said = operator.say("apply", "-", "--json", stdin=respelled)

    assert said.json["applied"][0]["outcome"] == "updated"
    assert "rebuilt" not in said.json


def test_without_a_rebuild_it_says_which_roll_ups_are_outdated_and_none_mixes(world: World, operator: Operator) -> None:
    key = world.add_key()
    world.put_run(run(1))
    before = rivals(world, key)

    said = operator.say("apply", "-", "--no-rebuild", stdin=brand("Somebody Else"))

    assert f"sharectl rollup rebuild {SCHEDULE_ID}" in " ".join(said.stderr.split())
    assert rivals(world, key) == before == ["Blue Heron Coffee"]
    world.put_run(run(2))
    assert rivals(world, key) == ["Acme Coffee Roasters", "Blue Heron Coffee"]
    assert stats(world, key)[0] == 2


def test_all_roll_ups_are_rebuilt_at_once(world: World, operator: Operator) -> None:
    world.put_run(run(1))

    said = operator.say("rollup", "rebuild", "--all", "--json")

    assert [done["scheduled_report_id"] for done in said.json["rebuilt"]] == [str(SCHEDULE_ID)]


@pytest.mark.parametrize("arguments", [(), ("--all", str(SCHEDULE_ID))], ids=" ".join)
def test_a_rebuild_is_of_named_schedules_or_of_all(operator: Operator, arguments: tuple[str, ...]) -> None:
    said = operator.say("rollup", "rebuild", *arguments)

    assert (said.code, said.stderr) == (2, "sharectl: name schedules, or all of them with --all\n")


def test_a_rebuild_brings_back_what_a_lost_roll_up_counted(world: World, operator: Operator) -> None:
    key = world.add_key()
    world.put_run(run(1))
    world.put_run(run(2, appears=False))
    before = stats(world, key)
    pointer = operator.item(f"SCHEDULE#{SCHEDULE_ID}", "SCHEDULE")["rollup_key"]["S"]
    world.s3.delete_object(Bucket="reports", Key=pointer)

    rebuild(operator)

    assert stats(world, key) == before == (2, 50.0)
    assert world.put_run(run(3)) == {"batchItemFailures": []}
    assert stats(world, key)[0] == 3


def test_a_run_whose_file_is_gone_or_broken_stays_as_it_counted(world: World, operator: Operator) -> None:
    key = world.add_key()
    for number in (1, 2, 3):
        world.put_run(run(number))
    world.s3.delete_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(1)}.json")
    broken = f"runs/{SCHEDULE_ID}/{run_id(2)}.json"
    world.s3.put_object(Bucket="reports", Key=broken, Body=b"{")

    (rebuilt,) = rebuild(operator).json["rebuilt"]

    assert (rebuilt["folded"], rebuilt["kept"]) == (1, 2)
    assert rebuilt["refused"].keys() == {broken}
    assert rebuilt["refused"][broken].startswith("not valid JSON: ")
    assert stats(world, key)[0] == 3


def test_a_run_without_a_file_is_lost_where_the_brand_is_recognised_otherwise_now(
    world: World, operator: Operator
) -> None:
    key = world.add_key()
    world.put_run(run(1))
    world.put_run(run(2))
    world.s3.delete_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(1)}.json")

    said = operator.say("apply", "-", stdin=brand("Somebody Else"))

    assert f"{SCHEDULE_ID}: 1 runs folded, 0 kept, 0 not counted, 0 refused, 1 lost with their files" in said.stdout
    assert stats(world, key)[0] == 1


def test_runs_without_files_that_earlier_rules_counted_are_said_to_be_lost(world: World, operator: Operator) -> None:
    for number in (1, 2, 3):
        world.put_run(run(number))
    pointer = operator.item(f"SCHEDULE#{SCHEDULE_ID}", "SCHEDULE")["rollup_key"]["S"]
    first_version: Json = {"runs": {str(run_id(number)): {} for number in (1, 2, 3)}, "urls": {}}
    world.s3.put_object(Bucket="reports", Key=pointer, Body=gzip.compress(json.dumps(first_version).encode()))
    for number in (1, 2):
        world.s3.delete_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(number)}.json")

    (rebuilt,) = rebuild(operator).json["rebuilt"]

    assert (rebuilt["folded"], rebuilt["kept"], rebuilt["lost"]) == (1, 0, 2)


def test_a_run_that_is_no_longer_completed_is_taken_out(world: World, operator: Operator) -> None:
    key = world.add_key()
    world.put_run(run(1))
    world.put_run(run(2))
    withdrawn = json.dumps(run(2, status="failed")).encode()
    world.s3.put_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(2)}.json", Body=withdrawn)

    (rebuilt,) = rebuild(operator).json["rebuilt"]

    assert (rebuilt["folded"], rebuilt["not_counted"], rebuilt["kept"]) == (1, 1, 0)
    assert stats(world, key)[0] == 1


def test_a_schedule_without_a_roll_up_gets_one_from_its_files(world: World, operator: Operator) -> None:
    body = json.dumps(run(1)).encode()
    world.s3.put_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(1)}.json", Body=body)

    (rebuilt,) = rebuild(operator).json["rebuilt"]

    assert (rebuilt["folded"], rebuilt["kept"], rebuilt["lost"]) == (1, 0, 0)


def test_a_file_that_arrives_during_a_rebuild_counts_too(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_run(run(1))
    list_run_files, late = RollUpTable.list_run_files, [run(2)]

    def with_an_arrival(table: RollUpTable, schedule_id: UUID) -> Mapping[UUID, RunFileUpload]:
        found = list_run_files(table, schedule_id)
        if late:
            body = json.dumps(late.pop()).encode()
            world.s3.put_object(Bucket="reports", Key=f"runs/{SCHEDULE_ID}/{run_id(2)}.json", Body=body)
        return found

    monkeypatch.setattr(RollUpTable, "list_run_files", with_an_arrival)

    (rebuilt,) = rebuild(operator).json["rebuilt"]

    assert rebuilt["folded"] == 2


@pytest.mark.parametrize(("error", "attempts"), [(Overtaken, 5), (ServiceUnavailable, 1)])
def test_a_rebuild_that_is_overtaken_each_time_gives_up_and_one_that_fails_does_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, error: type[Exception], attempts: int
) -> None:
    moves: list[object] = []

    def refused(*arguments: object) -> NoReturn:
        moves.append(arguments)
        raise error

    monkeypatch.setattr(RollUpTable, "move_pointer", refused)

    with pytest.raises(error):
        RebuildRollUp(roll_up_table(world), world.clock)(SCHEDULE_ID)

    assert len(moves) == attempts


def test_a_rebuild_of_an_unknown_schedule_says_so_and_does_the_others(world: World, operator: Operator) -> None:
    world.put_run(run(1))
    unknown = "00000000-0000-4000-8000-000000000000"

    said = operator.say("rollup", "rebuild", unknown, str(SCHEDULE_ID), "--json")

    assert said.code == 1
    assert [done["scheduled_report_id"] for done in said.json["rebuilt"]] == [str(SCHEDULE_ID)]
    assert unknown in said.json["errors"][0]["message"]


def test_a_rebuild_wants_ids(operator: Operator) -> None:
    assert operator.say("rollup", "rebuild", "weekly").code == 2


# ---- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{base}{token}", "{token}"])
def test_an_operator_can_withdraw_a_link(world: World, operator: Operator, form: str) -> None:
    key = world.add_key()
    world.clock.now = 4_000_000_000_000  # the operator's clock is a real one, and this share outlives it
    share = world.create(key).json

    said = operator.say("links", "revoke", form.format(base=PUBLIC_BASE_URL, token=share["access_token"]), "--json")

    assert (said.code, said.json["share_id"], said.json["already_revoked"]) == (0, share["id"], False)
    assert world.read(share["access_token"]).status == 410
    assert world.list(key).json["data"] == []
    assert world.create(key).status == 201


def test_withdrawing_a_link_twice_is_no_error(world: World, operator: Operator) -> None:
    world.clock.now = 4_000_000_000_000
    token = world.create(world.add_key()).json["access_token"]
    operator.say("links", "revoke", token)

    assert operator.say("links", "revoke", token, "--json").json["already_revoked"] is True


def test_a_link_whose_share_is_forgotten_is_said_to_be_dead_already(world: World, operator: Operator) -> None:
    share = world.create(world.add_key()).json
    row = {"pk": {"S": f"SHARE#{share['id']}"}, "sk": {"S": "SHARE"}}
    world.dynamodb.delete_item(TableName="shares", Key=row)

    said = operator.say("links", "revoke", share["access_token"])

    assert said.code == 1
    assert f"share {share['id']} expired so long ago" in " ".join(said.stderr.split())


@pytest.mark.parametrize("around", ["{}", "<{}>", "{}.", "{}/", " {})", "{}?utm_source=mail"])
def test_a_link_is_withdrawn_as_it_was_pasted(world: World, operator: Operator, around: str) -> None:
    world.clock.now = 4_000_000_000_000
    share = world.create(world.add_key()).json

    said = operator.say("links", "revoke", around.format(share["share_url"]), "--json")

    assert (said.code, said.json["share_id"]) == (0, share["id"])
    assert world.read(share["access_token"]).status == 410


def test_a_link_that_was_forged_with_an_older_secret_withdraws_nothing(world: World, operator: Operator) -> None:
    operator.say("secrets", "add")
    operator.say("secrets", "use", "2")
    world.restart()
    world.clock.now = 4_000_000_000_000
    share = world.create(world.add_key()).json
    document = parse_secrets(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])
    forged = mint(document.secrets, UUID(share["id"]), 1)

    said = operator.say("links", "revoke", forged)

    assert said.code == 1
    assert "no link of this stack" in said.stderr
    assert world.read(share["access_token"]).status == 200


@pytest.mark.parametrize("place", ["nobody's", "another share's"])
def test_a_link_without_a_place_in_the_ledger_is_withdrawn_and_no_other_gives_its_place_up(
    world: World, operator: Operator, place: str
) -> None:
    """As after a table's items were brought back."""
    key = world.add_key("ada")
    world.clock.now = 4_000_000_000_000
    lost = world.create(key).json
    restored = world.dynamodb.get_item(TableName="shares", Key=items.share_key(UUID(lost["id"])))["Item"]
    world.revoke(key, lost["id"])
    kept = world.create(key).json if place == "another share's" else None
    world.dynamodb.put_item(TableName="shares", Item=restored)

    said = operator.say("links", "revoke", lost["access_token"], "--json")

    assert (said.code, said.json["share_id"]) == (0, lost["id"])
    assert world.read(lost["access_token"]).status == 410
    assert [share["id"] for share in world.list(key).json["data"]] == ([kept["id"]] if kept else [])


@pytest.mark.parametrize("command", [("links", "revoke"), ("rollup", "rebuild")], ids=" ".join)
def test_an_aws_that_does_not_answer_is_one_sentence(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch, command: tuple[str, str]
) -> None:
    token = world.create(world.add_key()).json["access_token"]
    argument = {"links": token, "rollup": str(SCHEDULE_ID)}[command[0]]

    failing(monkeypatch, "GetItem", aws_error("GetItem", "ThrottlingException"))

    said = operator.say(*command, argument)

    assert said.code == 1
    assert said.stderr.splitlines() == ["sharectl: AWS does not answer: GetItem: ThrottlingException"]


def test_what_is_no_link_is_refused_without_repeating_it(operator: Operator) -> None:
    said = operator.say("links", "revoke", "https://reports.example.com/shared/" + "A" * 51)

    assert said.code == 1
    assert "AAAA" not in said.stderr


# ---- secrets ---------------------------------------------------------------------------------------------------------


def secret_string(world: World) -> str:
    return world.secrets.get_secret_value(SecretId="tokens", VersionStage="AWSCURRENT")["SecretString"]


def test_a_secret_is_replaced_without_breaking_a_link(world: World, operator: Operator) -> None:
    ada, bob = world.add_key("ada"), world.add_key("bob")
    old = world.create(ada).json["access_token"]

    assert operator.say("secrets", "add").stdout == "2\n"
    assert operator.say("secrets", "use", "2").code == 0

    world.clock.now += DAY
    new = world.create(bob).json["access_token"]
    assert (world.read(old).status, world.read(new).status) == (200, 200)
    assert operator.say("secrets", "list").stdout == "1\n2  in use\n"

    rotated = world.create(ada, {"rotate": True}).json["access_token"]
    assert operator.say("secrets", "drop", "1").code == 0
    world.clock.now += DAY
    assert [world.read(token).status for token in (old, new, rotated)] == [404, 200, 200]


@pytest.mark.parametrize("arguments", [("use", "2"), ("use", "current"), ("drop", "2"), ("drop", "1")], ids=" ".join)
def test_a_secret_that_is_not_there_or_in_use_is_not_touched(
    world: World, operator: Operator, arguments: tuple[str, str]
) -> None:
    before = secret_string(world)

    assert operator.say("secrets", *arguments).code == 1
    assert secret_string(world) == before


def test_a_dropped_number_is_not_given_again(world: World, operator: Operator) -> None:
    """Or the dead links of the dropped secret would live again, with other tokens."""
    ada = world.add_key("ada")
    operator.say("secrets", "add")
    operator.say("secrets", "use", "2")
    world.restart()
    world.create(ada)
    operator.say("secrets", "use", "1")
    operator.say("secrets", "drop", "2")

    assert operator.say("secrets", "add").stdout == "3\n"
    world.restart()
    assert world.list(ada).json["data"] == []
    assert operator.say("secrets", "list", "--json").json == {"current": "1", "ids": ["1", "3"]}


def test_where_numbers_end_it_says_what_to_do(world: World, operator: Operator) -> None:
    document = json.dumps({"current": "1", "1": "s" * 32, "last": "255"})
    world.secrets.put_secret_value(SecretId="tokens", SecretString=document)

    said = operator.say("secrets", "add")

    assert (said.code, said.stdout) == (1, "")
    assert "255" in said.stderr
    assert "runbook" in said.stderr


def test_secrets_that_are_no_document_are_refused_without_being_shown(world: World, operator: Operator) -> None:
    world.secrets.put_secret_value(SecretId="tokens", SecretString="a secret of something else")

    said = operator.say("secrets", "add")

    assert (said.code, said.stderr.count("\n")) == (1, 1)
    assert "something else" not in said.stderr


def secrets_now(world: World) -> Json:
    """The document, with each secret's length in its place."""
    document: Json = json.loads(secret_string(world))
    return {name: value if name in {"current", "last"} else len(value) for name, value in document.items()}


def labels_now(world: World) -> set[str]:
    versions = world.secrets.describe_secret(SecretId="tokens")["VersionIdsToStages"]
    return {label for labels in versions.values() for label in labels}


@pytest.mark.parametrize("moment", ["PutSecretValue", "UpdateSecretVersionStage"])
@pytest.mark.parametrize(
    ("mine", "theirs", "left"),
    [
        (("add",), ("add",), {"current": "1", "1": 64, "2": 64, "3": 64}),
        (("use", "2"), ("drop", "2"), {"current": "1", "1": 64, "last": "2"}),
        (("drop", "2"), ("use", "2"), {"current": "2", "1": 64, "2": 64}),
        (("add",), ("drop", "2"), {"current": "1", "1": 64, "last": "2"}),
        (("drop", "2"), ("add",), {"current": "1", "1": 64, "2": 64, "3": 64}),
        (("use", "2"), ("add",), {"current": "1", "1": 64, "2": 64, "3": 64}),
    ],
    ids=" ".join,
)
def test_of_two_operators_at_once_the_later_changes_nothing_and_is_told(
    world: World,
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    moment: str,
    mine: tuple[str, ...],
    theirs: tuple[str, ...],
    left: Json,
) -> None:
    operator.say("secrets", "add")
    interrupting = [("secrets", *theirs)]

    def interrupt(operation: str, _: Any) -> None:
        if operation == moment and interrupting:
            assert operator.say(*interrupting.pop()).code == 0

    before_each_call(monkeypatch, interrupt)

    said = operator.say("secrets", *mine)

    assert (said.code, said.stdout) == (1, "")
    assert said.stderr == "sharectl: the secrets were changed meanwhile; nothing was done, try again\n"
    assert secrets_now(world) == left
    assert labels_now(world) == {"AWSCURRENT", "AWSPREVIOUS"}


def test_who_lost_against_another_operator_succeeds_when_trying_again(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupting = [("secrets", "add")]

    def interrupt(operation: str, _: Any) -> None:
        if operation == "PutSecretValue" and interrupting:
            operator.say(*interrupting.pop())

    before_each_call(monkeypatch, interrupt)

    assert [operator.say("secrets", "add").code for _ in range(2)] == [1, 0]
    assert secrets_now(world).keys() == {"current", "1", "2", "3"}


def test_a_change_whose_answer_was_lost_is_not_said_to_be_undone(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The AWS client sends the call again, which then fails: the label has moved."""
    sent: list[str] = []

    def send_twice(operation: str, arguments: Any) -> None:
        if operation == "UpdateSecretVersionStage" and not sent:
            sent.append(operation)
            world.secrets.update_secret_version_stage(**arguments)

    before_each_call(monkeypatch, send_twice)

    assert operator.say("secrets", "add").stdout == "2\n"
    assert secrets_now(world) == {"current": "1", "1": 64, "2": 64}


def test_a_refused_write_of_the_secrets_is_not_said_to_be_a_lost_race(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateSecretVersionStage", aws_error("UpdateSecretVersionStage", "AccessDeniedException"))

    said = operator.say("secrets", "add")

    assert said.code == 1
    assert "AWS refused UpdateSecretVersionStage: AccessDeniedException" in said.stderr
    assert secrets_now(world) == {"current": "1", "1": 64}


def test_no_command_shows_a_secret(world: World, operator: Operator) -> None:
    said = [operator.say("secrets", *words) for words in (("add",), ("use", "2"), ("list", "--json"), ("drop", "1"))]

    values = json.loads(secret_string(world))
    assert [one for one in said if values["2"] in one.stdout + one.stderr] == []


# ---- the table -------------------------------------------------------------------------------------------------------


@pytest.fixture
def restored(world: World) -> str:
    """A table as it was at some moment."""
    create_table(world.dynamodb, "restored")
    return "restored"


def copy_items(world: World, target: str) -> None:
    for item in world.items():
        world.dynamodb.put_item(TableName=target, Item=item)


def test_what_is_missing_comes_back_from_a_restored_table(world: World, operator: Operator, restored: str) -> None:
    share = world.create(world.add_key()).json
    copy_items(world, restored)
    world.dynamodb.delete_item(TableName="shares", Key=items.share_key(UUID(share["id"])))

    said = operator.say("table", "copy", restored, "--json")

    assert (said.code, said.json["added"]) == (0, 1)
    assert world.read(share["access_token"]).status == 200


def test_what_was_revoked_since_does_not_come_back_to_life(world: World, operator: Operator, restored: str) -> None:
    key = world.add_key()
    share = world.create(key).json
    copy_items(world, restored)
    world.revoke(key, share["id"])

    said = operator.say("table", "copy", restored, "--json")

    assert said.json["added"] == 0
    assert world.read(share["access_token"]).status == 410


def lost(world: World, *kinds: str) -> None:
    """Every item of these kinds is gone from the stack's table."""
    for item in world.items():
        if item["sk"]["S"] in kinds:
            world.dynamodb.delete_item(TableName="shares", Key={name: item[name] for name in ("pk", "sk")})


def test_a_lost_link_that_was_rotated_or_withdrawn_since_does_not_open_again(
    world: World, operator: Operator, restored: str
) -> None:
    rotating, withdrawing = world.add_key("ada"), world.add_key("bob")
    rotated, withdrawn = world.create(rotating).json, world.create(withdrawing).json
    copy_items(world, restored)
    new = world.create(rotating, {"rotate": True}).json
    world.revoke(withdrawing, withdrawn["id"])
    lost(world, "SHARE")

    said = operator.say("table", "copy", restored, "--json")

    assert (said.json["added"], said.json["withdrawn"], said.json["ledgers"]) == (0, 2, [])
    assert [world.read(share["access_token"]).status for share in (rotated, withdrawn, new)] == [410, 410, 410]
    assert [world.create(key).status for key in (rotating, withdrawing)] == [201, 201]


@pytest.mark.parametrize(("days", "still_open"), [(1, False), (300, True)], ids=["shortened", "extended"])
def test_a_lost_link_comes_back_for_as_long_as_its_ledger_says(
    world: World, operator: Operator, restored: str, days: int, still_open: bool
) -> None:
    key = world.add_key()
    share = world.create(key, {"expiration_days": 30}).json
    copy_items(world, restored)
    extended = world.extend(key, share["id"], {"expiration_days": days}).json
    lost(world, "SHARE")

    operator.say("table", "copy", restored)

    assert world.list(key).json["data"][0]["expires_at"] == extended["expires_at"]
    world.clock.now += 2 * DAY
    assert (world.read(share["access_token"]).status == 200) == still_open


def lost_and_copied_back(world: World, operator: Operator, restored: str, share: Json) -> None:
    world.dynamodb.delete_item(TableName="shares", Key=items.share_key(UUID(share["id"])))
    operator.say("table", "copy", restored)


@pytest.mark.parametrize("name", [None, "Client A"])
def test_a_lost_link_comes_back_under_its_name(
    world: World, operator: Operator, restored: str, name: str | None
) -> None:
    key = world.add_key()
    for other in (None, "Client A", "Client B"):
        world.create(key, {"name": other})
    share = world.create(key, {"name": name}).json
    copy_items(world, restored)

    lost_and_copied_back(world, operator, restored, share)

    assert world.read(share["access_token"]).status == 200
    assert world.create(key, {"name": name}).json["id"] == share["id"]
    assert len(world.list(key).json["data"]) == 3


@pytest.mark.parametrize(
    "change",
    [{"password": "another one"}, {"password": None}, {"name": "Client B"}, {"live": True}],
    ids=["another password", "no password", "renamed", "live"],
)
def test_a_lost_link_that_its_owner_changed_since_does_not_open_as_it_was(
    world: World, operator: Operator, restored: str, change: Json
) -> None:
    key = world.add_key()
    share = world.create(key, {"name": "Client A", "password": PASSWORD}).json
    copy_items(world, restored)
    world.change(key, share["id"], change)

    lost_and_copied_back(world, operator, restored, share)

    assert world.read(share["access_token"]).status == 410
    assert world.list(key).json["data"] == []
    assert [world.create(key, {"name": name}).status for name in ("Client A", "Client B")] == [201, 201]


def test_a_lost_link_whose_overrides_were_dropped_since_does_not_show_them_again(
    world: World, operator: Operator, restored: str
) -> None:
    key = world.add_key()
    share = world.create(key, {"white_label_config": {"company_name": "Wrong Client"}}).json
    copy_items(world, restored)
    world.create(key, {"white_label_config": None})

    lost_and_copied_back(world, operator, restored, share)

    assert world.read(share["access_token"]).status == 410


def test_a_lost_link_that_was_only_refreshed_since_opens_again(world: World, operator: Operator, restored: str) -> None:
    key = world.add_key()
    share = world.create(key, {"password": PASSWORD}).json
    copy_items(world, restored)
    world.create(key)

    lost_and_copied_back(world, operator, restored, share)

    assert world.read(share["access_token"]).status == 401


def test_a_link_that_is_rotated_while_it_is_copied_back_stays_dead(
    world: World, operator: Operator, restored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    share = world.create(key).json
    copy_items(world, restored)
    lost(world, "SHARE")
    waiting = [lambda: world.create(key)]

    def look(operation: str, arguments: Json) -> None:
        if operation == "TransactWriteItems" and f"SHARE#{share['id']}" in str(arguments) and waiting:
            waiting.pop()()

    before_each_call(monkeypatch, look)

    said = operator.say("table", "copy", restored)

    assert said.code == 0
    assert not waiting
    assert world.read(share["access_token"]).status == 410


def test_schedules_whose_ledger_was_lost_too_are_named(world: World, operator: Operator, restored: str) -> None:
    key = world.add_key()
    share = world.create(key).json
    copy_items(world, restored)
    lost(world, "SHARE", "LEDGER")

    said = operator.say("table", "copy", restored, "--json")

    assert (said.json["added"], said.json["withdrawn"]) == (2, 0)
    assert said.json["ledgers"] == [str(SCHEDULE_ID)]
    assert world.read(share["access_token"]).status == 200
    assert [one["id"] for one in world.list(key).json["data"]] == [share["id"]]


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "JSON"])
def test_a_copy_that_fails_on_its_way_has_told_which_ledgers_came_back(
    world: World, operator: Operator, restored: str, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    """The next run finds them there and cannot tell them from others."""
    world.create(world.add_key())
    copy_items(world, restored)
    lost(world, "SHARE", "LEDGER")
    failing(monkeypatch, "TransactWriteItems", aws_error("TransactWriteItems", "AccessDeniedException"))

    said = operator.say("table", "copy", restored, *form)

    assert said.code == 1
    assert f"the ledger of schedule {SCHEDULE_ID} is as it was" in said.stderr
    if form:
        assert (said.json["ledgers"], said.json["added"]) == ([str(SCHEDULE_ID)], 1)
    else:
        assert said.stdout.startswith("added  1 items")


def test_a_share_that_keeps_changing_is_named_and_the_others_come_back(
    world: World, operator: Operator, restored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, other = (world.create(world.add_key(name)).json for name in ("ada", "bob"))
    copy_items(world, restored)
    lost(world, "SHARE")
    attempt = RestoreShare._attempt

    def contended(restore: RestoreShare, share: Share) -> Share | None:
        if str(share.id) == busy["id"]:
            raise Contention(11)
        return attempt(restore, share)

    monkeypatch.setattr(RestoreShare, "_attempt", contended)

    said = operator.say("table", "copy", restored, "--json")

    assert (said.code, said.json["added"], said.json["failed"]) == (1, 1, 1)
    assert [fault["message"] for fault in said.json["errors"]] == [
        f"share {busy['id']} keeps changing: run the command again"
    ]
    assert world.read(other["access_token"]).status == 200


def test_a_table_is_not_copied_onto_itself(operator: Operator) -> None:
    assert operator.say("table", "copy", "shares").code == 1
