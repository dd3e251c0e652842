"""Passwords of shares in tests, at a cost that does not slow them down."""

from base64 import b64encode
from hashlib import scrypt
from secrets import token_bytes
from unicodedata import normalize

PASSWORD = "correct horse"  # noqa: S105 # a test's


def cheap_hash(password: str = PASSWORD) -> str:
    """As the service keeps it, at a thousandth of the cost: which one it was is part of the text."""
    salt = token_bytes(16)
    digest = scrypt(normalize("NFC", password).encode(), salt=salt, n=16, r=8, p=1, dklen=32)
    salt_text, digest_text = (b64encode(value).decode().rstrip("=") for value in (salt, digest))
    return f"$scrypt$ln=4,r=8,p=1${salt_text}${digest_text}"
