"""`.ci/run` on a machine where something is lacking: as root, and as a user who may use sudo."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL = ("bash", "cat", "dirname", "env", "grep", "head", "sed", "timeout")
# Each notes how it was called; npm, a browser, a spreadsheet and fonts are missing.
SAID = {
    "java": "echo 'openjdk version \"21.0.1\"' >&2",
    "fc-list": "true",
    **dict.fromkeys(("docker", "git", "node", "ps"), "true"),
    **dict.fromkeys(("make", "apt-get"), 'echo "$(basename "$0") $*" >>"$NOTES"'),
    "sudo": 'shift; echo sudo >>"$NOTES"; exec "$@"',
}


def run(folder: Path, *, user: int, says: Mapping[str, str] = {}) -> tuple[int, list[str]]:
    """Its exit code, and what was called in which order."""
    clone, programs, notes = folder / "clone", folder / "bin", folder / "notes"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci" / "run")
    programs.mkdir()
    for name in (*REAL, "basename"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, text in {**SAID, "id": f"echo {user}", **says}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    notes.touch()
    done = subprocess.run(
        [str(clone / ".ci" / "run")],
        env={"PATH": str(programs), "NOTES": str(notes), "HOME": os.devnull},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, notes.read_text().splitlines()


@pytest.mark.parametrize(("user", "before"), [(0, []), (1001, ["sudo"])], ids=["root", "a user"])
def test_what_is_lacking_is_installed_and_then_everything_is_checked(
    tmp_path: Path, user: int, before: list[str]
) -> None:
    code, called = run(tmp_path, user=user)

    lacking = "npm libreoffice-calc-nogui chromium fonts-noto-core"
    assert code == 0
    assert called == [
        *before,
        "apt-get update -qq",
        *before,
        f"apt-get install -y -qq --no-install-recommends {lacking}",
        *(f"make {target}" for target in ("setup", "lint", "build")),
        *(f"make test{kind}" for kind in ("-speed", "-stack", "-page", "-proof", "")),
    ]


def test_where_nothing_is_lacking_nothing_is_installed(tmp_path: Path) -> None:
    there = {"npm": "true", "soffice": "true", "google-chrome": "true", "fc-list": "echo NotoSans"}

    code, called = run(tmp_path, user=1001, says=there)

    assert code == 0
    assert called[0] == "make setup"


def test_the_first_that_fails_ends_it(tmp_path: Path) -> None:
    failing = 'echo "make $*" >>"$NOTES"; [ "$1" != lint ]'

    code, called = run(tmp_path, user=0, says={"make": failing})

    assert code != 0
    assert called[-1] == "make lint"


def test_without_a_container_engine_it_says_so_at_once(tmp_path: Path) -> None:
    code, called = run(tmp_path, user=0, says={"docker": "exit 1"})

    assert (code, called) == (1, [])
