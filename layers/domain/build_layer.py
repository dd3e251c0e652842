"""Builds the Lambda layer: ``python3.13 build_layer.py FOLDER``, for Lambda's ``ARCHITECTURE`` (x86_64 or arm64).

SAM's own builder ships no bytecode, and since Lambda's file system is read-only each cold start would compile every
module anew; botocore comes with all of AWS (``sdk.py``), and some imports are for nobody (``deferred_imports.py``).
Here all is compiled beforehand, the page's templates too, for the path that it has in Lambda and without a look at the
times of its sources (PEP 552, unchecked hash), so that the same input gives the same bytes.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import deferred_imports
import sdk

HERE = Path(__file__).parent
PACKAGE = "report_shares"
IN_LAMBDA = "/opt/python"

# Wheels for Lambda's python3.13 (Amazon Linux 2023, glibc 2.34), whatever machine builds.
_WHEELS = ("--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.13")
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

# Parts of the dependencies that no function imports; the tests on the deployed stack run on what is left.
_UNUSED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/batch",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_classes",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/parser",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    "bin",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "pydantic/mypy.py",
    "pydantic/v1",
    "tenacity/tornadoweb.py",
    "urllib3/contrib/emscripten",
)
# An installer's own records; licences and metadata stay.
_RECORDS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def build(folder: Path, architecture: str) -> None:
    """Puts dependencies and package into the folder. Raises ``CalledProcessError`` where pip fails."""
    machine = _MACHINES[architecture]
    platforms = [part for platform in _PLATFORMS for part in ("--platform", f"{platform}_{machine}")]
    folder.mkdir(parents=True, exist_ok=True)
    quietly = ("--quiet", "--disable-pip-version-check", "--no-warn-conflicts", "--no-compile")
    pip = (sys.executable, "-m", "pip", "install", *quietly)
    lock = HERE / "requirements.txt"
    subprocess.run(
        [*pip, *_WHEELS, *platforms, "--require-hashes", "-r", str(lock), "--target", str(folder)], check=True
    )
    shutil.copytree(HERE / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    sdk.trim(folder / "botocore" / "data")
    deferred_imports.defer(folder)
    _compile_templates(folder)
    for unused in _UNUSED:
        path = folder / unused
        path.unlink() if path.is_file() else shutil.rmtree(path, ignore_errors=True)
    for record in (path for name in _RECORDS for path in folder.glob(f"*.dist-info/{name}")):
        record.unlink()
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=IN_LAMBDA,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit("some modules do not compile")


def _compile_templates(folder: Path) -> None:
    """With the template engine that ships. A fixed seed, since sets may decide the order of generated code."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); from report_shares.page import templating as t; "
    subprocess.run(
        [sys.executable, "-c", code + "t.compile_beforehand()", str(folder)],
        env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]), os.environ.get("ARCHITECTURE") or "x86_64")
