"""The token in an address: what may stand around it, how it may be encoded, and what is no link of ours."""

import re
from hashlib import sha256
from time import perf_counter
from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.rules.links import MAX_ADDRESS_LENGTH, token_in, way_back
from report_shares.rules.tokens import TokenSecrets, mint
from report_shares.text import has_invisible

# The same in each process: a token is in the names of tests.
SECRETS = TokenSecrets(1, {key_id: sha256(bytes([key_id])).digest() for key_id in (1, 255)})
TOKEN = mint(SECRETS, UUID(int=7), 1)

tokens = st.builds(lambda share, key_id: mint(SECRETS, share, key_id), st.uuids(), st.sampled_from([1, 255]))
# No dot or slash, which can make a path that leads up; no percent or ampersand, which may encode a letter.
left_behind = st.text(st.characters(codec="utf-8", exclude_characters="./%&?#\\"), max_size=20).filter(
    lambda text: not any(character.isalnum() for character in text)
)

SEEN_BEHIND = (
    ".", ",", ";", ":", "!", "?", ")", "]", ">", '"', "'", "`", "*", "_", "-", "/", "//", "...", ").", ">.", "|", "\\",
    "~", " ", "\t", "\n", "\r\n", "\x00", "\u2026", "\u201d", "\u2019", "\u00bb", "\u3002", "\uff09", "\uff0e",
    "\u060c", "\u00a0", "\u200b", "\u200e", "\u202c", "\u2060", "\ufeff", "\u00ad", "\ufe0f", "\N{WINKING FACE}",
    "&gt;", "&quot;", "&gt", "&quot", "&amp;gt;", "&#8203;", "&rdquo;", "?utm_source=mail", "#top", "&utm_source=mail",
    "&region=eu", "&timestamp=1", "&micro=1", "&ordf=2", "&amp;ethnic=3", "&copy", "&lt=1", "?section=a&para=2",
    "\N{MODIFIER LETTER APOSTROPHE}", "\N{MODIFIER LETTER TURNED COMMA}", "\N{MODIFIER LETTER DOUBLE PRIME}",
    "\N{HANGUL FILLER}", "\N{HANGUL JUNGSEONG FILLER}", "\N{HALFWIDTH HANGUL FILLER}", "\N{SUPERSCRIPT ONE}",
    "](https://reports.example/shared/x)", "</a>", "<br>", "<https://reports.example/x>", "|Report", "=20", "=3D",
    '"><b', "\\n", "\\u003e", " and more", "\u2019s", ", which", ") here",
)  # fmt: skip


@pytest.mark.parametrize("behind", SEEN_BEHIND, ids=ascii)
@pytest.mark.parametrize("times", range(4))
def test_what_is_left_behind_a_link_is_not_of_its_token(behind: str, times: int) -> None:
    for _ in range(times):
        behind = quote(behind, safe="")

    assert token_in(TOKEN + behind) == TOKEN


@given(tokens, left_behind, left_behind, st.integers(0, 3))
def test_around_a_token_may_stand_all_that_is_neither_letter_nor_digit(
    token: str, before: str, behind: str, times: int
) -> None:
    address = f"{before}{token}{behind}"
    for _ in range(times):
        address = quote(address, safe="")

    assert token_in(address) == token


seen_letters = st.characters(codec="utf-8", categories=["Lu", "Ll", "Lt", "Lo", "Nd", "Nl"])


@given(seen_letters.filter(lambda letter: not has_invisible(letter)), st.integers(0, 3))
def test_a_letter_or_digit_of_any_script_belongs_to_the_link(letter: str, times: int) -> None:
    encoded = letter
    for _ in range(times):
        encoded = quote(encoded, safe="")

    assert token_in(TOKEN + encoded) is None
    assert token_in(encoded + TOKEN) is None
    assert token_in(f"{encoded} {TOKEN}") is None
    for within in "./-_~;:@+$":
        assert token_in(TOKEN + within + encoded) is None
        assert token_in(f"{TOKEN}{within}.{encoded}") is None


@pytest.mark.parametrize("letter", ["x", "X", "\u01c5", "\u00aa", "\u3042", "7", "\u0667", "\u2167"], ids=ascii)
def test_a_letter_or_digit_of_each_sort_belongs_to_the_link(letter: str) -> None:
    assert [token_in(one) for one in (TOKEN + letter, letter + TOKEN, f"{TOKEN}.{letter}")] == [None] * 3


@pytest.mark.parametrize(
    "around", ["&lt;{}&gt;", "&LT;{}&GT;", "&lt{}&gt", "&#60;{}&#62;", "&#060{}.", "&#x3C;{}&#X3e;", "&#X3c_{}&#x3E"]
)
def test_a_token_is_found_between_entities(around: str) -> None:
    assert token_in(around.format(TOKEN)) == TOKEN


def test_an_entity_may_stand_for_a_character_of_the_token() -> None:
    assert token_in(f"&#x{ord(TOKEN[0]):x};{TOKEN[1:-1]}&#{ord(TOKEN[-1])};") == TOKEN


@pytest.mark.parametrize(
    "address",
    [
        "",
        ".",
        "/",
        TOKEN[:-1],
        TOKEN[:-1] + ".",
        f"{TOKEN}/pdf",
        f"{TOKEN}.html",
        f"{TOKEN};a=b",
        f"{TOKEN}:443",
        f"{TOKEN}%zz",
        f"<{TOKEN[:-1]}>",
        f"<{TOKEN}x>",
        f"{TOKEN}<{TOKEN}"[1:],
        TOKEN * 2,
        f"{TOKEN}/{TOKEN}",
    ],
)
def test_anything_else_holds_no_token(address: str) -> None:
    assert token_in(address) is None


@pytest.mark.parametrize("up", [".", "..", "%2e", "%2E%2e", ".%2e"])
@pytest.mark.parametrize("address", ["{token}/{up}", "{token}/{up}/", "{up}/{token}"])
def test_where_dots_lead_up_there_is_no_token(address: str, up: str) -> None:
    assert token_in(address.format(token=TOKEN, up=up)) is None


def test_a_token_has_one_spelling_here_too() -> None:
    other_spelling = TOKEN[:-1] + chr(ord(TOKEN[-1]) + 1)

    assert token_in(f"{other_spelling}.") is None


@pytest.mark.parametrize("unit", [".", "%2E", "%25" * 3, "&amp;", "&#", "-", "/", "&" * 9])
def test_a_long_address_costs_little_and_what_is_too_long_is_no_link(unit: str) -> None:
    address = (TOKEN + unit * MAX_ADDRESS_LENGTH)[:MAX_ADDRESS_LENGTH]

    started = perf_counter()
    token_in(address)

    assert perf_counter() - started < 0.1
    assert token_in(TOKEN + unit * MAX_ADDRESS_LENGTH) is None


def test_an_address_may_have_a_thousand_characters() -> None:
    assert token_in(TOKEN + "." * (1_000 - len(TOKEN))) == TOKEN
    assert token_in(TOKEN + "." * (1_001 - len(TOKEN))) is None


@given(tokens, left_behind, st.lists(st.just("/") | left_behind, max_size=4))
def test_the_way_back_leads_to_the_token_under_any_base(token: str, before: str, behind: list[str]) -> None:
    address = quote(f"{before}{token}{''.join(behind)}")
    for base in ("/shared/", "/prod/shared/", "/r/"):
        assert resolved(base + address, way_back(address, token)) == base + token


def resolved(path: str, reference: str) -> str:
    """As https://url.spec.whatwg.org has it; Python's own ``urljoin`` takes several slashes for one."""
    names = path.split("/")[:-1]
    for name in reference.split("/"):
        if name == "..":
            names.pop()
        else:
            names.append(name)
    return "/".join(names)


@given(tokens, st.text("/.", max_size=8))
def test_the_way_back_is_nothing_but_steps_up_and_the_token(token: str, behind: str) -> None:
    assert re.fullmatch(rf"(\.\./)*{token}", way_back(token + behind, token))


def test_an_encoded_slash_is_none_to_a_browser() -> None:
    assert way_back(f"{TOKEN}%2F", TOKEN) == TOKEN
    assert way_back(f"{TOKEN}/%2F/", TOKEN) == f"../../{TOKEN}"
