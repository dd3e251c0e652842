"""Passes: what opens a share with a password for a day."""

from uuid import UUID

import pytest

from report_shares.rules.passes import is_good, issued, name_of
from report_shares.times import DAY, SECOND

SECRET, OTHER_SECRET = b"s" * 32, b"t" * 32
SHARE, OTHER_SHARE = UUID(int=1), UUID(int=2)
NOW = 1_776_698_584_512


HASH, OTHER_HASH = "first", "second"


def good(shown: str, secret: bytes = SECRET, share_id: UUID = SHARE, password_hash: str = HASH, now: int = NOW) -> bool:
    return is_good(shown, secret, share_id, password_hash, now)


PASS = issued(SECRET, SHARE, HASH, NOW)
END, SIGNATURE = PASS.split(".")


def test_a_pass_is_good_for_a_day() -> None:
    assert good(PASS)
    end = int(END) * SECOND  # whole seconds
    assert NOW + DAY - SECOND < end <= NOW + DAY
    assert good(PASS, now=end - 1)
    assert not good(PASS, now=end)


def test_a_pass_is_good_for_its_share_its_password_and_its_secret_only() -> None:
    assert not good(PASS, share_id=OTHER_SHARE)
    assert not good(PASS, password_hash=OTHER_HASH)
    assert not good(PASS, secret=OTHER_SECRET)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        ".",
        END,
        f"{END}.",
        f".{SIGNATURE}",
        f"{int(END) + 1}.{SIGNATURE}",
        f"0{END}.{SIGNATURE}",
        f"{PASS}=",
        f"{END}.{SIGNATURE[:-1]}",
        f"{END}.{SIGNATURE.swapcase()}",
        f"{END.translate(str.maketrans('0123456789', '٠١٢٣٤٥٦٧٨٩'))}.{SIGNATURE}",
        f"{END}.\ud800",
        "9" * 5000 + ".x",
        "\ud800.x",
    ],
)
def test_what_is_no_pass_opens_nothing(shown: str) -> None:
    assert not good(shown)


def test_the_names_of_two_shares_differ_and_hold_no_id() -> None:
    assert name_of(SHARE) == name_of(SHARE) != name_of(OTHER_SHARE)
    assert SHARE.hex[:8] not in name_of(SHARE)
