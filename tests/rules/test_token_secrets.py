"""The document of the token secrets: what it may look like, and what becomes of it as secrets are replaced."""

import json

import pytest

from report_shares.rules.token_secrets import (
    NoNumberLeft,
    SecretInUse,
    UnknownSecret,
    parse_secrets,
)

KEY = "k" * 32


def document(current: int, *numbers: int, last: str | None = None) -> str:
    """The text of a document with secrets of these numbers."""
    secrets = {str(number): f"{number}".rjust(32, "s") for number in numbers}
    return json.dumps({"current": str(current), **secrets} | ({} if last is None else {"last": last}))


def numbers_of(text: str) -> set[str]:
    return set(json.loads(text)) - {"current", "last"}


def test_the_service_does_not_take_the_last_number_for_a_secret() -> None:
    secrets = parse_secrets(document(1, 1, last="3")).secrets

    assert (secrets.current, list(secrets.by_key_id)) == (1, [1])


def test_an_added_secret_has_the_next_number_and_is_not_in_use() -> None:
    added = parse_secrets(document(1, 1)).added(KEY)

    assert (added.last, added.secrets.current, added.secrets.by_key_id[2]) == (2, 1, KEY.encode())


@pytest.mark.parametrize("kept", ["with a last number", "in an earlier version's document"])
def test_a_number_is_never_given_twice(kept: str) -> None:
    before = document(1, 1, 2, last="2" if kept == "with a last number" else None)

    dropped = parse_secrets(parse_secrets(before).dropped(2).text())

    assert dropped.added(KEY).last == 3


def test_numbers_go_on_growing_however_often_the_highest_is_dropped() -> None:
    text = document(1, 1)
    for expected in (2, 3, 4):
        added = parse_secrets(text).added(KEY)
        assert added.last == expected
        text = parse_secrets(added.text()).dropped(added.last).text()

    assert numbers_of(text) == {"1"}


def test_the_number_after_nought_is_one() -> None:
    assert parse_secrets(document(0, 0)).added(KEY).last == 1


def test_a_last_number_lower_than_one_that_is_there_does_not_count() -> None:
    assert parse_secrets(document(1, 1, 7, last="3")).added(KEY).last == 8


def test_the_last_number_stands_in_the_document_only_where_its_secret_does_not() -> None:
    """Earlier versions of the service take each field but ``current`` for a secret."""
    two = parse_secrets(document(1, 1, 2))

    assert "last" not in json.loads(two.text())
    assert json.loads(two.dropped(2).text())["last"] == "2"
    assert "last" not in json.loads(two.dropped(2).added(KEY).text())


@pytest.mark.parametrize("last", [None, "255"])
def test_after_255_there_is_an_end(last: str | None) -> None:
    full = parse_secrets(document(1, 1, *(() if last else (255,)), last=last))

    with pytest.raises(NoNumberLeft, match="255"):
        full.added(KEY)
    assert parse_secrets(document(1, 1, 254)).added(KEY).last == 255


def test_one_that_is_used_is_what_new_links_are_derived_with() -> None:
    assert parse_secrets(document(1, 1, 2)).used(2).secrets.current == 2


def test_the_secret_in_use_cannot_be_dropped() -> None:
    with pytest.raises(SecretInUse, match=r"^secret 1 is in use$"):
        parse_secrets(document(1, 1, 2)).dropped(1)


def test_a_secret_that_is_not_there_is_neither_used_nor_dropped() -> None:
    secrets = parse_secrets(document(1, 1, 10, 2))

    for change in (secrets.used, secrets.dropped):
        with pytest.raises(UnknownSecret, match=r"^there is no secret 3; there are 1, 2, 10$"):
            change(3)


def test_the_document_comes_back_as_it_was() -> None:
    written = parse_secrets(document(2, 1, 2, last="9"))

    assert parse_secrets(written.text()) == written


def test_no_secret_is_in_what_the_document_is_shown_as() -> None:
    assert KEY not in repr(parse_secrets(document(1, 1)).added(KEY))


NO_SECRETS = (
    "",
    "x",
    "[]",
    "{}",
    '"text"',
    '{"current": "one", "1": "x"}',
    '{"current": "1", "one": "x"}',
    '{"current": "1", "1": 5}',
    '{"current": "1", "last": "two", "1": "x"}',
)


@pytest.mark.parametrize("document", NO_SECRETS)
def test_a_malformed_secret_is_refused_without_being_shown(document: str) -> None:
    with pytest.raises(ValueError, match=r"^the token secrets are no JSON object") as refusal:
        parse_secrets(document)

    assert refusal.value.__suppress_context__


@pytest.mark.parametrize("document", ['{"current": "1"}', '{"current": "1", "1": "short"}'])
def test_secrets_that_cannot_serve_are_refused(document: str) -> None:
    with pytest.raises(ValueError, match=r"key id|32 bytes"):
        parse_secrets(document)
