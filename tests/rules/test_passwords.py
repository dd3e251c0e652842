"""What is kept of a password, and what is the same one."""

from unicodedata import normalize

import pytest

from report_shares.rules.passwords import hash_of, is_right
from tests.passwords import cheap_hash

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt: the least for each N.
OWASP = {17: 1, 16: 2, 15: 3, 14: 5, 13: 10}


def test_the_cost_is_recorded_and_at_owasps_minimum_within_64_mib() -> None:
    _, name, cost, salt, digest = hash_of("correct horse").split("$")

    given = {key: int(value) for key, value in (part.split("=") for part in cost.split(","))}
    assert (name, given["r"]) == ("scrypt", 8)
    assert given["p"] >= OWASP[given["ln"]]
    assert 128 * given["r"] * 2 ** given["ln"] <= 64 * 2**20
    assert (len(salt), len(digest)) == (22, 43)  # 16 and 32 bytes in base64


def test_the_right_password_is_right_and_another_is_not() -> None:
    kept = hash_of("correct horse")

    assert is_right("correct horse", kept)
    assert not is_right("correct horsE", kept)


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert hash_of("correct horse") != hash_of("correct horse")


def test_a_hash_of_another_cost_is_checked_at_its_own() -> None:
    kept = cheap_hash("correct horse")

    assert is_right("correct horse", kept)
    assert not is_right("correct horse ", kept)


def test_letters_that_are_composed_otherwise_are_the_same() -> None:
    composed, decomposed = normalize("NFC", "Größenwahn é"), normalize("NFD", "Größenwahn é")

    assert is_right(decomposed, cheap_hash(composed))
    assert is_right(composed, cheap_hash(decomposed))


@pytest.mark.parametrize("other", ["CORRECT HORSE", " correct horse", "correct\u00a0horse", "\uff43orrect horse"])
def test_nothing_else_is_made_the_same(other: str) -> None:
    assert not is_right(other, cheap_hash("correct horse"))


@pytest.mark.parametrize("kept", ["withheld", "", "$scrypt$ln=4,r=8,p=1$$"])
def test_what_is_no_hash_opens_nothing(kept: str) -> None:
    with pytest.raises(ValueError, match="no hash"):
        is_right("withheld", kept)
