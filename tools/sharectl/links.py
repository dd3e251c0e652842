"""`sharectl links`: links that leaked, withdrawn by the operator where their owner cannot be asked."""

from typing import Annotated
from uuid import UUID

import typer

from report_shares.refusals import Contention
from report_shares.rules import tokens
from report_shares.store.share_table import ShareTable
from report_shares.times import system_clock
from report_shares.use_cases.withdraw_share import ShareForgotten, WithdrawShare
from sharectl import secrets
from sharectl.command import Command, Context
from sharectl.errors import SharectlError
from sharectl.stack import Stack

app = typer.Typer(name="links", no_args_is_help=True, help="Public links.")


@app.command(cls=Command)
def revoke(
    ctx: Context,
    link: Annotated[str, typer.Argument(metavar="LINK", help="A link or its token; - reads it from stdin.")],
) -> None:
    """Withdraw the share behind a link at once, whoever made it; it answers 410 from then on."""
    stack = ctx.stack
    share_id = _share_id(stack, typer.get_text_stream("stdin").readline().strip() if link == "-" else link)
    try:
        withdrawn = WithdrawShare(ShareTable(stack.dynamodb, stack.table), system_clock)(share_id)
    except ShareForgotten:
        raise SharectlError(f"share {share_id} expired so long ago that its row is gone") from None
    except Contention:
        raise SharectlError(f"share {share_id} keeps changing; try again") from None
    owner, was_revoked = withdrawn.share.principal_id, withdrawn.already_withdrawn
    ctx.output.result(
        {"share_id": str(share_id), "principal_id": owner, "already_revoked": was_revoked},
        f"revoked  share {share_id} of {owner}{' (was so already)' if was_revoked else ''}",
    )


def _share_id(stack: Stack, link: str) -> UUID:
    """The share behind a link or token. No message holds the link."""
    try:
        return tokens.verify(secrets.read(stack).secrets, link.rstrip("/").rpartition("/")[2])
    except tokens.InvalidToken:
        raise SharectlError("this is no link of this stack, or its secret was dropped") from None
