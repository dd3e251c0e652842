"""What tries of a password rely on in a ``GateStore``, over the exploration's gate, moto and DynamoDB Local alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_shares.rules import gate
from report_shares.rules.gate import WINDOW, Place, Places
from report_shares.store import items
from report_shares.store.gate_table import GateTable
from report_shares.times import SECOND
from report_shares.use_cases.try_password import GateStore
from tests.proof.conftest import LONG
from tests.proof.memory_gate import MemoryGate
from tests.proof.sample_changes import NOW, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARE = share()
PLACES = 3


@dataclass
class Subject:
    """A store, what stands in it as places and TTL (epoch seconds; None without a gate), and how TTL empties it."""

    store: GateStore
    seen: Callable[[], tuple[Places, int] | None]
    purge: Callable[[], None]

    def places(self) -> Places:
        seen = self.seen()
        assert seen
        return seen[0]

    def full(self) -> Places:
        """With as many places taken as there are, a second apart."""
        for number in range(PLACES):
            assert self.store.take(SHARE, str(number), NOW + number * SECOND, {}) is None
        return self.places()

    def unchanged_by(self, work: Callable[[], Any]) -> Any:
        before = self.seen()
        found = work()
        assert self.seen() == before
        return found


def in_memory() -> Subject:
    store = MemoryGate()

    def seen() -> tuple[Places, int] | None:
        present = store.present
        return present and (present.by_name, int(items.ttl(present.expires_at)["N"]))

    def purge() -> None:
        store.present = None

    return Subject(store, seen, purge)


def in_dynamodb(client: "DynamoDBClient", table: str) -> Subject:
    key = items.gate_key(SHARE.id)
    client.delete_item(TableName=table, Key=key)

    def seen() -> tuple[Places, int] | None:
        item = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return (items.gate_places_from(item), int(item["ttl"]["N"])) if item else None

    return Subject(GateTable(client, table), seen, lambda: client.delete_item(TableName=table, Key=key) and None)


def subject_of(request: pytest.FixtureRequest, kind: str) -> Subject:
    if kind == "memory":
        return in_memory()
    if kind == "moto":
        return in_dynamodb(request.getfixturevalue("world").dynamodb, "shares")
    return in_dynamodb(request.getfixturevalue("dynamodb"), request.getfixturevalue("table"))


@pytest.fixture(autouse=True)
def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "PLACES", PLACES)


@pytest.fixture(params=["memory", "moto", "engine"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return subject_of(request, request.param)


def test_the_first_try_makes_the_gate_and_has_a_place(subject: Subject) -> None:
    assert subject.seen() is None

    assert subject.store.take(SHARE, "a", NOW, {}) is None

    assert subject.seen() == ({"a": Place(NOW)}, int(items.ttl(NOW + 2 * WINDOW)["N"]))


def test_each_try_takes_a_place_until_there_is_none_and_is_told_those_that_are_taken(subject: Subject) -> None:
    places = subject.full()

    assert places == {str(number): Place(NOW + number * SECOND) for number in range(PLACES)}
    assert subject.unchanged_by(lambda: subject.store.take(SHARE, "late", NOW, {})) == places


def test_a_write_that_is_sent_again_finds_its_own_place(subject: Subject) -> None:
    places = subject.full()

    assert subject.unchanged_by(lambda: subject.store.take(SHARE, "2", NOW + 2 * SECOND, {})) is None
    subject.store.give_back(SHARE.id, "0")
    assert subject.store.take(SHARE, "2", NOW + 2 * SECOND, {}) is None
    assert subject.places() == {name: place for name, place in places.items() if name != "0"}


def test_places_are_cleared_for_another_one_as_they_were_seen(subject: Subject) -> None:
    places = subject.full()

    assert subject.store.take(SHARE, "late", NOW + WINDOW, {name: places[name] for name in "01"}) is None

    assert subject.places() == {"2": places["2"], "late": Place(NOW + WINDOW)}


@pytest.mark.parametrize(
    "stale",
    [{"0": Place(NOW + 1)}, {"0": Place(NOW, is_wrong=True)}, {"gone": Place(NOW)}],
    ids=["another time", "not wrong any more", "gone"],
)
def test_places_that_are_not_as_they_were_seen_clear_nothing(subject: Subject, stale: Places) -> None:
    places = subject.full()
    cleared = {"1": places["1"], **stale}

    assert subject.unchanged_by(lambda: subject.store.take(SHARE, "late", NOW + WINDOW, cleared)) == places


def test_a_place_that_turned_out_wrong_is_not_cleared_by_who_saw_it_before(subject: Subject) -> None:
    places = subject.full()
    subject.store.keep_as_wrong(SHARE.id, "0", NOW + 5 * SECOND)
    late = lambda: subject.store.take(SHARE, "late", NOW + WINDOW, {"0": places["0"]})  # noqa: E731

    assert subject.unchanged_by(late) == {**places, "0": Place(NOW + 5 * SECOND, is_wrong=True)}


def test_a_place_is_given_back_once_and_no_other(subject: Subject) -> None:
    places = subject.full()

    subject.store.give_back(SHARE.id, "1")

    assert subject.places() == {"0": places["0"], "2": places["2"]}
    subject.unchanged_by(lambda: subject.store.give_back(SHARE.id, "1"))


def test_a_gate_without_a_place_taken_is_still_there(subject: Subject) -> None:
    subject.store.take(SHARE, "a", NOW, {})
    subject.store.give_back(SHARE.id, "a")

    assert subject.places() == {}
    assert subject.store.take(SHARE, "b", NOW, {}) is None
    assert subject.places() == {"b": Place(NOW)}


def test_a_wrong_one_is_kept_from_when_it_is_known_however_often_that_is_said(subject: Subject) -> None:
    subject.store.take(SHARE, "a", NOW, {})

    subject.store.keep_as_wrong(SHARE.id, "a", NOW + SECOND)

    assert subject.places() == {"a": Place(NOW + SECOND, is_wrong=True)}
    subject.unchanged_by(lambda: subject.store.keep_as_wrong(SHARE.id, "a", NOW + SECOND))


@pytest.mark.parametrize("is_purged", [True, False], ids=["no gate", "no such place"])
def test_what_is_not_there_is_neither_given_back_nor_kept(subject: Subject, is_purged: bool) -> None:
    subject.store.take(SHARE, "a", NOW, {})
    if is_purged:
        subject.purge()

    subject.unchanged_by(lambda: subject.store.give_back(SHARE.id, "b"))
    subject.unchanged_by(lambda: subject.store.keep_as_wrong(SHARE.id, "b", NOW))


def test_who_is_about_to_clear_a_gate_that_was_purged_takes_its_first_place(subject: Subject) -> None:
    places = subject.full()
    subject.purge()

    assert subject.store.take(SHARE, "late", NOW + WINDOW, places) is None
    assert subject.places() == {"late": Place(NOW + WINDOW)}


# ---- any sequence of calls -------------------------------------------------------------------------------------------

_names = st.sampled_from("abcd")


@dataclass(frozen=True)
class Called:
    """A call, or a purge."""

    what: str
    name: str
    now: int
    chosen: frozenset[str]

    def on(self, subject: Subject, seen: Places) -> Places | None:
        """With what was seen before of the places that are to be cleared."""
        store = subject.store
        match self.what:
            case "take":
                return store.take(SHARE, self.name, self.now, {})
            case "clear":
                cleared = {name: place for name, place in seen.items() if name in self.chosen - {self.name}}
                return store.take(SHARE, self.name, self.now, cleared)
            case "give back":
                store.give_back(SHARE.id, self.name)
            case "keep":
                store.keep_as_wrong(SHARE.id, self.name, self.now)
            case _:
                subject.purge()
        return None


_calls = st.builds(
    Called,
    st.sampled_from(["take", "take", "clear", "give back", "keep", "keep", "purge"]),
    _names,
    st.sampled_from([NOW, NOW + SECOND]),
    st.frozensets(_names),
)


@pytest.mark.parametrize("other", ["moto", "engine"])
@settings(
    max_examples=200 if LONG else 12,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls=st.lists(_calls, min_size=4, max_size=16), is_stale=st.booleans())
def test_any_calls_have_the_same_answers_in_memory_and_in_dynamodb(
    request: pytest.FixtureRequest, other: str, calls: list[Called], is_stale: bool
) -> None:
    memory, real = in_memory(), subject_of(request, other)
    seen: Places = {}
    for call in calls:
        assert call.on(memory, seen) == call.on(real, seen)
        assert memory.seen() == real.seen()
        present = memory.seen()
        if present and not (is_stale and len(seen) == PLACES):
            seen = dict(present[0])
