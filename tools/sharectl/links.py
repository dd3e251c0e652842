"""`sharectl links`: links that leaked, withdrawn by the operator where their owner cannot be asked."""

from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import UUID

import typer

from report_shares.refusals import Contention
from report_shares.rules import tokens
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import parse_token_secrets
from report_shares.times import system_clock
from report_shares.use_cases.withdraw_share import ShareForgotten, WithdrawShare
from sharectl.command import Command, Context
from sharectl.errors import SharectlError
from sharectl.stack import Stack

app = typer.Typer(name="links", no_args_is_help=True, help="Public links.")


@dataclass(frozen=True)
class Revoked:
    """A share that opens nothing any more; the same whether it was so before or not."""

    share_id: str
    principal_id: str
    already_revoked: bool


def revoke(stack: Stack, link: str) -> Revoked:
    """Withdraw the share behind a link (or its token) at once.

    Raises ``ServiceUnavailable``, and ``SharectlError`` for what is no link of this stack. No message holds the link.
    """
    share_id = _share_id(stack, link)
    try:
        withdrawn = WithdrawShare(ShareTable(stack.dynamodb, stack.table), system_clock)(share_id)
    except ShareForgotten:
        raise SharectlError(f"share {share_id} expired so long ago that its row is gone") from None
    except Contention:
        raise SharectlError(f"share {share_id} keeps changing; try again") from None
    return Revoked(str(share_id), withdrawn.share.principal_id, withdrawn.already_withdrawn)


def _share_id(stack: Stack, link: str) -> UUID:
    document = stack.secretsmanager.get_secret_value(SecretId=stack.token_secret)["SecretString"]
    secrets = parse_token_secrets(document)
    try:
        return tokens.verify(secrets, link.rstrip("/").rpartition("/")[2])
    except tokens.InvalidToken:
        raise SharectlError("this is no link of this stack, or its secret was dropped") from None


@app.command("revoke", cls=Command)
def revoke_link(
    ctx: Context,
    link: Annotated[str, typer.Argument(metavar="LINK", help="A link or its token; - reads it from stdin.")],
) -> None:
    """Withdraw the share behind a link at once, whoever made it; it answers 410 from then on."""
    text = typer.get_text_stream("stdin").readline().strip() if link == "-" else link
    revoked = revoke(ctx.stack, text)
    was = " (was so already)" if revoked.already_revoked else ""
    ctx.output.result(asdict(revoked), [f"revoked  share {revoked.share_id} of {revoked.principal_id}{was}"])
