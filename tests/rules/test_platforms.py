"""Spellings of AI platforms."""

import pytest
from hypothesis import given

from report_shares.rules.platforms import platform_key, platform_name
from tests.rules import sameness
from tests.rules.test_names import hostile_names


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("chatgpt", "ChatGPT"),
        ("Chat GPT", "ChatGPT"),
        ("OpenAI-ChatGPT", "ChatGPT"),
        ("CHATGPT_SEARCH", "ChatGPT"),
        ("**ChatGPT**", "ChatGPT"),
        ("google_ai_overviews", "Google AI Overview"),
        ("AIO", "Google AI Overview"),
        ("AI Mode", "Google AI Mode"),
        ("Perplexity AI", "Perplexity"),
        ("le-chat", "Mistral"),
    ],
)
def test_a_known_product_has_one_name(spelling: str, name: str) -> None:
    assert platform_key(spelling) == platform_key(name) == sameness.platform(spelling)
    assert platform_name(platform_key(spelling), spelling) == name


def test_an_unknown_one_is_shown_as_it_was_seen_last() -> None:
    assert platform_key("new-engine") == platform_key("New Engine")
    assert platform_name(platform_key("new-engine"), " New\u200b Engine ") == "New Engine"


def test_products_are_told_apart() -> None:
    names = ["ChatGPT", "Google AI Overview", "Google AI Mode", "Gemini", "Claude", "Copilot", "New Engine", "-", "_"]
    assert len({platform_key(name) for name in names}) == len(names)


@given(hostile_names)
def test_the_key_of_a_key_is_that_key(text: str) -> None:
    assert platform_key(platform_key(text)) == platform_key(text)
