"""What is quoted of an answer: whole words around the brand's name, as names compare."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.excerpts import MAX_EXCERPT_LENGTH, MAX_TEXT_LENGTH, excerpt
from report_shares.rules.names import name_key
from report_shares.text import clean_text

_FILLER = "lorem ipsum dolor sit amet " * 100


def _keys(*names: str) -> list[str]:
    return [name_key(name) for name in names]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Acme", "Acme"),
        ("ACME", "Acme"),
        ("**Acme**", "Acme"),
        ("Acme's", "Acme"),
        ("(Acme)", "Acme"),
        ("Acme\u2122", "Acme"),
        ("Acme\u2122 Coffee", "Acme Coffee"),
        ("ACME\n  Caf\xe9", "acme cafe"),
        ("Cafe\u0301 Acme", "Caf\xe9 Acme"),
        ("Zed\u2019s", "Zed's"),
        ("Zed`s", "Zed's"),
        ("Bean &amp; Co", "Bean & Co"),
        ("E*TRADE", "E*TRADE"),
        ("S\xf8ren", "Soren"),
        ("\uff21\uff23\uff2d\uff25", "Acme"),
        ("\u30a2\u30af\u30e1\u306f", "\u30a2\u30af\u30e1"),
        ("Gro\xdf", "Gross"),
        ("\u0410\u043a\u043c\u0435", "\u0430\u043a\u043c\u0435"),
    ],
)
def test_an_excerpt_stands_around_the_name_however_it_is_written(written: str, name: str) -> None:
    quoted = excerpt(f"{_FILLER} {written} {_FILLER}", _keys(name))

    assert quoted is not None
    shown = " ".join(written.replace("\u0301", "").replace("&amp;", "&").replace("Cafe", "Caf\xe9").split())
    assert shown in quoted
    assert quoted.index(shown) < MAX_EXCERPT_LENGTH / 2
    assert len(quoted) > MAX_EXCERPT_LENGTH - 30


@pytest.mark.parametrize("word", ["Acmeter", "Pacme", "acme2", "Ac me"])
def test_a_name_within_a_longer_word_is_none(word: str) -> None:
    quoted = excerpt(f"{_FILLER}{word} {_FILLER}", _keys("Acme"))
    assert quoted == excerpt(_FILLER, _keys("Acme"))


def test_a_name_in_a_script_that_parts_no_words_may_stand_among_letters() -> None:
    written = "SNS\u30a2\u30af\u30e1PLUS"
    assert written in (excerpt(f"{_FILLER}{written} {_FILLER}", _keys("\u30a2\u30af\u30e1")) or "")


def test_the_first_of_several_names_counts() -> None:
    text = f"{_FILLER}Acme Coffee Roasters {_FILLER}Acme {_FILLER}"
    assert "Acme Coffee Roasters" in (excerpt(text, _keys("Acme", "Acme Coffee Roasters")) or "")


def test_an_excerpt_is_from_the_beginning_where_the_name_stands_nowhere() -> None:
    assert (excerpt(_FILLER, _keys("Acme")) or "").startswith("lorem ipsum")
    assert excerpt(_FILLER, []) == excerpt(_FILLER, _keys("Acme"))


def test_a_short_text_is_quoted_whole() -> None:
    assert excerpt(" In the end,\n Acme. ", _keys("Acme")) == "In the end, Acme."


@pytest.mark.parametrize("text", ["", " \n", "\u200b\x00", "\u202e"])
def test_there_is_no_excerpt_of_nothing(text: str) -> None:
    assert excerpt(text, _keys("Acme")) is None


def test_of_a_text_so_much_is_read_and_no_more() -> None:
    before = "x " * 9_998  # with the name, 20,000 characters
    assert "Acme" in (excerpt(f"{before}Acme", _keys("Acme")) or "")
    assert "Acme" not in (excerpt(f"{before}-Acme", _keys("Acme")) or "")


def test_the_last_words_of_a_text_are_quoted_with_as_many_before_them_as_fit() -> None:
    quoted = excerpt(f"{_FILLER}Acme.", _keys("Acme"))
    assert quoted is not None
    assert quoted.endswith("Acme.")
    assert len(quoted) > MAX_EXCERPT_LENGTH - 30


def _words(first: int, behind: int, length: int) -> str:
    return " ".join(f"{number:0{length}d}" for number in range(first, behind))


def test_an_excerpt_begins_120_characters_before_the_name_where_a_word_begins_there() -> None:
    text = f"{_words(0, 200, 4)} Acme {_words(201, 500, 4)}"
    assert excerpt(text, _keys("Acme")) == f"{_words(176, 200, 4)} Acme {_words(201, 256, 4)}"


def test_an_excerpt_begins_with_the_next_word_where_120_characters_before_the_name_none_does() -> None:
    text = f"{_words(0, 200, 6)} Acme {_words(201, 500, 6)}"
    assert excerpt(text, _keys("Acme")) == f"{_words(183, 200, 6)} Acme {_words(201, 240, 6)}"


def test_an_excerpt_begins_at_the_beginning_where_the_name_stands_there() -> None:
    text = f"{_words(0, 10, 4)} Acme {_words(11, 500, 4)}"
    assert excerpt(text, _keys("Acme")) == f"{_words(0, 10, 4)} Acme {_words(11, 80, 4)}"


def test_an_excerpt_goes_to_the_end_where_no_more_is_left() -> None:
    exact = f"{_words(0, 400, 4)} Acme {_words(401, 420, 4)}!"
    assert excerpt(exact, _keys("Acme")) == exact[-MAX_EXCERPT_LENGTH:]
    shorter = f"{_words(0, 400, 4)} Acme {_words(401, 420, 4)}"
    assert excerpt(shorter, _keys("Acme")) == shorter[-MAX_EXCERPT_LENGTH + 1 :]


def test_where_no_words_are_parted_an_excerpt_has_120_characters_before_the_name_and_400_in_all() -> None:
    text = f"{'\u3042' * 1000}\u30a2\u30af\u30e1{'\u3044' * 1000}"
    quoted = excerpt(text, _keys("\u30a2\u30af\u30e1"))
    assert quoted == f"{'\u3042' * 120}\u30a2\u30af\u30e1{'\u3044' * 277}"
    assert excerpt(text, _keys("Acme")) == "\u3042" * MAX_EXCERPT_LENGTH


def test_where_words_are_parted_behind_the_name_alone_an_excerpt_still_begins_before_it() -> None:
    text = f"{'\u3042' * 1000}\u30a2\u30af\u30e1 {'\u3044' * 1000}"
    assert excerpt(text, _keys("\u30a2\u30af\u30e1")) == f"{'\u3042' * 120}\u30a2\u30af\u30e1"


@pytest.mark.parametrize("letter", ["x", "\xe9"])
def test_an_excerpt_ends_behind_the_whole_name_or_after_400_characters(letter: str) -> None:
    before, long = _words(0, 200, 4), letter * 1000
    names = _keys("Acme", "Acme C")
    assert excerpt(f"{before} Acme C {long}", names) == f"{_words(176, 200, 4)} Acme C"
    assert excerpt(f"{before} Acme C/{long}", names) == f"{_words(176, 200, 4)} Acme C/{letter * 273}"


def test_an_excerpt_ends_with_the_last_word_that_ends_within_400_characters() -> None:
    long = "z" * 1000
    assert excerpt(f"a {'x' * 398} {long}", []) == f"a {'x' * 398}"
    assert excerpt(f"a {'x' * 399} {long}", []) == "a"


def test_characters_that_compare_as_several_stand_where_they_stand() -> None:
    text = f"{'\xdf' * 300} {_words(0, 200, 6)} Gro\xdf {_words(201, 500, 6)}"
    quoted = excerpt(text, _keys("Gross"))
    assert quoted == f"{_words(183, 200, 6)} Gro\xdf {_words(201, 240, 6)}"


_WORDS = st.text("ab\xe9\u0301.\u30a2\U0001f469\u200d\u202e\x00", min_size=1, max_size=60)


@given(st.lists(_WORDS | st.just("Acme"), max_size=120), st.booleans())
def test_an_excerpt_has_at_most_400_characters_and_whole_words(words: list[str], ascii_only: bool) -> None:
    text = " ".join("word" if ascii_only and word != "Acme" else word for word in words)
    quoted = excerpt(text, _keys("Acme"))
    whole = clean_text(unicodedata.normalize("NFC", text), MAX_TEXT_LENGTH)
    if not whole:
        assert quoted is None
        return
    assert quoted is not None
    assert len(quoted) <= MAX_EXCERPT_LENGTH
    assert f" {quoted} " in f" {whole} "
    assert ("Acme" in quoted) is ("Acme" in whole)
