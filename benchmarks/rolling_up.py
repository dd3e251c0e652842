"""Rolling up one more run of about 1 MB: CPU and memory by how many runs of history there are."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

from pydantic_core import to_json

from benchmarks.measure import Cpu, Work, peak_mb, ready, side_by_side
from local_service import demo
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.catalog import Brand, Schedule
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import Run, RunFileUpload, key_of, read_run
from report_shares.rules.snapshot import build_snapshot
from report_shares.times import system_clock
from report_shares.use_cases.roll_up_runs import RollUpRuns
from report_shares.use_cases.roll_up_store import Pointer, RunOutcome, RunStatus, StoredRunFile

type Progress = Callable[[str], None]

_LAST = datetime(2026, 11, 2, tzinfo=UTC)
_SUBJECT = demo.demo()
_SCHEDULE_ID, _BRAND_ID = UUID(_SUBJECT.scheduled_report_id), UUID(_SUBJECT.brand_id)
_BRAND = Brand(_BRAND_ID, demo.WORKSPACE_ID, "Acme Coffee Roasters", ("Acme Coffee",), ("acmecoffee.example",))
IDENTITY = BrandIdentity(_BRAND.name, _BRAND.aliases, _BRAND.domains)
_CONTENTS = 13


@dataclass
class Memory:
    """``RollUpStore`` in memory: the same schedule for each fold, so that folds can be repeated."""

    run_file: bytes
    documents: dict[str, bytes] = field(default_factory=dict)
    schedule: Schedule = field(
        default_factory=lambda: Schedule(_SCHEDULE_ID, _BRAND_ID, demo.WORKSPACE_ID, "Weekly", "weekly")
    )

    def get_schedule(self, _: UUID) -> Schedule:
        return self.schedule

    def get_brand(self, _: UUID) -> Brand:
        return _BRAND

    def find_run_file(self, upload: RunFileUpload) -> RunFileUpload:
        return upload

    def list_run_files(self, _: UUID) -> dict[UUID, RunFileUpload]:
        raise AssertionError("a fold rebuilt the roll-up")

    def read_run_file(self, _: str, __: int) -> StoredRunFile:
        return StoredRunFile(self.run_file, "one")

    def read_document(self, key: str) -> bytes:
        return gzip.decompress(self.documents[key])

    def write_document(self, key: str, text: bytes) -> None:
        self.documents[key] = gzip.compress(text, 6, mtime=0)

    def delete_document(self, key: str) -> None:
        """Kept: the next fold of the measurement begins with the same history."""

    def move_pointer(self, _: Schedule, pointer: Pointer) -> None:
        del self.documents[pointer.rollup_key], self.documents[pointer.snapshot_key]

    def record_outcome(self, outcome: RunOutcome) -> None:
        assert outcome.status is RunStatus.ROLLED_UP, outcome


@dataclass(frozen=True)
class Fold:
    """What folding one more run took."""

    cpu: Cpu
    peak_mb: float


def run_file(text: int | None = None, regions: int = 1) -> bytes:
    """A run file of the demo; where asked for, with answers of so many characters, and so many times its regions."""
    (run,) = demo.generate_runs(runs=1, last=_LAST)
    if text is not None:
        for region in run["regions"]:
            for answer in region["answers"]:
                answer["answer_text"] = (answer["answer_text"] * (text // 100 + 1))[:text]
    run["regions"] = [
        region | {"name": f"{region['name']} {number or ''}"} for number in range(regions) for region in run["regions"]
    ]
    return json.dumps(run).encode()


def read(text: bytes) -> Run:
    """A completed run of the demo's schedule, as the roll-up reads it."""
    upload = RunFileUpload.of(key_of(_SCHEDULE_ID, UUID(json.loads(text)["id"])), "one")
    found = read_run(text, upload, _BRAND_ID, system_clock())
    assert found, "the run is not completed"
    return found


def snapshot_of(runs: int, progress: Progress) -> bytes:
    """The snapshot document of so many runs."""
    return to_json(build_snapshot(history(runs, progress), IDENTITY))


def history(runs: int, progress: Progress) -> RollUp:
    """The roll-up of so many runs, one a day; their contents repeat every 13."""
    whole = RollUp()
    for number, part in enumerate(_parts(runs)):
        whole.merge(part)
        if number % 1_000 == 999:
            progress(f"history: {number + 1} of {runs} runs")
    return whole


def _parts(runs: int) -> Iterator[RollUp]:
    """The same contents as other runs on other days: ids and times are plain text in a dumped part."""
    contents = []
    for run in demo.generate_runs(runs=min(runs, _CONTENTS), last=_LAST):
        part = RollUp.of(read(json.dumps(run).encode()), IDENTITY)
        ((run_id, row),) = part.runs.items()
        contents.append((part.dump(IDENTITY.definition).decode(), run_id, str(row.completed_at)))
    for number in range(runs):
        text, run_id, completed_at = contents[number % len(contents)]
        day = _LAST - timedelta(days=runs - number)
        other_id, other_time = str(uuid5(_SCHEDULE_ID, str(number))), str(int(day.timestamp() * 1_000))
        yield RollUp.load(
            text.replace(run_id, other_id).replace(completed_at, other_time).encode(), IDENTITY.definition
        )


def measured(histories: tuple[int, ...], rounds: int, progress: Progress) -> dict[int, Fold]:
    """What folding the same file takes for each length of history."""
    file = run_file()
    run_id = UUID(json.loads(file)["id"])
    folds: dict[int, Work] = {}
    for runs in histories:
        store = Memory(file)
        store.write_document("rollups/history", history(runs, progress).dump(IDENTITY.definition))
        store.schedule = Schedule(
            _SCHEDULE_ID, _BRAND_ID, demo.WORKSPACE_ID, "Weekly", "weekly", runs, "snapshots/history", "rollups/history"
        )
        arrived = [RunFileUpload.of(f"runs/{_SCHEDULE_ID}/{run_id}.json", "one")]
        roll_up = RollUpRuns(store, system_clock)
        folds[runs] = partial(roll_up, _SCHEDULE_ID, arrived)
    cpu = side_by_side({str(runs): ready(fold) for runs, fold in folds.items()}, rounds)
    return {runs: Fold(cpu[str(runs)], peak_mb(fold)) for runs, fold in folds.items()}
