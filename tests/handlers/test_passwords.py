"""The password of a share as its owner sets, changes and takes it away, and where nothing of it may stand."""

import json
import re
import sys
from collections.abc import Iterator
from unicodedata import category, normalize

import pytest

from report_shares.rules import passwords
from tests.handlers.answers import assert_refused
from tests.handlers.calls import before_each_call
from tests.handlers.test_gate import cookie_of, enter, page
from tests.openapi.schemas import document
from tests.passwords import PASSWORD, cheap_hash
from tests.world import Json, World

OTHER = "battery staple"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed, at no cost; ``tests/rules`` has the real one."""
    hashed: list[str] = []

    def hash_of(password: str) -> str:
        hashed.append(password)
        return cheap_hash(password)

    monkeypatch.setattr(passwords, "hash_of", hash_of)
    return hashed


def test_a_share_with_a_password_says_so_and_asks_for_it(world: World) -> None:
    answer = world.create(world.add_key(), {"password": PASSWORD})

    assert (answer.status, answer.json["has_password"]) == (201, True)
    assert PASSWORD not in answer.text
    assert "hash" not in answer.text
    assert page(world, answer.json).status == 401
    assert enter(world, answer.json).status == 303


def test_a_refresh_and_a_rotation_keep_the_password_unless_they_say_otherwise(world: World) -> None:
    key = world.add_key()
    cookie = cookie_of(enter(world, world.create(key, {"password": PASSWORD}).json))

    refreshed = world.create(key).json
    assert page(world, refreshed, Cookie=cookie).status == 200
    rotated = world.create(key, {"rotate": True}).json
    assert [one["has_password"] for one in (refreshed, rotated)] == [True, True]
    assert enter(world, rotated).status == 303
    assert page(world, world.create(key, {"rotate": True, "password": None}).json).status == 200


def test_null_takes_the_password_away(world: World) -> None:
    key = world.add_key()
    world.create(key, {"password": PASSWORD})

    share = world.create(key, {"password": None}).json

    assert share["has_password"] is False
    assert page(world, share).status == 200


def test_another_password_takes_the_place_of_the_first(world: World) -> None:
    key = world.add_key()
    cookie = cookie_of(enter(world, world.create(key, {"password": PASSWORD}).json))

    share = world.create(key, {"password": OTHER}).json

    assert page(world, share, Cookie=cookie).status == 401
    assert [enter(world, share, tried).status for tried in (PASSWORD, OTHER)] == [401, 303]


def test_a_change_sets_takes_away_and_leaves_the_password(world: World) -> None:
    key = world.add_key()
    share = world.create(key).json

    def changed(body: Json) -> tuple[int, bool, int]:
        answer = world.change(key, share["id"], body)
        return answer.status, answer.json["has_password"], page(world, share).status

    assert changed({"password": PASSWORD}) == (200, True, 401)
    assert changed({"name": "Client A"}) == (200, True, 401)
    assert world.get(key, share["id"]).json["has_password"] is True
    assert changed({"password": None}) == (200, False, 200)


def test_a_changed_password_shuts_out_who_knew_the_one_before(world: World) -> None:
    key = world.add_key()
    share = world.create(key, {"password": PASSWORD}).json
    cookie = cookie_of(enter(world, share))

    answer = world.change(key, share["id"], {"password": OTHER}, "1")

    assert world.change(key, share["id"], {"password": OTHER}, "1").json == answer.json
    assert page(world, share, Cookie=cookie).status == 401
    assert [enter(world, share, tried).status for tried in (PASSWORD, OTHER)] == [401, 303]
    assert_refused(world.change(key, share["id"], {"password": "short"}), 422, "body_validation_error")


LENGTHS = [
    ("x" * 8, 201),
    ("x" * 7, 422),
    ("x" * 128, 201),
    ("x" * 129, 422),
    ("\U0001f600" * 8, 201),
    ("\U0001f600" * 128, 201),
    (" " * 8, 201),
    ("e\u0301" * 4, 422),  # eight characters of which NFC makes four
    ("e\u0301" * 128, 201),
    ("", 422),
]


@pytest.mark.parametrize(("password", "status"), LENGTHS)
def test_a_password_has_8_to_128_characters_as_nfc_counts_them(world: World, password: str, status: int) -> None:
    assert world.create(world.add_key(), {"password": password}).status == status


CONTROL = [chr(code) for code in range(sys.maxunicode + 1) if category(chr(code)) == "Cc"]
TYPED = [
    "correct horse",
    "XXXXXXXX",
    " " * 8,
    "\xa0" * 8,
    "\u200b" * 7 + "a",
    "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "👩\u200d👩\u200d👧" * 3,
    "n\u0303q\u0303" * 4,
]
UNSEEN = ["\u200b" * 8, "\xad" * 8, "\u2800" * 8, "\u200d\u2060\ufeff\u3164" * 2, "\U000e0061" * 8]


@pytest.mark.parametrize("password", TYPED)
def test_a_password_may_have_what_can_be_typed_and_joiners(world: World, password: str) -> None:
    assert world.create(world.add_key(), {"password": password}).status == 201


@pytest.mark.parametrize(
    "password", ["two\nlines", "two\r\nlines", "the last\n", "one\ttab!", "\x7fthe first", "\x85" * 8]
)
def test_a_password_that_no_browser_sends_is_422(world: World, password: str) -> None:
    key = world.add_key()
    share = world.create(key).json

    assert_refused(world.create(key, {"password": password}), 422, "body_validation_error")
    assert_refused(world.change(key, share["id"], {"password": password}), 422, "body_validation_error")


@pytest.mark.parametrize("password", UNSEEN)
def test_a_password_of_which_nothing_is_seen_is_422(world: World, password: str) -> None:
    assert_refused(world.create(world.add_key(), {"password": password}), 422, "body_validation_error")


def test_a_password_from_before_opens_its_link_whatever_is_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_of", lambda _: cheap_hash("two\r\nlines"))
    share = world.create(world.add_key(), {"password": PASSWORD}).json

    assert enter(world, share, "two\r\nlines").status == 303


def test_the_documents_pattern_says_which_passwords_are_taken() -> None:
    for name in ("CreateShareRequest", "ChangeShareRequest"):
        described = document()["components"]["schemas"][name]["properties"]["password"]["anyOf"][0]
        pattern = re.compile(described["pattern"])

        assert [password for password in TYPED if not pattern.search(password)] == []
        refused = UNSEEN + [f"{one}correct horse" for one in CONTROL] + [f"correct horse{one}" for one in CONTROL]
        assert [password for password in refused if pattern.search(password)] == []


def test_a_password_is_the_same_however_its_letters_are_composed(world: World) -> None:
    share = world.create(world.add_key(), {"password": normalize("NFD", "größer als é")}).json

    assert enter(world, share, normalize("NFC", "größer als é")).status == 303


@pytest.mark.parametrize("given", ["zyxwvut", "zyxwvut" * 19, 7_654_321_7654, ["zyxwvut-"], {"zyxwvut": 1}, True])
def test_what_is_no_password_is_422_and_echoed_nowhere(
    world: World, given: object, capsys: pytest.CaptureFixture[str], cheap: list[str]
) -> None:
    key = world.add_key()
    before = world.uncounted()

    answer = world.create(key, {"password": given}, idempotency_key="1")

    assert_refused(answer, 422, "body_validation_error")
    (fault,) = answer.error["details"]["errors"]
    assert set(fault) == {"loc", "msg", "type"}
    assert fault["loc"][:2] == ["body", "password"]
    said = answer.text + "".join(capsys.readouterr())
    assert not re.search("zyxwvut|76543217654", said)
    assert (world.uncounted(), cheap) == (before, [])


@pytest.mark.parametrize("half", ["d800", "dbff", "dc00", "dfff"])
def test_half_a_character_is_422(world: World, half: str) -> None:
    body = f'{{"password": "\\u{half} and more"}}'

    assert_refused(world.create(world.add_key(), body), 422, "body_validation_error")


def test_a_request_with_a_password_is_replayed_and_its_record_holds_nothing_to_guess_by(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    key = world.add_key()
    body = {"password": PASSWORD}

    first = world.create(key, body, idempotency_key="1")
    again = world.create(key, body, idempotency_key="1")
    another = world.create(key, {"password": OTHER}, idempotency_key="1")

    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert_refused(another, 409, "conflict")
    (record,) = [item for item in world.items() if "fingerprint" in item]
    (share,) = [item for item in world.items() if item["sk"]["S"] == "SHARE"]
    assert "scrypt" in share["password_hash"]["S"]
    assert "scrypt" not in json.dumps(record, default=repr)
    assert PASSWORD not in json.dumps(world.items(), default=repr) + "".join(capsys.readouterr())


def rows(world: World) -> list[Json]:
    return [item for item in world.items() if item["sk"]["S"] == "SHARE"]


def test_of_two_that_set_a_password_at_once_one_holds_wholly(
    world: World, monkeypatch: pytest.MonkeyPatch, cheap: list[str]
) -> None:
    key = world.add_key()
    share = world.create(key).json
    meanwhile: Iterator[str] = iter([OTHER])

    def overtake(operation: str, _: object) -> None:
        if operation == "TransactWriteItems":
            for password in meanwhile:
                world.create(key, {"password": password})

    before_each_call(monkeypatch, overtake)
    world.create(key, {"password": PASSWORD})

    assert [enter(world, share, tried).status for tried in (OTHER, PASSWORD)] == [401, 303]
    assert cheap == [PASSWORD, OTHER]  # each once, though one was decided twice


def test_who_may_not_change_the_share_costs_no_hashing(world: World, cheap: list[str]) -> None:
    refused = [
        world.create(world.add_key(scopes=("read:scheduled",)), {"password": PASSWORD}),
        world.create(world.add_key(workspace="elsewhere"), {"password": PASSWORD}),
        world.create("rp_live_" + "x" * 32, {"password": PASSWORD}),
    ]

    assert ([answer.status for answer in refused], cheap) == ([403, 404, 401], [])


def test_a_rotation_does_not_set_again_what_was_set_and_taken_away_while_it_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger, which it reads before the row, is as it was then."""
    key = world.add_key()
    share = world.create(key).json
    meanwhile = [("TransactWriteItems", None), ("BatchGetItem", PASSWORD)]

    def look(operation: str, arguments: object) -> None:
        if meanwhile and operation == meanwhile[-1][0] and f"SHARE#{share['id']}" in str(arguments):
            _, password = meanwhile.pop()
            later, meanwhile[:] = meanwhile[:], []
            assert world.change(key, share["id"], {"password": password}).status == 200
            meanwhile[:] = later

    before_each_call(monkeypatch, look)

    assert world.create(key, {"rotate": True}).json["has_password"] is False
    assert not meanwhile
