"""`sharectl keys`: API keys minted, recognised in what an operator types, and revoked."""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from report_shares.rules import access
from report_shares.store import items
from report_shares.times import system_clock
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError, parse_each
from sharectl.stack import Stack

_DIGEST = re.compile(r"[0-9a-f]{64}")

app = typer.Typer(name="keys", no_args_is_help=True, help="API keys.")


@dataclass(frozen=True)
class RevokedKey:
    """A key that no longer opens anything, and whether that was so before."""

    digest: str
    principal_id: str
    already_revoked: bool


def mint() -> str:
    """A new key; 256 random bits."""
    return f"rp_live_{secrets.token_urlsafe(32)}"


def revoke(stack: Stack, digest: str) -> RevokedKey:
    """Revoke a key at once. Raises ``SharectlError`` if there is no such key."""
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
    old = answer["Attributes"]
    return RevokedKey(digest, old["principal_id"]["S"], already_revoked="revoked_at" in old)


@app.command("revoke", cls=Command)
def revoke_keys(
    ctx: Context,
    key_or_digest: Annotated[
        list[str],
        typer.Argument(metavar="KEY_OR_DIGEST...", help="A whole key, or the SHA-256 digest of one."),
    ],
) -> None:
    """Revoke API keys: they stop working at once."""
    revoked: list[RevokedKey] = []
    unknown: list[Fault] = []
    for digest in parse_each(key_or_digest, _digest_of):
        try:
            revoked.append(revoke(ctx.stack, digest))
        except SharectlError as error:
            unknown.append(Fault("", str(error)))
    ctx.output.result(
        {"revoked": [asdict(one) for one in revoked]},
        [
            f"revoked  {one.digest} of {one.principal_id}{' (was so already)' if one.already_revoked else ''}"
            for one in revoked
        ],
        unknown,
    )


def _digest_of(argument: str) -> str:
    """The digest that a whole key or a digest stands for. No message repeats the argument: it may be a key."""
    if access.KEY.fullmatch(argument):
        return access.digest_of(argument)
    if _DIGEST.fullmatch(argument):
        return argument
    raise ValueError("is neither a key (rp_live_...) nor the digest of one (64 hex digits)")
