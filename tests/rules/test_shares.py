"""The share rules on a ledger as seen: who is let in, who makes room, who moves, what a refresh makes of an expiry."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.recipients import name_key
from report_shares.rules.shares import (
    DEFAULT_CAP,
    MAX_CAP,
    CapReached,
    LedgerEntry,
    LedgerSwap,
    NameTaken,
    Place,
    Share,
    active_share_id,
    admit,
    as_held,
    as_told,
    entry_of,
    exchange,
    expiry,
    held_by,
    move,
    place_held,
    place_of,
    refreshed_expiry,
    release,
)
from report_shares.times import DAY
from tests.proof.sample_changes import share

NOW = 1_000
NEW = LedgerEntry(UUID(int=999), NOW + DAY)


def entry(number: int, expires_at: int) -> LedgerEntry:
    return LedgerEntry(UUID(int=number), expires_at)


# Four callers with three names each, nobody's among them.
EVERYWHERE = [place_of(caller, name) for caller in "abcd" for name in (None, "Client A", "Client B")]
places = st.sampled_from(EVERYWHERE)
ledgers = st.dictionaries(places, st.builds(entry, st.integers(1, 99), st.integers(NOW - 3, NOW + 3)), max_size=8)
A, B = Place("a"), Place("b")


def after(ledger: dict[Place, LedgerEntry], swap: LedgerSwap) -> dict[Place, LedgerEntry]:
    """What the store makes of a swap whose conditions hold."""
    assert all(ledger.get(place) == seen for place, seen in swap.expected.items())
    assert swap.max_entries is None or len(ledger) <= swap.max_entries
    assert set(swap.replacements) <= set(swap.expected)
    return {place: held for place, held in ledger.items() if place not in swap.expected} | dict(swap.replacements)


def active_in(ledger: dict[Place, LedgerEntry]) -> set[Place]:
    return {place for place, held in ledger.items() if held.is_active(NOW)}


@given(ledgers, places, st.integers(1, 8))
def test_a_share_is_let_in_exactly_while_fewer_others_than_the_cap_are_active(
    ledger: dict[Place, LedgerEntry], place: Place, cap: int
) -> None:
    others = active_in(ledger) - {place}
    if len(others) >= cap:
        with pytest.raises(CapReached) as refusal:
            admit(ledger, place, NEW, now=NOW, cap=cap)
        own = sum(other.principal_id == place.principal_id for other in others)
        assert (refusal.value.cap, refusal.value.active, refusal.value.own) == (cap, len(others), own)
        return

    changed = after(ledger, admit(ledger, place, NEW, now=NOW, cap=cap))
    assert len(changed) <= max(cap, len(active_in(changed)))
    assert active_in(changed) == active_in(ledger) | {place}


@given(ledgers, places, st.integers(1, 8))
def test_nobody_active_is_ever_evicted(ledger: dict[Place, LedgerEntry], place: Place, cap: int) -> None:
    try:
        swap = admit(ledger, place, NEW, now=NOW, cap=cap)
    except CapReached:
        return
    evicted = {other: held for other, held in swap.expected.items() if other != place}
    assert not any(held and held.is_active(NOW) for held in evicted.values())
    assert all(ledger[other] == held for other, held in evicted.items())


@given(ledgers, st.integers(1, 8))
def test_a_swap_that_is_overtaken_by_enough_others_no_longer_holds(ledger: dict[Place, LedgerEntry], cap: int) -> None:
    try:
        swap = admit(ledger, Place("newcomer"), NEW, now=NOW, cap=cap)
    except CapReached:
        return
    overtaken = ledger | {Place(f"other {number}"): entry(number, NOW + DAY) for number in range(cap)}

    assert swap.max_entries is not None
    assert len(overtaken) > swap.max_entries


def test_expired_entries_stay_while_there_is_room_so_that_callers_do_not_collide() -> None:
    assert admit({A: entry(1, NOW)}, B, NEW, now=NOW, cap=2).expected == {B: None}


def test_an_exchange_needs_no_room() -> None:
    assert exchange({A: entry(1, NOW + 1)}, A, NEW).max_entries is None


@pytest.mark.parametrize(("expires_at", "found"), [(NOW - 1, None), (NOW, None), (NOW + 1, UUID(int=1))])
def test_a_share_is_active_until_the_moment_it_expires(expires_at: int, found: UUID | None) -> None:
    assert active_share_id({A: entry(1, expires_at)}, A, NOW) == found


@given(ledgers, st.sampled_from("abcd"))
def test_what_a_caller_holds_is_what_is_active_of_theirs_under_any_name(
    ledger: dict[Place, LedgerEntry], caller: str
) -> None:
    expected = {place: ledger[place].share_id for place in active_in(ledger) if place.principal_id == caller}

    assert held_by(ledger, caller, NOW) == expected


@given(ledgers, st.sampled_from("abcd"))
def test_released_places_are_free_and_no_others(ledger: dict[Place, LedgerEntry], caller: str) -> None:
    held = held_by(ledger, caller, NOW)

    left = after(ledger, release(ledger, held))

    assert left == {place: entry for place, entry in ledger.items() if place not in held}


@given(ledgers, places, st.sampled_from([None, "client a", "Client B"]))
def test_a_share_moves_where_its_owner_has_no_other_and_nobody_else_is_moved(
    ledger: dict[Place, LedgerEntry], place: Place, name: str | None
) -> None:
    ledger = ledger | {place: NEW}
    target = place_of(place.principal_id, name)
    if target != place and target in active_in(ledger):
        with pytest.raises(NameTaken):
            move(ledger, place, target, NEW, now=NOW)
        return

    moved = after(ledger, move(ledger, place, target, NEW, now=NOW))

    assert moved == {other: held for other, held in ledger.items() if other not in {place, target}} | {target: NEW}


def test_a_move_is_off_when_the_name_is_taken_meanwhile() -> None:
    target = place_of("a", "Client A")

    assert move({A: NEW}, A, target, NEW, now=NOW).expected == {A: NEW, target: None}


def test_a_place_is_the_callers_and_its_names() -> None:
    assert place_of("ada", None) == Place("ada")
    assert place_of("ada", "Client A") == Place("ada", name_key("Client A")) != Place("ada")


def test_a_share_is_found_where_it_stands_whatever_it_was_called() -> None:
    place = place_of("a", "Client A")

    assert place_held({A: entry(1, NOW), place: NEW}, NEW.share_id) == place
    assert place_held({A: entry(1, NOW)}, NEW.share_id) is None


def test_a_share_with_a_password_shows_no_hash_and_a_record_of_it_has_none() -> None:
    kept = "$scrypt$"
    protected = replace(share(), password_hash=kept)

    assert protected.has_password
    assert kept not in repr(protected)
    assert as_told(protected).has_password
    assert as_told(protected).password_hash != kept


def test_a_schedule_has_50_shares_and_never_more_than_fit_one_transaction() -> None:
    assert DEFAULT_CAP == 50
    assert MAX_CAP + 2 == 100  # with the ledger and a record


def test_a_share_is_new_frozen_and_open_to_all_unless_it_says_otherwise() -> None:
    made = share()
    assert (made.revision, made.live, made.has_password, made.revoked_at) == (1, False, False, None)


def test_a_lost_share_without_a_place_is_withdrawn_from_now_on_or_since_it_was() -> None:
    assert as_held(share(), {}, NOW) == (replace(share(), revoked_at=NOW), None)

    withdrawn = replace(share(), revoked_at=NOW - 1)
    assert as_held(withdrawn, {}, NOW) == (withdrawn, None)


def test_a_lost_share_has_the_expiry_that_the_ledger_gives_it() -> None:
    held = replace(entry_of(share()), expires_at=NOW + 3)

    assert as_held(share(), {B: entry(1, NOW), A: held}, NOW) == (
        replace(share(), expires_at=NOW + 3),
        LedgerSwap({A: held}, {A: held}),
    )


HASH = "$scrypt$"


@pytest.mark.parametrize(
    "now",
    [
        replace(share(), name="Client A"),
        replace(share(), live=True),
        replace(share(), white_label=None),
        replace(share(), password_hash=HASH),
    ],
    ids=["name", "live", "overrides", "password"],
)
def test_a_lost_share_whose_owner_set_something_else_since_is_withdrawn_and_gives_its_place_up(now: Share) -> None:
    held = entry_of(now)

    assert as_held(share(), {A: held}, NOW) == (replace(share(), revoked_at=NOW), LedgerSwap({A: held}, {}))


def test_a_share_that_the_ledger_knows_no_settings_of_is_withdrawn() -> None:
    withdrawn, _ = as_held(share(), {A: replace(entry_of(share()), settings=b"")}, NOW)

    assert withdrawn.revoked_at == NOW


def test_a_refresh_alone_is_no_other_setting_and_neither_is_the_order_of_overrides() -> None:
    overrides = {"company_name": "A", "primary_color": "#0A7C66"}
    made = replace(share(), white_label=overrides)
    refreshed = replace(made, revision=2, snapshot_key="later", white_label=dict(reversed(overrides.items())))

    assert entry_of(refreshed) == entry_of(made)
    assert (entry_of(made).share_id, entry_of(made).expires_at) == (made.id, made.expires_at)
    assert len(entry_of(made).settings) == 5


@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY))
def test_no_refresh_without_days_shortens_a_link_or_leaves_it_about_to_die(present: int, now: int) -> None:
    refreshed = refreshed_expiry(present, now, None)

    assert refreshed >= present
    assert refreshed >= now + 30 * DAY


@given(st.integers(0, 400 * DAY), st.integers(1, 365))
def test_a_refresh_with_days_counts_from_now(present: int, days: int) -> None:
    assert refreshed_expiry(present, NOW, days) == expiry(NOW, days) == NOW + days * DAY
