"""Attacks on what was taken back (links, keys, passwords, schedules), and on what readers and operators see."""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_service.table import create_table
from report_shares.contract.downloads import FILES
from report_shares.contract.white_label import WhiteLabel
from report_shares.rules.access import digest_of
from report_shares.store import items
from tests.handlers.calls import before_each_call
from tests.handlers.runs import regions_of, run
from tests.handlers.test_links import ask
from tests.passwords import PASSWORD
from tests.tools.conftest import Operator, operate
from tests.tools.test_upkeep import copy_items, lost
from tests.world import SCHEDULE_ID, Json, World


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return operate("shares", "reports", world.dead_letters, tmp_path, monkeypatch)


# ---- a restore -------------------------------------------------------------------------------------------------------

TAKEN_BACK: dict[str, Callable[[World, str, Json], object]] = {
    "rotated": lambda world, key, _: world.create(key, {"rotate": True}),
    "withdrawn": lambda world, key, share: world.revoke(key, share["id"]),
    "all withdrawn": lambda world, key, _: world.revoke_all(key),
    "password set": lambda world, key, share: world.change(key, share["id"], {"password": PASSWORD}),
    "look dropped": lambda world, key, _: world.create(key, {"white_label_config": None}),
    "renamed": lambda world, key, share: world.change(key, share["id"], {"name": "Another client"}),
    "frozen": lambda world, key, share: world.change(key, share["id"], {"live": False}),
}


@pytest.mark.parametrize("take_back", TAKEN_BACK.values(), ids=TAKEN_BACK)
def test_who_waits_for_a_restore_gets_nothing_back(
    world: World, operator: Operator, take_back: Callable[[World, str, Json], object]
) -> None:
    key = world.add_key()
    share = world.create(key, {"live": True, "white_label_config": {"company_name": "Not the brand"}}).json
    create_table(world.dynamodb, "copied")
    copy_items(world, "copied")
    take_back(world, key, share)
    lost(world, "SHARE")

    assert operator.say("table", "copy", "copied").code == 0

    for name in ("read_shared_report", "read_shared_page"):
        answer = world.read(share["access_token"], name)
        assert (answer.status, "Not the brand" in answer.text) == (410, False)


# ---- a teammate who leaves -------------------------------------------------------------------------------------------


def test_a_request_that_outlives_its_key_leaves_no_open_link_behind(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the runbook: first the keys, then, when nothing that they let in can run any more, the links."""
    world.clock.now = 4_000_000_000_000  # the operator's clock is a real one
    key = world.add_key("ada")
    revoking = [("keys", "revoke", digest_of(key))]

    def look(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems" and revoking:
            assert operator.say(*revoking.pop()).code == 0

    before_each_call(monkeypatch, look)
    made = world.create(key)
    assert world.read(made.json["access_token"]).status == 200

    assert operator.say("links", "revoke", "--principal", "ada", "--yes").code == 0

    assert [world.create(key).status, world.read(made.json["access_token"]).status] == [401, 410]


# ---- a schedule in other hands ---------------------------------------------------------------------------------------


def test_a_schedule_that_is_handed_over_takes_no_link_along(world: World) -> None:
    world.put_run(run(1))
    token = world.create(world.add_key()).json["access_token"]

    world.add_schedule(workspace="elsewhere")

    for address in (f"/v1/shared/{token}", *(f"/shared/{token}{file}" for file in ("", "/report.html", "/trend.csv"))):
        assert ask(world, address).status == 410
    assert ask(world, f"/shared/{token}/views", "POST").status == 410


# ---- what nobody sees ------------------------------------------------------------------------------------------------

UNSEEN = "\x00\x07\x1b[2J\x9b31m\u200b\u200e\u202e\u2066\u2060\ufeff\u00ad\u3164\ufff9\U000e0041\U0001d173"


def test_no_character_that_nobody_sees_comes_from_a_run_file_to_a_reader(world: World) -> None:
    texts = [f"{UNSEEN}a{number}{UNSEEN}b{UNSEEN}" for number in range(3)]
    world.put_run(run(1) | {"regions": regions_of(texts)})
    token = world.create(world.add_key()).json["access_token"]

    paths = (f"/v1/shared/{token}", f"/shared/{token}", *(f"/shared/{token}/{file}" for file in FILES))
    answers = {path: ask(world, path) for path in paths}

    assert "ab" in answers[paths[0]].text.replace("0", "")
    for path, answer in answers.items():
        assert answer.status == 200, path
        assert hidden("".join(texts_in(answer.json)) if path == paths[0] else answer.text) == set(), path


def texts_in(value: object) -> Iterator[str]:
    """The texts of a JSON document, which as JSON would have escapes in the place of control characters."""
    match value:
        case str():
            yield value
        case dict():
            yield from texts_in([*value, *value.values()])
        case list():
            for part in value:
                yield from texts_in(part)


def hidden(text: str) -> set[str]:
    """The control and format characters of a text, but for line ends and the byte order mark of a CSV."""
    categories = {"Cc", "Cf", "Zl", "Zp"}
    text = text.removeprefix("\ufeff")
    return {one for one in text if unicodedata.category(one) in categories and one not in "\r\n\t"} | {
        one for one in text if one in UNSEEN and not one.isascii()
    }


@pytest.mark.parametrize("field", sorted(set(WhiteLabel.model_fields) - {"report_sections_config"}))
def test_no_white_label_takes_one(world: World, field: str) -> None:
    values = {
        "logo_url": "https://northlight.example/{}logo.png",
        "footer_website": "https://northlight.example/{}",
        "footer_email": "reports{}@northlight.example",
        "footer_phone": "+44 20{} 7946 0000",
        "primary_color": "#0A7C66{}",
        "secondary_color": "#0A7C66{}",
    }
    key, value = world.add_key(), values.get(field, "Northlight{} Search")

    for character in UNSEEN.translate({ord(one): None for one in "[2J31m"}):
        given = value.format(character)
        answer = world.create(key, {"white_label_config": {field: given}})
        assert answer.status == 422 or hidden("".join(texts_in(answer.json))) == set(), ascii(given)


@pytest.mark.parametrize("host", ["xn--80ak6aa92e.com", "xn--pypal-4ve.com", "xn--ggle-55da.com"])
def test_a_host_that_only_looks_like_another_is_seen_to_be_none(world: World, host: str) -> None:
    looks_like_another = host.encode().decode("idna")
    label = {"footer_website": f"https://{looks_like_another}/", "footer_email": f"ann@{looks_like_another}"}
    regions = regions_of(["a"])
    regions[0]["answers"][0]["citations"] = [{"url": f"https://{looks_like_another}/a", "title": None}]
    world.put_run(run(1) | {"regions": regions})
    token = world.create(world.add_key(), {"white_label_config": label}).json["access_token"]

    page = world.read(token, "read_shared_page").text

    assert looks_like_another not in page
    assert page.count(host) > 3


# ---- an operator's terminal ------------------------------------------------------------------------------------------

EVIL = "\x1b]0;owned\x07\x9b2J\u202e\u2066\u200b"


def test_no_stranger_writes_to_an_operators_terminal(world: World, operator: Operator) -> None:
    """Whoever may put a file chooses its key, and the roll-up's dead letter repeats it."""
    world.put_run(b"{}", f"runs/{SCHEDULE_ID}/{EVIL}.json")
    named = {":name": items.text(EVIL)}
    world.dynamodb.update_item(
        TableName="shares",
        Key=items.schedule_key(SCHEDULE_ID),
        UpdateExpression="SET #name = :name",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues=named,
    )
    world.create(world.add_key("ada"), {"name": "A client"})
    commands = [
        ("runs", "failed"),
        ("runs", "failed", "--replay"),
        ("runs", "failed", "--drop", EVIL),
        ("links", "list"),
        ("links", "revoke", "--schedule", str(SCHEDULE_ID), "--yes"),
        ("links", "revoke", EVIL),
        ("keys", "revoke", EVIL),
        ("rollup", "rebuild", EVIL),
        ("runs", "put", EVIL),
        ("purge", "--workspace", EVIL, "--dry-run"),
    ]

    for command in commands:
        for form in ((), ("--json",)):
            said = operator.say(*command, *form)
            assert hidden(said.stdout + said.stderr) == set(), (command, form)
