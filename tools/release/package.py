"""A release: what `sam build` made, in one file that is deployed everywhere as it is."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

from release.errors import ReleaseError


def pack(build: Path, file: Path) -> str:
    """Pack the folder into a file; its digest, ``sha256:...``. The same folder makes the same file."""
    if not (build / "template.yaml").is_file():
        raise ReleaseError(f"there is nothing built in {build}: run `make build`")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(build.rglob("*")):
            tar.add(path, path.relative_to(build).as_posix(), recursive=False, filter=_without_circumstances)
    file.write_bytes(gzip.compress(packed.getvalue(), compresslevel=6, mtime=0))
    return digest_of(file)


def unpack(file: Path, digest: str, folder: Path) -> None:
    """Unpack a release into a folder that is not there yet. Raises ``ReleaseError`` if the file has another digest."""
    found = digest_of(file)
    if found != digest:
        raise ReleaseError(f"{file} is not the release that was built: it has {found}, not {digest}")
    if folder.exists():
        raise ReleaseError(f"{folder} is there already")
    with tarfile.open(file, "r:gz") as tar:
        tar.extractall(folder, filter="data")


def digest_of(file: Path) -> str:
    """Of a whole file, ``sha256:...``."""
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


def _without_circumstances(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who built it when, and under which umask, is no part of it."""
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry
