"""The page's style sheets and script: as few, as small and as cacheable as can be.

An asset's name carries the digest of its content, so a browser never has to ask for it twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_NAME = re.compile(r"(?P<stem>[a-z]+)\.[0-9a-f]{16}(?P<suffix>\.[a-z]+)")
_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the page asks for, under ``name``."""

    name: str
    media_type: str
    content: str


@cache
def assets() -> Mapping[str, Asset]:
    """The assets by file name: ``report.css``, ``report.js``, and ``message.css``, which goes inline."""
    return {path.name: _asset(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES}


@cache
def build() -> str:
    """A digest of everything that a page is made with: templates, styles, script and the code of this package."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".html", *_MEDIA_TYPES):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def asset_named(name: str) -> tuple[Asset, bool] | None:
    """The asset of this name, and whether the name is its present one; None if it never was the name of an asset.

    A page from before the last deployment asks for the assets of its time, and gets today's rather than none.
    """
    match = _NAME.fullmatch(name)
    asset = assets().get(f"{match['stem']}{match['suffix']}") if match else None
    return (asset, asset.name == name) if asset else None


def _asset(path: Path) -> Asset:
    content = path.read_text(encoding="utf-8")
    name = f"{path.stem}.{sha256(content.encode()).hexdigest()[:16]}{path.suffix}"
    return Asset(name, _MEDIA_TYPES[path.suffix], content)
