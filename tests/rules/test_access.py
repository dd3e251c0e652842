"""Scopes and bearer keys."""

from hashlib import sha256
from secrets import token_urlsafe

import pytest

from report_shares.rules.access import READ_SCHEDULED, WRITE_SCHEDULED, allows, digest_of_bearer


@pytest.mark.parametrize(
    ("scopes", "required", "allowed"),
    [
        ({"read:scheduled"}, "read:scheduled", True),
        ({"read:scheduled"}, "write:scheduled", False),
        ({"write:scheduled"}, "write:scheduled", True),
        ({"write:scheduled"}, "read:scheduled", True),
        ({"read:all"}, "read:scheduled", True),
        ({"read:all"}, "write:scheduled", False),
        ({"write:all"}, "write:scheduled", True),
        ({"write:all"}, "read:scheduled", True),
        ({"*"}, "write:scheduled", True),
        ({"*"}, "read:scheduled", True),
        ({"write:brands", "read:brands"}, "read:scheduled", False),
        (set(), "read:scheduled", False),
    ],
)
def test_what_a_scope_includes(scopes: set[str], required: str, *, allowed: bool) -> None:
    assert allows(scopes, required) is allowed


def test_a_key_is_known_by_its_digest() -> None:
    key = f"rp_live_{token_urlsafe(24)}"

    assert digest_of_bearer(f"Bearer {key}") == sha256(key.encode()).hexdigest()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert digest_of_bearer(f"{scheme} rp_live_{token_urlsafe(24)}") is not None


def test_the_key_is_read_in_its_own_case_only() -> None:
    assert digest_of_bearer(f"Bearer RP_LIVE_{token_urlsafe(24)}") is None


def test_reading_and_writing_schedules_ask_for_scopes_of_these_names() -> None:
    assert (READ_SCHEDULED, WRITE_SCHEDULED) == ("read:scheduled", "write:scheduled")
