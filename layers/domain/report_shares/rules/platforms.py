"""AI platforms: one product under the many spellings that run files have for it."""

import json
from functools import lru_cache
from pathlib import Path

from report_shares.rules.names import clean_name, name_key

_SEPARATORS = str.maketrans("", "", " -_")


def platform_key(text: str) -> str:
    """What is compared: the name's key without spaces, ``-`` and ``_``; for a known product, that of its name."""
    key = _squeezed(text)
    return _KEYS.get(key, key)


def platform_name(key: str, last_seen: str) -> str:
    """What is shown: a known product's own name, else the spelling seen last, cleaned."""
    return _NAMES.get(key) or clean_name(last_seen)


@lru_cache(maxsize=1_024)
def _squeezed(text: str) -> str:
    key = name_key(text)
    # A name made of nothing but separators is still one; and what is squeezed may be an entity now.
    while (squeezed := name_key(key.translate(_SEPARATORS))) not in ("", key):
        key = squeezed
    return key


def _read() -> tuple[dict[str, str], dict[str, str]]:
    known = json.loads(Path(__file__).with_name("platforms.json").read_bytes())["platforms"]
    names = {_squeezed(spellings[0]): spellings[0] for spellings in known}
    keys = {_squeezed(spelling): _squeezed(spellings[0]) for spellings in known for spelling in spellings}
    return names, keys


_NAMES, _KEYS = _read()
