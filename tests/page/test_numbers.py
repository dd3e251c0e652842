"""Numbers and dates as they are without a script to put them into the reader's locale."""

import pytest

from report_shares.page import glossary, numbers


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (numbers.percent(43.75), '<data value="43.75">43.8\u202f%</data>'),
        (numbers.decimal(2.0), '<data value="2.0">2.0</data>'),
        (numbers.count(1234567), '<data value="1234567">1\u202f234\u202f567</data>'),
        (numbers.interval([43.14, 55.0]), '<data value="43.14">43.1</data> to <data value="55.0">55.0\u202f%</data>'),
        (numbers.shift(55.8, 49.0), '<data value="55.8">55.8</data>\u202f→\u202f<data value="49.0">49.0\u202f%</data>'),
        (numbers.p_value(0.0004), '<data value="0.0004" data-digits="4">0.0004</data>'),
        (numbers.p_value(0.0), 'less than <data value="0.0001" data-digits="4">0.0001</data>'),
        (numbers.p_value(1.0), '<data value="1.0" data-digits="4">1.0000</data>'),
        (numbers.p_value(0.05, 2), '<data value="0.05" data-digits="2">0.05</data>'),
        (numbers.signed(-2.5), '<data value="-2.5" data-signed>\u22122.5</data>'),
        (numbers.signed(0.0), '<data value="0.0" data-signed>0.0</data>'),
        (numbers.whole_signed(1200), '<data value="1200" data-signed="whole">+1\u202f200</data>'),
        (numbers.day("2026-04-20T15:23:04.512Z"), '<time datetime="2026-04-20T15:23:04.512Z">2026-04-20</time>'),
    ],
)
def test_a_value_is_shown_with_the_plain_value_beside_it(shown: str, text: str) -> None:
    assert shown == text


@pytest.mark.parametrize(
    "absent", [numbers.percent(None), numbers.decimal(None), numbers.count(None), numbers.interval(None)]
)
def test_what_is_not_known_is_a_dash_that_is_read_as_no_data(absent: str) -> None:
    assert absent == '<span class="none">\u2013<span class="unseen"> no data</span></span>'


def test_a_hostile_timestamp_stays_text() -> None:
    assert "<b>" not in numbers.day('"><b>2026-04-20')


def test_an_unknown_platform_is_called_what_the_data_call_it() -> None:
    assert glossary.platform("chatgpt") == "ChatGPT"
    assert glossary.platform("brand_new_ai") == "brand_new_ai"
