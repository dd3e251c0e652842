"""When two names are the same, and what is shown of one."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.names import MAX_NAME_LENGTH, clean_name, name_key
from tests.rules import sameness

# What makes trouble when it stands beside another of these: each step of the comparison can lay bare work for another.
_PARTS = [
    *(
        "&",
        "amp;",
        "AMP;",
        "Amp;",
        "#38;",
        "#x26;",
        "#xFF06;",
        "\uff06",
        "\uff41\uff4d\uff50",
        "\uff1b",
        ";",
        "lt;",
        "semi;",
    ),
    *(
        "num;",
        "&zwj;",
        "&trade;",
        "&nbsp;",
        "&quot;",
        "&#97;",
        "\u2122",
        "\xae",
        "\xb4",
        "`",
        "\u2019",
        "\u201c",
        "\u2013",
    ),
    *(
        "*",
        "**",
        "_",
        "__",
        "\uff0a",
        "\uff3f",
        "\u200b",
        "\u200d",
        "\ufe0f",
        "\xad",
        "\u202e",
        "\ud800",
        "\u0301",
        "\u0345",
    ),
    *(
        "e\u0301",
        "\xe9",
        "\xf8",
        "\xdf",
        "\u0130",
        "\u0131",
        "\u0149",
        "\u01f0",
        "\u0390",
        "\u03c2",
        "\ufdfa",
        "\ufb01",
    ),
    *("\u1fef", "\u037e", "\u1160", "\u2800", "\u1680", "x", "A", "TRADE", " ", "\xa0", "\n"),
]
hostile_names = st.one_of(
    st.lists(st.sampled_from(_PARTS), max_size=25).map("".join),
    st.lists(st.sampled_from(_PARTS), min_size=1, max_size=8).map(lambda parts: "".join(parts) * 60),
    st.text(max_size=20),
)

_words = st.lists(
    st.sampled_from(
        ["Acme", "Café", "Größe", "Łódź", "AT&T", "E*TRADE", "McDonald's", "Coca-Cola", "Кафе", "寿司", "й"]
    ),
    min_size=1,
    max_size=3,
)
names = _words.map(" ".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("McDonald's", "McDonald’s"),
        ("McDonald's", "McDonald's®"),
        ("McDonald's", "ＭｃＤｏｎａｌｄ＇ｓ"),
        ("McDonald's", "McDonald's\u200b"),
        ("McDonald's", "McDonald´s"),
        ("McDonald's", "McDonald`s"),
        ("McDonald's", "Mc\u00addonald&#39;s™"),
        ("Hawai'i", "Hawai\u02bbi"),
        ("AT&T", "AT&amp;T"),
        ("AT&T", "at&amp;amp;amp;t"),
        ("AT&T", "AT&#038;T"),
        ("AT&T", "AT&#x26;T"),
        ("AT&T", "AT＆ａｍｐ；T"),
        ('"Acme" Coffee', "“Acme” Coffee"),
        ('"Acme" Coffee', "«Acme»&nbsp;Coffee"),
        ("Coca-Cola", "Coca\u2011Cola"),
        ("Coca-Cola", "coca–cola"),
        ("Coca-Cola", "Coca\u2212Cola"),
        ("Acme", "**Acme**"),
        ("Acme", "*Acme*"),
        ("Acme", "_Acme_"),
        ("Acme", "__Acme__™"),
        ("Acme", "***Acme***"),
        ("Acme", "**_Acme_**"),
        ("Acme", "** Acme **"),
        ("Acme", "＊＊Acme＊＊"),
        ("E*TRADE", "**E*TRADE**"),
        ("E*TRADE", "*E*TRADE*"),
        ("Café Größe", "Cafe\u0301 GRÖSSE"),
        ("Café Größe", "cafe grosse"),
        ("Ørsted Łódź Đuro", "orsted lodz duro"),
        ("İstanbul", "istanbul"),
        ("Diyarbakır", "Diyarbakir"),
        ("Xérès", "XERES"),
        ("Burger King", "Burger  King"),
        ("Burger King", "Burger\u00a0King"),
        ("Burger King", "\u200bBurger\tKing\n"),
        ("Burger King", "Burger\u202e King\u0007"),
        ("ﬁtness", "fitness"),
        ("Кафе", "КАФЕ"),
        ("می\u200cخواهم", "میخواهم"),
        ("❤\ufe0f", "❤"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("E*TRADE", "ETRADE"),
        ("*A* and *B*", "A and B"),
        ("snake_case", "snakecase"),
        ("AT&T", "AT&amp T"),
        ("Sony(R)", "Sony"),
        ("Acme©", "Acme"),
        ("Кафей", "Кафеи"),
        ("が", "か"),
        ("æther", "aether"),
        ("Coca-Cola", "Coca Cola"),
        ("McDonald's", "McDonalds"),
        ("Acme", "Acme 2"),
    ],
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  Burger \u00a0King\u200b", "Burger King"),
        ("AT&amp;amp;T", "AT&T"),
        ("**McDonald’s®**", "McDonald’s"),
        ("Cafe\u0301 GRÖSSE", "Café GRÖSSE"),
        ("ev\u202eil\u0007", "evil"),
        ("\u200b\u2060\u3164", ""),
        ("Best \ud83d", "Best \ufffd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Ac\u200dme", "Acme"),
        ("Ac\x07me", "Acme"),
        ("**Acme*", "**Acme*"),
        ("*Acme* and *Co*", "*Acme* and *Co*"),
        ("**Acme** and **Co**", "**Acme** and **Co**"),
        ("**Acme *best* Co**", "Acme *best* Co"),
        ("x" * 301, "x" * 300),
    ],
)
def test_a_name_is_shown_as_it_was_written_but_clean(written: str, shown: str) -> None:
    assert clean_name(written) == shown


@given(hostile_names)
def test_cleaning_and_comparing_change_nothing_the_second_time(text: str) -> None:
    clean, key = clean_name(text), name_key(text)
    assert clean_name(clean) == clean
    assert name_key(key) == key
    assert name_key(clean) == key
    assert max(len(clean), len(key)) <= MAX_NAME_LENGTH


@pytest.mark.parametrize(
    ("letter", "plain"),
    [
        ("\u024f", "y"),
        ("\u0253", "b"),
        ("\u1d6c", "b"),
        ("\u1eff", "y"),
        ("\u2c7f", "z"),
        ("\ua740", "k"),
    ],
    ids=ascii,
)
def test_a_letter_with_a_stroke_a_hook_or_a_tail_is_that_letter(letter: str, plain: str) -> None:
    assert name_key(f"a{letter}") == f"a{plain}"


def test_what_takes_too_many_rounds_to_decode_loses_its_ampersands() -> None:
    nested = "\u2122"
    for _ in range(20):
        nested = f"&tr{nested}ade;"

    assert re.fullmatch(r"A(tr)+(ade;)+", clean_name(f"A{nested}"))
    assert re.fullmatch(r"a(#xff06;)+", name_key("A&" + "#xFF06;" * 20))


def test_no_character_changes_when_it_is_cleaned_or_compared_again() -> None:
    for character in map(
        chr, [*range(0x3400), *range(0xA000, 0xAC00), *range(0xD7B0, 0x10000), *range(0x1D100, 0x1F300)]
    ):
        text = f"a{character}b"
        assert name_key(name_key(text)) == name_key(text) == name_key(clean_name(text)), ascii(text)


_CHANGES: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [
        str.upper,
        lambda text: text.replace("&", "&amp;"),
        lambda text: text.replace(" ", "\u00a0 "),
        lambda text: text.replace("'", "\u2019"),
        lambda text: text.replace("-", "\u2013"),
        lambda text: text + "\u00ae",
        lambda text: "\u200b" + text,
    ]
)


@given(names, st.lists(_CHANGES, max_size=4), st.sampled_from(["", "*", "**", "***", "_", "__"]))
def test_no_way_of_writing_makes_another_name(name: str, changes: list[Callable[[str], str]], emphasis: str) -> None:
    written = name
    for change in changes:
        written = change(written)
    written = f" {emphasis}{written.strip()}{emphasis}\n"
    assert name_key(written) == name_key(name) == sameness.name(written)


@given(names, names)
def test_what_the_contract_keeps_apart_stays_apart(one: str, other: str) -> None:
    assert (name_key(one) == name_key(other)) == (sameness.name(one) == sameness.name(other))


@pytest.mark.parametrize(
    "text",
    [
        "&" + "amp;" * 250_000,
        "&#xFF06;" * 125_000,
        "&#59" * 250_000 + ";",
        "*_" * 250_000 + "x" + "_*" * 250_000,
        "e" + "\u0301" * 500_000,
        "\ufdfa" * 333_000,
    ],
    ids=["nested", "full width", "semicolons", "emphasis", "marks", "long"],
)
def test_a_name_of_a_megabyte_takes_no_longer_than_its_size(text: str) -> None:
    begun = time.process_time()
    name_key(text)
    assert time.process_time() - begun < 3
