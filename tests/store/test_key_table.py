"""API keys in the table: what one conditional update decides, also beside another's."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

from report_shares.rules.rate_limit import WINDOW
from report_shares.store.key_table import KeyTable
from tests.handlers.calls import aws_error, before_each_call, recorded
from tests.world import NOON, Json, World

LIMIT = 2


@pytest.fixture
def keys(world: World) -> KeyTable:
    return KeyTable(world.dynamodb, "shares")


def digest_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def item(world: World, key: str) -> Json:
    found = world.dynamodb.get_item(TableName="shares", Key=place(key))
    return dict(found.get("Item", {}))


def place(key: str) -> Json:
    return {"pk": {"S": f"KEY#{digest_of(key)}"}, "sk": {"S": "KEY"}}


def before_counting_starts(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens between a key's first refused update and the one that starts its count."""
    waiting = [happens]

    def look(_: str, arguments: Any) -> None:
        if ":none" in str(arguments.get("UpdateExpression")) and waiting:
            waiting.pop()()

    before_each_call(monkeypatch, look)


def test_as_many_requests_as_the_limit_are_accepted_in_a_window(world: World, keys: KeyTable) -> None:
    digest = digest_of(world.add_key())

    accepted = [keys.count_request(digest, NOON + at, LIMIT).accepted for at in (0, 1, WINDOW - 1, WINDOW, WINDOW + 1)]

    assert accepted == [True, True, False, True, True]


def test_a_first_request_beside_another_ones_loses_no_count(
    world: World, keys: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = digest_of(world.add_key())
    before_counting_starts(monkeypatch, lambda: keys.count_request(digest, NOON, LIMIT))

    assert keys.count_request(digest, NOON, LIMIT).accepted
    assert not keys.count_request(digest, NOON, LIMIT).accepted


def test_a_key_that_is_deleted_beside_its_first_request_stays_deleted(
    world: World, keys: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    before_counting_starts(monkeypatch, lambda: world.dynamodb.delete_item(TableName="shares", Key=place(key)))

    assert keys.count_request(digest_of(key), NOON, LIMIT).key is None
    assert item(world, key) == {}


def test_a_fault_while_counting_starts_is_not_hidden(
    world: World, keys: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise aws_error("UpdateItem", "AccessDeniedException")

    before_counting_starts(monkeypatch, fail)

    with pytest.raises(ClientError, match="AccessDenied"):
        keys.count_request(digest_of(world.add_key()), NOON, LIMIT)


def test_an_unknown_key_is_refused_in_one_call_and_leaves_nothing(world: World, keys: KeyTable) -> None:
    with recorded() as calls:
        use = keys.count_request(digest_of("nobody's"), NOON, LIMIT)

    assert (use.accepted, use.key) == (False, None)
    assert calls == ["UpdateItem"]
    assert item(world, "nobody's") == {}


UNUSABLE: dict[str, Json] = {
    "revoked": {"revoked_at": {"N": str(NOON - 1)}},
    "expired": {"expires_at": {"N": str(NOON - 1)}},
    "expires now": {"expires_at": {"N": str(NOON)}},
}


@pytest.mark.parametrize("counted", [True, False], ids=["used before", "never used"])
@pytest.mark.parametrize("why", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_cannot_be_used_is_refused_in_one_call_that_writes_nothing(
    world: World, keys: KeyTable, why: Json, counted: bool
) -> None:
    key = world.add_key()
    if counted:
        keys.count_request(digest_of(key), NOON - 2 * WINDOW, LIMIT)
    world.dynamodb.put_item(TableName="shares", Item=item(world, key) | why)
    before = item(world, key)

    with recorded() as calls:
        use = keys.count_request(digest_of(key), NOON, LIMIT)

    assert not use.accepted
    assert use.key is not None
    assert not use.key.is_usable(NOON)
    assert calls == ["UpdateItem"]
    assert item(world, key) == before


def test_a_key_that_expires_later_is_counted(world: World, keys: KeyTable) -> None:
    digest = digest_of(world.add_key(expires_at=NOON + 1))

    assert keys.count_request(digest, NOON, LIMIT).accepted


def test_a_request_beyond_the_limit_takes_one_call_and_writes_nothing(world: World, keys: KeyTable) -> None:
    key = world.add_key()
    for _ in range(LIMIT):
        keys.count_request(digest_of(key), NOON, LIMIT)
    before = item(world, key)

    with recorded() as calls:
        use = keys.count_request(digest_of(key), NOON + 1, LIMIT)

    assert (use.accepted, use.times) == (False, (NOON, NOON))
    assert calls == ["UpdateItem"]
    assert item(world, key) == before
