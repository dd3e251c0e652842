"""The wheel for an operator's machine: the service's package and sharectl, not what only this repository runs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local_service.environment import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return zipfile.Path(made)


def test_the_wheel_holds_the_package_and_sharectl_only(wheel: zipfile.Path) -> None:
    packages = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}

    assert packages == {"report_shares", "sharectl"}
    assert (wheel / "report_shares" / "page" / "templates" / "report.html").is_file()


def test_what_is_installed_from_here_finds_the_other_tools_too(tmp_path: Path) -> None:
    """`make setup` installs editable, so that `python -m local_service.run` works in the clone."""
    found = subprocess.run(
        [sys.executable, "-c", "import local_service, report_shares, sharectl; print(local_service.__file__)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert Path(found.strip()).is_relative_to(ROOT)
