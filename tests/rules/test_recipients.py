"""Names of recipients: what is one name, and what stays two."""

import unicodedata
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules import names
from report_shares.rules.recipients import comparable, name_key


@pytest.mark.parametrize(
    "spelling",
    [
        "client a",
        " Client A ",
        "CLIENT\u00a0A",
        "Client  A",
        "\u3000Client\u2003A",
        "\uff23\uff4c\uff49\uff45\uff4e\uff54 \uff21",  # full width
        "\u24b8lient \u24b6",  # circled
    ],
)
def test_spellings_of_one_name_are_one(spelling: str) -> None:
    assert name_key(spelling) == name_key("Client A")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Stra\u00dfe", "STRASSE"),
        ("\u039f\u03b4\u03cc\u03c2", "\u039f\u0394\u038c\u03a3"),
        ("\u01f0", "J\u030c"),
        ("Caf\u00e9", "CAFE\u0301"),
    ],
)
def test_case_is_folded_in_every_script(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


# Pairs that ``rules/names.py`` takes for one, and a person at an agency does not.
TWO_CLIENTS = [
    ("M\u00fcller", "Muller"),
    ("M\u00fcller", "Mueller"),
    ("Client-A", "Client\u2013A"),
    ("Client A", "Client-A"),
    ("Client A", "ClientA"),
    ("O'Brien", "O\u2019Brien"),
    ("Acme", "Acme\u00ae"),
    ("Acme", "Acme\u2122"),
    ("Acme", "*Acme*"),
    ("Acme & Co", "Acme &amp; Co"),
    ("Acme", '"Acme"'),
    ("\u015a", "S"),
    ("I", "\u0131"),
    ("\u0391", "A"),  # Greek
    ("1", "l"),
]


@pytest.mark.parametrize(("one", "other"), TWO_CLIENTS)
def test_two_clients_are_never_one(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_the_rule_for_businesses_would_merge_most_of_them() -> None:
    assert sum(names.name_key(one) == names.name_key(other) for one, other in TWO_CLIENTS) >= 8


@given(st.text(max_size=20))
def test_making_comparable_what_is_comparable_changes_nothing(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@given(st.text(max_size=12))
def test_normalised_spellings_are_one(text: str) -> None:
    assert len({comparable(unicodedata.normalize(form, text)) for form in ("NFC", "NFKC", "NFKD")}) == 1


def test_every_visible_ascii_character_makes_a_name_of_its_own_but_for_case() -> None:
    characters = [chr(code) for code in range(0x21, 0x7F)]

    for one, other in combinations(characters, 2):
        assert (name_key(f"a{one}b") == name_key(f"a{other}b")) == (one.lower() == other.lower())


def test_a_name_has_a_key_of_22_characters_and_none_has_an_empty_one() -> None:
    assert name_key(None) == ""
    assert {len(name_key(name)) for name in ("a", "\ufdfa" * 80)} == {22}
