"""Links that leaked, withdrawn by the operator where their owner cannot be asked."""

from dataclasses import dataclass
from uuid import UUID

from report_shares.refusals import Contention
from report_shares.rules import tokens
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import parse_token_secrets
from report_shares.times import system_clock
from report_shares.use_cases.withdraw_share import ShareForgotten, WithdrawShare
from sharectl.errors import SharectlError
from sharectl.stack import Stack


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
