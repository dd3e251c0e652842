"""Numbers and dates as the page shows them where no script puts them into the reader's locale.

Digits are grouped by a narrow space as in ISO 80000-1, and dates are ISO 8601. Each stands in an HTML element whose
attribute carries the plain value, which is what the script and assistive technology read.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from report_shares.numerals import count_text, percent_text

_SPACE = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
# A page has a thousand numbers, most of them seen before; 1 and 1.0 are two.
_remembered = lru_cache(4096, typed=True)
_ABSENT = Markup('<span class="none">\N{EN DASH}<span class="unseen"> no data</span></span>')


@_remembered
def percent(value: float | None) -> Markup:
    """A percentage with one decimal; None is a dash."""
    return _ABSENT if value is None else _data(value, percent_text(value))


def percent_cells(values: Iterable[float | None]) -> Markup:
    """Percentages as the cells of a table's row: put together here, since a large table has hundreds."""
    return _joined(*(f'<td class="n">{percent(value)}</td>' for value in values))


def interval(ends: Sequence[float] | None) -> Markup:
    """Both ends of an interval of percentages, ``43.1 to 55.0 %``; None is a dash."""
    return _ABSENT if ends is None else _joined(decimal(ends[0]), " to ", percent(ends[1]))


def shift(before: float, now: float) -> Markup:
    """A percentage and what became of it: ``55.8 → 49.0 %``."""
    return _joined(decimal(before), f"{_SPACE}\N{RIGHTWARDS ARROW}{_SPACE}", percent(now))


def p_value(value: float, digits: int = 4) -> Markup:
    """A probability; what would be nought with so many decimals is less than their last."""
    least = 10**-digits
    shown = _data(max(value, least), f"{max(value, least):.{digits}f}", f' data-digits="{digits}"')
    return _joined("less than ", shown) if value < least else shown


@_remembered
def decimal(value: float | None) -> Markup:
    """A number with one decimal; None is a dash."""
    return _ABSENT if value is None else _data(value, f"{value:.1f}")


@_remembered
def count(value: int | None) -> Markup:
    """A whole number in groups of three; None is a dash."""
    return _ABSENT if value is None else _data(value, count_text(value))


def signed(value: float) -> Markup:
    """A difference with one decimal and its sign."""
    return _data(value, f"{_sign(value)}{abs(value):.1f}", " data-signed")


def whole_signed(value: int) -> Markup:
    """A difference of counts with its sign."""
    return _data(value, f"{_sign(value)}{count_text(abs(value))}", ' data-signed="whole"')


def day(moment: str) -> Markup:
    """The date of a timestamp of the API, ``2026-04-20T15:23:04.512Z``, in UTC."""
    return _time(moment, moment[:10])


def minute(moment: str) -> Markup:
    """The date and the time of a timestamp of the API, to the minute, in UTC."""
    return _time(moment, f"{moment[:10]} {moment[11:16]}")


def plain_percent(value: float | None) -> str:
    """A percentage for an attribute or a description."""
    return "no data" if value is None else percent_text(value)


def _sign(value: float) -> str:
    return "+" if value > 0 else _MINUS if value < 0 else ""


def _joined(*parts: str) -> Markup:
    """Numbers of this module and words of ours, which have nothing to escape."""
    return Markup("".join(parts))  # noqa: S704


def _data(value: float, text: str, attributes: str = "") -> Markup:
    """Put together unescaped: a page has a thousand of them, and a number has nothing to escape."""
    return Markup(f'<data value="{value}"{attributes}>{text}</data>')  # noqa: S704


@_remembered
def _time(moment: str, text: str) -> Markup:
    return Markup(f'<time datetime="{escape(moment)}">{escape(text)}</time>')  # noqa: S704
