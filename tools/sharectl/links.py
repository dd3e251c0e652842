"""Links that leaked, withdrawn by the operator where their owner cannot be asked."""

from dataclasses import dataclass
from uuid import UUID

from report_shares.errors import ServiceUnavailable
from report_shares.rules import shares, tokens
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import parse_token_secrets
from report_shares.times import system_clock
from report_shares.use_cases.ports import Contended, Revocation, ShareChange, StaleView
from sharectl.errors import SharectlError
from sharectl.stack import Stack

_ATTEMPTS = 5


@dataclass(frozen=True)
class Revoked:
    """A share that opens nothing any more; the same whether it was so before or not."""

    share_id: str
    principal_id: str
    already_revoked: bool


def revoke(stack: Stack, link: str) -> Revoked:
    """Withdraw the share behind a link (or its token) at once.

    Raises ``SharectlError`` for what is no link of this stack. The message never holds the link.
    """
    share_id = _share_id(stack, link)
    store = ShareTable(stack.dynamodb, stack.table)
    for _ in range(_ATTEMPTS):
        share = store.get_share(share_id)
        if share is None:
            raise SharectlError(f"share {share_id} expired so long ago that its row is gone")
        now = system_clock()
        if not share.is_active(now):
            return Revoked(str(share.id), share.principal_id, already_revoked=True)
        _, ledger = store.open_schedule(share.scheduled_report_id)
        try:
            swap = shares.exchange(ledger or {}, share.principal_id, None)
            store.commit(ShareChange(share.scheduled_report_id, swap, revoked=Revocation(share.id, now)))
        except (StaleView, Contended, KeyError):
            continue  # its owner changed it in this moment
        except ServiceUnavailable as error:
            raise SharectlError(f"DynamoDB does not answer: {error.cause}") from None
        return Revoked(str(share.id), share.principal_id, already_revoked=False)
    raise SharectlError(f"share {share_id} keeps changing; try again")


def _share_id(stack: Stack, link: str) -> UUID:
    document = stack.secretsmanager.get_secret_value(SecretId=stack.token_secret)["SecretString"]
    secrets = parse_token_secrets(document)
    try:
        return tokens.verify(secrets, link.rstrip("/").rpartition("/")[2])
    except tokens.InvalidToken:
        raise SharectlError("this is no link of this stack, or its secret was dropped") from None
