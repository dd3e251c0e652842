"""Why a command could not do what it was asked to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


class SharectlError(Exception):
    """Something failed; the message is one clear sentence. Exit code 1."""


@dataclass(frozen=True)
class Fault:
    """One fault of the input: where it is and what is wrong with it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidInput(SharectlError):
    """The input is refused; nothing has been written. Exit code 2."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def parse_each[T](arguments: Iterable[str], parse: Callable[[str], T]) -> list[T]:
    """The arguments, parsed. Raises ``InvalidInput`` with every ``ValueError`` that ``parse`` raised."""
    values: list[T] = []
    faults: list[Fault] = []
    for position, argument in enumerate(arguments, 1):
        try:
            values.append(parse(argument))
        except ValueError as error:
            faults.append(Fault(f"argument {position}", str(error)))
    if faults:
        raise InvalidInput(faults)
    return values
