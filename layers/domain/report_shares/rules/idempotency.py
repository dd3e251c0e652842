"""Idempotency keys: which are well formed, and when two requests are the same one."""

import re
from hashlib import sha256

from report_shares.times import DAY

KEPT = DAY

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def is_well_formed(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def fingerprint(method: str, path: str, body: str) -> str:
    """Equal for requests with the same method, path and body, and for no others."""
    return sha256("\0".join((method, path, body)).encode()).hexdigest()
