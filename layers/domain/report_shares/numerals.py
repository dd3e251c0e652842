"""Numbers as text where no script puts them into the reader's locale: one spelling for page, summary and files."""

_SPACE = "\N{NARROW NO-BREAK SPACE}"


def percent_text(value: float) -> str:
    """A percentage with one decimal."""
    return f"{value:.1f}{_SPACE}%"


def count_text(value: int) -> str:
    """A whole number in groups of three, parted by a narrow space as in ISO 80000-1."""
    return f"{value:,}".replace(",", _SPACE)
