"""The history checker believes what can be true, and catches each kind of broken promise."""

from dataclasses import replace

import pytest

from report_shares.times import DAY
from tests.proof.history import Action, Event
from tests.proof.history_checker import History

S = 1_000
ONE = "one"


def call(action: Action, started: int, ended: int, **more: object) -> Event:
    return replace(Event(action, "weekly", "ada", started * S, ended * S), **more)  # type: ignore[arg-type]


def made(share: str, started: int, ended: int, **more: object) -> Event:
    """A create that was answered with a new share for 30 days."""
    return call(
        Action.CREATE,
        started,
        ended,
        status=201,
        share_id=share,
        token=f"token of {share}",
        created_at=started * S,
        expires_at=started * S + 30 * DAY,
        is_existing=False,
        **more,
    )


def read(share: str, started: int, ended: int, status: int = 200, **more: object) -> Event:
    shown = "ada" if status == 200 else None
    return call(
        Action.READ,
        started,
        ended,
        **{"status": status, "share_id": share, "token": f"token of {share}", "shown": shown} | more,
    )


def refreshed(share: str, started: int, ended: int, **more: object) -> Event:
    answer = {
        "status": 200,
        "share_id": share,
        "token": f"token of {share}",
        "created_at": 1 * S,
        "expires_at": started * S + 30 * DAY,
        "is_existing": True,
    }
    return call(Action.CREATE, started, ended, **answer | more)


def rotated(share: str, started: int, ended: int, **more: object) -> Event:
    return replace(made(share, started, ended, **more), action=Action.ROTATE)


def listed(*share_ids: str, name: str | None = None) -> tuple[tuple[str, str | None], ...]:
    return tuple((share_id, name) for share_id in share_ids)


def renamed(share: str, name: str | None, started: int, ended: int, **more: object) -> Event:
    answer = {"share_id": share, "name": name, "told_name": name, "status": 200, "created_at": 1 * S}
    return call(Action.RENAME, started, ended, **answer | more)


def others(number: int, started: int = 1, ended: int = 2) -> list[Event]:
    """So many teammates with a share each."""
    return [
        replace(made(f"S{one}", started, ended), caller=f"teammate {one}", token=f"T{one}") for one in range(number)
    ]


def rules(*events: Event, cap: int = 50) -> set[str]:
    return {broken.rule for broken in History(sorted(events, key=lambda event: event.started), cap).broken_promises()}


def test_an_ordinary_life_is_believed() -> None:
    assert not rules(
        made("A", 1, 2),
        read("A", 3, 4),
        refreshed("A", 5, 6),
        call(Action.LIST, 7, 8, status=200, listed=listed("A")),
        rotated("B", 9, 10),
        read("A", 11, 12, 410),
        read("B", 11, 12),
        call(Action.REVOKE, 13, 14, status=204, share_id="B"),
        read("B", 15, 16, 410),
        call(Action.LIST, 17, 18, status=200),
        made("C", 19, 20),
    )


@pytest.mark.parametrize("status", [200, 410])
def test_a_read_beside_a_revocation_may_see_either(status: int) -> None:
    assert not rules(made("A", 1, 2), call(Action.REVOKE, 3, 6, status=204, share_id="A"), read("A", 4, 5, status))


@pytest.mark.parametrize("status", [200, 410])
def test_a_read_after_a_lost_revocation_may_see_either(status: int) -> None:
    lost = call(Action.REVOKE, 3, 6, status=503, share_id="A", faulty=True)
    assert not rules(made("A", 1, 2), lost, read("A", 7, 8, status))


@pytest.mark.parametrize("status", [200, 410])
def test_a_read_at_the_moment_of_expiry_may_see_either(status: int) -> None:
    moment = 1 + 30 * DAY // S
    assert not rules(made("A", 1, 2), read("A", moment - 1, moment + 1, status))


def test_a_share_whose_birth_nobody_heard_of_is_believed() -> None:
    lost = call(Action.CREATE, 1, 2, status=503, faulty=True)
    assert not rules(lost, refreshed("A", 3, 4), read("A", 5, 6))


def test_a_refusal_at_the_cap_is_believed() -> None:
    assert not rules(*others(2), call(Action.CREATE, 3, 4, status=400), cap=2)


def test_a_revoked_link_that_opens() -> None:
    assert rules(made("A", 1, 2), call(Action.REVOKE, 3, 4, status=204, share_id="A"), read("A", 5, 6)) == {
        "a withdrawn or replaced link is gone for ever"
    }


def test_a_link_that_opens_though_all_were_revoked() -> None:
    assert "a withdrawn or replaced link is gone for ever" in rules(
        made("A", 1, 2), call(Action.REVOKE_ALL, 3, 4, status=204), read("A", 5, 6)
    )


def test_a_rotated_link_that_opens() -> None:
    assert rules(made("A", 1, 2), rotated("B", 3, 4), read("A", 5, 6)) == {
        "a withdrawn or replaced link is gone for ever"
    }


def test_a_list_that_shows_a_replaced_share() -> None:
    assert rules(made("A", 1, 2), rotated("B", 3, 4), call(Action.LIST, 5, 6, status=200, listed=listed("A", "B"))) == {
        "a withdrawn or replaced link is gone for ever"
    }


def test_an_expired_link_that_opens() -> None:
    moment = 1 + 30 * DAY // S
    assert rules(made("A", 1, 2), read("A", moment, moment + 1)) == {"an expired link is gone"}


def test_an_expired_link_that_opens_though_it_was_shortened() -> None:
    shorter = call(Action.EXTEND, 3, 4, status=200, share_id="A", created_at=1 * S, expires_at=3 * S + DAY, days=1)
    moment = 3 + DAY // S
    assert rules(made("A", 1, 2), shorter, read("A", moment, moment + 1)) == {"an expired link is gone"}


def test_an_acknowledged_share_that_is_not_there() -> None:
    assert rules(made("A", 1, 2), read("A", 3, 4, 410)) == {"what was acknowledged is there"}


def test_an_acknowledged_extension_that_is_not_there() -> None:
    longer = call(Action.EXTEND, 3, 4, status=200, share_id="A", created_at=1 * S, expires_at=3 * S + 60 * DAY, days=60)
    later = 40 * DAY // S
    assert rules(made("A", 1, 2), longer, read("A", later, later + 1, 410)) == {"what was acknowledged is there"}


def test_a_list_without_the_acknowledged_share() -> None:
    assert rules(made("A", 1, 2), call(Action.LIST, 3, 4, status=200)) == {"what was acknowledged is there"}


def test_an_acknowledged_share_that_cannot_be_revoked() -> None:
    assert rules(made("A", 1, 2), call(Action.REVOKE, 3, 4, status=404, share_id="A")) == {
        "what was acknowledged is there"
    }


def test_a_second_share_of_a_caller() -> None:
    assert "at most one active share of a caller and name" in rules(made("A", 1, 2), made("B", 3, 4))


def for_a(event: Event) -> Event:
    return replace(event, name="client a", told_name="client a")


def test_shares_of_a_caller_under_several_names_are_believed() -> None:
    of_a = for_a(made("B", 3, 4))
    nameless_rotation = rotated("C", 7, 8)
    assert not rules(
        made("A", 1, 2),
        of_a,
        for_a(refreshed("B", 5, 6, created_at=3 * S)),
        nameless_rotation,
        read("A", 9, 10, 410),
        read("B", 9, 10),
        renamed("C", "client c", 11, 12, created_at=7 * S),
        made("D", 13, 14),
        call(Action.LIST, 15, 16, status=200, listed=(("D", None), ("C", "client c"), ("B", "client a"))),
        call(Action.REVOKE_ALL, 17, 18, status=204),
        read("B", 19, 20, 410),
        read("C", 19, 20, 410),
    )


def test_a_second_share_of_a_callers_name() -> None:
    assert "at most one active share of a caller and name" in rules(for_a(made("A", 1, 2)), for_a(made("B", 3, 4)))


def test_a_name_that_is_given_though_another_share_has_it() -> None:
    assert rules(made("A", 1, 2), for_a(made("B", 1, 2)), renamed("A", "client a", 3, 4)) == {
        "at most one active share of a caller and name"
    }


def test_a_name_that_was_given_up_before_may_be_given_again() -> None:
    assert not rules(
        made("A", 1, 2), for_a(made("B", 1, 2)), renamed("B", "client b", 3, 4), renamed("A", "client a", 5, 6)
    )


def test_a_rename_without_an_answer_may_have_been_or_not() -> None:
    lost = renamed("A", "client a", 3, 4, status=503, faulty=True, told_name=None)
    listing = call(Action.LIST, 5, 6, status=200)
    for name in (None, "client a"):
        assert not rules(made("A", 1, 2), lost, replace(listing, listed=listed("A", name=name)))
    assert not rules(made("A", 1, 2), lost, made("B", 5, 6))
    assert not rules(made("A", 1, 2), lost, for_a(made("B", 5, 6)))


def test_a_list_with_a_name_that_nobody_gave() -> None:
    late = call(Action.LIST, 5, 6, status=200, listed=listed("A", name=None))
    assert rules(made("A", 1, 2), renamed("A", "client a", 3, 4), late) == {"a name is what was acknowledged"}


def test_a_create_that_is_answered_with_a_share_of_another_name() -> None:
    assert rules(replace(made("A", 1, 2), name="client a")) == {"a share is the one of its name"}


def test_a_rotation_that_drops_the_share_of_another_name() -> None:
    assert rules(for_a(made("A", 1, 2)), rotated("B", 3, 4), read("A", 5, 6, 410)) == {"what was acknowledged is there"}


def test_a_withdrawal_of_all_that_leaves_a_named_share() -> None:
    gone = call(Action.REVOKE_ALL, 3, 4, status=204)
    assert rules(made("A", 1, 2), for_a(made("B", 1, 2)), gone, read("B", 5, 6)) == {
        "a withdrawn or replaced link is gone for ever"
    }


def test_a_link_that_is_frozen_though_it_was_made_live() -> None:
    live = call(Action.SET_LIVE, 3, 4, status=200, share_id="A", live=True, told_live=True, created_at=1 * S)
    frozen = replace(made("A", 1, 2), told_live=False)
    assert rules(frozen, live, read("A", 5, 6, told_live=False)) == {"a link is live or frozen as was acknowledged"}
    assert not rules(frozen, live, read("A", 5, 6, told_live=True))
    assert not rules(frozen, replace(live, status=503, faulty=True), read("A", 5, 6, told_live=False))


def protected(share: str, password: str, started: int, ended: int, **more: object) -> Event:
    answer = {"share_id": share, "status": 200, "created_at": 1 * S, "told_protected": password != ""}
    return call(Action.SET_PASSWORD, started, ended, password=password, **answer | more)


@pytest.mark.parametrize(
    ("password", "given", "status", "is_believed"),
    [
        ("one", "one", 200, True),
        ("one", "two", 200, False),
        ("one", None, 200, False),
        ("one", "one", 401, False),
        ("one", "two", 401, True),
        ("one", None, 401, True),
        ("one", "one", 429, True),
        ("", "one", 200, True),
        ("", None, 200, True),
        ("", None, 401, False),
        ("", "one", 429, False),
    ],
)
def test_a_link_opens_with_the_password_that_was_set_last(
    password: str, given: str | None, status: int, is_believed: bool
) -> None:
    first, last = protected("A", "two", 3, 4), protected("A", password, 5, 6)
    broken = set() if is_believed else {"a link asks for the password that was acknowledged"}
    assert rules(made("A", 1, 2), first, last, read("A", 7, 8, status, password=given)) == broken


@pytest.mark.parametrize("given", ["one", "two"])
@pytest.mark.parametrize("status", [200, 401])
def test_two_passwords_that_are_set_at_once_are_each_believed(given: str, status: int) -> None:
    at_once = [protected("A", ONE, 3, 6), protected("A", "two", 4, 5)]
    assert not rules(made("A", 1, 2), *at_once, read("A", 7, 8, status, password=given))


@pytest.mark.parametrize("given", [None, "one"])
@pytest.mark.parametrize("status", [200, 401])
def test_a_password_whose_answer_was_lost_may_be_set(given: str | None, status: int) -> None:
    lost = protected("A", ONE, 3, 4, status=503, faulty=True, told_protected=None)
    believed = status == 200 or given is None
    assert rules(made("A", 1, 2), lost, read("A", 5, 6, status, password=given)) == (
        set() if believed else {"a link asks for the password that was acknowledged"}
    )


def test_a_link_that_asks_for_a_password_which_it_was_made_without() -> None:
    assert rules(made("A", 1, 2), read("A", 3, 4, 401)) == {"a link asks for the password that was acknowledged"}
    assert not rules(made("A", 1, 2, password=ONE), read("A", 3, 4, 401))


def test_a_rotation_that_loses_the_password_even_one_that_was_set_meanwhile() -> None:
    during = protected("A", ONE, 4, 5)
    lost, kept = (rotated("B", 3, 6, told_protected=told) for told in (False, True))
    assert rules(made("A", 1, 2), during, lost) == {"a password is kept until another is set"}
    assert not rules(made("A", 1, 2), during, kept, read("B", 7, 8, 401), read("B", 7, 8, password=ONE))
    assert rules(made("A", 1, 2), during, kept, read("B", 7, 8, 401, password=ONE)) == {
        "a link asks for the password that was acknowledged"
    }


def test_a_rotation_of_what_nobody_heard_of_may_have_any_password() -> None:
    lost = call(Action.CREATE, 1, 2, status=503, faulty=True, password=ONE)
    assert not any(rules(lost, rotated("A", 3, 4, told_protected=told)) for told in (False, True))
    assert rules(rotated("A", 3, 4, told_protected=True)) == {"a password is kept until another is set"}


def test_a_refresh_that_forgets_the_password() -> None:
    refresh = refreshed("A", 5, 6, told_protected=False)
    assert rules(made("A", 1, 2), protected("A", ONE, 3, 4), refresh) == {"a password is kept until another is set"}
    assert not rules(made("A", 1, 2), protected("A", ONE, 3, 4), replace(refresh, told_protected=True))


def test_names_of_one_caller_count_towards_the_cap() -> None:
    names = [replace(made(f"S{n}", 1, 2), name=f"client {n}", told_name=f"client {n}") for n in range(4)]
    assert rules(*names, cap=3) == {"never more active shares than the cap"}
    assert not rules(*names, call(Action.CREATE, 3, 4, status=400), cap=4)
    assert rules(*names, call(Action.CREATE, 3, 4, status=400), cap=5) == {"never refused below the cap"}


def test_a_refusal_at_a_cap_that_its_own_share_would_fill() -> None:
    refused = replace(call(Action.CREATE, 3, 4, status=400), name="client a")
    assert rules(*others(1), for_a(made("A", 1, 2)), refused, cap=2) == {"never refused below the cap"}


def test_a_refusal_is_believed_only_while_an_unanswered_create_can_still_count() -> None:
    lost = call(Action.CREATE, 1, 2, status=503, faulty=True, days=1)
    assert not rules(lost, replace(call(Action.CREATE, 3, 4, status=400), caller="bob"), cap=1)
    later = 3 + DAY // S
    assert rules(lost, replace(call(Action.CREATE, later, later + 1, status=400), caller="bob"), cap=1) == {
        "never refused below the cap"
    }


def test_one_share_more_than_the_cap() -> None:
    assert rules(*others(51)) == {"never more active shares than the cap"}
    assert not rules(*others(50))


def test_a_share_too_many_in_the_place_of_an_active_one() -> None:
    late = replace(made("Z", 30, 31), caller="zoe", token="Z")  # noqa: S106 # a name
    assert rules(*others(50), late) == {"never more active shares than the cap"}


def test_an_observer_who_counts_too_many() -> None:
    assert rules(call(Action.COUNT, 1, 2, status=200, count=51)) == {"never more active shares than the cap"}


def test_a_refusal_below_the_cap() -> None:
    assert rules(*others(49), call(Action.CREATE, 3, 4, status=400)) == {"never refused below the cap"}


def test_a_refusal_for_shares_that_have_expired() -> None:
    moment = 1 + 30 * DAY // S
    assert rules(*others(50), call(Action.CREATE, moment, moment + 1, status=400)) == {"never refused below the cap"}


def test_a_token_that_opens_another_share() -> None:
    assert rules(made("A", 1, 2), read("A", 3, 4, shown="bob")) == {"a token opens its own share"}


def test_two_shares_with_one_token() -> None:
    twin = replace(others(1)[0], token="token of A")  # noqa: S106 # a name
    assert rules(made("A", 1, 2), twin) == {"a token opens one share"}


def test_a_refresh_that_changes_the_token() -> None:
    assert rules(made("A", 1, 2), refreshed("A", 3, 4, token="another")) == {  # noqa: S106 # a name
        "a share has one token for ever"
    }


def test_a_refresh_that_changes_the_birthday() -> None:
    assert rules(made("A", 1, 2), refreshed("A", 3, 4, created_at=3 * S)) == {"created_at never changes"}


def test_a_refresh_of_a_dead_share() -> None:
    gone = call(Action.REVOKE, 3, 4, status=204, share_id="A")
    assert rules(made("A", 1, 2), gone, refreshed("A", 5, 6)) == {"only an active share is refreshed or extended"}


def test_a_replay_that_differs() -> None:
    first = made("A", 1, 2, key="k", body="one")
    assert rules(first, replace(first, started=3 * S, ended=4 * S, replayed=True, body="two")) == {
        "a replay is the first answer again"
    }
    assert not rules(first, replace(first, started=3 * S, ended=4 * S, replayed=True))


def test_a_replay_of_an_unanswered_request_that_came_when_the_first_answer_was_forgotten() -> None:
    day = DAY // S
    first = made("A", 1, 10, key="k", body="one")
    unanswered = call(Action.CREATE, day - 5, day + 5, status=503, key="k", faulty=True)
    seen = refreshed("A", day - 8, day + 7, key="k", body="two", replayed=True)

    assert not rules(first, unanswered, seen)
    too_early = replace(unanswered, ended=(day - 2) * S)
    assert rules(first, too_early, seen) == {"a replay is the first answer again"}


def test_a_replay_of_nothing() -> None:
    assert "a replay has a first answer" in rules(made("A", 1, 2, key="k", replayed=True))


def test_two_effects_of_one_idempotency_key() -> None:
    assert "one effect for one Idempotency-Key" in rules(made("A", 1, 2, key="k"), rotated("B", 3, 4, key="k"))
    next_day = 2 + DAY // S
    assert not rules(made("A", 1, 2, key="k"), rotated("B", next_day, next_day + 1, key="k"))


def test_an_error_without_a_fault() -> None:
    assert rules(call(Action.LIST, 1, 2, status=503)) == {"no error without a fault"}


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500])
def test_an_answer_that_never_should_be(status: int) -> None:
    assert rules(call(Action.LIST, 1, 2, status=status)) == {"only the contract's answers"}
