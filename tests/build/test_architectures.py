"""One clone builds for both architectures in turn: SAM's cache must not hand one's layer to the other."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local_service.environment import ROOT, TOOLS
from tests.lacking import need_tools

_BUILT_FROM = ("Makefile", "template.yaml", "samconfig.toml", "functions", "layers", "tools")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `sam build` reads, in a folder with a space; this clone's own build may be in use."""
    need_tools("`sam build`", "sam")
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in _BUILT_FROM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    (folder / ".tools").symlink_to(TOOLS)
    return folder


def machine(clone: Path) -> str:
    (module,) = (clone / ".aws-sam" / "build" / "DomainLayer" / "python" / "pydantic_core").glob("*.so")
    return module.name.removeprefix("_pydantic_core.cpython-313-").removesuffix("-linux-gnu.so")


def run(command: list[str], clone: Path, architecture: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ARCHITECTURE"}
    environment |= {"PYTHONPATH": str(clone / "tools")} | ({"ARCHITECTURE": architecture} if architecture else {})
    subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)


@pytest.mark.stack
@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
def test_each_build_is_for_the_architecture_asked_for_whatever_was_built_before(clone: Path) -> None:
    make = ["make", "build"]
    # As `make run` and `make invoke` build.
    local = [sys.executable, "-c", "from local_service import deploy; deploy.build()"]
    built = []

    for command, architecture in [(make, ""), (make, "arm64"), (local, "arm64"), (make, "x86_64")]:
        run(command, clone, architecture)
        built.append(machine(clone))

    assert built == ["x86_64", "aarch64", "aarch64", "x86_64"]
