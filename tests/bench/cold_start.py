"""Cold init of each function from the built artifact, in a fresh process that can write no bytecode."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from local_service.environment import ROOT, TOOLS

_FUNCTIONS = {
    "share_api": "_service",
    "shared_report": "_service",
    "roll_up": "_service",
}
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "TABLE_NAME": "none",
    "BUCKET_NAME": "none",
    "TOKEN_SECRET_ID": "none",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/none/none",
}


# What the first reader of a page waits for, AWS's answers left out.
_FIRST_PAGE = """import app; app._shared_report_api()
import json
from report_shares.page import render
render.report_page(json.loads(open({report!r}).read()), has_runs=True)
"""


def measured(folder: Path, rounds: int, report: dict[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """Median CPU seconds by what was started, and the size of the artifacts in MB.

    ``built`` is what ships, ``plain`` the same packages as ``sam build``'s own builder ships them: whole, and without
    bytecode. ``bare`` is a client of boto3 alone, ``built`` with bytecode as in Lambda's runtime. ``report`` is what
    the first page shows.
    """
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    pip = [str(TOOLS / "sam" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--no-warn-conflicts"]
    runtime, plain_runtime, plain, built = (folder / name for name in ("runtime", "plain_runtime", "plain", "built"))
    boto3 = subprocess.run(
        [sys.executable, "-c", "import boto3; print(boto3.__version__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    subprocess.run([*pip, f"boto3=={boto3}", "--target", str(runtime), "--compile"], check=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(runtime, plain_runtime, ignore=ignore)
    layer = ROOT / "layers" / "domain"
    subprocess.run([*pip, "--no-compile", "-r", str(layer / "requirements.txt"), "--target", str(plain)], check=True)
    shutil.copytree(layer / "report_shares", plain / "report_shares", ignore=ignore)
    subprocess.run([str(TOOLS / "sam" / "bin" / "python"), str(layer / "build_layer.py"), str(built)], check=True)

    bare = "import boto3; boto3.client('dynamodb')"
    starts = {"bare, built": (bare, [runtime]), "bare, plain": (bare, [plain_runtime])}
    for name, factory in _FUNCTIONS.items():
        function = ROOT / "functions" / name
        starts |= {
            f"{name}, built": (f"import app; app.{factory}()", [function, built]),
            f"{name}, plain": (f"import app; app.{factory}()", [function, plain]),
            f"{name}, imports": ("import app", [function, built]),
        }
    code = _FIRST_PAGE.format(report=str(folder / "report.json"))
    function = ROOT / "functions" / "shared_report"
    starts |= {"first page, built": (code, [function, built]), "first page, plain": (code, [function, plain])}
    times: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name, (code, path) in starts.items():
            times[name].append(_cpu_of(code, path))
    sizes = {name: _megabytes(path) for name, path in (("built", built), ("plain", plain))}
    return {name: statistics.median(measured) for name, measured in times.items()}, sizes


def _cpu_of(code: str, path: list[Path]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        # No site-packages: only what Lambda would have.
        # Ended at once: what a process does at its end is no part of a start.
        [
            *(sys.executable, "-S", "-c"),
            f"import os, sys; sys.path += {[str(part) for part in path]!r}\n{code}\nos._exit(0)",
        ],
        env=_ENVIRONMENT,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
