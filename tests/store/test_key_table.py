"""API keys in the table: who is let in, what counting writes, also beside another request of the key."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from report_shares.refusals import Unauthorized
from report_shares.rules.access import digest_of
from report_shares.rules.rate_limit import WINDOW
from report_shares.store.key_table import KeyTable
from report_shares.use_cases.authenticate import Authenticate, CallerRateLimited
from tests.handlers.calls import aws_error, before_each_call, failing, recorded
from tests.world import NOON, SCHEDULE_ID, Clock, Json, World

LIMIT = 2


@pytest.fixture
def keys(world: World) -> KeyTable:
    return KeyTable(world.dynamodb, "shares")


@pytest.fixture
def let_in(keys: KeyTable) -> Iterator[Callable[..., bool | None]]:
    """Whether a key is let in, now or at another time; None: it is not known or cannot be used."""
    clock = Clock()
    with ThreadPoolExecutor(max_workers=1) as side_by_side:
        authenticate = Authenticate(keys, clock, LIMIT, side_by_side)

        def ask(key: str, at: int = NOON) -> bool | None:
            clock.now = at
            try:
                authenticate(digest_of(key), SCHEDULE_ID)
            except CallerRateLimited:
                return False
            except Unauthorized:
                return None
            return True

        yield ask


def item(world: World, key: str) -> Json:
    found = world.dynamodb.get_item(TableName="shares", Key=place(key))
    return dict(found.get("Item", {}))


def place(key: str) -> Json:
    return {"pk": {"S": f"KEY#{digest_of(key)}"}, "sk": {"S": "KEY"}}


def before_counting_starts(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens between a key's first refused update and the write that starts its count."""
    waiting = [happens]

    def look(operation: str, _: object) -> None:
        if operation == "PutItem" and waiting:
            waiting.pop()()

    before_each_call(monkeypatch, look)


def test_as_many_requests_as_the_limit_are_let_in_within_a_window(
    world: World, let_in: Callable[..., bool | None]
) -> None:
    key = world.add_key()

    assert [let_in(key, NOON + at) for at in (0, 1, WINDOW - 1, WINDOW, WINDOW + 1)] == [True, True, False, True, True]


def test_a_first_request_beside_another_one_loses_no_count(
    world: World, let_in: Callable[..., bool | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = world.add_key()
    before_counting_starts(monkeypatch, lambda: let_in(key))

    assert [let_in(key), let_in(key)] == [True, False]


def test_a_fault_while_counting_starts_is_not_hidden(
    world: World, let_in: Callable[..., bool | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise aws_error("PutItem", "AccessDeniedException")

    key = world.add_key()
    before_counting_starts(monkeypatch, fail)

    with pytest.raises(ClientError, match="AccessDenied"):
        let_in(key)


def test_a_fault_while_a_request_is_counted_is_not_taken_for_too_many(
    keys: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "UpdateItem", aws_error("UpdateItem", "AccessDeniedException"))

    with pytest.raises(ClientError, match="AccessDenied"):
        keys.count_request("digest", NOON, LIMIT)


def test_an_unknown_key_writes_nothing(world: World, let_in: Callable[..., bool | None]) -> None:
    before = world.items()

    with recorded() as calls:
        assert let_in("nobody's") is None

    assert sorted(calls) == ["BatchGetItem", "UpdateItem"]
    assert world.items() == before


UNUSABLE: dict[str, Json] = {
    "revoked": {"revoked_at": {"N": str(NOON - 1)}},
    "expired": {"expires_at": {"N": str(NOON - 1)}},
    "expires now": {"expires_at": {"N": str(NOON)}},
}


@pytest.mark.parametrize("counted", [True, False], ids=["used before", "never used"])
@pytest.mark.parametrize("why", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_cannot_be_used_is_refused_and_stays_as_it_is(
    world: World, let_in: Callable[..., bool | None], why: Json, counted: bool
) -> None:
    key = world.add_key()
    if counted:
        assert let_in(key, NOON - 2 * WINDOW)
    world.dynamodb.put_item(TableName="shares", Item=item(world, key) | why)
    before = item(world, key)

    with recorded() as calls:
        assert let_in(key) is None

    assert sorted(calls) == ["BatchGetItem", "UpdateItem"]
    assert item(world, key) == before


def test_a_key_that_expires_later_is_let_in(world: World, let_in: Callable[..., bool | None]) -> None:
    assert let_in(world.add_key(expires_at=NOON + 1))


def test_a_request_beyond_the_limit_writes_nothing(world: World, let_in: Callable[..., bool | None]) -> None:
    key = world.add_key()
    for _ in range(LIMIT):
        let_in(key)
    before = world.items()

    assert let_in(key, NOON + 1) is False

    assert world.items() == before


def test_no_request_changes_the_item_of_its_key(world: World, let_in: Callable[..., bool | None]) -> None:
    key = world.add_key()
    before = item(world, key)

    assert [let_in(key) for _ in range(LIMIT + 1)] == [True, True, False]

    assert item(world, key) == before


def test_a_deployment_with_another_limit_counts_from_the_start(world: World, keys: KeyTable) -> None:
    digest = digest_of(world.add_key())
    keys.start_counting(digest, LIMIT)

    assert keys.count_request(digest, NOON, LIMIT).accepted
    assert keys.count_request(digest, NOON, LIMIT + 1).times == ()
