"""Numbers and dates as they are without a script to put them into the reader's locale."""

from collections.abc import Callable, Sequence

import pytest

from report_shares.page import glossary, numbers

NOON = "2026-04-20T15:23:04.512Z"


@pytest.mark.parametrize(
    ("shown", "values", "text"),
    [
        (numbers.percent, [43.75], '<data value="43.75">43.8\u202f%</data>'),
        (numbers.decimal, [2.0], '<data value="2.0">2.0</data>'),
        (numbers.decimal, [2], '<data value="2">2.0</data>'),
        (numbers.count, [1234567], '<data value="1234567">1\u202f234\u202f567</data>'),
        (numbers.interval, [[43.14, 55.0]], '<data value="43.14">43.1</data> to <data value="55.0">55.0\u202f%</data>'),
        (
            numbers.shift,
            [55.8, 49.0],
            '<data value="55.8">55.8</data>\u202f→\u202f<data value="49.0">49.0\u202f%</data>',
        ),
        (numbers.p_value, [0.0004], '<data value="0.0004" data-digits="4">0.0004</data>'),
        (numbers.p_value, [0.0001], '<data value="0.0001" data-digits="4">0.0001</data>'),
        (numbers.p_value, [0.0], 'less than <data value="0.0001" data-digits="4">0.0001</data>'),
        (numbers.p_value, [1.0], '<data value="1.0" data-digits="4">1.0000</data>'),
        (numbers.p_value, [0.05, 2], '<data value="0.05" data-digits="2">0.05</data>'),
        (numbers.signed, [-2.5], '<data value="-2.5" data-signed>\u22122.5</data>'),
        (numbers.signed, [0.0], '<data value="0.0" data-signed>0.0</data>'),
        (numbers.signed, [0.1], '<data value="0.1" data-signed>+0.1</data>'),
        (numbers.whole_signed, [1200], '<data value="1200" data-signed="whole">+1\u202f200</data>'),
        (numbers.whole_signed, [-1200], '<data value="-1200" data-signed="whole">\u22121\u202f200</data>'),
        (numbers.day, [NOON], f'<time datetime="{NOON}">2026-04-20</time>'),
        (numbers.minute, [NOON], f'<time datetime="{NOON}">2026-04-20 15:23</time>'),
        (numbers.percent_cells, [[4.0]], '<td class="n"><data value="4.0">4.0\u202f%</data></td>'),
    ],
)
def test_a_value_is_shown_with_the_plain_value_beside_it(
    shown: Callable[..., str], values: Sequence[object], text: str
) -> None:
    assert shown(*values) == text


@pytest.mark.parametrize("shown", [numbers.percent, numbers.decimal, numbers.count, numbers.interval])
def test_what_is_not_known_is_a_dash_that_is_read_as_no_data(shown: Callable[[None], str]) -> None:
    assert shown(None) == '<span class="none">\u2013<span class="unseen"> no data</span></span>'


def test_in_an_attribute_a_percentage_is_plain_text() -> None:
    assert [numbers.plain_percent(value) for value in (4.25, None)] == ["4.2\u202f%", "no data"]


def test_a_hostile_timestamp_stays_text() -> None:
    assert "<b>" not in numbers.day('"><b>2026-04-20')


def test_an_unknown_platform_is_called_what_the_data_call_it() -> None:
    assert glossary.platform("chatgpt") == "ChatGPT"
    assert glossary.platform("brand_new_ai") == "brand_new_ai"


def test_the_glossary_explains_the_measures_in_these_words() -> None:
    brands, businesses = (f"{owner}\N{RIGHT SINGLE QUOTATION MARK}s" for owner in ("brand", "business"))

    assert glossary.DEFAULT_TITLE == "AI visibility report"
    assert {
        "visibility_score": (
            "How often the brand is named: its share of all AI answers. "
            "Every prompt on every platform in every region counts as one answer."
        ),
        "citation_share": (
            f"How often the {brands} own website is the source: its share of all pages that the answers cite. "
            "Being named and being cited are two things; this is not the visibility score."
        ),
        "avg_rank": (
            f"The {brands} place among the businesses in the answers that name it. "
            "First place is 1, so lower is better."
        ),
        "appearances_count": "Answers that name the brand, out of all answers.",
        "citations_count": "Links that the answers give as their sources, of any website.",
        "visibility_interval": (
            "The interval says where the underlying rate lies for these prompts, platforms, regions and dates, "
            "at 95 % confidence if answers are independent of each other. It is not a range for the next run."
        ),
        "share_of_voice": f"a {businesses} part of all mentions of businesses, in all answers.",
    } == glossary.DEFINITIONS
