"""The share rules on a ledger as seen: who is let in, who makes room, what a refresh makes of an expiry."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.shares import (
    CapReached,
    LedgerEntry,
    LedgerSwap,
    active_share_id,
    admit,
    exchange,
    expiry,
    refreshed_expiry,
)
from report_shares.times import DAY

NOW = 1_000
NEW = LedgerEntry(UUID(int=999), NOW + DAY)


def entry(number: int, expires_at: int) -> LedgerEntry:
    return LedgerEntry(UUID(int=number), expires_at)


ledgers = st.dictionaries(
    st.sampled_from("abcdefgh"), st.builds(entry, st.integers(1, 99), st.integers(NOW - 3, NOW + 3)), max_size=8
)


def after(ledger: dict[str, LedgerEntry], swap: LedgerSwap) -> dict[str, LedgerEntry]:
    """What the store makes of a swap whose conditions hold."""
    assert ledger.get(swap.principal_id) == swap.expected
    assert swap.max_entries is None or len(ledger) <= swap.max_entries
    kept = {name: held for name, held in ledger.items() if name not in swap.evicted}
    assert swap.replacement
    return kept | {swap.principal_id: swap.replacement}


@given(ledgers, st.sampled_from("abcdefghi"), st.integers(1, 8))
def test_a_caller_is_let_in_exactly_while_fewer_others_than_the_cap_are_active(
    ledger: dict[str, LedgerEntry], principal: str, cap: int
) -> None:
    others = sum(held.is_active(NOW) for name, held in ledger.items() if name != principal)
    if others >= cap:
        with pytest.raises(CapReached) as refusal:
            admit(ledger, principal, NEW, now=NOW, cap=cap)
        assert (refusal.value.cap, refusal.value.active) == (cap, others)
        return

    changed = after(ledger, admit(ledger, principal, NEW, now=NOW, cap=cap))
    active = {name for name, held in changed.items() if held.is_active(NOW)}
    assert len(changed) <= max(cap, len(active))
    assert active == {name for name, held in ledger.items() if held.is_active(NOW)} | {principal}


@given(ledgers, st.sampled_from("abcdefghi"), st.integers(1, 8))
def test_nobody_active_is_ever_evicted(ledger: dict[str, LedgerEntry], principal: str, cap: int) -> None:
    try:
        swap = admit(ledger, principal, NEW, now=NOW, cap=cap)
    except CapReached:
        return
    assert not any(held.is_active(NOW) for held in swap.evicted.values())
    assert all(ledger[name] == held for name, held in swap.evicted.items())


@given(ledgers, st.integers(1, 8))
def test_a_swap_that_is_overtaken_by_enough_others_no_longer_holds(ledger: dict[str, LedgerEntry], cap: int) -> None:
    try:
        swap = admit(ledger, "newcomer", NEW, now=NOW, cap=cap)
    except CapReached:
        return
    overtaken = ledger | {f"other {number}": entry(number, NOW + DAY) for number in range(cap)}

    assert swap.max_entries is not None
    assert len(overtaken) > swap.max_entries


def test_expired_entries_stay_while_there_is_room_so_that_callers_do_not_collide() -> None:
    assert admit({"a": entry(1, NOW)}, "b", NEW, now=NOW, cap=2).evicted == {}


def test_an_exchange_needs_no_room() -> None:
    assert exchange({"a": entry(1, NOW + 1)}, "a", NEW).max_entries is None


@pytest.mark.parametrize(("expires_at", "found"), [(NOW - 1, None), (NOW, None), (NOW + 1, UUID(int=1))])
def test_a_share_is_active_until_the_moment_it_expires(expires_at: int, found: UUID | None) -> None:
    assert active_share_id({"a": entry(1, expires_at)}, "a", NOW) == found


@given(st.integers(0, 400 * DAY), st.integers(0, 400 * DAY))
def test_no_refresh_without_days_shortens_a_link_or_leaves_it_about_to_die(present: int, now: int) -> None:
    refreshed = refreshed_expiry(present, now, None)

    assert refreshed >= present
    assert refreshed >= now + 30 * DAY


@given(st.integers(0, 400 * DAY), st.integers(1, 365))
def test_a_refresh_with_days_counts_from_now(present: int, days: int) -> None:
    assert refreshed_expiry(present, NOW, days) == expiry(NOW, days) == NOW + days * DAY
