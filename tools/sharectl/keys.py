"""API keys: minted, and recognised in what an operator gives."""

import re
import secrets

from report_shares.rules import access

_DIGEST = re.compile(r"[0-9a-f]{64}")


def mint() -> str:
    """A new key; 256 random bits."""
    return f"rp_live_{secrets.token_urlsafe(32)}"


def digest_of(key_or_digest: str) -> str | None:
    """The digest behind a whole key or its digest; None for anything else."""
    if access.KEY.fullmatch(key_or_digest):
        return access.digest_of(key_or_digest)
    return key_or_digest if _DIGEST.fullmatch(key_or_digest) else None
