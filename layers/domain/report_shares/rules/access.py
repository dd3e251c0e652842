"""Who may do what: API keys, their scopes and the brands they are restricted to."""

import re
from collections.abc import Set
from dataclasses import dataclass
from hashlib import sha256

READ_SCHEDULED = "read:scheduled"
WRITE_SCHEDULED = "write:scheduled"

KEY = re.compile(r"rp_live_[A-Za-z0-9_-]{32,256}")
_BEARER = re.compile(rf"(?i:bearer) +({KEY.pattern})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the key itself is never stored.

    ``brand_ids`` is None where the key serves every brand of its workspace; times are epoch milliseconds.
    """

    principal_id: str
    workspace_id: str
    scopes: frozenset[str] = frozenset()
    brand_ids: frozenset[str] | None = None
    expires_at: int | None = None
    revoked_at: int | None = None

    def is_usable(self, now: int) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def serves(self, brand_id: str) -> bool:
        return self.brand_ids is None or brand_id in self.brand_ids


def digest_of(key: str) -> str:
    """What is stored of a key: its SHA-256 hex digest."""
    return sha256(key.encode()).hexdigest()


def digest_of_bearer(authorization: str | None) -> str | None:
    """The digest of the key in an ``Authorization`` header; None where it holds no well-formed key."""
    match = _BEARER.fullmatch(authorization or "")
    return digest_of(match[1]) if match else None


def allows(scopes: Set[str], required: str) -> bool:
    """Whether the scopes include the required ``read:x`` or ``write:x``.

    ``*`` includes all; ``read:all`` and ``write:all`` every one of their verb; writing includes reading.
    """
    verb, _, subject = required.partition(":")
    verbs = ("read", "write") if verb == "read" else ("write",)
    return "*" in scopes or any(f"{v}:{s}" in scopes for v in verbs for s in (subject, "all"))
