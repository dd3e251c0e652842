"""`sharectl purge`: all that belongs to a schedule, brand or workspace goes, for good.

Its links answer 410 from the moment its schedules' rows are gone, which is the first thing that happens: nobody can
make new ones, and no run is folded. What is left after a crash is found again by what stays of each row (PURGED).
"""

from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager
from itertools import batched, chain
from typing import Annotated
from uuid import UUID

import typer

from report_shares.store import items
from report_shares.store.items import Item
from report_shares.times import system_clock
from sharectl import belongings, dead_letters, objects
from sharectl.belongings import Catalogue, Owner, key_of, kind_of
from sharectl.command import Context, not_empty
from sharectl.dead_letters import DeadLetter
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.stack import Stack
from sharectl.tables import write_items

_CATALOGUE = ("keys", "schedules", "brands")
_ROWS = (
    *_CATALOGUE,
    "ledgers",
    "shares",
    "view_counts",
    "gates",
    "idempotency_records",
    "run_outcomes",
    "request_counts",
)
_FOLDERS = {"runs": "run_files", "rollups": "roll_ups", "snapshots": "snapshots"}
_BATCH = 100
_KINDS = (*_ROWS, *_FOLDERS.values(), "object_versions", "bytes", "dead_letters")


def purge(  # noqa: PLR0913 - the command's options
    ctx: Context,
    *,
    schedule: Annotated[UUID | None, typer.Option(metavar="ID", help="This schedule; its brand stays.")] = None,
    brand: Annotated[UUID | None, typer.Option(metavar="ID", help="This brand and all of its schedules.")] = None,
    workspace: Annotated[
        str | None,
        typer.Option(metavar="ID", callback=not_empty, help="All of this workspace's brands, schedules and API keys."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and leave it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not count beforehand, and do not ask.")] = False,
) -> None:
    """Delete all that the service has of a schedule, brand or workspace, for good.

    Rows, run files, roll-ups and snapshots with all their versions, and dead letters. Links answer 410 at once. It
    counts first and asks. After a failure, and for what arrives later, run it again.
    """
    if len([one for one in (schedule, brand, workspace) if one is not None]) != 1:
        raise InvalidInput([Fault("", "give one of --schedule, --brand and --workspace")])
    owner = Owner(schedule, brand, workspace)
    if dry_run or not yes:
        catalogue = belongings.find(ctx.stack, owner)
        found = _count(ctx.stack, catalogue)
        if dry_run:
            ctx.output.result({"found": _shown(found), "schedule_ids": _ids(catalogue)}, *_lines(found))
            return
        for line in _lines(found):
            ctx.output.note(line)
        if found.total() and not ctx.output.confirmed("delete all of this for good?"):
            raise SharectlError("nothing was done")
    _purge(ctx, owner)


def _count(stack: Stack, catalogue: Catalogue) -> Counter[str]:
    found = _count_what_is_stored(stack, catalogue)
    with _letters_about(stack, catalogue.schedule_ids) as letters:
        found["dead_letters"] = len(letters)
    return found


def _count_what_is_stored(stack: Stack, catalogue: Catalogue) -> Counter[str]:
    rows = chain(catalogue.rows, catalogue.ledgers(stack), catalogue.everything_else(stack))
    found = Counter(map(kind_of, rows))
    for version in _versions(stack, catalogue.schedule_ids):
        _add(found, version)
    return found


def _purge(ctx: Context, owner: Owner) -> None:
    stack = ctx.stack
    done: Counter[str] = Counter()
    try:
        catalogue = belongings.find(stack, owner)
        ctx.output.result({"schedule_ids": _ids(catalogue)})
        # What remembers a row comes before it goes, or what lies below it would be nobody's after a crash.
        memories = (items.purged_item(row, system_clock()) for row in (*catalogue.rows, *catalogue.lost))
        write_items(stack, ({"PutRequest": {"Item": memory}} for memory in memories))
        _delete_rows(ctx, sorted(catalogue.rows, key=lambda row: _CATALOGUE.index(kind_of(row))), done)
        # Without a ledger no share that is being made can be committed: all that were are seen after it.
        _delete_rows(ctx, list(catalogue.ledgers(stack)), done)
        _delete_rows(ctx, list(catalogue.everything_else(stack)), done)
        _delete_objects(ctx, catalogue.schedule_ids, done)
        _drop_letters(stack, catalogue.schedule_ids, done)
    finally:
        ctx.output.result({"purged": _shown(done)}, *_lines(done))
    found = _count_what_is_stored(stack, belongings.find(stack, owner))
    left = sum(found[kind] for kind in (*_ROWS, "object_versions"))
    ctx.output.result({"left": left})
    if left:
        ctx.output.faults.append(Fault("", f"{left} rows and object versions are still there: run it again"))


def _delete_rows(ctx: Context, rows: list[Item], done: Counter[str]) -> None:
    with ctx.output.progress() as progress:
        for batch in batched(progress.track(rows, description="rows"), _BATCH, strict=False):
            write_items(ctx.stack, [{"DeleteRequest": {"Key": key_of(row)}} for row in batch])
            done.update(map(kind_of, batch))


def _delete_objects(ctx: Context, schedule_ids: Set[UUID], done: Counter[str]) -> None:
    with ctx.output.progress() as progress:
        task = progress.add_task("object versions", total=None)
        for version, reason in objects.delete(ctx.stack, _versions(ctx.stack, schedule_ids)):
            if reason is None:
                _add(done, version)
            else:
                ctx.output.faults.append(Fault("", f"{version.key} is still there: {reason}"))
            progress.advance(task)


def _versions(stack: Stack, schedule_ids: Set[UUID]) -> Iterator[objects.Version]:
    """Every object version of these schedules."""
    folders = [f"{place}/{one}/" for one in sorted(map(str, schedule_ids)) for place in ("rollups", "snapshots")]
    for folder in chain(objects.run_folders(stack, schedule_ids), folders):
        yield from objects.versions(stack, folder)


def _add(counts: Counter[str], version: objects.Version) -> None:
    counts["object_versions"] += 1
    counts["bytes"] += version.size or 0
    if version.is_latest and version.size is not None:
        counts[_FOLDERS[version.key.partition("/")[0]]] += 1


def _drop_letters(stack: Stack, schedule_ids: Set[UUID], done: Counter[str]) -> None:
    """They hold no more than a key, and replayed they would be refused again."""
    with _letters_about(stack, schedule_ids) as letters:
        while letters:
            message_id, letter = next(iter(letters.items()))
            dead_letters.drop(stack, letter)
            del letters[message_id]
            done["dead_letters"] += 1


@contextmanager
def _letters_about(stack: Stack, schedule_ids: Set[UUID]) -> Iterator[dict[str, DeadLetter]]:
    """Those about the schedules' run files, by message. Whichever are left in there are given back, like all others."""
    ids = set(map(str, schedule_ids))
    ours: dict[str, DeadLetter] = {}
    others: dict[str, DeadLetter] = {}
    try:
        for letter in dead_letters.receive(stack):
            key = letter.key or ""
            is_ours = key.startswith("runs/") and objects.schedule_in(key) in ids
            (ours if is_ours else others)[letter.message_id] = letter
        yield ours
    finally:
        dead_letters.give_back(stack, [*others.values(), *ours.values()])


def _lines(counts: Counter[str]) -> list[str]:
    found = [f"{counts[kind]:12,}  {kind.replace('_', ' ')}" for kind in _KINDS if counts[kind]]
    return found or ["there is nothing of it"]


def _ids(catalogue: Catalogue) -> list[str]:
    """Whoever has copies elsewhere looks there for these."""
    return sorted(map(str, catalogue.schedule_ids))


def _shown(counts: Counter[str]) -> dict[str, int]:
    return {kind: counts[kind] for kind in _KINDS}
