"""Passes: what a reader who gave the right password of a share shows from then on, for a day.

``{end}.{HMAC-SHA-256(secret, end, share, what is kept of the password)}``, the end in epoch seconds. Another password,
even the same one set again, ends all passes; so does the end of the token secret.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

from report_shares.times import DAY, SECOND

LASTS = DAY


def name_of(share_id: UUID) -> str:
    """What the pass of a share is called: told apart from others of the same reader, and no secret."""
    return f"report-{sha256(share_id.bytes).hexdigest()[:16]}"


def issued(secret: bytes, share_id: UUID, password_hash: str, now: int) -> str:
    """A pass from now on."""
    return _signed(secret, share_id, password_hash, str((now + LASTS) // SECOND))


def is_good(shown: str, secret: bytes, share_id: UUID, password_hash: str, now: int) -> bool:
    """Whether this is a pass of the share with this password, and not over."""
    end = shown.partition(".")[0]
    expected = _signed(secret, share_id, password_hash, end)
    is_ours = hmac.compare_digest(shown.encode(errors="replace"), expected.encode(errors="replace"))
    return is_ours and now < int(end) * SECOND


def _signed(secret: bytes, share_id: UUID, password_hash: str, end: str) -> str:
    # The prefix keeps it apart from what else is made with the same secrets: tokens, fingerprints of requests.
    message = b"\0".join((b"pass", share_id.hex.encode(), end.encode(errors="replace"), password_hash.encode()))
    return f"{end}.{urlsafe_b64encode(hmac.digest(secret, message, sha256)).decode().rstrip('=')}"
