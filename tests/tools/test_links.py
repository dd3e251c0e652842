"""sharectl links list, and links revoke by whose links they are."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from report_shares.store import items
from report_shares.times import DAY, iso
from sharectl import main
from tests.handlers.calls import aws_error, before_each_call, failing
from tests.tools.conftest import Json, Operator, Said, operate
from tests.world import BRAND_ID, PUBLIC_BASE_URL, SCHEDULE_ID, WORKSPACE, World

LATER = 4_000_000_000_000  # the operator's clock is a real one, and shares made then outlive it
OTHER_SCHEDULE = UUID("00000000-0000-4000-8000-000000000002")
OTHER_BRAND = UUID("00000000-0000-4000-8000-00000000000b")


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    world.clock.now = LATER
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


def share(world: World, principal: str, schedule_id: UUID = SCHEDULE_ID, workspace: str = WORKSPACE) -> Json:
    made: Json = world.create(world.add_key(principal, workspace=workspace), schedule_id=schedule_id).json
    return made


def ids_in(links: list[Json]) -> list[str]:
    return [link["share_id"] for link in links]


def listed(operator: Operator, *options: str) -> list[str]:
    said = operator.say("links", "list", *options, "--json")
    assert (said.code, said.json["count"]) == (0, len(said.json["links"]))
    return ids_in(said.json["links"])


def last_line(said: Said) -> Json:
    """The JSON, behind what the service logged while its caller interfered."""
    document: Json = json.loads(said.stdout.splitlines()[-1])
    return document


def is_open(world: World, *shares: Json) -> list[bool]:
    return [world.read(made["access_token"]).status == 200 for made in shares]


# ---- list ------------------------------------------------------------------------------------------------------------


def test_a_listed_link_says_whose_it_is_and_how_long_it_lives_and_not_what_opens_it(
    world: World, operator: Operator
) -> None:
    made = share(world, "ada")

    said = operator.say("links", "list", "--json")

    assert said.json["links"] == [
        {
            "share_id": made["id"],
            "principal_id": "ada",
            "name": None,
            "brand_id": str(BRAND_ID),
            "scheduled_report_id": str(SCHEDULE_ID),
            "schedule_name": "Weekly visibility",
            "created_at": iso(LATER),
            "expires_at": iso(LATER + 30 * DAY),
            "live": False,
            "has_password": False,
        }
    ]
    assert made["access_token"] not in said.stdout


def test_links_are_listed_newest_first_in_columns_and_counted_at_the_end(world: World, operator: Operator) -> None:
    old = share(world, "ada")
    world.clock.now += DAY
    new = share(world, "a-teammate-with-a-long-name")

    said = operator.say("links", "list")

    head, first, second, end = said.stdout.splitlines()
    assert head.split() == ["share", "principal", "name", "brand", "schedule", "created", "expires"]
    assert first.split()[:3] == [new["id"], "a-teammate-with-a-long-name", "-"]
    assert second.split()[:3] == [old["id"], "ada", "-"]
    assert first.index(str(BRAND_ID)) == second.index(str(BRAND_ID)) == head.index("brand")
    assert end == "2 open links"
    assert not any(made["access_token"] in said.stdout + said.stderr for made in (old, new))


def test_only_links_that_are_open_now_are_listed(world: World, operator: Operator) -> None:
    ada = world.add_key("ada")
    revoked = world.create(ada).json
    world.revoke(ada, revoked["id"])
    world.clock.now = 1_000
    share(world, "an-expired-one")
    world.clock.now = LATER
    made = share(world, "bob")

    assert listed(operator) == [made["id"]]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--principal", "ada"), {"ada's", "ada's of the other schedule"}),
        (("--schedule", str(OTHER_SCHEDULE)), {"ada's of the other schedule"}),
        (("--schedule", str(SCHEDULE_ID).upper()), {"ada's", "bob's"}),
        (("--brand", str(BRAND_ID)), {"ada's", "bob's", "ada's of the other schedule"}),
        (("--brand", str(OTHER_BRAND)), set()),
        (("--workspace", WORKSPACE), {"ada's", "bob's"}),
        (("--workspace", "elsewhere"), {"ada's of the other schedule"}),
        (("--principal", "ada", "--schedule", str(SCHEDULE_ID)), {"ada's"}),
        (("--principal", "bob", "--workspace", "elsewhere"), set()),
        (("--principal", "Ada"), set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_links_are_chosen_by_all_that_is_said_of_them(
    world: World, operator: Operator, options: tuple[str, ...], found: set[str]
) -> None:
    world.add_schedule(OTHER_SCHEDULE, "elsewhere")
    names = {
        share(world, "ada")["id"]: "ada's",
        share(world, "bob")["id"]: "bob's",
        share(world, "ada", OTHER_SCHEDULE, "elsewhere")["id"]: "ada's of the other schedule",
    }

    assert {names[share_id] for share_id in listed(operator, *options)} == found


def test_links_for_a_recipient_are_shown_and_chosen_by_name(world: World, operator: Operator) -> None:
    ada = world.add_key("ada")
    of_ada, of_bob = (world.create(key, {"name": "Client A", "live": True}).json for key in (ada, world.add_key("bob")))
    others = [world.create(ada, {"name": name}).json["id"] for name in (None, "Client B")]

    said = operator.say("links", "list", "--name", " client a ", "--json")
    assert {(link["share_id"], link["name"], link["live"]) for link in said.json["links"]} == {
        (made["id"], "Client A", True) for made in (of_ada, of_bob)
    }
    assert listed(operator, "--name", "client a", "--principal", "bob") == [of_bob["id"]]
    assert listed(operator, "--name", "Client C") == []
    assert "  Client A  " in operator.say("links", "list").stdout

    revoked = operator.say("links", "revoke", "--name", "Client A", "--principal", "ada", "--yes")

    assert f"share {of_ada['id']} of ada for Client A" in revoked.stdout
    assert is_open(world, of_ada, of_bob) == [False, True]
    assert sorted(listed(operator, "--principal", "ada")) == sorted(others)


def test_a_link_whose_schedule_was_taken_out_of_the_table_is_still_its_workspaces(
    world: World, operator: Operator
) -> None:
    made = share(world, "ada")
    world.dynamodb.delete_item(TableName="shares", Key=items.schedule_key(SCHEDULE_ID))

    assert listed(operator, "--workspace", WORKSPACE) == [made["id"]]


def test_links_are_found_on_every_page_of_a_large_table(world: World, operator: Operator) -> None:
    for number in range(3):
        world.add_brand(UUID(int=number), {"company_name": "x" * 350_000})
    made = [share(world, principal)["id"] for principal in ("ada", "bob", "cleo")]

    assert sorted(listed(operator)) == sorted(made)


# ---- revoke ----------------------------------------------------------------------------------------------------------


def test_who_leaves_has_all_links_withdrawn_and_nobody_else_any(world: World, operator: Operator) -> None:
    world.add_schedule(OTHER_SCHEDULE)
    mine = [share(world, "ada"), share(world, "ada", OTHER_SCHEDULE)]
    theirs = share(world, "bob")

    said = operator.say("links", "revoke", "--principal", "ada", "--yes", "--json")

    assert said.code == 0
    assert sorted(ids_in(said.json["revoked"])) == sorted(made["id"] for made in mine)
    assert (said.json["withdrawn"], said.json["already_dead"], said.json["failed"]) == (2, 0, 0)
    assert is_open(world, *mine, theirs) == [False, False, True]
    assert not any(made["access_token"] in said.stdout + said.stderr for made in mine)


def test_withdrawn_links_give_up_their_places(world: World, operator: Operator) -> None:
    world.cap = 1
    world.restart()
    share(world, "ada")
    operator.say("links", "revoke", "--schedule", str(SCHEDULE_ID), "--yes")

    assert world.create(world.add_key("bob")).status == 201


def test_withdrawing_again_finds_nothing_and_is_no_error(world: World, operator: Operator) -> None:
    share(world, "ada")
    command = ("links", "revoke", "--workspace", WORKSPACE, "--yes", "--json")
    operator.say(*command)

    said = operator.say(*command)

    assert (said.code, said.json["withdrawn"], said.json["revoked"]) == (0, 0, [])


def test_without_a_terminal_nothing_is_withdrawn_unless_told_to(world: World, operator: Operator) -> None:
    made = share(world, "ada")

    said = operator.say("links", "revoke", "--principal", "ada", stdin="y\n")

    assert (said.code, said.stdout) == (2, "")
    assert "--yes" in said.stderr
    assert is_open(world, made) == [True]


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Types a command and an answer at a terminal; the exit code."""

    def type_in(answer: str, *arguments: str) -> int:
        stdin = io.StringIO(answer)
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SystemExit) as ended:
            main.app(arguments)
        code = ended.value.code
        assert isinstance(code, int)
        return code

    return type_in


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("Yes\n", 0), ("\n", 1), ("n\n", 1), ("yes, do\n", 1), ("", 1)], ids=repr
)
def test_at_a_terminal_it_says_whose_links_they_are_and_asks(
    world: World,
    operator: Operator,  # noqa: ARG001 - its stack is found
    at_a_terminal: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    *,
    answer: str,
    code: int,
) -> None:
    made = [share(world, principal) for principal in ("ada", "bob")]
    capsys.readouterr()

    assert at_a_terminal(answer, "links", "revoke", "--schedule", str(SCHEDULE_ID)) == code

    said = capsys.readouterr()
    assert "2 open links" in said.err
    assert {"ada", "bob"} <= set(said.err.split())
    assert "withdraw 2 links? [y/N]" in said.err
    assert is_open(world, *made) == ([False, False] if code == 0 else [True, True])
    assert ("2 withdrawn" in said.out) == (code == 0)


def test_the_question_is_not_in_the_json(
    world: World,
    operator: Operator,  # noqa: ARG001 - its stack is found
    at_a_terminal: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    share(world, "ada")
    capsys.readouterr()

    at_a_terminal("y\n", "links", "revoke", "--principal", "ada", "--json")

    assert capsys.readouterr().out.startswith("{")


def test_of_one_teammates_links_the_brands_are_counted(world: World, operator: Operator) -> None:
    share(world, "ada")

    said = operator.say("links", "revoke", "--principal", "ada", "--yes")

    assert f"1  brand {BRAND_ID}" in said.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--yes",),
        ("a-link", "--principal", "ada"),
        ("--principal", ""),
        ("--workspace", "", "--principal", "ada"),
        ("--schedule", ""),
        ("--brand", "weekly"),
        ("-", "--principal", "ada"),
    ],
    ids=" ".join,
)
def test_what_could_mean_more_than_was_meant_is_refused(
    world: World, operator: Operator, arguments: tuple[str, ...]
) -> None:
    made = share(world, "ada")

    assert operator.say("links", "revoke", *arguments, stdin=made["access_token"]).code == 2
    assert is_open(world, made) == [True]


def test_an_empty_choice_does_not_list_everything(world: World, operator: Operator) -> None:
    share(world, "ada")

    assert operator.say("links", "list", "--principal", "").code == 2


def test_a_link_that_is_made_after_the_count_stays_and_is_told(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, late = share(world, "ada"), list[Json]()

    def arrive(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems" and not late:
            late.append({})
            late[0] = share(world, "bob")

    before_each_call(monkeypatch, arrive)

    said = operator.say("links", "revoke", "--brand", str(BRAND_ID), "--yes", "--json")

    told = last_line(said)
    assert (said.code, told["withdrawn"], told["made_meanwhile"]) == (0, 1, 1)
    assert "1 link made meanwhile and still open" in said.stderr
    assert is_open(world, first, late[0]) == [False, True]


def test_a_link_that_its_owner_revoked_meanwhile_counts_as_dead_already(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.add_key("ada")
    made = world.create(ada).json
    pending = [made["id"]]

    def revoke_first(operation: str, _: Any) -> None:
        if operation == "GetItem" and pending:
            world.revoke(ada, pending.pop())

    before_each_call(monkeypatch, revoke_first)

    said = operator.say("links", "revoke", "--principal", "ada", "--yes", "--json")

    told = last_line(said)
    assert (said.code, told["withdrawn"], told["already_dead"]) == (0, 0, 1)


def test_one_that_fails_does_not_keep_the_others_open_and_is_told(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {principal: share(world, principal) for principal in ("ada", "bob", "cleo")}
    unlucky = items.share_key(UUID(made["bob"]["id"]))

    def fail_one(operation: str, arguments: Any) -> None:
        if operation == "GetItem" and arguments["Key"] == unlucky:
            raise aws_error("GetItem", "ThrottlingException")

    with monkeypatch.context() as patched:
        before_each_call(patched, fail_one)
        said = operator.say("links", "revoke", "--workspace", WORKSPACE, "--yes", "--json")

    assert (said.code, said.json["withdrawn"], said.json["failed"]) == (1, 2, 1)
    assert [error["message"] for error in said.json["errors"]] == [
        f"share {made['bob']['id']} of bob is still open: AWS does not answer: GetItem: ThrottlingException"
    ]
    again = operator.say("links", "revoke", "--workspace", WORKSPACE, "--yes", "--json")
    assert (again.code, again.json["withdrawn"]) == (0, 1)


def test_when_it_ends_early_it_tells_how_far_it_came(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(world, "ada")
    failing(monkeypatch, "GetItem", aws_error("GetItem", "ExpiredTokenException"))

    said = operator.say("links", "revoke", "--principal", "ada", "--yes")

    assert said.code == 1
    assert said.stdout == "0 withdrawn, 0 dead already, 0 failed, 1 not tried\n"
    assert "ExpiredTokenException" in said.stderr


# ---- one link from standard input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{link}", "{link}\n", "\ufeff{link}\r\n\n"], ids=ascii)
def test_a_link_is_read_from_standard_input(world: World, operator: Operator, text: str) -> None:
    made = share(world, "ada")

    said = operator.say("links", "revoke", "-", stdin=text.format(link=f"{PUBLIC_BASE_URL}{made['access_token']}"))

    assert said.code == 0, said.stderr
    assert is_open(world, made) == [False]


@pytest.mark.parametrize("text", ["", "\n \n", "{link}\n{link}\n"], ids=repr)
def test_nothing_or_more_than_one_link_on_standard_input_is_refused_without_being_shown(
    world: World, operator: Operator, text: str
) -> None:
    made = share(world, "ada")

    said = operator.say("links", "revoke", "-", stdin=text.format(link=made["access_token"]))

    assert said.code == 2
    assert made["access_token"] not in said.stdout + said.stderr
    assert is_open(world, made) == [True]
