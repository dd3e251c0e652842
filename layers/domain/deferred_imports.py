"""Imports of dependencies that a start does not need: put where what they bring is used, or taken out.

Reading the metadata of installed packages and writing documentation of AWS's operations take a fifteenth of a cold
start, and no function ever does either.
"""

from dataclasses import dataclass
from pathlib import Path

_NOTICE = "# Changed for report-shares: some imports are made later or not at all.\n"


@dataclass(frozen=True)
class _Edit:
    """In this module the old text, which stands there once, becomes the new one."""

    module: str
    old: str
    new: str


_EDITS = (
    # HTTP/2 has to be asked for, and nobody does.
    _Edit("urllib3/http2/__init__.py", "\nfrom importlib.metadata import version\n", "\n"),
    _Edit(
        "urllib3/http2/__init__.py",
        '    h2_version = version("h2")\n',
        '    from importlib.metadata import version\n\n    h2_version = version("h2")\n',
    ),
    # template.yaml switches plug-ins off, which get_plugins sees before it looks for any.
    _Edit("pydantic/plugin/_loader.py", "\nfrom importlib.metadata import entry_points\n", "\n"),
    _Edit(
        "pydantic/plugin/_loader.py",
        "        _plugins = {}\n",
        "        from importlib.metadata import entry_points\n\n        _plugins = {}\n",
    ),
    # What is left are docstrings that would only fail if somebody read them.
    _Edit("botocore/docs/__init__.py", "from botocore.docs.service import ServiceDocumenter\n", ""),
    _Edit("botocore/docs/docstring.py", "from botocore.docs.bcdoc.restdoc import DocumentStructure\n", ""),
    _Edit("botocore/docs/docstring.py", "from botocore.docs.method import document_model_driven_method\n", ""),
    _Edit("botocore/docs/docstring.py", "from botocore.docs.paginator import document_paginate_method\n", ""),
    _Edit("botocore/docs/docstring.py", "from botocore.docs.waiter import document_wait_method\n", ""),
)


def defer(folder: Path) -> None:
    """Edits the dependencies in this folder. Raises ``ValueError`` where a module is not as expected any more."""
    for edit in _EDITS:
        path = folder / edit.module
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise ValueError(f"{edit.module}: does not have {edit.old!r} once; look at its release and edit anew")
        text = text.replace(edit.old, edit.new)
        path.write_text(text if text.startswith(_NOTICE) else _NOTICE + text, encoding="utf-8")
