"""What of a text that strangers chose is shown."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.text import (
    clean_text,
    cut,
    decode_entities,
    escaped,
    first_hidden,
    has_invisible,
    trimmed,
    visible,
    without_control,
    without_hidden,
    without_invisible,
)

# https://www.unicode.org/Public/15.1.0/ucd/PropList.txt, Prepended_Concatenation_Mark: seen, though of category Cf.
SIGNS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# https://www.unicode.org/Public/15.1.0/ucd/DerivedCoreProperties.txt, Default_Ignorable_Code_Point.
IGNORABLE = re.compile(
    "[\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


@pytest.mark.parametrize("beside", ["a", "न", "ن", "👩"])
def test_of_all_characters_that_format_or_are_ignored_only_signs_and_shaping_joiners_pass(beside: str) -> None:
    every = map(chr, range(0x110000))
    formats = [
        character for character in every if unicodedata.category(character) == "Cf" or IGNORABLE.match(character)
    ]
    texts = {character: f"{beside}{character}{beside}" for character in formats}

    kept = {character for character, text in texts.items() if clean_text(text, 9) == text}
    taken = {character for character, text in texts.items() if not first_hidden(text)}
    not_invisible = {character for character, text in texts.items() if not has_invisible(text)}

    joiners = {"a": set(), "👩": {"\u200d"}}.get(beside, {"\u200c", "\u200d"})
    style = {"\ufe0e", "\ufe0f"} if beside == "👩" else set()
    assert (kept, taken, not_invisible) == (SIGNS | joiners, SIGNS | joiners | style, SIGNS)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Best \ud83d", "Best \ufffd"),
        ("a\x00b\x1b[31mc\x07", "ab[31mc"),
        ("one\r\n\ttwo\u2028three\x85four", "one two three four"),
        ("\u202eevil\u2066 text\u061c", "evil text"),
        ("\ufeff\u200bAcme\u2060 \u00adCoffee\u180e", "Acme Coffee"),
        ("\u3164\uffa0\u115f\u2800", ""),
        ("flag\U000e0067\U000e007f", "flag"),
        ("नमस्\u200dते", "नमस्\u200dते"),
        ("👩\u200d💻 and a\u200db", "👩\u200d💻 and ab"),
        ("❤\ufe0f\u200d🔥", "❤\u200d🔥"),
        ("نمی\u200cخواهم", "نمی\u200cخواهم"),
        ("Ꭰ\u200dꭰ ש\u200dש ก\u200cก 𝐀\u200d𝐀", "Ꭰꭰ שש กก 𝐀𝐀"),
        ("न\u200d👩 👩\u200c👩", "न👩 👩👩"),
        ("a\U0001fffe\U0001ffff\U0010ffff\ufdd0b", "ab"),
        ("XL\u200b \u200dX\u200dX", "XL XX"),
        ("\U0001d159", ""),
        ("𓀀\U00013441𓀀\U00013442", "𓀀 𓀀"),
        ("Café – “x”", "Café – “x”"),
    ],
)
def test_what_cannot_be_seen_is_not_shown(written: str, shown: str) -> None:
    assert clean_text(written, 1_000) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x" * 1_001, "x" * 10),
        ("123456789 abc", "123456789"),
        ("123456789e\u0301\u0302", "123456789"),
        ("1234567890XYZ", "1234567890"),
        ("123456789👩\u200d💻", "123456789"),
        ("12345678👩\u200d💻", "12345678"),
        ("123456789👩🏽", "123456789"),
        ("ae" + "\u0316" * 100, "a"),
        ("e" + "\u0316" * 100, "e" + "\u0316" * 9),
        ("क" + "\u094d" * 8 + "\u200d" + "\u094d" * 90, "क" + "\u094d" * 8),
    ],
)
def test_a_long_text_is_cut_between_what_readers_see_as_characters(written: str, shown: str) -> None:
    assert clean_text(written, 10) == shown
    assert cut(written, 10) == shown


@given(
    st.text(st.sampled_from("aé\u0301\u200d\u200b\u0915👩💻\ufe0f\u2800 \n\u1680\ud800\x07"), max_size=40),
    st.integers(1, 30),
)
def test_a_clean_text_stays_as_it_is(text: str, length: int) -> None:
    clean = clean_text(text, length)
    assert clean_text(clean, length) == clean
    assert len(clean) <= length


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("a &amp;lt; b", "a < b"),
        ("&&#97;mp;", "&"),
        ("&#38;#38;#x26;x", "&x"),
        ("&lt&#59;", "<"),
        ("amp; &lt;", "amp; <"),
        ("x&lt;y &unknown; z", "x<y &unknown; z"),
        ("&#0;&#x0;", "\ufffd\ufffd"),
        ("&#1048576;", "\U00100000"),
        ("&copy 2026 &unknown; &; &#; &#x;", "&copy 2026 &unknown; &; &#; &#x;"),
        ("&#" + "0" * 5_000 + "38;", "&"),
        ("&#99999999999;", "\ufffd"),
        ("&CounterClockwiseContourIntegral;", "∳"),
    ],
)
def test_entities_are_decoded_until_nothing_changes(text: str, decoded: str) -> None:
    assert decode_entities(text) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "Acme",
        "नमस्\u200dते",
        "نمی\u200cخواهم",
        "👩\u200d💻",
        "❤\ufe0f\u200d🔥",
        "☎\ufe0e",
        "1\ufe0f\u20e3",
        "a\u2800b",
        "\ufffd",
        "XL",
    ],
)
def test_a_text_passes_as_it_is_where_all_of_it_is_seen(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Ac\u200bme", "U+200B"),
        ("a\u200db\u200b", "U+200D"),
        ("Acme\ufe0f", "U+FE0F"),
        ("❤\ufe0f\ufe0f", "U+FE0F"),
        ("❤X\u200d❤", "U+200D"),
        ("\u202eAcme", "U+202E"),
        ("Acme\U000e0041", "U+E0041"),
        ("Ac\nme", "U+000A"),
        ("Ac\x9bme", "U+009B"),
        ("Acme\u3164", "U+3164"),
    ],
)
def test_a_refusal_names_the_first_character_that_is_not_seen(text: str, hidden: str) -> None:
    with pytest.raises(ValueError, match=re.escape(hidden)):
        visible(text)


@pytest.mark.parametrize(
    "text", ["", " ", "\u3164", "\u2800\u200b", "\u115f\u1160", "\ufe0f", "\xa0\u200e", "\U00013441"]
)
def test_what_consists_of_nothing_seen_is_blank(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must not be blank$"):
        visible(text)


@given(st.text(st.sampled_from("aé\u0301\u200c\u200d\u200bنक👩❤\ufe0f\u2800 \n\x07\U000e0061"), max_size=12))
def test_what_passes_here_is_what_a_run_files_text_keeps(text: str) -> None:
    """But for the style of emoji, and for blanks that become spaces."""
    kept = without_hidden(text)

    assert first_hidden(kept.replace("\n", "")) == ""
    if not first_hidden(text):
        assert kept == text.replace("\ufe0f", "").replace("\u2800", " ")
    assert has_invisible(text) or not first_hidden(text.replace("\n", ""))


@pytest.mark.parametrize(
    ("written", "kept"),
    [("Ac\x07me", "Acme"), ("\u202eAc\u2066m\u061ce\ud83d\n", "Acme\ufffd"), ("Café\u200b XL", "Café\u200b XL")],
)
def test_without_control_characters_the_rest_of_a_text_stays(written: str, kept: str) -> None:
    assert without_control(written) == kept


def test_texts_are_compared_without_what_is_not_seen() -> None:
    assert without_invisible("Ac\u200bm\u200de\u202e\x07 XL") == "Acme XL"


@pytest.mark.parametrize(
    ("written", "trim"),
    [
        (" Ac me ", "Ac me"),
        ("\x07Acme\n", "Acme"),
        ("\ufeff\u200b Ac\u200bmé\u2028\xad\x9b", "Ac\u200bmé"),
        ("\xa0é ", "é"),
    ],
)
def test_what_copying_leaves_at_the_ends_of_a_text_is_no_part_of_it(written: str, trim: str) -> None:
    assert trimmed(written) == trim


def test_a_pattern_shows_by_their_numbers_what_of_its_characters_cannot_be_seen() -> None:
    assert escaped("[X\x07é\u200b\uffff\U000e0001]") == "[X\\u0007\\u00e9\\u200b\\uffff\U000e0001]"
