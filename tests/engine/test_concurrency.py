"""The cap and one share per caller, with many callers at once on Amazon's own engine."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from secrets import token_bytes, token_urlsafe
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from report_shares.refusals import Refusal, ScheduleFull
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import DEFAULT_CAP, MAX_CAP
from report_shares.rules.tokens import TokenSecrets
from report_shares.store import items
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.times import DAY, system_clock
from report_shares.use_cases.authenticate import Authenticate, Caller, CallerRateLimited
from report_shares.use_cases.create_share import CreateShare, ShareRequest
from report_shares.use_cases.share_changes import Kind, Link, Outcome, ShareChanges
from tests.fixed_secrets import FixedSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WORKSPACE = "northlight"
BASE_URL = "https://reports.example.com/shared/"


def caller(principal: str) -> Caller:
    key = ApiKey(principal, WORKSPACE, frozenset({"write:scheduled"}))
    return Caller(key, RateLimit(limit=120, remaining=119, reset=60))


@dataclass
class Engine:
    """The use case over a table of DynamoDB Local with one schedule in it."""

    client: "DynamoDBClient"
    table: str
    schedule_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.store = ShareTable(self.client, self.table)
        self.secrets = FixedSecrets(TokenSecrets(1, {1: token_bytes(32)}))
        schedule = Schedule(self.schedule_id, uuid4(), WORKSPACE, "Weekly", "weekly")
        self.client.put_item(TableName=self.table, Item=items.schedule_item(schedule))

    def create(
        self,
        principal: str,
        request: ShareRequest | None = None,
        now: int | None = None,
        key: IdempotencyKey | None = None,
        cap: int = DEFAULT_CAP,
    ) -> Outcome:
        changes = ShareChanges(self.store, self.secrets, system_clock if now is None else lambda: now)
        view = self.store.open_schedule(self.schedule_id)
        return CreateShare(changes, cap)(caller(principal), view, request or ShareRequest(), BASE_URL, key)

    def ledger(self) -> dict[str, Any]:
        return dict(self.store.open_schedule(self.schedule_id).ledger or {})

    def shares(self) -> list[dict[str, Any]]:
        """All share rows of the table."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table)
        return [item for page in pages for item in page["Items"] if item["sk"]["S"] == "SHARE"]


@pytest.fixture
def engine(dynamodb: "DynamoDBClient", table: str) -> Engine:
    return Engine(dynamodb, table)


def at_once[T](calls: list[Callable[[], T]]) -> list[T | Refusal]:
    """Lets all calls go at the same moment; refusals come back as values, anything else is raised."""
    start = Barrier(len(calls))

    def go(call: Callable[[], T]) -> T | Refusal:
        start.wait()
        try:
            return call()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(go, calls))


def links_of(outcomes: Sequence[Outcome | Refusal]) -> list[Link]:
    return [outcome.link for outcome in outcomes if isinstance(outcome, Outcome) and outcome.link]


def kinds(outcomes: Sequence[Outcome | Refusal]) -> Counter[Kind | type[Refusal]]:
    return Counter(outcome.kind if isinstance(outcome, Outcome) else type(outcome) for outcome in outcomes)


def test_of_200_callers_at_once_exactly_50_get_a_share_and_150_are_refused(engine: Engine) -> None:
    outcomes = at_once([partial(engine.create, f"caller {number}") for number in range(200)])

    assert kinds(outcomes) == {Kind.CREATED: 50, ScheduleFull: 150}
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert {refusal.details and refusal.details["active_shares"] for refusal in refusals} == {50}
    links = links_of(outcomes)
    assert len({link.token for link in links}) == len({link.share.id for link in links}) == 50
    assert {entry.share_id for entry in engine.ledger().values()} == {link.share.id for link in links}
    assert len(engine.shares()) == 50


def test_of_200_callers_at_once_on_a_full_schedule_with_expired_shares_exactly_those_places_are_given(
    engine: Engine,
) -> None:
    long_ago = system_clock() - 40 * DAY
    for number in range(50):
        days = 30 if number < 20 else 365
        engine.create(f"early {number}", ShareRequest(expiration_days=days), now=long_ago)

    outcomes = at_once([partial(engine.create, f"late {number}") for number in range(200)])

    assert kinds(outcomes) == {Kind.CREATED: 20, ScheduleFull: 180}
    assert len(engine.ledger()) == 50


def test_all_shares_of_the_largest_cap_can_have_expired_at_once(engine: Engine) -> None:
    long_ago = system_clock() - 40 * DAY
    for number in range(MAX_CAP):
        engine.create(f"early {number}", now=long_ago, cap=MAX_CAP)

    engine.create("late", cap=MAX_CAP)

    assert set(engine.ledger()) == {"late"}


def test_one_caller_calling_50_times_at_once_has_one_share_and_one_token(engine: Engine) -> None:
    outcomes = at_once([lambda: engine.create("ada") for _ in range(50)])

    assert len({link.token for link in links_of(outcomes)}) == 1
    assert kinds(outcomes)[Kind.CREATED] == 1
    assert len(engine.shares()) == 1


def test_rotating_many_times_at_once_leaves_exactly_one_open_link(engine: Engine) -> None:
    first = engine.create("ada")

    outcomes = at_once([lambda: engine.create("ada", ShareRequest(rotate=True)) for _ in range(20)])

    links = links_of([first, *outcomes])
    rows = [engine.store.get_share(link.share.id) for link in links]
    still_open = [row.id for row in rows if row and row.is_active(system_clock())]
    assert still_open == [entry.share_id for entry in engine.ledger().values()]
    assert len(engine.shares()) == len(links)


def test_of_20_identical_requests_at_once_with_an_idempotency_key_one_has_an_effect_and_19_replay_it(
    engine: Engine,
) -> None:
    key = IdempotencyKey.of("order-66", "POST", "/shares", "the same request")

    outcomes = at_once([partial(engine.create, "ada", ShareRequest(rotate=True), None, key) for _ in range(20)])

    assert Counter(outcome.is_replay for outcome in outcomes if isinstance(outcome, Outcome)) == {False: 1, True: 19}
    assert kinds(outcomes) == {Kind.CREATED: 20}
    (row,) = engine.shares()
    assert {f"SHARE#{link.share.id}" for link in links_of(outcomes)} == {row["pk"]["S"]}
    assert len({link.token for link in links_of(outcomes)}) == 1


def test_of_200_requests_of_one_key_at_once_exactly_the_limit_is_accepted(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    key = f"rp_live_{token_urlsafe(32)}"
    keys = KeyTable(dynamodb, table)
    known = ApiKey("ada", WORKSPACE, frozenset({"write:scheduled"}))
    dynamodb.put_item(TableName=table, Item=items.api_key_item(digest_of(key), known))

    with ThreadPoolExecutor(max_workers=32) as side_by_side:
        authenticate = Authenticate(keys, system_clock, 120, side_by_side)
        outcomes = at_once([lambda: authenticate(digest_of(key), None) for _ in range(200)])

    assert Counter(type(outcome) for outcome in outcomes) == {tuple: 120, CallerRateLimited: 80}
