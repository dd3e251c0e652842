"""The caller's active share of a schedule, and the secrets that its link needs."""

from report_shares.rules.shares import Ledger, Share, active_share_id
from report_shares.rules.tokens import TokenSecrets
from report_shares.use_cases.authenticate import Caller
from report_shares.use_cases.share_changes import ShareStore
from report_shares.use_cases.token_secrets import TokenSecretSource


def active_share(store: ShareStore, ledger: Ledger, caller: Caller, now: int) -> Share | None:
    """The row of the caller's active share; None where there is none, or where it was purged by hand."""
    share_id = active_share_id(ledger, caller.principal_id, now)
    share = store.get_share(share_id) if share_id else None
    return share if share and share.is_active(now) else None


def secrets_for(source: TokenSecretSource, share: Share | None) -> TokenSecrets:
    """The secrets at hand; the share's own is missing only where it was withdrawn."""
    return source.searched_for(share.token_key_id, always=True) if share else source.current()
