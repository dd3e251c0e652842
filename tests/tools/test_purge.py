"""sharectl purge: all that belongs to a schedule, brand or workspace goes, and nothing of anybody else's."""

import io
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from local_service.table import create_table
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Brand, Schedule
from report_shares.store import items
from report_shares.store.gate_table import GateTable
from sharectl import main
from tests.handlers.calls import aws_error, before_each_call, failing
from tests.handlers.runs import run, run_id
from tests.tools.conftest import Json, Operator, operate
from tests.world import BRAND_ID, SCHEDULE_ID, WORKSPACE, World, event

LATER = 4_000_000_000_000  # the operator's clock is a real one, and shares made then outlive it
# Neighbours whose ids differ in their last character, or are longer or shorter by some.
SECOND_SCHEDULE = UUID(f"{str(SCHEDULE_ID)[:-1]}{'0' if str(SCHEDULE_ID)[-1] != '0' else '1'}")
OTHER_BRAND = UUID(f"{str(BRAND_ID)[:-1]}{'0' if str(BRAND_ID)[-1] != '0' else '1'}")
SCHEDULE_OF_OTHER_BRAND = UUID(int=SECOND_SCHEDULE.int + 1)
BRAND_ELSEWHERE = UUID(int=BRAND_ID.int + 0x100)
SCHEDULE_ELSEWHERE = UUID(int=SCHEDULE_ID.int + 0x100)
ELSEWHERE = f"{WORKSPACE}-2"
EVERY_SCHEDULE = (SCHEDULE_ID, SECOND_SCHEDULE, SCHEDULE_OF_OTHER_BRAND, SCHEDULE_ELSEWHERE)


@dataclass
class Scene:
    """Two workspaces with three brands and four schedules, each with all that a schedule can have."""

    world: World
    keys: dict[str, str]
    tokens: dict[UUID, str]

    def status(self, schedule_id: UUID) -> int:
        """What a reader of the schedule's link is answered."""
        self.world.restart()
        return self.world.read(self.tokens[schedule_id]).status

    def rows(self) -> list[Json]:
        """All items but what purges leave."""
        return sorted((one for one in self.world.items() if one["sk"] != {"S": "PURGED"}), key=repr)

    def versions(self) -> list[tuple[str, str]]:
        """Key and version id of all object versions and delete markers."""
        answer = self.world.s3.list_object_versions(Bucket="reports")
        found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
        return sorted((one["Key"], one["VersionId"]) for one in found)

    def letters(self) -> list[str]:
        """The keys of the dead letters, each of which can be received once more."""
        found = [letter["key"] for letter in self.world.buried()]
        return sorted(found)


@pytest.fixture
def scene(world: World) -> Scene:
    world.clock.now = LATER
    world.s3.put_bucket_versioning(Bucket="reports", VersioningConfiguration={"Status": "Enabled"})

    def put(item: Json) -> None:
        world.dynamodb.put_item(TableName="shares", Item=item)

    put(items.brand_item(Brand(OTHER_BRAND, WORKSPACE, "Acme Tea")))
    put(items.brand_item(Brand(BRAND_ELSEWHERE, ELSEWHERE, "Acme Coffee Roasters")))
    brands = {
        SECOND_SCHEDULE: (BRAND_ID, WORKSPACE),
        SCHEDULE_OF_OTHER_BRAND: (OTHER_BRAND, WORKSPACE),
        SCHEDULE_ELSEWHERE: (BRAND_ELSEWHERE, ELSEWHERE),
    }
    for schedule_id, (brand_id, workspace) in brands.items():
        put(items.schedule_item(Schedule(schedule_id, brand_id, workspace, "Weekly", "weekly")))
    keys = {workspace: world.add_key("ada", workspace=workspace) for workspace in (WORKSPACE, ELSEWHERE)}
    tokens = {}
    for schedule_id in EVERY_SCHEDULE:
        brand_id, workspace = brands.get(schedule_id, (BRAND_ID, WORKSPACE))
        ids: Json = {"scheduled_report_id": str(schedule_id), "brand_id": str(brand_id)}
        upper = f"runs/{str(schedule_id).upper()}/{run_id(3)}.json"
        mixed = f"runs/{str(schedule_id)[:13].upper()}{str(schedule_id)[13:]}/{run_id(4)}.json.gz"
        broken = f"runs/{schedule_id}/{run_id(5)}.json"
        files = {f"runs/{schedule_id}/{run_id(1)}.json": json.dumps(run(1, **ids)).encode(), broken: b"no run"}
        files |= {upper: json.dumps(run(3, **ids)).encode(), mixed: json.dumps(run(4, **ids)).encode()}
        odd = (f"runs/{schedule_id}/a folder/\u202e.json", f"runs/{schedule_id}-copy/1.json")
        for key, body in [*files.items(), *((key, b"{}") for key in odd)]:
            world.s3.put_object(Bucket="reports", Key=key, Body=body)
        world.fold(*files)
        for appears in (True, False):
            world.put_run(run(2, appears=appears, **ids))
        world.s3.delete_object(Bucket="reports", Key=upper)
        made = world.create(keys[workspace], schedule_id=schedule_id, idempotency_key=f"key-of-{schedule_id}")
        tokens[schedule_id] = made.json["access_token"]
        world.send(world.shared_report, event("count_view", TOKEN=tokens[schedule_id]))
        share = items.share_from(
            world.dynamodb.get_item(TableName="shares", Key=items.share_key(made.json["id"]))["Item"]
        )
        GateTable(world.dynamodb, "shares").take(share, "a try", LATER, {})
    return Scene(world, keys, tokens)


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    # A queue in memory has what it has, and nobody waits for more.
    before_each_call(monkeypatch, lambda _, arguments: arguments.pop("WaitTimeSeconds", None))
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


def without(found: Iterable[Any], *words: str) -> list[Any]:
    """Those of the rows or versions in which none of the words is."""
    return [one for one in found if not any(word in repr(one).lower() for word in words)]


def folders(*schedule_ids: UUID) -> list[str]:
    return [f"{place}/{one}/" for place in ("runs", "rollups", "snapshots") for one in schedule_ids]


@pytest.mark.parametrize(
    ("owner", "gone", "words"),
    [
        (("--schedule", str(SCHEDULE_ID)), [SCHEDULE_ID], []),
        (("--schedule", str(SCHEDULE_ID).upper()), [SCHEDULE_ID], []),
        (("--brand", str(BRAND_ID)), [SCHEDULE_ID, SECOND_SCHEDULE], [str(BRAND_ID)]),
        (
            ("--workspace", WORKSPACE),
            [SCHEDULE_ID, SECOND_SCHEDULE, SCHEDULE_OF_OTHER_BRAND],
            [str(BRAND_ID), str(OTHER_BRAND), f"'{WORKSPACE}'"],
        ),
        (("--workspace", ELSEWHERE), [SCHEDULE_ELSEWHERE], [str(BRAND_ELSEWHERE), f"'{ELSEWHERE}'"]),
    ],
    ids=lambda value: value[0] + value[1][-4:] if isinstance(value, tuple) else "",
)
def test_all_of_it_goes_and_nothing_of_its_neighbours(
    scene: Scene, operator: Operator, owner: tuple[str, ...], gone: list[UUID], words: list[str]
) -> None:
    digests = [digest_of(key) for workspace, key in scene.keys.items() if workspace == owner[1]]
    stays = without(scene.rows(), *map(str, gone), *words, *digests)
    versions = without(scene.versions(), *folders(*gone))
    assert len(stays) < len(scene.rows())

    said = operator.say("purge", *owner, "--yes", "--json")

    assert (said.code, said.json["left"]) == (0, 0), said.stderr
    assert scene.rows() == stays
    assert scene.versions() == versions
    assert {one: scene.status(one) for one in EVERY_SCHEDULE} == {
        one: 410 if one in gone else 200 for one in EVERY_SCHEDULE
    }
    assert scene.letters() == sorted(f"runs/{one}/{run_id(5)}.json" for one in EVERY_SCHEDULE if one not in gone)


def test_what_would_go_is_counted_and_stays(scene: Scene, operator: Operator) -> None:
    before = scene.rows(), scene.versions()

    said = operator.say("purge", "--brand", str(BRAND_ID), "--dry-run", "--json")

    found = said.json["found"]
    assert said.code == 0
    assert (scene.rows(), scene.versions()) == before
    assert len(scene.letters()) == 4
    rows = ("brands", "schedules", "ledgers", "shares", "view_counts", "gates", "idempotency_records", "run_outcomes")
    assert [found[kind] for kind in rows] == [1, 2, 2, 2, 2, 2, 2, 10]
    assert (found["keys"], found["request_counts"], found["dead_letters"]) == (0, 0, 2)
    # Of each schedule: 1, 2 and 4, the broken one, and one in a folder; two older versions and a delete marker besides.
    assert found["run_files"] == 10
    assert found["snapshots"] == 6
    theirs = [one for one in before[1] if one not in without(before[1], *folders(SCHEDULE_ID, SECOND_SCHEDULE))]
    assert found["object_versions"] == len(theirs)
    assert found["bytes"] > 10_000


def test_what_was_counted_is_what_goes(scene: Scene, operator: Operator) -> None:
    found = operator.say("purge", "--workspace", WORKSPACE, "--dry-run", "--json").json["found"]

    purged = operator.say("purge", "--workspace", WORKSPACE, "--yes", "--json").json["purged"]

    assert purged == found
    assert (found["keys"], found["request_counts"]) == (1, 1)
    assert scene.world.create(scene.keys[WORKSPACE]).status == 401


def test_it_says_in_words_what_would_go(scene: Scene, operator: Operator) -> None:
    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--dry-run")

    assert "           1  schedules" in said.stdout.splitlines()
    assert "brands" not in said.stdout
    assert scene.status(SCHEDULE_ID) == 200


def test_without_a_terminal_it_counts_and_refuses(scene: Scene, operator: Operator) -> None:
    before = scene.rows(), scene.versions()

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), stdin="y\n")

    assert (said.code, said.stdout) == (2, "")
    assert "1  shares" in said.stderr
    assert "--yes" in said.stderr
    assert (scene.rows(), scene.versions()) == before


@pytest.mark.parametrize(("answer", "status"), [("y\n", 410), ("n\n", 200), ("", 200)], ids=repr)
def test_at_a_terminal_it_asks(
    scene: Scene,
    operator: Operator,  # noqa: ARG001 - its stack is found
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    answer: str,
    status: int,
) -> None:
    stdin = io.StringIO(answer)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)

    with pytest.raises(SystemExit) as ended:
        main.app(["purge", "--schedule", str(SCHEDULE_ID)])

    assert ended.value.code == (0 if status == 410 else 1)
    assert "delete all of this for good? [y/N]" in capsys.readouterr().err
    assert scene.status(SCHEDULE_ID) == status


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--workspace", ""),
        ("--schedule", ""),
        ("--brand", "acme"),
        ("--schedule", str(SCHEDULE_ID), "--brand", str(BRAND_ID)),
        ("--brand", str(BRAND_ID), "--workspace", WORKSPACE),
        (str(SCHEDULE_ID),),
    ],
    ids=" ".join,
)
def test_what_could_mean_more_than_was_meant_is_refused(
    world: World, operator: Operator, arguments: tuple[str, ...]
) -> None:
    before = world.items()

    assert operator.say("purge", "--yes", *arguments).code == 2
    assert world.items() == before


def test_purging_again_finds_nothing_and_is_no_error(scene: Scene, operator: Operator) -> None:
    command = ("purge", "--workspace", WORKSPACE, "--yes")
    operator.say(*command)
    before = scene.rows(), scene.versions()

    said = operator.say(*command)

    assert (said.code, said.stdout) == (0, "there is nothing of it\n")
    assert (scene.rows(), scene.versions()) == before


@pytest.mark.proof
@pytest.mark.parametrize("owner", [("--brand", str(BRAND_ID)), ("--workspace", WORKSPACE)], ids=lambda value: value[0])
def test_after_a_crash_at_any_change_no_link_opens_again_and_the_next_run_finishes(
    scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch, owner: tuple[str, ...]
) -> None:
    """One run after the other crashes, each one change later than the one before."""
    changes = ("BatchWriteItem", "DeleteObject", "DeleteObjects")
    monkeypatch.setattr("sharectl.tables._WRITE_BATCH", 2)
    monkeypatch.setattr("sharectl.objects._BATCH", 10)
    links = [(scene.status(SCHEDULE_ID), scene.status(SECOND_SCHEDULE))]
    is_finished = False
    while not is_finished:
        left = [len(links)]

        def crash(operation: str, _: Any, left: list[int] = left) -> None:
            left[0] -= operation in changes
            if left[0] < 0 or (left[0] == 0 and operation in changes):
                raise aws_error(operation, "ExpiredTokenException")

        with monkeypatch.context() as patched:
            before_each_call(patched, crash)
            said = operator.say("purge", *owner, "--yes")
        is_finished = said.code == 0
        assert is_finished or "ExpiredTokenException" in said.stderr
        links.append((scene.status(SCHEDULE_ID), scene.status(SECOND_SCHEDULE)))

    assert [list(one) for one in zip(*links, strict=True)] == [sorted(one) for one in zip(*links, strict=True)]
    assert (links[0], links[-1]) == ((200, 200), (410, 410))
    assert links.count((410, 410)) > 3
    assert without(scene.rows(), str(SCHEDULE_ID), str(SECOND_SCHEDULE)) == scene.rows()
    assert without(scene.versions(), *folders(SCHEDULE_ID, SECOND_SCHEDULE)) == scene.versions()
    assert scene.status(SCHEDULE_ELSEWHERE) == 200


def test_links_are_closed_before_anything_below_them_goes(
    scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "DeleteObjects", aws_error("DeleteObjects", "AccessDenied"))

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--yes")

    assert said.code == 1
    assert "AccessDenied" in said.stderr
    assert "1  shares" in said.stdout
    assert scene.status(SCHEDULE_ID) == 410
    assert scene.world.create(scene.keys[WORKSPACE]).status == 404


def test_an_object_that_cannot_be_deleted_is_told_and_the_rest_goes(
    scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = f"runs/{SCHEDULE_ID}/{run_id(1)}.json"
    (version,) = [version for key, version in scene.versions() if key == stubborn]

    def refuse_one(stack: Any, batch: Any) -> Any:
        for one in batch:
            if one.key == stubborn:
                yield one, "AccessDenied"
            else:
                stack.s3.delete_object(Bucket=stack.bucket, Key=one.key, VersionId=one.version_id)
                yield one, None

    monkeypatch.setattr("sharectl.objects._delete_together", refuse_one)

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--yes")

    assert said.code == 1
    assert f"{stubborn} is still there: AccessDenied" in said.stderr
    assert "1 rows and object versions are still there" in said.stderr
    theirs = [one for one in scene.versions() if one[0].startswith(tuple(folders(SCHEDULE_ID)))]
    assert theirs == [(stubborn, version)]


def test_rows_that_dynamodb_does_not_take_at_once_are_sent_again(
    scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = operator.stack.dynamodb.batch_write_item
    refusals: list[int] = []

    def write_the_first(RequestItems: Json) -> Json:  # noqa: N803 - boto3's
        ((table, (first, *rest)),) = RequestItems.items()
        writing(RequestItems={table: [first]})
        refusals.append(len(rest))
        return {"UnprocessedItems": {table: rest} if rest else {}}

    monkeypatch.setattr(operator.stack.dynamodb, "batch_write_item", write_the_first)
    monkeypatch.setattr("sharectl.tables.time.sleep", lambda _: None)

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--yes", "--json")

    assert (said.code, said.json["left"]) == (0, 0)
    assert any(refusals)
    assert without(scene.rows(), str(SCHEDULE_ID)) == scene.rows()


def test_a_share_that_is_committed_before_its_ledger_goes_is_found(
    scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schedule's row is gone, but a request has read it before: it commits as long as there is a ledger."""
    world = scene.world
    late = items.share_key(UUID(int=7))
    row = items.share_from(next(one for one in scene.rows() if one["sk"] == {"S": "SHARE"}))

    def commit(operation: str, arguments: Any) -> None:
        deletes = arguments.get("RequestItems", {}).get("shares", [])
        keys = [one["DeleteRequest"]["Key"] for one in deletes if "DeleteRequest" in one]
        if operation == "BatchWriteItem" and items.ledger_key(SCHEDULE_ID) in keys:
            late_one = items.share_item(row) | late | {"scheduled_report_id": items.text(SCHEDULE_ID)}
            world.dynamodb.put_item(TableName="shares", Item=late_one)

    before_each_call(monkeypatch, commit)

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--yes", "--json")

    assert (said.code, said.json["purged"]["shares"]) == (0, 2)
    assert "Item" not in world.dynamodb.get_item(TableName="shares", Key=late)


def test_what_arrives_later_is_refused_and_goes_with_the_next_purge(scene: Scene, operator: Operator) -> None:
    command = ("purge", "--workspace", WORKSPACE, "--yes", "--json")
    operator.say(*command)
    scene.letters()
    stays = scene.rows(), scene.versions()

    scene.world.put_run(run(6))

    (letter,) = scene.world.buried()
    assert letter["reason"] == "there is no such scheduled report"
    said = operator.say(*command)
    assert {kind: count for kind, count in said.json["purged"].items() if count and kind != "bytes"} == {
        "run_outcomes": 1,
        "run_files": 1,
        "object_versions": 1,
    }
    assert (scene.rows(), scene.versions()) == stays


def test_what_arrives_while_it_runs_is_told(scene: Scene, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    key = f"runs/{SCHEDULE_ID}/{run_id(7)}.json"

    def arrive(operation: str, _: Any) -> None:
        if operation == "ReceiveMessage":
            scene.world.s3.put_object(Bucket="reports", Key=key, Body=b"{}")

    before_each_call(monkeypatch, arrive)

    said = operator.say("purge", "--schedule", str(SCHEDULE_ID), "--yes")

    assert said.code == 1
    assert "still there: run it again" in said.stderr


def test_a_schedule_that_was_applied_again_elsewhere_is_nobody_elses_to_purge(scene: Scene, operator: Operator) -> None:
    operator.say("purge", "--workspace", WORKSPACE, "--yes")
    moved = Schedule(SCHEDULE_ID, BRAND_ELSEWHERE, ELSEWHERE, "Weekly", "weekly")
    scene.world.dynamodb.put_item(TableName="shares", Item=items.schedule_item(moved))
    scene.world.put_run(run(1, brand_id=str(BRAND_ELSEWHERE)))
    before = scene.rows(), scene.versions()

    assert operator.say("purge", "--workspace", WORKSPACE, "--yes").code == 0

    assert (scene.rows(), scene.versions()) == before


def test_a_schedule_whose_row_was_lost_goes_with_those_whom_its_shares_name(scene: Scene, operator: Operator) -> None:
    scene.world.dynamodb.delete_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))

    operator.say("purge", "--workspace", WORKSPACE, "--yes")

    assert without(scene.rows(), str(SCHEDULE_ID)) == scene.rows()
    assert without(scene.versions(), *folders(SCHEDULE_ID)) == scene.versions()


def test_a_lost_schedule_that_shares_of_two_workspaces_name_stays(scene: Scene, operator: Operator) -> None:
    scene.world.dynamodb.delete_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))
    theirs = next(one for one in scene.rows() if one.get("workspace_id") == {"S": ELSEWHERE} and "created_at" in one)
    other = theirs | items.share_key(UUID(int=8)) | {"scheduled_report_id": items.text(SCHEDULE_ID)}
    scene.world.dynamodb.put_item(TableName="shares", Item=other)
    folded = [one for one in scene.versions() if one[0].startswith(tuple(folders(SCHEDULE_ID)))]

    operator.say("purge", "--workspace", WORKSPACE, "--yes")

    assert set(folded) <= set(scene.versions())
    assert other in scene.rows()


# ---- a copy of the table from before ---------------------------------------------------------------------------------


def purge_with_a_copy_from_before(scene: Scene, operator: Operator) -> None:
    create_table(scene.world.dynamodb, "from-before")
    for item in scene.world.items():
        scene.world.dynamodb.put_item(TableName="from-before", Item=dict(item))
    operator.say("purge", "--workspace", WORKSPACE, "--yes")


def test_a_copy_from_before_brings_nothing_back_that_was_purged(scene: Scene, operator: Operator) -> None:
    purge_with_a_copy_from_before(scene, operator)
    after = scene.rows()

    said = operator.say("table", "copy", "from-before", "--json")

    assert scene.rows() == after
    assert (said.json["added"], said.json["ledgers"]) == (0, [])
    assert said.json["purged"] > 20
    assert [scene.status(one) for one in (SCHEDULE_ID, SCHEDULE_ELSEWHERE)] == [410, 200]
    assert "stay away" in operator.say("table", "copy", "from-before").stdout


def test_what_was_applied_again_after_a_purge_is_copied_like_anything_else(scene: Scene, operator: Operator) -> None:
    purge_with_a_copy_from_before(scene, operator)
    scene.world.add_schedule()

    operator.say("table", "copy", "from-before")

    assert operator.item(f"LEDGER#{SCHEDULE_ID}", "LEDGER")
    assert not operator.item(f"LEDGER#{SECOND_SCHEDULE}", "LEDGER")


def test_what_stays_of_a_purged_row_says_no_more_than_whose_it_was_and_for_35_days(
    scene: Scene, operator: Operator
) -> None:
    operator.say("purge", "--brand", str(BRAND_ID), "--yes")

    left = [dict(one) for one in scene.world.items() if one["sk"] == {"S": "PURGED"}]

    assert {one["pk"]["S"] for one in left} == {
        f"PURGED#{pk}" for pk in (f"BRAND#{BRAND_ID}", f"SCHEDULE#{SCHEDULE_ID}", f"SCHEDULE#{SECOND_SCHEDULE}")
    }
    assert set().union(*left) == {"pk", "sk", "brand_id", "workspace_id", "ttl"}


def test_a_key_that_a_purge_left_restricted_to_its_brand_stays(scene: Scene, operator: Operator) -> None:
    world = scene.world
    restricted = world.add_key("bob", brand_ids=frozenset({str(BRAND_ID)}))

    operator.say("purge", "--brand", str(BRAND_ID), "--yes")

    key = operator.item(f"KEY#{digest_of(restricted)}", "KEY")
    assert items.api_key_from(key) == ApiKey(
        "bob", WORKSPACE, frozenset({"write:scheduled"}), frozenset({str(BRAND_ID)})
    )
