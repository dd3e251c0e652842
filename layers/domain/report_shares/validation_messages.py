"""What pydantic finds wrong, as people read it."""

from collections.abc import Iterable


def path_of(location: Iterable[int | str]) -> str:
    """A location as people write it: ``regions[0].answers[1].rank``; empty for the whole."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


def message_of(message: str) -> str:
    """A message without what pydantic puts before those of our own checks."""
    return message.removeprefix("Value error, ")
