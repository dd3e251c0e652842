"""The gate and the count of looks, with many readers at once on Amazon's own engine."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import pytest

from report_shares.rules.gate import PLACES, WINDOW, NoPlace
from report_shares.rules.shares import Share
from report_shares.rules.views import MOST_IN_WINDOW
from report_shares.store import items
from report_shares.store.gate_table import GateTable
from report_shares.store.view_table import ViewTable
from report_shares.times import DAY, MINUTE, SECOND
from report_shares.use_cases.count_view import CountView
from report_shares.use_cases.try_password import TryPassword
from tests.passwords import PASSWORD, cheap_hash

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.proof

NOON = 1_776_698_584_512
SHARE = Share(
    id=uuid4(),
    scheduled_report_id=uuid4(),
    brand_id=uuid4(),
    workspace_id="northlight",
    principal_id="ada",
    token_key_id=1,
    created_at=NOON,
    expires_at=NOON + 30 * DAY,
    snapshot_at=NOON,
    snapshot_key=None,
    schedule_name="Weekly",
    schedule_frequency="weekly",
    white_label=None,
    password_hash=cheap_hash(),
)

type Outcome = Literal["right", "wrong", "busy", "closed"]


@dataclass
class Gate:
    """The use case over a table of DynamoDB Local, on a clock that the test sets."""

    client: "DynamoDBClient"
    table: str
    now: int = NOON
    share: Share = field(default_factory=lambda: replace(SHARE, id=uuid4()))

    def __post_init__(self) -> None:
        self.try_password = TryPassword(GateTable(self.client, self.table), lambda: self.now)

    def tried(self, password: str) -> Outcome:
        try:
            return "right" if self.try_password(self.share, password) else "wrong"
        except NoPlace as no_place:
            return "closed" if no_place.is_closed else "busy"

    def insist(self, password: str) -> Outcome:
        """As a reader does who is told to come back in a second."""
        while (outcome := self.tried(password)) == "busy":
            pass
        return outcome

    def places(self) -> int:
        item = self.client.get_item(TableName=self.table, Key=items.gate_key(self.share.id), ConsistentRead=True)[
            "Item"
        ]
        return len(items.gate_places_from(item))


@pytest.fixture
def gate(dynamodb: "DynamoDBClient", table: str) -> Gate:
    return Gate(dynamodb, table)


def at_once[T](calls: Sequence[Callable[[], T]]) -> list[T]:
    start = Barrier(len(calls))

    def go(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(go, calls))


def test_of_60_wrong_ones_at_once_ten_are_tried_and_the_gate_is_closed_until_ten_minutes_later(gate: Gate) -> None:
    outcomes = Counter(at_once([lambda: gate.insist("wrong")] * 60))

    assert outcomes == {"wrong": PLACES, "closed": 50}
    gate.now += WINDOW - 1
    assert gate.tried(PASSWORD) == "closed"
    gate.now += 1
    assert gate.tried(PASSWORD) == "right"


def test_a_gate_that_opens_again_while_60_wait_lets_ten_try(gate: Gate) -> None:
    at_once([lambda: gate.insist("wrong")] * PLACES)
    gate.now += WINDOW

    assert Counter(at_once([lambda: gate.insist("wrong")] * 60)) == {"wrong": PLACES, "closed": 50}
    assert gate.places() == PLACES


def test_40_right_ones_at_once_all_get_in_and_leave_no_place_taken(gate: Gate) -> None:
    assert Counter(at_once([lambda: gate.insist(PASSWORD)] * 40)) == {"right": 40}
    assert gate.places() == 0


def test_right_ones_among_wrong_ones_clear_none_of_them(gate: Gate) -> None:
    calls = [lambda: gate.tried("wrong")] * 9 + [lambda: gate.insist(PASSWORD)] * 21

    outcomes = Counter(at_once(calls))

    assert outcomes["right"] == 21
    assert gate.places() == outcomes["wrong"] <= 9


def test_while_the_time_goes_on_never_more_than_ten_wrong_ones_are_tried_in_ten_minutes(gate: Gate) -> None:
    wrong: list[int] = []
    ticking, numbers = Lock(), count()

    def guess() -> None:
        for _ in range(25):
            with ticking:
                gate.now += 20 * SECOND
            outcome = gate.tried("wrong" if next(numbers) % 7 else PASSWORD)
            if outcome == "wrong":
                wrong.append(gate.now)

    at_once([guess] * 8)

    times = sorted(wrong)
    # A try is noted when it is over; by then the clock may have gone on by a tick of each other thread.
    slack = 8 * 20 * SECOND
    assert len(times) > PLACES
    assert all(later - earlier > WINDOW - slack for earlier, later in zip(times, times[PLACES:], strict=False))


def views_of(client: "DynamoDBClient", table: str, share: Share) -> int:
    item = client.get_item(TableName=table, Key=items.views_key(share.id), ConsistentRead=True)["Item"]
    return items.views_from(item).count


@pytest.mark.parametrize(("looks", "counted"), [(30, 30), (100, MOST_IN_WINDOW)])
def test_of_many_looks_at_once_each_counts_up_to_so_many_a_minute(
    dynamodb: "DynamoDBClient", table: str, looks: int, counted: int
) -> None:
    count_view = CountView(ViewTable(dynamodb, table), lambda: NOON + MINUTE)

    at_once([lambda: count_view(SHARE)] * looks)

    assert views_of(dynamodb, table, SHARE) == counted
