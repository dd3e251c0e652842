"""What the commands print: the result on stdout, as text or as one JSON document; everything else on stderr."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from report_shares.refusals import ServiceUnavailable
from sharectl.errors import Fault, InvalidInput, SharectlError

FAILED = 1
INVALID = 2


class Output:
    """Prints for a person or, with ``--json``, for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._done: dict[str, Any] = {}
        self._messages = Console(stderr=True, highlight=False, soft_wrap=True)

    def result(self, document: dict[str, Any], lines: list[str], faults: Sequence[Fault] = ()) -> None:
        """The result: the document for a program, the lines for a person. With faults the command has failed."""
        if faults:
            self.done_before_failing(document, lines)
            self.fail(faults, FAILED)
        elif self.as_json:
            typer.echo(json.dumps(document, ensure_ascii=False))
        else:
            for line in lines:
                typer.echo(line)

    def done_before_failing(self, document: dict[str, Any], lines: list[str]) -> None:
        """What was done although the command fails; with ``--json`` it is part of the document that ``fail`` prints."""
        if self.as_json:
            self._done = document
        else:
            self.result(document, lines)

    def note(self, message: str) -> None:
        """Something worth knowing that is not part of the result."""
        self._messages.print(message, markup=False)

    def progress(self) -> Progress:
        """A progress bar; drawn only on a terminal."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._messages,
            disable=not self._messages.is_terminal,
            transient=True,
        )

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Turn an expected error into one clear sentence and an exit code."""
        try:
            yield
        except InvalidInput as error:
            self.fail(error.faults, INVALID)
        except SharectlError as error:
            self.fail([Fault("", str(error))], FAILED)
        except ServiceUnavailable as error:
            self.fail([Fault("", f"AWS does not answer: {error.cause}")], FAILED)
        except ClientError as error:
            self.fail([Fault("", _sentence(error))], FAILED)
        except BotoCoreError as error:
            self.fail([Fault("", f"AWS cannot be reached as configured: {error}")], FAILED)

    def fail(self, faults: Sequence[Fault], code: int) -> NoReturn:
        """Say what is wrong and exit with the code."""
        for fault in faults:
            self._messages.print(f"sharectl: {fault}", markup=False)
        if self.as_json:
            errors = [{"path": fault.path, "message": fault.message} for fault in faults]
            typer.echo(json.dumps({"errors": errors} | self._done, ensure_ascii=False))
        raise typer.Exit(code)


def _sentence(error: ClientError) -> str:
    details = error.response.get("Error", {})
    code, message = details.get("Code", "unknown error"), details.get("Message", "")
    return f"AWS refused {error.operation_name}: {code}{f', {message}' if message else ''}"
