"""Links that leaked, withdrawn by the operator where their owner cannot be asked."""

from dataclasses import dataclass
from uuid import UUID

from report_shares.refusals import Conflict
from report_shares.rules import shares, tokens
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import parse_token_secrets
from report_shares.times import system_clock
from report_shares.use_cases.once import until_it_stands
from report_shares.use_cases.share_changes import Revocation, ShareChange, ShareStore, Unmetered
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
    store = ShareTable(stack.dynamodb, stack.table)
    try:
        return until_it_stands(lambda: _attempt(store, share_id), Unmetered())
    except Conflict:
        raise SharectlError(f"share {share_id} keeps changing; try again") from None


def _attempt(store: ShareStore, share_id: UUID) -> Revoked:
    share = store.get_share(share_id)
    if share is None:
        raise SharectlError(f"share {share_id} expired so long ago that its row is gone")
    now = system_clock()
    is_active = share.is_active(now)
    if is_active:
        _, ledger = store.open_schedule(share.scheduled_report_id)
        # After a table's items were brought back, the place may be another share's or nobody's.
        places = ledger or {}
        has_place = shares.active_share_id(places, share.principal_id, now) == share.id
        swap = shares.exchange(places, share.principal_id, None) if has_place else None
        store.commit(ShareChange(share.scheduled_report_id, swap, revoked=Revocation(share.id, now)))
    return Revoked(str(share.id), share.principal_id, already_revoked=not is_active)


def _share_id(stack: Stack, link: str) -> UUID:
    document = stack.secretsmanager.get_secret_value(SecretId=stack.token_secret)["SecretString"]
    secrets = parse_token_secrets(document)
    try:
        return tokens.verify(secrets, link.rstrip("/").rpartition("/")[2])
    except tokens.InvalidToken:
        raise SharectlError("this is no link of this stack, or its secret was dropped") from None
