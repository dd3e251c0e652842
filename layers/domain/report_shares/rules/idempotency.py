"""Idempotency keys: when two requests are the same one."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from report_shares.times import DAY

KEPT = DAY


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's wish that a request has its effect once.

    ``request`` is the request's method, path and body. Only its fingerprint may be stored: a body can hold secrets.
    """

    key: str
    request: bytes = field(repr=False)

    @classmethod
    def of(cls, key: str, method: str, path: str, body: str) -> "IdempotencyKey":
        return cls(key, "\0".join((method, path, body)).encode())

    def fingerprint(self, secret: bytes) -> str:
        """HMAC-SHA-256 in hex: equal under one secret for requests with the same method, path and body only.

        The prefix keeps it apart from the tokens, which are made with the same secrets.
        """
        return hmac.digest(secret, b"idempotency\0" + self.request, sha256).hex()
