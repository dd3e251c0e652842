"""API keys: minted, recognised, and known to the table only by their digest."""

import hashlib
import re
import secrets

PATTERN = re.compile(r"rp_live_[A-Za-z0-9_-]{32,256}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def mint() -> str:
    """A new key; 256 random bits."""
    return f"rp_live_{secrets.token_urlsafe(32)}"


def digest(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def digest_of(key_or_digest: str) -> str | None:
    """The digest behind what an operator gives: a whole key or its digest; None for anything else."""
    if PATTERN.fullmatch(key_or_digest):
        return digest(key_or_digest)
    return key_or_digest if _DIGEST.fullmatch(key_or_digest) else None
