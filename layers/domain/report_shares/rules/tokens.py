"""Share tokens: derived from the share's id, so that none is stored and a forged one costs no look-up.

``base64url(key_id: 1 byte | share_id: 16 bytes | first 21 bytes of HMAC-SHA-256(secret[key_id], share_id))``
is 38 bytes, 51 characters without padding.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from report_shares.contract.limits import TOKEN_LENGTH

MIN_SECRET_BYTES = 32
MAX_KEY_ID = 255  # a token has one byte for it

_MAC_BYTES = 21
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


class InvalidToken(ValueError):
    """The text is no token of ours: malformed, forged, or made with a secret no longer kept."""


class UnknownTokenSecret(LookupError):
    """No secret is kept under this key id."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"no token secret with key id {key_id}")


@dataclass(frozen=True, slots=True)
class TokenSecrets:
    """The secrets at hand by key id (0..255), and the one that new shares are given.

    Raises ``ValueError`` where the current one is missing, a key id does not fit a byte or a secret is short.
    """

    current: int
    by_key_id: Mapping[int, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.by_key_id:
            raise ValueError(f"no secret for the current key id {self.current}")
        if any(not 0 <= key_id <= MAX_KEY_ID for key_id in self.by_key_id):
            raise ValueError(f"key ids must be 0..{MAX_KEY_ID}")
        if any(len(secret) < MIN_SECRET_BYTES for secret in self.by_key_id.values()):
            raise ValueError(f"token secrets must have at least {MIN_SECRET_BYTES} bytes")


def mint(secrets: TokenSecrets, share_id: UUID, key_id: int) -> str:
    """The one token of this share. Raises ``UnknownTokenSecret``."""
    return urlsafe_b64encode(bytes([key_id]) + share_id.bytes + _mac(secrets, share_id, key_id)).decode().rstrip("=")


def is_well_formed(text: str) -> bool:
    """Whether the text is spelled as a token is, made with whichever secret."""
    try:
        _decoded(text)
    except InvalidToken:
        return False
    return True


def key_id_of(token: str) -> int:
    """Which secret the token says it was made with. Raises ``InvalidToken`` for one that is malformed."""
    return _decoded(token)[0]


def verify(secrets: TokenSecrets, token: str) -> UUID:
    """The id of the share that this token opens. Raises ``InvalidToken``; does no I/O."""
    raw = _decoded(token)
    key_id, share_id, mac = raw[0], UUID(bytes=raw[1:17]), raw[17:]
    try:
        expected = _mac(secrets, share_id, key_id)
    except UnknownTokenSecret:
        raise InvalidToken from None
    if not hmac.compare_digest(mac, expected):
        raise InvalidToken
    return share_id


def _decoded(token: str) -> bytes:
    """Each token has one spelling: 51 characters leave two spare bits, which must be zero."""
    if len(token) != TOKEN_LENGTH or not _ALPHABET.issuperset(token):
        raise InvalidToken
    raw = urlsafe_b64decode(token + "=")
    if urlsafe_b64encode(raw).decode().rstrip("=") != token:
        raise InvalidToken
    return raw


def _mac(secrets: TokenSecrets, share_id: UUID, key_id: int) -> bytes:
    try:
        secret = secrets.by_key_id[key_id]
    except KeyError:
        raise UnknownTokenSecret(key_id) from None
    return hmac.digest(secret, share_id.bytes, sha256)[:_MAC_BYTES]
