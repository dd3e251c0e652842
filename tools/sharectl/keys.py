"""`sharectl keys`: API keys minted, recognised in what an operator types, and revoked."""

import re
import secrets
from typing import Annotated

import typer

from report_shares.rules import access
from report_shares.rules.access import ApiKey
from report_shares.store import items
from report_shares.times import system_clock
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError, parse_each, secrets_given
from sharectl.stack import Stack

_DIGEST = re.compile(r"[0-9a-f]{64}")

app = typer.Typer(name="keys", no_args_is_help=True, help="API keys.")


def mint() -> str:
    """A new key; 256 random bits."""
    return f"rp_live_{secrets.token_urlsafe(32)}"


def revoke(stack: Stack, digest: str) -> ApiKey:
    """Revoke a key at once; returns it as it was before. Raises ``SharectlError`` if there is no such key."""
    try:
        answer = stack.dynamodb.update_item(
            TableName=stack.table,
            Key=items.api_key_key(digest),
            UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :now)",
            ExpressionAttributeValues={":now": items.number(system_clock())},
            ConditionExpression="attribute_exists(pk)",
            ReturnValues="ALL_OLD",
        )
    except stack.dynamodb.exceptions.ConditionalCheckFailedException:
        raise SharectlError(f"there is no key with the digest {digest[:12]}...") from None
    return items.api_key_from(answer["Attributes"])


@app.command("revoke", cls=Command)
def revoke_keys(
    ctx: Context,
    key_or_digest: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY_OR_DIGEST...",
            help="A whole key, or the SHA-256 digest of one; - reads them from stdin, one a line.",
        ),
    ],
) -> None:
    """Revoke API keys: they let no request in any more. One that is under way may run for up to 28 seconds.

    A whole key belongs on stdin: as an argument it is seen in the list of processes and kept in the shell's history.
    """
    digests = parse_each(secrets_given(key_or_digest), _digest_of)
    ctx.output.result({"revoked": []})
    for digest in digests:
        try:
            key = revoke(ctx.stack, digest)
        except SharectlError as error:
            ctx.output.faults.append(Fault("", str(error)))
            continue
        was_revoked = key.revoked_at is not None
        ctx.output.entry(
            "revoked",
            {"digest": digest, "principal_id": key.principal_id, "already_revoked": was_revoked},
            f"revoked  {digest} of {key.principal_id}{' (was so already)' if was_revoked else ''}",
        )


def _digest_of(argument: str) -> str:
    """The digest that a whole key or a digest stands for. No message repeats the argument: it may be a key."""
    if access.KEY.fullmatch(argument):
        return access.digest_of(argument)
    if _DIGEST.fullmatch(argument):
        return argument
    raise ValueError("is neither a key (rp_live_...) nor the digest of one (64 hex digits)")
