"""Builds the Lambda layer: ``python3.13 build_layer.py FOLDER``, for Lambda's ``ARCHITECTURE`` (x86_64 or arm64).

SAM's own builder ships no bytecode, and since Lambda's file system is read-only, each cold start would compile every
module again. It also ships all of AWS: botocore describes more than 400 services and lists them for each client.
Here modules and page templates are compiled beforehand, for the path that they have in Lambda and never compared with
their sources (PEP 552, unchecked hash), so that the same input gives the same bytes.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).resolve().parents[1]
PACKAGE = "report_shares"
IN_LAMBDA = "/opt/python"

# The services that report_shares.store calls, and those that the release check does.
SERVICES = frozenset({"dynamodb", "s3", "secretsmanager", "sqs", "codedeploy", "lambda"})

# Wheels for Lambda's python3.13 (Amazon Linux 2023, glibc 2.34), whatever machine builds.
_WHEELS = ("--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.13")
_PLATFORMS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

# An installer's own records, which name this machine's Python; licences and metadata stay.
_RECORDS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


def build(folder: Path, architecture: str) -> None:
    """Puts dependencies and package into the folder. Raises ``CalledProcessError`` where pip fails."""
    _install(folder, _MACHINES[architecture])
    shutil.copytree(LAYER / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    for data in (folder / "botocore" / "data", folder / "boto3" / "data"):
        _leave_services_out(data)
    _compile_templates(folder)
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=IN_LAMBDA,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit("some modules do not compile")


def _install(folder: Path, machine: str) -> None:
    platforms = [part for platform in _PLATFORMS for part in ("--platform", f"{platform}_{machine}")]
    quietly = ("--quiet", "--disable-pip-version-check", "--no-warn-conflicts", "--no-compile")
    lock = ("--require-hashes", "-r", str(LAYER / "requirements.txt"))
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *quietly, *_WHEELS, *platforms, *lock, "--target", str(folder)],
        check=True,
    )
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in (path for name in _RECORDS for path in folder.glob(f"*.dist-info/{name}")):
        record.unlink()


def _leave_services_out(data: Path) -> None:
    """Removes the folders of the services that nobody calls; what describes all of AWS is left as it is."""
    for service in data.iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


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
