"""Numbers and dates as the page shows them where no script puts them into the reader's locale.

Digits are grouped by a narrow space as in ISO 80000-1, and dates are ISO 8601. Each stands in an HTML element whose
attribute carries the plain value, which is what the script and assistive technology read.
"""

from markupsafe import Markup

_SPACE = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_ABSENT = Markup('<span class="none">\N{EN DASH}<span class="unseen"> no data</span></span>')


def percent(value: float | None) -> Markup:
    """A percentage with one decimal; None is a dash."""
    return _ABSENT if value is None else _data(value, f"{value:.1f}{_SPACE}%")


def decimal(value: float | None) -> Markup:
    """A number with one decimal; None is a dash."""
    return _ABSENT if value is None else _data(value, f"{value:.1f}")


def count(value: int | None) -> Markup:
    """A whole number in groups of three; None is a dash."""
    return _ABSENT if value is None else _data(value, grouped(value))


def signed(value: float) -> Markup:
    """A difference with one decimal and its sign."""
    sign = "+" if value > 0 else _MINUS if value < 0 else ""
    return Markup('<data value="{}" data-signed>{}{:.1f}</data>').format(value, sign, abs(value))


def whole_signed(value: float) -> Markup:
    """A difference of counts with its sign."""
    sign = "+" if value > 0 else _MINUS if value < 0 else ""
    return Markup('<data value="{}" data-signed="whole">{}{}</data>').format(int(value), sign, grouped(int(abs(value))))


def day(moment: str) -> Markup:
    """The date of a timestamp of the API, ``2026-04-20T15:23:04.512Z``, in UTC."""
    return Markup('<time datetime="{}">{}</time>').format(moment, moment[:10])


def grouped(value: int) -> str:
    return f"{value:,}".replace(",", _SPACE)


def plain_percent(value: float | None) -> str:
    """A percentage for an attribute or a description."""
    return "no data" if value is None else f"{value:.1f} %"


def _data(value: float, text: str) -> Markup:
    return Markup('<data value="{}">{}</data>').format(value, text)
