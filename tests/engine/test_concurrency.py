"""The cap and one share per caller and name, with many callers at once on Amazon's own engine."""

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

from report_shares.refusals import Conflict, NotFound, Refusal, ScheduleFull
from report_shares.rules import passwords
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Schedule
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.passwords import NewPassword
from report_shares.rules.rate_limit import RateLimit
from report_shares.rules.shares import DEFAULT_CAP, MAX_CAP, Place, place_of
from report_shares.rules.tokens import TokenSecrets
from report_shares.store import items
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.times import DAY, system_clock
from report_shares.use_cases.authenticate import Authenticate, Caller, CallerRateLimited
from report_shares.use_cases.create_share import CreateShare, ShareRequest
from report_shares.use_cases.manage_shares import ManageShares, ShareUpdate
from report_shares.use_cases.share_changes import Kind, Link, Outcome, ShareChanges
from tests.fixed_secrets import FixedSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.proof

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
        changes = self.changes(now)
        view = self.store.open_schedule(self.schedule_id)
        return CreateShare(changes, cap)(caller(principal), view, request or ShareRequest(), BASE_URL, key)

    def changes(self, now: int | None = None) -> ShareChanges:
        return ShareChanges(self.store, self.secrets, system_clock if now is None else lambda: now)

    def share_for(self, principal: str, name: str) -> UUID:
        """The id of a new share for this recipient."""
        (link,) = links_of([self.create(principal, ShareRequest(name=name), cap=MAX_CAP)])
        return link.share.id

    def rename(self, principal: str, share_id: UUID, name: str | None) -> Outcome:
        view = self.store.open_schedule(self.schedule_id)
        update = ShareUpdate(name=name, renames=True)
        return ManageShares(self.changes()).change(caller(principal), view, share_id, update, BASE_URL)

    def ledger(self) -> dict[Place, Any]:
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

    assert set(engine.ledger()) == {Place("late")}


# ---- names -----------------------------------------------------------------------------------------------------------


def test_of_many_names_of_four_callers_at_once_exactly_50_get_a_share(engine: Engine) -> None:
    outcomes = at_once(
        [
            partial(engine.create, f"caller {number % 4}", ShareRequest(name=f"Client {number // 4}"))
            for number in range(100)
        ]
    )

    assert kinds(outcomes) == {Kind.CREATED: 50, ScheduleFull: 50}
    assert {entry.share_id for entry in engine.ledger().values()} == {link.share.id for link in links_of(outcomes)}
    for refusal in outcomes:
        if isinstance(refusal, Refusal):
            assert refusal.details
            assert (refusal.details["active_shares"], refusal.details["max_active_shares"]) == (50, 50)


def test_one_name_in_many_spellings_at_once_is_one_share(engine: Engine) -> None:
    spellings = ["Client A", " client a ", "CLIENT\u00a0A", "\uff23lient A"]

    outcomes = at_once([partial(engine.create, "ada", ShareRequest(name=spellings[n % 4])) for n in range(20)])

    assert kinds(outcomes)[Kind.CREATED] == 1
    assert len({link.token for link in links_of(outcomes)}) == 1
    assert len({link.share.name for link in links_of(outcomes)}) == 1
    assert len(engine.shares()) == 1


def test_of_many_renames_to_one_name_at_once_one_succeeds(engine: Engine) -> None:
    share_ids = [engine.share_for("ada", f"Client {number}") for number in range(10)]

    outcomes = at_once([partial(engine.rename, "ada", share_id, "The client") for share_id in share_ids])

    assert kinds(outcomes) == {Kind.CHANGED: 1, Conflict: 9}
    (renamed,) = links_of(outcomes)
    ledger = engine.ledger()
    assert len(ledger) == 10
    assert ledger[place_of("ada", "the client")].share_id == renamed.share.id
    assert {row["name"]["S"] for row in engine.shares()} - {f"Client {n}" for n in range(10)} == {"The client"}


def test_of_changes_at_once_that_each_set_a_password_one_holds_wholly(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_LOG2_N", 4)
    share_id = engine.share_for("ada", "Client A")
    wanted = {f"password {number}": f"Client {number}" for number in range(4)}

    def change(password: str) -> Outcome:
        update = ShareUpdate(name=wanted[password], renames=True, password=NewPassword(password))
        view = engine.store.open_schedule(engine.schedule_id)
        return ManageShares(engine.changes()).change(caller("ada"), view, share_id, update, BASE_URL)

    outcomes = at_once([partial(change, password) for password in wanted])

    assert set(kinds(outcomes)) <= {Kind.CHANGED, Conflict}
    (row,) = [items.share_from(row) for row in engine.shares()]
    assert row.password_hash
    assert [wanted[one] for one in wanted if passwords.is_right(one, row.password_hash)] == [row.name]
    assert row.revision == 1 + kinds(outcomes)[Kind.CHANGED] > 1


def test_a_name_that_is_given_and_taken_at_once_is_one_shares(engine: Engine) -> None:
    share_id = engine.share_for("ada", "Client A")

    outcomes = at_once(
        [
            partial(engine.rename, "ada", share_id, "Client B"),
            *[partial(engine.create, "ada", ShareRequest(name="Client B")) for _ in range(5)],
            *[partial(engine.create, "ada", ShareRequest(name="Client A", rotate=True)) for _ in range(5)],
        ]
    )

    assert set(kinds(outcomes)) <= {*Kind, Conflict, NotFound}
    active = [items.share_from(row) for row in engine.shares() if "revoked_at" not in row]
    places = {place_of(row.principal_id, row.name): row.id for row in active}
    assert len(places) == len(active)
    assert places == {place: entry.share_id for place, entry in engine.ledger().items()}


def test_all_shares_of_the_largest_cap_can_be_one_callers_and_are_listed_and_withdrawn_together(
    engine: Engine,
) -> None:
    principal = "p" * 128
    for number in range(MAX_CAP):
        engine.share_for(principal, f"Client {number}")
    manage, view = ManageShares(engine.changes()), engine.store.open_schedule(engine.schedule_id)

    listed = manage.list(caller(principal), view, BASE_URL)
    key = IdempotencyKey.of("order-66", "DELETE", "/shares", "")
    manage.revoke(caller(principal), view, None, key)

    assert len({link.share.id for link in listed}) == MAX_CAP
    assert engine.ledger() == {}
    assert {bool(row.get("revoked_at")) for row in engine.shares()} == {True}
    assert manage.revoke(caller(principal), view, None, key).is_replay


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
