"""What the use cases rely on in a ``ShareStore``, over the model's store, moto and DynamoDB Local alike."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_shares.rules.shares import LedgerEntry, LedgerSwap, Share, entry_of, place_of
from report_shares.rules.views import NO_VIEWS
from report_shares.store import items
from report_shares.store.share_table import ShareTable
from report_shares.times import DAY
from report_shares.use_cases.share_changes import AlreadyRecorded, Kind, Revocation, ShareChange, ShareStore, StaleView
from tests.proof.conftest import LONG
from tests.proof.memory_store import MemoryStore, Tables
from tests.proof.sample_changes import ADA, BOB, CYD, NOW, SCHEDULE, leaving, opening, place, record, share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Subject:
    """A store with one schedule in it, and how TTL takes a row out of it."""

    store: ShareStore
    purge: Callable[[UUID], None]


def in_memory() -> Subject:
    store = MemoryStore(Tables(schedules={SCHEDULE.id: SCHEDULE}))

    def purge(share_id: UUID) -> None:
        left = {one: row for one, row in store.tables.shares.items() if one != share_id}
        store.tables = replace(store.tables, shares=left)

    return Subject(store, purge)


def in_dynamodb(client: "DynamoDBClient", table: str) -> Subject:
    client.put_item(TableName=table, Item=items.schedule_item(SCHEDULE))

    def purge(share_id: UUID) -> None:
        client.delete_item(TableName=table, Key=items.share_key(share_id))

    return Subject(ShareTable(client, table), purge)


@pytest.fixture(params=["memory", "moto", "engine"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return in_memory()
    if request.param == "moto":
        world = request.getfixturevalue("world")
        return in_dynamodb(world.dynamodb, "shares")
    return in_dynamodb(request.getfixturevalue("dynamodb"), request.getfixturevalue("table"))


@pytest.fixture
def row(subject: Subject) -> Share:
    """Ada's share, the first of the schedule."""
    subject.store.commit(opening(share()))
    return share()


def everything(store: ShareStore, *share_ids: int) -> object:
    """All that a use case could see."""
    schedule, ledger = store.open_schedule(SCHEDULE.id)
    rows = [store.get_share(UUID(int=number)) for number in share_ids or (10, 11, 12)]
    return schedule, ledger, rows, [store.get_record(name, "order-66") for name in ("ada", "bob")]


def refused(subject: Subject, change: ShareChange) -> None:
    """The change is refused as stale, and nothing of it is done."""
    before = everything(subject.store)
    with pytest.raises(StaleView):
        subject.store.commit(change)
    assert everything(subject.store) == before


def test_what_is_not_there_is_none(subject: Subject) -> None:
    assert subject.store.open_schedule(UUID(int=99)) == (None, None)
    assert subject.store.open_schedule(SCHEDULE.id) == (SCHEDULE, None)
    assert subject.store.get_share(UUID(int=10)) is None
    assert subject.store.get_record("ada", "order-66") is None


def test_the_first_share_opens_the_ledger_and_is_there_with_its_record(subject: Subject) -> None:
    subject.store.commit(opening(share(), record()))

    schedule, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert (schedule, dict(ledger or {})) == (SCHEDULE, {ADA: entry_of(share())})
    assert subject.store.get_share(UUID(int=10)) == share()
    assert subject.store.get_record("ada", "order-66") == record()


@pytest.mark.usefixtures("row")
def test_a_ledger_is_opened_once(subject: Subject) -> None:
    refused(subject, opening(share(11, "bob")))


def test_a_place_in_a_ledger_that_is_not_there_is_refused(dynamodb: "DynamoDBClient", table: str) -> None:
    for subject in (in_memory(), in_dynamodb(dynamodb, table)):  # moto takes the missing map for a malformed request
        refused(subject, ShareChange(SCHEDULE.id, place(share()), created=share()))


@pytest.mark.usefixtures("row")
def test_a_callers_second_place_is_refused(subject: Subject) -> None:
    refused(subject, ShareChange(SCHEDULE.id, place(share(11)), created=share(11)))


@pytest.mark.parametrize(
    "seen",
    [
        replace(entry_of(share()), share_id=UUID(int=12)),
        replace(entry_of(share()), expires_at=NOW + DAY + 1),
        replace(entry_of(share()), settings=b"others"),
    ],
    ids=["other share", "other expiry", "other settings"],
)
@pytest.mark.usefixtures("row")
def test_a_change_of_a_place_that_is_not_as_seen_is_refused(subject: Subject, seen: LedgerEntry) -> None:
    refused(subject, ShareChange(SCHEDULE.id, place(share(11), seen, max_entries=None), created=share(11)))


def test_a_change_of_the_place_of_one_who_has_none_is_refused(subject: Subject) -> None:
    subject.store.commit(opening(share(12, "bob")))

    refused(subject, ShareChange(SCHEDULE.id, place(share(11), entry_of(share()), max_entries=None), created=share(11)))


@pytest.mark.parametrize(("max_entries", "fits"), [(2, False), (3, True)])
@pytest.mark.usefixtures("row")
def test_a_new_place_is_given_up_to_the_number_of_entries(subject: Subject, max_entries: int, fits: bool) -> None:
    for other in (share(11, "bob"), share(12, "cyd")):
        subject.store.commit(ShareChange(SCHEDULE.id, place(other), created=other))
    dan = share(13, "dan")
    change = ShareChange(SCHEDULE.id, place(dan, max_entries=max_entries), created=dan)

    if not fits:
        refused(subject, change)
        return
    subject.store.commit(change)
    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert {place.principal_id for place in ledger or {}} == {"ada", "bob", "cyd", "dan"}


def test_evicted_entries_make_room_in_the_same_step(subject: Subject) -> None:
    ada, bob, cyd = share(10, "ada"), share(11, "bob"), share(12, "cyd")
    subject.store.commit(opening(ada))
    subject.store.commit(ShareChange(SCHEDULE.id, place(bob), created=bob))

    swap = place(cyd, evicted={ADA: entry_of(ada), BOB: entry_of(bob)}, max_entries=2)
    subject.store.commit(ShareChange(SCHEDULE.id, swap, created=cyd))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {CYD: entry_of(cyd)}
    assert subject.store.get_share(ada.id) == ada


def test_an_eviction_of_an_entry_that_is_not_as_seen_is_refused(subject: Subject) -> None:
    ada, bob, cyd = share(10, "ada"), share(11, "bob"), share(12, "cyd")
    subject.store.commit(opening(ada))
    subject.store.commit(ShareChange(SCHEDULE.id, place(bob), created=bob))
    stale = replace(entry_of(bob), expires_at=bob.expires_at - 1)

    evicting = place(cyd, evicted={ADA: entry_of(ada), BOB: stale}, max_entries=2)
    refused(subject, ShareChange(SCHEDULE.id, evicting, created=cyd))


@pytest.mark.usefixtures("row")
def test_an_id_that_exists_is_refused(subject: Subject) -> None:
    again = share(10, "bob")

    refused(subject, ShareChange(SCHEDULE.id, place(again), created=again))


def test_an_update_is_made_on_the_revision_that_was_seen(subject: Subject, row: Share) -> None:
    longer = replace(row, expires_at=row.expires_at + DAY, revision=2, white_label=None, snapshot_key=None)

    subject.store.commit(ShareChange(SCHEDULE.id, place(longer, entry_of(row), max_entries=None), updated=longer))

    assert subject.store.get_share(row.id) == longer
    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {ADA: entry_of(longer)}


def test_an_update_of_another_revision_is_refused(subject: Subject, row: Share) -> None:
    later = replace(row, revision=3)

    refused(subject, ShareChange(SCHEDULE.id, place(later, entry_of(row), max_entries=None), updated=later))


def test_an_update_of_a_purged_row_is_refused(subject: Subject, row: Share) -> None:
    subject.purge(row.id)
    later = replace(row, revision=2)

    refused(subject, ShareChange(SCHEDULE.id, place(later, entry_of(row), max_entries=None), updated=later))


def test_revoking_marks_the_row_and_frees_the_place(subject: Subject, row: Share) -> None:

    subject.store.commit(ShareChange(SCHEDULE.id, leaving(row), revoked=[Revocation(row.id, NOW + 5)]))

    assert subject.store.get_share(row.id) == replace(row, revoked_at=NOW + 5, revision=2)
    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {}


def test_rotating_is_one_step(subject: Subject, row: Share) -> None:
    new = share(11)

    swap = place(new, entry_of(row), max_entries=None)
    subject.store.commit(ShareChange(SCHEDULE.id, swap, created=new, revoked=[Revocation(row.id, NOW)]))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {ADA: entry_of(new)}
    assert subject.store.get_share(new.id) == new
    assert subject.store.get_share(row.id) == replace(row, revoked_at=NOW, revision=2)


@pytest.mark.parametrize("gone", ["revoked", "purged"])
def test_a_revoked_or_purged_share_cannot_be_revoked(subject: Subject, row: Share, gone: str) -> None:
    if gone == "purged":
        subject.purge(row.id)
    else:
        kept = place(row, entry_of(row), max_entries=None)
        subject.store.commit(ShareChange(SCHEDULE.id, kept, revoked=[Revocation(row.id, NOW)]))

    refused(subject, ShareChange(SCHEDULE.id, leaving(row), revoked=[Revocation(row.id, NOW)]))


# ---- names -----------------------------------------------------------------------------------------------------------


def test_shares_of_one_caller_under_two_names_have_two_places(subject: Subject, row: Share) -> None:
    named = share(11, name="Client A")

    subject.store.commit(ShareChange(SCHEDULE.id, place(named), created=named))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {ADA: entry_of(row), place_of("ada", "CLIENT A"): entry_of(named)}
    assert subject.store.get_share(named.id) == named


def test_a_name_that_is_taken_has_no_second_place(subject: Subject) -> None:
    named = share(11, name="Client A")
    subject.store.commit(opening(named))
    again = share(12, name="client a")

    refused(subject, ShareChange(SCHEDULE.id, place(again), created=again))


def renaming(row: Share, name: str, taken: LedgerEntry | None = None) -> ShareChange:
    later = replace(row, name=name, revision=row.revision + 1)
    target = place_of(row.principal_id, name)
    swap = LedgerSwap({place_of(row.principal_id, row.name): entry_of(row), target: taken}, {target: entry_of(row)})
    return ShareChange(SCHEDULE.id, swap, updated=later)


def test_a_renamed_share_leaves_one_place_and_takes_another_in_one_step(subject: Subject, row: Share) -> None:
    subject.store.commit(renaming(row, "Client A"))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {place_of("ada", "Client A"): entry_of(row)}
    assert subject.store.get_share(row.id) == replace(row, name="Client A", revision=2)


def test_a_renamed_share_takes_the_place_of_an_expired_one_that_is_as_it_was_seen(subject: Subject, row: Share) -> None:
    old = share(11, expires_at=NOW, name="Client A")
    subject.store.commit(ShareChange(SCHEDULE.id, place(old), created=old))

    refused(subject, renaming(row, "Client A"))
    refused(subject, renaming(row, "Client A", replace(entry_of(old), expires_at=NOW + 1)))
    subject.store.commit(renaming(row, "Client A", entry_of(old)))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {place_of("ada", "Client A"): entry_of(row)}


def test_a_share_that_another_replaces_is_withdrawn_only_as_it_was_seen(subject: Subject, row: Share) -> None:
    def rotation(seen_revision: int) -> ShareChange:
        new = share(11)
        swap = place(new, entry_of(row), max_entries=None)
        return ShareChange(SCHEDULE.id, swap, created=new, revoked=[Revocation(row.id, NOW, seen_revision)])

    refused(subject, rotation(row.revision + 1))
    refused(subject, rotation(row.revision - 1))
    subject.store.commit(rotation(row.revision))

    withdrawn = subject.store.get_share(row.id)
    assert withdrawn
    assert (withdrawn.revoked_at, withdrawn.revision) == (NOW, row.revision + 1)


def test_several_shares_are_withdrawn_in_one_step_or_none_of_them(subject: Subject, row: Share) -> None:
    named = share(11, name="Client A")
    subject.store.commit(ShareChange(SCHEDULE.id, place(named), created=named))
    both = [Revocation(row.id, NOW), Revocation(named.id, NOW)]
    stale = leaving(row, replace(named, expires_at=NOW + 1))

    refused(subject, ShareChange(SCHEDULE.id, stale, revoked=both))
    refused(subject, ShareChange(SCHEDULE.id, leaving(row, named), revoked=[*both, Revocation(UUID(int=12), NOW)]))
    subject.store.commit(ShareChange(SCHEDULE.id, leaving(row, named), revoked=both))

    _, ledger = subject.store.open_schedule(SCHEDULE.id)
    assert ledger == {}
    assert {seen.share.revoked_at for seen in subject.store.get_shares([row.id, named.id]).values()} == {NOW}


def test_several_shares_are_read_together_but_for_purged_ones(subject: Subject, row: Share) -> None:
    named = share(11, name="Client A")
    subject.store.commit(ShareChange(SCHEDULE.id, place(named), created=named))

    found = subject.store.get_shares([row.id, named.id, UUID(int=12)])

    assert found == {row.id: (row, NO_VIEWS), named.id: (named, NO_VIEWS)}


# ---- idempotency -----------------------------------------------------------------------------------------------------


def test_a_used_idempotency_key_refuses_all_of_the_change_and_tells_the_record(subject: Subject) -> None:
    subject.store.commit(opening(share(), record()))
    before = everything(subject.store)
    bob = share(11, "bob")

    with pytest.raises(AlreadyRecorded) as answered:
        subject.store.commit(ShareChange(SCHEDULE.id, place(bob), created=bob, record=record(at=NOW + DAY - 1)))

    assert answered.value.record == record()
    assert everything(subject.store) == before


def test_a_used_idempotency_key_outranks_a_stale_view(subject: Subject) -> None:
    subject.store.commit(opening(share(), record()))

    with pytest.raises(AlreadyRecorded):
        subject.store.commit(opening(share(), record(at=NOW + 1)))


def test_an_idempotency_key_may_be_used_anew_once_its_record_has_expired(subject: Subject) -> None:
    subject.store.commit(opening(share(), record()))
    bob, again = share(11, "bob"), record(at=NOW + DAY, kind=Kind.REVOKED)

    subject.store.commit(ShareChange(SCHEDULE.id, place(bob), created=bob, record=again))

    assert subject.store.get_record("ada", "order-66") == again


def test_callers_have_idempotency_keys_of_their_own(subject: Subject) -> None:
    subject.store.commit(opening(share(), record()))
    bob = share(11, "bob")

    subject.store.commit(ShareChange(SCHEDULE.id, place(bob), created=bob, record=record(principal="bob")))

    assert subject.store.get_share(bob.id) == bob


def test_a_record_can_stand_alone(subject: Subject) -> None:
    subject.store.commit(ShareChange(SCHEDULE.id, None, record=record(kind=Kind.REVOKED)))

    assert subject.store.get_record("ada", "order-66") == record(kind=Kind.REVOKED)
    with pytest.raises(AlreadyRecorded):
        subject.store.commit(ShareChange(SCHEDULE.id, None, record=record(kind=Kind.REVOKED)))


@pytest.mark.usefixtures("row")
def test_a_stale_view_leaves_no_record(subject: Subject) -> None:
    refused(subject, opening(share(11, "bob"), record()))


# ---- any sequence of changes -----------------------------------------------------------------------------------------

NAMES = ("ada", "bob", "cyd")
PLACES = (ADA, BOB, CYD, place_of("ada", "Client A"))
_entries = st.builds(
    LedgerEntry,
    st.integers(10, 12).map(lambda n: UUID(int=n)),
    st.sampled_from([NOW, NOW + DAY]),
    st.sampled_from([b"", b"settings"]),
)
_rows = st.builds(
    lambda number, owner, expires_at, name, live, revision: replace(
        share(number, owner, expires_at, name), live=live, revision=revision
    ),
    st.integers(10, 12),
    st.sampled_from(NAMES),
    st.sampled_from([NOW, NOW + DAY]),
    st.sampled_from([None, None, "Client A", "client a"]),
    st.booleans(),
    st.integers(1, 3),
)
_swaps = st.builds(
    lambda expected, replaced, most: LedgerSwap(
        expected, {place: entry for place, entry in replaced.items() if place in expected}, most
    ),
    st.dictionaries(st.sampled_from(PLACES), st.none() | _entries, min_size=1, max_size=3),
    st.dictionaries(st.sampled_from(PLACES), _entries, max_size=3),
    st.none() | st.integers(0, 3),
    # Nobody asks for an absent place to stay absent, which would be no update.
).filter(lambda swap: swap.replacements or any(swap.expected.values()))
_changes = st.builds(
    ShareChange,
    st.just(SCHEDULE.id),
    _swaps | st.none(),
    opens_ledger=st.booleans(),
    created=st.none() | _rows,
    updated=st.none(),
    revoked=st.lists(
        st.builds(
            lambda n, seen: Revocation(UUID(int=n), NOW, seen), st.integers(10, 12), st.sampled_from([None, 1, 2])
        ),
        max_size=2,
        unique_by=lambda one: one.share_id,
    ),
    record=st.builds(record, at=st.sampled_from([NOW, NOW + DAY - 1, NOW + DAY])),
    # DynamoDB takes no transaction that touches an item twice, and no use case asks for one.
).filter(
    lambda change: change.created is None or change.created.id not in {one.share_id for one in change.revoked}
) | st.builds(
    lambda row, expected, what, opens: ShareChange(
        SCHEDULE.id,
        place(row, expected, max_entries=None if expected else 3),
        opens_ledger=opens,
        created=row if what == "create" else None,
        updated=row if what == "update" else None,
        revoked=[Revocation(row.id, NOW)] if what == "revoke" else [],
    ),
    _rows,
    st.none() | _entries,
    st.sampled_from(["create", "create", "update", "revoke"]),
    st.booleans(),
)


def outcome(store: ShareStore, change: ShareChange) -> object:
    try:
        store.commit(change)
    except AlreadyRecorded as answered:
        return answered.record
    except StaleView:
        return "stale"
    return "done"


@pytest.mark.parametrize("other", ["moto", "engine"])
@settings(
    max_examples=200 if LONG else 12,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(_changes, min_size=1, max_size=12))
def test_any_changes_have_the_same_outcome_in_memory_and_in_dynamodb(
    request: pytest.FixtureRequest, other: str, changes: list[ShareChange]
) -> None:
    client = request.getfixturevalue("world").dynamodb if other == "moto" else request.getfixturevalue("dynamodb")
    table = "shares" if other == "moto" else request.getfixturevalue("table")
    for item in client.scan(TableName=table)["Items"]:
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    memory, real = in_memory().store, in_dynamodb(client, table).store

    for change in (opening(share()), *changes):
        assert outcome(memory, change) == outcome(real, change)
        assert everything(memory) == everything(real)
