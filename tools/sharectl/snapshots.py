"""`sharectl snapshots`: those that nothing points to any more are cleared, and had back where that was a mistake.

A cleared snapshot has a delete marker, and is gone for good only when the bucket forgets replaced versions. The bucket
never deletes by itself what has no such marker.
"""

from collections.abc import Iterable
from time import monotonic, sleep
from typing import Annotated

import typer

from report_shares.store import items
from report_shares.times import DAY, system_clock
from sharectl import objects
from sharectl.command import Command, Context
from sharectl.errors import Fault, SharectlError
from sharectl.stack import Stack
from sharectl.tables import scan

_PREFIX = "snapshots/"
# A fold writes a snapshot first and points to it then, within two minutes in Lambda. A day allows for any clock.
_YOUNG = DAY
# A request that has read a pointer makes its share within 29 s or never. Twice as long, in seconds.
_UNTIL_REQUESTS_ARE_DONE = 60

app = typer.Typer(name="snapshots", no_args_is_help=True, help="Snapshots of reports.")


@app.command(cls=Command)
def clear(
    ctx: Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go, and leave it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the snapshots that no schedule and no share points to, if they are older than a day.

    A share counts as long as its row is there, open or not. It takes a minute, which a share that is being made may
    take to point to what its schedule has just left behind. For 30 days `snapshots restore` brings them back.
    """
    stack = ctx.stack
    pointed_to = _pointed_to(stack)
    looked_at, oldest_young = monotonic(), system_clock() - _YOUNG
    stored = list(objects.present(stack, _PREFIX))
    unused = [one for one in stored if one.key not in pointed_to]
    found = [one for one in unused if one.modified_at <= oldest_young]
    counts = {"pointed_to": len(stored) - len(unused), "young": len(unused) - len(found)}
    told = f"{counts['pointed_to']} are pointed to, {counts['young']} are too young"
    if dry_run:
        ctx.output.result({"found": len(found), "bytes": _bytes(found)} | counts)
        ctx.output.result({}, f"{_counted(found)} would be cleared; {told}")
        return
    if found:
        ctx.output.note(f"{_counted(found)} to clear; {told}")
        if not yes and not ctx.output.confirmed("clear them?"):
            raise SharectlError("nothing was done")
        _wait(ctx, looked_at + _UNTIL_REQUESTS_ARE_DONE)
        now_pointed_to = _pointed_to(stack)
        found = [one for one in found if one.key not in now_pointed_to]
    cleared: list[objects.Version] = []
    try:
        with ctx.output.progress() as progress:
            for one, reason in progress.track(objects.delete(stack, found), len(found), description="clearing"):
                if reason is None:
                    cleared.append(one)
                else:
                    ctx.output.faults.append(Fault("", f"{one.key} is still there: {reason}"))
    finally:
        ctx.output.result({"cleared": len(cleared), "bytes": _bytes(cleared)} | counts)
        ctx.output.result({}, f"{_counted(cleared)} cleared; {told}")


@app.command(cls=Command)
def restore(ctx: Context) -> None:
    """Bring back the snapshots that were cleared and that a schedule or share points to now.

    For when items of the table were brought back from a time before the snapshots were cleared.
    """
    stack = ctx.stack
    missing = _pointed_to(stack) - {one.key for one in objects.present(stack, _PREFIX)}
    versions = [one for one in objects.versions(stack, _PREFIX) if one.key in missing] if missing else []
    kept = {one.key for one in versions if one.size is not None}
    markers = [one for one in versions if one.size is None and one.key in kept]
    failed = {one.key: reason for one, reason in objects.delete(stack, markers) if reason is not None}
    ctx.output.faults += [Fault("", f"{key} is still hidden: {reason}") for key, reason in sorted(failed.items())]
    ctx.output.faults += [Fault("", f"{key} is gone for good") for key in sorted(missing - kept)]
    restored = len(kept - failed.keys())
    ctx.output.result({"restored": restored, "gone": len(missing - kept)}, f"{restored} snapshots restored")


def _pointed_to(stack: Stack) -> set[str]:
    which = "sk IN (:schedule, :share) AND attribute_exists(snapshot_key)"
    values = {":schedule": items.text("SCHEDULE"), ":share": items.text("SHARE")}
    return {item["snapshot_key"]["S"] for item in scan(stack, which, values, ProjectionExpression="snapshot_key")}


def _wait(ctx: Context, until: float) -> None:
    seconds = until - monotonic()
    if seconds > 0:
        ctx.output.note(f"waiting {seconds:.0f} s for shares that are being made now")
        sleep(seconds)


def _bytes(found: Iterable[objects.Version]) -> int:
    return sum(one.size or 0 for one in found)


def _counted(found: list[objects.Version]) -> str:
    return f"{len(found)} {'snapshot' if len(found) == 1 else 'snapshots'} of {_bytes(found):,} bytes"
