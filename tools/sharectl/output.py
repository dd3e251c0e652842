"""What the commands print: the result on stdout, as text or as one JSON document; everything else on stderr.

All of it passes ``terminal.py`` here, so that no command has to think of what a text may hold.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeElapsedColumn
from rich.text import Text

from report_shares.refusals import ServiceUnavailable
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.terminal import printable, printable_json, without_secrets

FAILED = 1
INVALID = 2


class Output:
    """What a command has to say: its result, and what is wrong.

    The result is ``document`` for a program (``--json``) and ``lines`` for a person. A command adds to it as it goes
    along, so that what was done is told even if the rest fails.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.document: dict[str, Any] = {}
        self.lines: list[str] = []
        self.faults: list[Fault] = []
        """With any of them the command has failed."""
        self._as_json = as_json
        self._messages = Console(stderr=True, highlight=False, soft_wrap=True)

    def result(self, document: dict[str, Any], *lines: str) -> None:
        """Add to the result."""
        self.document |= document
        self.lines += lines

    def entry(self, section: str, entry: object, *lines: str) -> None:
        """Add an entry to a list of the document."""
        self.document.setdefault(section, []).append(entry)
        self.lines += lines

    def note(self, message: str) -> None:
        """Something worth knowing that is not part of the result."""
        self._messages.print(_one_line(f"sharectl: {message}"))

    def confirmed(self, question: str) -> bool:
        """Whether someone at a terminal says yes. Raises ``InvalidInput`` where there is no terminal."""
        if not sys.stdin.isatty():
            raise InvalidInput([Fault("", "nothing was done: nobody can be asked here, so it takes --yes")])
        try:
            return self._messages.input(_one_line(f"sharectl: {question} [y/N] ")).strip().lower() in {"y", "yes"}
        except EOFError:
            return False

    def progress(self) -> Progress:
        """A progress bar; drawn only on a terminal."""
        return Progress(
            _Description(),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._messages,
            disable=not self._messages.is_terminal,
            transient=True,
        )

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Print what the command adds, however it ends; an expected error is one clear sentence and an exit code."""
        code = FAILED
        try:
            yield
        except InvalidInput as error:
            self.document, self.faults, code = {}, error.faults, INVALID
        except SharectlError as error:
            self.faults.append(Fault("", str(error)))
        except ServiceUnavailable as error:
            self.faults.append(Fault("", f"AWS does not answer: {error.cause}"))
        except ClientError as error:
            self.faults.append(Fault("", _sentence(error)))
        except BotoCoreError as error:
            self.faults.append(Fault("", f"AWS cannot be reached as configured: {error}"))
        finally:
            self._print()
        if self.faults:
            raise typer.Exit(code)

    def _print(self) -> None:
        if not self._as_json:
            for line in self.lines:
                typer.echo(printable(line))
        for fault in self.faults:
            self.note(str(fault))
        errors = {"errors": [asdict(_without_secrets(fault)) for fault in self.faults]} if self.faults else {}
        if self._as_json and (document := errors | self.document):
            typer.echo(printable_json(document))


class _Description(ProgressColumn):
    def render(self, task: Task) -> Text:
        return _one_line(task.description)


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, its cells one below the other."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    padded = ([cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)] for row in cells)
    return ["  ".join(row).rstrip() for row in padded]


def _one_line(message: str) -> Text:
    """A message as it may be shown: none needs the keys and tokens that it might repeat."""
    return Text(printable(without_secrets(message)))


def _without_secrets(fault: Fault) -> Fault:
    return Fault(without_secrets(fault.path), without_secrets(fault.message))


def _sentence(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message = details.get("Code", "unknown error"), details.get("Message", "")
    return f"AWS refused {error.operation_name}: {code}{f', {message}' if message else ''}"
