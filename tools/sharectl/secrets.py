"""`sharectl secrets`: the secrets that tokens are derived with.

Replacing one takes three steps: a new one is added beside the old, the service is told to use it, the old is dropped.
"""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Annotated
from uuid import uuid4

import typer
from botocore.exceptions import BotoCoreError, ClientError

from report_shares.rules.token_secrets import (
    NoNumberLeft,
    SecretDocument,
    SecretInUse,
    SecretsUnchanged,
    parse_secrets,
)
from report_shares.store.token_secrets import CURRENT, current_version
from sharectl.command import Command, Context
from sharectl.errors import SharectlError
from sharectl.stack import Stack

_BYTES = 48
_PREVIOUS = "AWSPREVIOUS"
_ADVICE: dict[type[SecretsUnchanged], str] = {
    NoNumberLeft: '; the runbook says under "Replace the token secret" how to begin anew',
    SecretInUse: ": `sharectl secrets use` another one first",
}

app = typer.Typer(
    name="secrets", no_args_is_help=True, help="The secrets that links are derived with; none is ever shown."
)

KeyId = Annotated[str, typer.Argument(metavar="ID", help="The number of a secret, as `secrets list` shows it.")]


@app.command("list", cls=Command)
def list_ids(ctx: Context) -> None:
    """The numbers of the secrets, and which one new links are derived with."""
    secrets = read(ctx.stack).secrets
    lines = [f"{number}{'  in use' if number == secrets.current else ''}" for number in sorted(secrets.by_key_id)]
    document = {"current": str(secrets.current), "ids": [str(number) for number in sorted(secrets.by_key_id)]}
    ctx.output.result(document, *lines)


@app.command(cls=Command)
def add(ctx: Context) -> None:
    """Put a new secret beside the others and print its number; it is not in use yet. No number is given twice."""
    number = _change(ctx, lambda document: document.added(token_urlsafe(_BYTES))).last
    ctx.output.result({"id": str(number)}, str(number))


@app.command(cls=Command)
def use(ctx: Context, key_id: KeyId) -> None:
    """Derive new links with this secret; those that are out there keep theirs and stay open."""
    _change(ctx, lambda document: document.used(_number(key_id)))
    ctx.output.result({"current": key_id}, f"in use  {key_id}")


@app.command(cls=Command)
def drop(ctx: Context, key_id: KeyId) -> None:
    """Remove a secret that is not in use: every link derived with it is dead within five minutes.

    Functions that cannot reach Secrets Manager meanwhile remember the secret for up to an hour.
    """
    _change(ctx, lambda document: document.dropped(_number(key_id)))
    ctx.output.result({"dropped": key_id}, f"dropped  {key_id}")


def read(stack: Stack) -> SecretDocument:
    """The stack's secrets. Raises ``SharectlError`` where they are no document of the service's, without showing it."""
    document, _ = _read(stack)
    return document


def _read(stack: Stack) -> tuple[SecretDocument, str]:
    """The secrets, and which version of Secrets Manager's they are."""
    answer = current_version(stack.secretsmanager, stack.token_secret)
    try:
        return parse_secrets(answer["SecretString"]), answer["VersionId"]
    except ValueError as error:
        raise SharectlError(str(error)) from None


def _number(key_id: str) -> int:
    if not key_id.isascii() or not key_id.isdigit() or str(number := int(key_id)) != key_id:
        raise SharectlError("the number of a secret is one of those that `sharectl secrets list` shows")
    return number


def _change(ctx: Context, change: Callable[[SecretDocument], SecretDocument]) -> SecretDocument:
    """The secrets after the change; another operator's change of the same moment is never undone.

    Secrets Manager knows no condition on a put. But a label moves only from the version that it is said to be on
    (API_UpdateSecretVersionStage, RemoveFromVersionId): so the changed document is put under a label of its own, and
    becomes the current version only if the one that was read still is.
    """
    stack = ctx.stack
    document, seen = _read(stack)
    try:
        changed = change(document)
    except SecretsUnchanged as refusal:
        raise SharectlError(f"{refusal}{_ADVICE.get(type(refusal), '')}") from None
    label = f"sharectl-{uuid4()}"
    version_id = stack.secretsmanager.put_secret_value(
        SecretId=stack.token_secret, SecretString=changed.text(), VersionStages=[label]
    )["VersionId"]
    try:
        _make_current(stack, version_id, seen)
    finally:
        _take_off(ctx, label, version_id)
    return changed


def _make_current(stack: Stack, version_id: str, seen: str) -> None:
    try:
        stack.secretsmanager.update_secret_version_stage(
            SecretId=stack.token_secret,
            VersionStage=CURRENT,
            MoveToVersionId=version_id,
            RemoveFromVersionId=seen,
        )
    except ClientError:
        # Sent again after a lost answer it fails too: then the version is the current one, or has been.
        labels = stack.secretsmanager.describe_secret(SecretId=stack.token_secret)["VersionIdsToStages"]
        if {CURRENT, _PREVIOUS}.intersection(labels.get(version_id, ())):
            return
        if CURRENT in labels.get(seen, ()):
            raise
        raise SharectlError("the secrets were changed meanwhile; nothing was done, try again") from None


def _take_off(ctx: Context, label: str, version_id: str) -> None:
    """Secrets Manager deletes what was never current, in its own time, once it has no label."""
    stack = ctx.stack
    try:
        stack.secretsmanager.update_secret_version_stage(
            SecretId=stack.token_secret, VersionStage=label, RemoveFromVersionId=version_id
        )
    except (ClientError, BotoCoreError) as error:
        ctx.output.note(f"the label {label} stays on a version of the secret, where it does no harm: {error}")
