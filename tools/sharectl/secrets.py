"""The secrets that tokens are derived with: a new one beside the old, the switch, and the end of the old."""

import json
from secrets import token_urlsafe
from typing import Any

from sharectl.errors import SharectlError
from sharectl.stack import Stack

_BYTES = 48
_MOST = 255  # a token has one byte for the id


def ids(stack: Stack) -> tuple[str, list[str]]:
    """The current id and all ids, in their order; never a secret."""
    document = _read(stack)
    return document["current"], sorted((name for name in document if name != "current"), key=int)


def add(stack: Stack) -> str:
    """Put a new secret beside the others, not in use yet; its id."""
    document = _read(stack)
    new = str(max(int(name) for name in document if name != "current") + 1)
    if int(new) > _MOST:
        raise SharectlError(f"there can be no id above {_MOST}: drop one and use its number by hand")
    _write(stack, document | {new: token_urlsafe(_BYTES)})
    return new


def use(stack: Stack, key_id: str) -> None:
    """Derive the tokens of new and rotated shares with this secret from now on; existing links keep theirs."""
    document = _read(stack)
    _must_have(document, key_id)
    _write(stack, document | {"current": key_id})


def drop(stack: Stack, key_id: str) -> None:
    """Remove a secret that is not in use: every link derived with it is dead."""
    document = _read(stack)
    _must_have(document, key_id)
    if document["current"] == key_id:
        raise SharectlError(f"secret {key_id} is in use: `sharectl secrets use` another one first")
    _write(stack, {name: value for name, value in document.items() if name != key_id})


def _must_have(document: dict[str, Any], key_id: str) -> None:
    if key_id == "current" or key_id not in document:
        raise SharectlError(f"there is no secret {key_id}; there are {', '.join(sorted(set(document) - {'current'}))}")


def _read(stack: Stack) -> dict[str, Any]:
    text = stack.secretsmanager.get_secret_value(SecretId=stack.token_secret)["SecretString"]
    document: dict[str, Any] = json.loads(text)
    return document


def _write(stack: Stack, document: dict[str, Any]) -> None:
    stack.secretsmanager.put_secret_value(SecretId=stack.token_secret, SecretString=json.dumps(document))
