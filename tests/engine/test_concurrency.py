"""The cap and one share per caller, with many callers at once on Amazon's own engine."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from secrets import token_bytes, token_urlsafe
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from report_shares.use_cases.once import Once

from report_shares.refusals import InvalidRequest, Refusal
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Schedule
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import DEFAULT_CAP, MAX_CAP
from report_shares.rules.tokens import TokenSecrets
from report_shares.store import items
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.times import DAY, system_clock
from report_shares.use_cases.authenticate import Caller, RateLimitedCaller, authenticate
from report_shares.use_cases.create_share import CreateShare, SharedLink, ShareRequest
from report_shares.use_cases.share_changes import AlreadyAnswered, RecordedAnswer
from tests.fixed_secrets import FixedSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WORKSPACE = "northlight"


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
        once: Once[SharedLink] | None = None,
        cap: int = DEFAULT_CAP,
    ) -> SharedLink:
        clock = system_clock if now is None else lambda: now
        use_case = CreateShare(self.store, self.secrets, clock, cap)
        return use_case(lambda: caller(principal), self.schedule_id, request or ShareRequest(), once)

    def ledger(self) -> dict[str, Any]:
        _, ledger = self.store.open_schedule(self.schedule_id)
        return dict(ledger or {})

    def shares(self) -> list[dict[str, Any]]:
        """All share rows of the table."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.table)
        return [item for page in pages for item in page["Items"] if item["sk"]["S"] == "SHARE"]


@pytest.fixture
def engine(dynamodb: "DynamoDBClient", table: str) -> Engine:
    return Engine(dynamodb, table)


def at_once[T](calls: list[Callable[[], T]]) -> list[T | Refusal | AlreadyAnswered]:
    """Lets all calls go at the same moment; refusals and replays come back as values, anything else is raised."""
    start = Barrier(len(calls))

    def go(call: Callable[[], T]) -> T | Refusal | AlreadyAnswered:
        start.wait()
        try:
            return call()
        except (Refusal, AlreadyAnswered) as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(go, calls))


def test_of_200_callers_at_once_exactly_50_get_a_share_and_150_are_refused(engine: Engine) -> None:
    outcomes = at_once([partial(engine.create, f"caller {number}") for number in range(200)])

    links = [outcome for outcome in outcomes if isinstance(outcome, SharedLink)]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert Counter(type(refusal) for refusal in refusals) == {InvalidRequest: 150}
    assert {refusal.details and refusal.details["active_shares"] for refusal in refusals} == {50}
    assert len({link.token for link in links}) == len({link.share.id for link in links}) == 50
    assert not any(link.is_existing for link in links)
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

    assert sum(isinstance(outcome, SharedLink) for outcome in outcomes) == 20
    assert Counter(type(outcome) for outcome in outcomes) == {SharedLink: 20, InvalidRequest: 180}
    assert len(engine.ledger()) == 50


def test_all_shares_of_the_largest_cap_can_have_expired_at_once(engine: Engine) -> None:
    long_ago = system_clock() - 40 * DAY
    for number in range(MAX_CAP):
        engine.create(f"early {number}", now=long_ago, cap=MAX_CAP)

    engine.create("late", cap=MAX_CAP)

    assert set(engine.ledger()) == {"late"}


def test_one_caller_calling_50_times_at_once_has_one_share_and_one_token(engine: Engine) -> None:
    outcomes = at_once([lambda: engine.create("ada") for _ in range(50)])

    links = [outcome for outcome in outcomes if isinstance(outcome, SharedLink)]
    assert len({link.token for link in links}) == 1
    assert sum(not link.is_existing for link in links) == 1
    assert len(engine.shares()) == 1


def test_rotating_many_times_at_once_leaves_exactly_one_open_link(engine: Engine) -> None:
    first = engine.create("ada")

    outcomes = at_once([lambda: engine.create("ada", ShareRequest(rotate=True)) for _ in range(20)])

    links = [first, *(outcome for outcome in outcomes if isinstance(outcome, SharedLink))]
    rows = [engine.store.get_share(link.share.id) for link in links]
    still_open = [row.id for row in rows if row and row.is_active(system_clock())]
    assert still_open == [entry.share_id for entry in engine.ledger().values()]
    assert len(engine.shares()) == len(links)


def test_of_20_identical_requests_at_once_with_an_idempotency_key_one_has_an_effect_and_19_replay_it(
    engine: Engine,
) -> None:
    def answer(link: SharedLink) -> RecordedAnswer:
        return RecordedAnswer(201, {}, str(link.share.id))

    once = Once("order-66", "the same request", answer)
    rotate = ShareRequest(rotate=True)

    outcomes = at_once([partial(engine.create, "ada", rotate, None, once) for _ in range(20)])

    assert Counter(type(outcome) for outcome in outcomes) == {SharedLink: 1, AlreadyAnswered: 19}
    (row,) = engine.shares()
    replayed = {outcome.record.answer.body for outcome in outcomes if isinstance(outcome, AlreadyAnswered)}
    assert {f"SHARE#{body}" for body in replayed} == {row["pk"]["S"]}


def test_of_200_requests_of_one_key_at_once_exactly_the_limit_is_accepted(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    key = f"rp_live_{token_urlsafe(32)}"
    keys = KeyTable(dynamodb, table)
    known = ApiKey("ada", WORKSPACE, frozenset({"write:scheduled"}))
    dynamodb.put_item(TableName=table, Item=items.api_key_item(digest_of(key), known))

    outcomes = at_once([lambda: authenticate(keys, system_clock, 120, f"Bearer {key}") for _ in range(200)])

    assert Counter(type(outcome) for outcome in outcomes) == {Caller: 120, RateLimitedCaller: 80}
