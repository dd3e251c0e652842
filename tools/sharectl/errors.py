"""Why a command could not do what it was asked to do."""

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
