"""Entities as items of the table, and back."""

from collections.abc import Callable
from uuid import UUID

import pytest

from report_shares.rules.access import ApiKey
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.gate import Place as GatePlace
from report_shares.rules.left_out import LeftOut
from report_shares.rules.shares import LedgerEntry, Place, ScheduleView, Share
from report_shares.rules.views import Views
from report_shares.store import items
from report_shares.use_cases.roll_up_store import RunOutcome, RunStatus
from report_shares.use_cases.share_changes import IdempotencyRecord, Kind

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
HASH = "scrypt"
KEY = ApiKey("someone", "northlight", frozenset({"b:y", "a:x"}), frozenset({str(TWO)}), 5_000, 4_000)
BRAND = Brand(TWO, "northlight", "Acme", ("Acme Inc",), ("acme.example",), {"title": "Zoë"}, "https://acme.example/")
SCHEDULE = Schedule(ONE, TWO, "northlight", "Weekly", "weekly", 7, "snapshots/s", "rollups/r", 3_000)
SHARE = Share(
    THREE, ONE, TWO, "northlight", "someone", 2, 1_000, 9_001, 900, "snapshots/s", "Weekly", "weekly", {"title": "Zoë"},
    revision=3, revoked_at=8_000, name="Client", live=True, password_hash=HASH,
)  # fmt: skip
OUTCOME = RunOutcome(ONE, TWO, "etag", RunStatus.REJECTED, "regions: is no list", 1_000, {LeftOut.RANK: 2})
RECORD = IdempotencyRecord(
    "someone", "once", "print", 2, Kind.ROTATED, SHARE, "https://acme.example/", 1_000, 9_001, 5, 800
)
SHARE_ATTRIBUTES = {
    "scheduled_report_id": {"S": str(ONE)},
    "brand_id": {"S": str(TWO)},
    "workspace_id": {"S": "northlight"},
    "principal_id": {"S": "someone"},
    "token_key_id": {"N": "2"},
    "created_at": {"N": "1000"},
    "expires_at": {"N": "9001"},
    "snapshot_at": {"N": "900"},
    "snapshot_key": {"S": "snapshots/s"},
    "schedule_name": {"S": "Weekly"},
    "schedule_frequency": {"S": "weekly"},
    "white_label": {"S": '{"title":"Zoë"}'},
    "revision": {"N": "3"},
    "revoked_at": {"N": "8000"},
    "name": {"S": "Client"},
    "live": {"BOOL": True},
    "password_hash": {"S": HASH},
    "ttl": {"N": "10"},
}


def key(pk: str, sk: str) -> items.Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.mark.parametrize(
    ("written", "lies"),
    [
        (
            lambda: items.api_key_item("digest", KEY),
            key("KEY#digest", "KEY")
            | {
                "principal_id": {"S": "someone"},
                "workspace_id": {"S": "northlight"},
                "scopes": {"SS": ["a:x", "b:y"]},
                "brand_ids": {"SS": [str(TWO)]},
                "expires_at": {"N": "5000"},
                "revoked_at": {"N": "4000"},
            },
        ),
        (
            lambda: items.requests_item("digest", [1, 2]),
            key("REQUESTS#digest", "2") | {"times": {"L": [{"N": "1"}, {"N": "2"}]}},
        ),
        (
            lambda: items.brand_item(BRAND),
            key(f"BRAND#{TWO}", "BRAND")
            | {
                "workspace_id": {"S": "northlight"},
                "name": {"S": "Acme"},
                "aliases": {"L": [{"S": "Acme Inc"}]},
                "domains": {"L": [{"S": "acme.example"}]},
                "white_label": {"S": '{"title":"Zoë"}'},
                "public_base_url": {"S": "https://acme.example/"},
            },
        ),
        (
            lambda: items.schedule_item(SCHEDULE),
            key(f"SCHEDULE#{ONE}", "SCHEDULE")
            | {
                "brand_id": {"S": str(TWO)},
                "workspace_id": {"S": "northlight"},
                "name": {"S": "Weekly"},
                "frequency": {"S": "weekly"},
                "snapshot_version": {"N": "7"},
                "snapshot_key": {"S": "snapshots/s"},
                "rollup_key": {"S": "rollups/r"},
                "rolled_up_at": {"N": "3000"},
            },
        ),
        (
            lambda: items.run_outcome_item(OUTCOME),
            key(f"SCHEDULE#{ONE}", f"RUN#{TWO}")
            | {
                "etag": {"S": "etag"},
                "status": {"S": "rejected"},
                "reason": {"S": "regions: is no list"},
                "processed_at": {"N": "1000"},
                "left_out": {"S": '{"rank":2}'},
                "ttl": {"N": str(1 + 30 * 24 * 60 * 60)},
            },
        ),
        (lambda: items.share_item(SHARE), key(f"SHARE#{THREE}", "SHARE") | SHARE_ATTRIBUTES),
        (
            lambda: items.record_item(RECORD),
            key("IDEMPOTENCY#someone", "once")
            | {
                "fingerprint": {"S": "print"},
                "secret_id": {"N": "2"},
                "kind": {"S": "rotated"},
                "share": {"M": key(f"SHARE#{THREE}", "SHARE") | SHARE_ATTRIBUTES},
                "base_url": {"S": "https://acme.example/"},
                "recorded_at": {"N": "1000"},
                "expires_at": {"N": "9001"},
                "views_count": {"N": "5"},
                "last_viewed_at": {"N": "800"},
                "ttl": {"N": "10"},
            },
        ),
    ],
    ids=["key", "requests", "brand", "schedule", "run file", "share", "record"],
)
def test_an_entity_lies_in_the_table_as_documented(written: Callable[[], items.Item], lies: items.Item) -> None:
    assert written() == lies


def test_what_lies_in_the_table_comes_back_as_it_was() -> None:
    assert items.api_key_from(items.api_key_item("digest", KEY)) == KEY
    assert items.times_from(items.requests_item("digest", [1, 2])) == (1, 2)
    assert items.brand_from(items.brand_item(BRAND)) == BRAND
    assert items.schedule_from(items.schedule_item(SCHEDULE)) == SCHEDULE
    assert items.share_from(items.share_item(SHARE)) == SHARE
    assert items.record_from(items.record_item(RECORD)) == RECORD


def test_what_is_none_or_false_and_what_is_an_empty_set_has_no_attribute_and_comes_back_too() -> None:
    bare = Schedule(ONE, TWO, "northlight", "Weekly", "weekly")
    row = items.schedule_item(bare)

    assert row.keys() == {"pk", "sk", "brand_id", "workspace_id", "name", "frequency"}
    brand = items.brand_item(Brand(TWO, "northlight", "Acme"))
    assert brand.keys() == {"pk", "sk", "workspace_id", "name", "aliases", "domains"}
    assert brand["aliases"] == brand["domains"] == {"L": []}
    unlimited = items.api_key_item("", ApiKey("someone", "northlight"))
    assert unlimited.keys() == {"pk", "sk", "principal_id", "workspace_id"}
    share = Share(THREE, ONE, TWO, "northlight", "someone", 2, 1_000, 9_001, 900, None, "Weekly", "weekly", None)
    unset = {"snapshot_key", "white_label", "revoked_at", "name", "live", "password_hash"}
    assert items.share_item(share).keys() == {"pk", "sk", *SHARE_ATTRIBUTES} - unset
    assert items.schedule_from(row) == bare
    assert items.times_from(None) == ()
    assert items.schedule_view_from({}) == ScheduleView(None, None)
    revoked = IdempotencyRecord("someone", "once", "print", 2, Kind.REVOKED, None, "", 1_000, 9_001)
    assert items.record_from(items.record_item(revoked)) == revoked


def test_the_catalogue_writes_neither_what_the_roll_up_writes_nor_whether_a_key_is_revoked() -> None:
    assert items.schedule_attributes(SCHEDULE).keys() == {"brand_id", "workspace_id", "name", "frequency"}
    assert items.brand_attributes(BRAND).keys() == items.brand_item(BRAND).keys() - {"pk", "sk"}
    assert items.api_key_attributes(KEY).keys() == items.api_key_item("", KEY).keys() - {"pk", "sk", "revoked_at"}


def test_a_ledger_a_gate_and_views_come_back_as_they_were() -> None:
    places = {Place("someone", ""): LedgerEntry(ONE, 5), Place("someone", "client"): LedgerEntry(TWO, 6, b"settings")}
    ledger = {"active": {"M": {items.place_text(one): items.ledger_entry(entry) for one, entry in places.items()}}}
    taken = {"a": GatePlace(7, is_wrong=True), "b": GatePlace(8, is_wrong=False)}
    gate = {"places": {"M": {name: items.gate_place(place) for name, place in taken.items()}}}

    without = {"id": {"B": ONE.bytes}, "exp": {"N": "5"}}
    settings = {"id": {"B": TWO.bytes}, "exp": {"N": "6"}, "set": {"B": b"settings"}}
    assert ledger["active"]["M"] == {"someone": {"M": without}, "someone#client": {"M": settings}}
    assert items.ledger_from(ledger) == places
    assert items.gate_places_from(gate) == taken
    assert items.views_from({"views_count": {"N": "3"}, "last_viewed_at": {"N": "9"}}) == Views(3, 9)


def test_what_became_of_a_run_file_comes_back_as_it_was() -> None:
    read = items.run_outcome_from(items.run_outcome_item(OUTCOME))

    assert read == OUTCOME
    # Equal texts would be equal to it, too.
    assert isinstance(read.status, RunStatus)
    assert [*RunStatus] == ["rolled_up", "unchanged", "not_counted", "rejected"]  # so it stands in older items


def test_what_stays_of_a_purged_row_says_which_it_was_and_whose_for_35_days() -> None:
    row = items.schedule_key(UUID(int=1)) | {name: items.text(name) for name in ("brand_id", "workspace_id", "name")}

    left = items.purged_item(row, now=1_001)

    assert left == {
        "pk": {"S": f"PURGED#SCHEDULE#{UUID(int=1)}"},
        "sk": {"S": "PURGED"},
        "brand_id": {"S": "brand_id"},
        "workspace_id": {"S": "workspace_id"},
        "ttl": {"N": str(35 * 24 * 60 * 60 + 2)},
    }


def test_where_a_purged_row_was_can_be_told_from_what_stays_of_it() -> None:
    keys = [items.api_key_key("digest"), items.brand_key(UUID(int=1)), items.schedule_key(UUID(int=2))]

    assert [items.purged_row_key(items.purged_item(key, now=0)) for key in keys] == keys
