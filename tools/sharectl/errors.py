"""Why a command could not do what it was asked to do."""

import sys
from collections.abc import Callable, Iterable, Iterator
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


def parse_each[A, T](arguments: Iterable[tuple[str, A]], parse: Callable[[A], T]) -> list[T]:
    """The arguments, each given with its name for messages, parsed.

    Raises ``InvalidInput`` with every ``ValueError`` and ``OSError`` that ``parse`` raised.
    """
    values: list[T] = []
    faults: list[Fault] = []
    for name, argument in arguments:
        try:
            values.append(parse(argument))
        except ValueError as error:
            faults.append(Fault(name, str(error)))
        except OSError as error:
            faults.append(Fault(name, error.strerror or "cannot be read"))
    if faults:
        raise InvalidInput(faults)
    return values


def numbered(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The arguments, each with a name that does not repeat it: it may be a key."""
    return ((f"argument {position}", argument) for position, argument in enumerate(arguments, 1))


def secrets_given(arguments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The same, with the lines of standard input in the place of ``-``; raises ``InvalidInput`` where it has none.

    An argument is seen by whoever lists processes, and stays in the shell's history.
    """
    for name, argument in numbered(arguments):
        if argument != "-":
            yield name, argument
            continue
        # Whoever types it ends it with the line.
        given = sys.stdin.buffer.readline() if sys.stdin.isatty() else sys.stdin.buffer.read()
        lines = enumerate(given.decode("utf-8-sig", "replace").splitlines(), 1)
        found = [(f"line {number}", line.strip()) for number, line in lines if line.strip()]
        if not found:
            raise InvalidInput([Fault(name, "there is nothing on standard input")])
        yield from found
