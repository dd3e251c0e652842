"""The password of a share: what is kept of it, and whether another one is the same.

Kept is a scrypt hash with its salt and its cost, in the PHC string format
(https://github.com/P-H-C/phc-string-format). The cost is one of those that OWASP's Password Storage Cheat Sheet calls
equivalent minimums; docs/performance.md says what it takes.
"""

import hmac
import re
from base64 import b64decode, b64encode
from functools import cached_property
from hashlib import scrypt
from secrets import token_bytes

from report_shares.contract.passwords import normalised

_LOG2_N, _R, _P = 15, 8, 3
_SALT_BYTES, _HASH_BYTES = 16, 32
_KEPT = re.compile(r"\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")


class NewPassword:
    """A password that a share is to have from now on; None for none.

    It is hashed when it is first asked for, and once however often a change is decided anew.
    """

    def __init__(self, password: str | None) -> None:
        self._password = password

    @cached_property
    def kept(self) -> str | None:
        """What is kept of it."""
        return None if self._password is None else hash_of(self._password)


def hash_of(password: str) -> str:
    """What is kept of a password; another salt each time."""
    salt = token_bytes(_SALT_BYTES)
    return _text(_LOG2_N, _R, _P, salt, _scrypt(password, salt, _LOG2_N, _R, _P))


def is_right(password: str, kept: str) -> bool:
    """Whether this is the password of which that was kept. Raises ``ValueError`` where that is no hash."""
    parts = _KEPT.fullmatch(kept)
    if parts is None:
        raise ValueError("what was kept is no hash of a password")
    log2_n, r, p = map(int, parts.group(1, 2, 3))
    salt, expected = _decoded(parts[4]), _decoded(parts[5])
    return hmac.compare_digest(_scrypt(password, salt, log2_n, r, p), expected)


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    n = 1 << log2_n
    # OpenSSL refuses more memory than this: the working set of one lane, and a block for each other one.
    most = 128 * r * (n + p + 2)
    return scrypt(normalised(password).encode(), salt=salt, n=n, r=r, p=p, maxmem=most, dklen=_HASH_BYTES)


def _text(log2_n: int, r: int, p: int, salt: bytes, digest: bytes) -> str:
    encoded = (b64encode(value).decode().rstrip("=") for value in (salt, digest))
    return f"$scrypt$ln={log2_n},r={r},p={p}${'$'.join(encoded)}"


def _decoded(text: str) -> bytes:
    return b64decode(text + "==")  # Python passes over padding that is too much
