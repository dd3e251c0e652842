"""Folding one run file into an empty roll-up, as a script: ``python -P folder.py FILE.json``.

It runs on whatever tree is first on its path, that of an earlier commit too (``earlier.py``), which read run files by
``parse_run`` and wrote no definition of the brand into a roll-up.
"""

import json
import sys
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.measure import Work, cpu_ms, peak_mb

run_files: Any = import_module("report_shares.rules.run_files")
snapshot: Any = import_module("report_shares.rules.snapshot")
roll_up: Any = import_module(f"report_shares.rules.roll{'_' if hasattr(run_files, 'read_run') else ''}up")

BRAND = roll_up.BrandIdentity("Acme Coffee Roasters", ("Acme Coffee",), ("acmecoffee.example",))


def parsed(text: bytes) -> Any:
    if hasattr(run_files, "parse_run"):
        return run_files.parse_run(text)
    upload, brand_id = _named_in(text)
    return run_files.read_run(text, upload, brand_id, 4_000_000_000_000)


@cache
def _named_in(text: bytes) -> tuple[Any, UUID]:
    """What the service knows before it reads a file: once, for it is no part of a fold."""
    run = json.loads(text)
    return run_files.RunFileUpload("", UUID(run["scheduled_report_id"]), UUID(run["id"]), ""), UUID(run["brand_id"])


def fold(text: bytes) -> None:
    whole = roll_up.RollUp.of(parsed(text), BRAND)
    whole.dump(BRAND.definition) if hasattr(BRAND, "definition") else whole.dump()
    snapshot.build_snapshot(whole, BRAND)


def _resident_mb(_: Work) -> float:
    """Linux alone tells it: what ``getrusage`` calls the most is that of the process that started this one, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(file: str) -> None:
    """A line in asks for what one fold took: ``cpu`` in ms, the ``memory`` that Python held at most in MB.

    Or what the process took till then, ``resident``, also in MB.
    """
    work = partial(fold, Path(file).read_bytes())
    for line in sys.stdin:
        measure = {"cpu": cpu_ms, "memory": peak_mb, "resident": _resident_mb}[line.strip()]
        print(measure(work), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
