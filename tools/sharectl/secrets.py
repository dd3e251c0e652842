"""`sharectl secrets`: the secrets that tokens are derived with.

Replacing one takes three steps: a new one is added beside the old, the service is told to use it, the old is dropped.
"""

import json
from secrets import token_urlsafe
from typing import Annotated, Any

import typer

from sharectl.command import Command, Context
from sharectl.errors import SharectlError
from sharectl.stack import Stack

_BYTES = 48
_MAX_ID = 255  # a token has one byte for the id

app = typer.Typer(
    name="secrets", no_args_is_help=True, help="The secrets that links are derived with; none is ever shown."
)

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The number of a secret, as `secrets list` shows it.")]


@app.command("list", cls=Command)
def list_ids(ctx: Context) -> None:
    """The numbers of the secrets, and which one new links are derived with."""
    document = _read(ctx.stack)
    ids, current = sorted(_ids(document), key=int), document["current"]
    lines = [f"{key_id}{'  in use' if key_id == current else ''}" for key_id in ids]
    ctx.output.result({"current": current, "ids": ids}, *lines)


@app.command(cls=Command)
def add(ctx: Context) -> None:
    """Put a new secret beside the others and print its number; it is not in use yet."""
    document = _read(ctx.stack)
    key_id = max(map(int, _ids(document))) + 1
    if key_id > _MAX_ID:
        raise SharectlError(f"there can be no id above {_MAX_ID}: drop one and use its number by hand")
    _write(ctx.stack, document | {str(key_id): token_urlsafe(_BYTES)})
    ctx.output.result({"id": str(key_id)}, str(key_id))


@app.command(cls=Command)
def use(ctx: Context, key_id: KeyId) -> None:
    """Derive new links with this secret; those that are out there keep theirs and stay open."""
    document = _read(ctx.stack)
    _check_id(document, key_id)
    _write(ctx.stack, document | {"current": key_id})
    ctx.output.result({"current": key_id}, f"in use  {key_id}")


@app.command(cls=Command)
def drop(ctx: Context, key_id: KeyId) -> None:
    """Remove a secret that is not in use: every link derived with it is dead within five minutes.

    Functions that cannot reach Secrets Manager meanwhile remember the secret for up to an hour.
    """
    document = _read(ctx.stack)
    _check_id(document, key_id)
    if document["current"] == key_id:
        raise SharectlError(f"secret {key_id} is in use: `sharectl secrets use` another one first")
    _write(ctx.stack, {name: value for name, value in document.items() if name != key_id})
    ctx.output.result({"dropped": key_id}, f"dropped  {key_id}")


def _ids(document: dict[str, Any]) -> set[str]:
    return document.keys() - {"current"}


def _check_id(document: dict[str, Any], key_id: str) -> None:
    if key_id not in _ids(document):
        raise SharectlError(f"there is no secret {key_id}; there are {', '.join(sorted(_ids(document)))}")


def _read(stack: Stack) -> dict[str, Any]:
    text = stack.secretsmanager.get_secret_value(SecretId=stack.token_secret)["SecretString"]
    document: dict[str, Any] = json.loads(text)
    return document


def _write(stack: Stack, document: dict[str, Any]) -> None:
    stack.secretsmanager.put_secret_value(SecretId=stack.token_secret, SecretString=json.dumps(document))
