"""Run files on this machine: recognised, uploaded to where the roll-up finds them, and waited for."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from report_shares.rules import run_files
from report_shares.rules.left_out import LeftOut
from report_shares.store import items
from report_shares.store.items import Item
from report_shares.use_cases.roll_up_store import RunStatus
from sharectl.errors import parse_each
from sharectl.stack import Stack
from sharectl.tables import read_items

type Status = RunStatus | Literal["timed_out"]

_UPLOADS_AT_ONCE = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


@dataclass(frozen=True)
class LocalFile:
    """A run file as it will be uploaded."""

    name: str
    scheduled_report_id: UUID
    run_id: UUID
    data: bytes
    gzipped: bool

    @property
    def outcome_key(self) -> Item:
        """Where the roll-up says what became of it."""
        return items.run_key(self.scheduled_report_id, self.run_id)

    @property
    def key(self) -> str:
        return run_files.key_of(self.scheduled_report_id, self.run_id, gzipped=self.gzipped)


@dataclass(frozen=True)
class Upload:
    """A run file that lies in the bucket, and what the roll-up made of it; None while that is not known.

    ``left_out`` counts what of it could not be used.
    """

    file: LocalFile
    etag: str
    status: Status | None = None
    reason: str | None = None
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.status in {RunStatus.REJECTED, "timed_out"}


def read(paths: Sequence[Path]) -> list[LocalFile]:
    """The run files at these paths; raises ``InvalidInput`` with everything wrong with any of them."""
    runs: dict[tuple[UUID, UUID], LocalFile] = {}

    def read_one(path: Path) -> LocalFile:
        file = recognise(str(path), path.read_bytes())
        first = runs.setdefault((file.scheduled_report_id, file.run_id), file)
        if first is not file:
            raise ValueError(f"is the same run as {first.name}")
        return file

    return parse_each(((str(path), path) for path in paths), read_one)


def recognise(name: str, data: bytes) -> LocalFile:
    """A run file by its own fields; raises ``ValueError`` that says why it is not one."""
    try:
        run = run_files.json_object(run_files.unpack(data))
    except run_files.RunFileRejected as error:
        raise ValueError(f"is not a run file: {error}") from None
    if run.get("object") != run_files.OBJECT:
        raise ValueError(f'is not a run file: "object" is not "{run_files.OBJECT}"')
    gzipped = run_files.is_gzip(data)
    return LocalFile(name, _uuid(run, "scheduled_report_id"), _uuid(run, "id"), data, gzipped)


def put(stack: Stack, files: Sequence[LocalFile]) -> Iterator[Upload]:
    """Upload a few files at a time; yields them in order, each when it is there."""
    s3 = stack.s3  # made before the threads need it

    def upload(file: LocalFile) -> Upload:
        kind = "application/gzip" if file.gzipped else "application/json"
        answer = s3.put_object(Bucket=stack.bucket, Key=file.key, Body=file.data, ContentType=kind)
        return Upload(file, answer["ETag"].strip('"'))

    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        yield from pool.map(upload, files)


def wait(stack: Stack, uploads: Sequence[Upload], timeout: float) -> Iterator[Upload]:
    """Yield each upload with what became of it as soon as that is known; it timed out after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    pending = {_id_of(upload.file.outcome_key): upload for upload in uploads}
    pause = _FIRST_PAUSE
    while True:
        is_news = False
        for item in read_items(stack, [upload.file.outcome_key for upload in pending.values()]):
            upload, outcome = pending[_id_of(item)], items.run_outcome_from(item)
            if outcome.etag == upload.etag:  # not about an earlier file of the same run
                del pending[_id_of(item)]
                is_news = True
                yield replace(upload, status=outcome.status, reason=outcome.reason, left_out=outcome.left_out)
        if not pending or time.monotonic() >= deadline:
            break
        pause = _FIRST_PAUSE if is_news else min(pause * 1.5, _LONGEST_PAUSE)
        time.sleep(max(0, min(pause, deadline - time.monotonic())))
    reason = f"not processed within {timeout:g} s; see `sharectl runs failed`"
    for upload in pending.values():
        yield replace(upload, status="timed_out", reason=reason)


def _id_of(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _uuid(run: Mapping[str, Any], field: str) -> UUID:
    value = str(run.get(field)).strip().lower()
    try:
        found = UUID(value)
        is_canonical = str(found) == value
    except ValueError:
        is_canonical = False
    if not is_canonical:
        raise ValueError(f'is not a run file: "{field}" is not a UUID')
    return found
