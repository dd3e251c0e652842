"""Names of recipients: whom a link is for, and when two names are one.

Not as ``names.py`` compares what AI platforms write: that takes accents, dashes and signs for nothing, and two clients
must never get one link.
"""

import unicodedata
from base64 import urlsafe_b64encode
from hashlib import sha256

from report_shares.text import fold_space

# Of 32. Two names with one key cannot be found in 2^64 tries; who did would but merge clients of their own.
_KEY_BYTES = 16


def comparable(name: str) -> str:
    """Two names are one when this is equal: NFKC, trimmed, white space folded, case folded, and nothing else.

    Normalised once more at the end, since folding can take a composed letter apart (``ǰ``).
    """
    return fold_space(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))


def name_key(name: str | None) -> str:
    """22 characters that are equal for names that are one; empty without a name.

    A digest, since a name can be made of characters that NFKC makes eighteen of, and a ledger is to stay small.
    """
    if name is None:
        return ""
    digest = sha256(comparable(name).encode()).digest()
    return urlsafe_b64encode(digest[:_KEY_BYTES]).decode().rstrip("=")
