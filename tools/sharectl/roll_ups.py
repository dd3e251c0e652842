"""Roll-ups made anew from their schedules' run files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from report_shares.store.bucket import Bucket
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import system_clock
from report_shares.use_cases.rebuild_roll_up import RebuildRollUp, Rebuilt, UnknownSchedule
from report_shares.use_cases.roll_up_store import Overtaken
from sharectl.errors import Fault, InvalidInput, SharectlError
from sharectl.stack import Stack


@dataclass(frozen=True)
class Outcome:
    """What became of one schedule: ``rebuilt``, or why it could not be."""

    scheduled_report_id: str
    rebuilt: Rebuilt | None
    fault: str = ""


def schedule_ids(arguments: Sequence[str]) -> list[UUID]:
    """The arguments as ids; raises ``InvalidInput`` with everything wrong with any of them."""
    found: list[UUID] = []
    faults: list[Fault] = []
    for position, argument in enumerate(arguments, 1):
        try:
            found.append(UUID(argument))
        except ValueError:
            faults.append(Fault(f"argument {position}", "is not the id of a scheduled report (a UUID)"))
    if faults:
        raise InvalidInput(faults)
    return found


def rebuild(stack: Stack, ids: Sequence[UUID]) -> Iterator[Outcome]:
    """Rebuild one schedule after the other, here and not in Lambda: there is no limit of time."""
    store = RollUpTable(stack.dynamodb, stack.table, Bucket(stack.s3, stack.bucket))
    use_case = RebuildRollUp(store, system_clock)
    for scheduled_report_id in ids:
        try:
            yield Outcome(str(scheduled_report_id), use_case(scheduled_report_id))
        except UnknownSchedule as error:
            yield Outcome(str(scheduled_report_id), None, str(error))
        except Overtaken:
            raise SharectlError(
                f"{scheduled_report_id}: runs kept arriving while it was rebuilt; nothing has changed, try again"
            ) from None
