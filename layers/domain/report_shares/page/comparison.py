"""What changed between the last two runs, arranged for reading.

A change has a mood, which gives it its colour, only where it was tested and is more than chance: that is the change of
visibility over all compared cells, and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from report_shares.contract.snapshot import ChangedPrompt, Changes, ReportSnapshot
from report_shares.rules.summary import is_unclear

type Mood = Literal["better", "worse", "same"]

_COVERAGE = ("prompts_count", "platforms_count", "regions_count")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two runs like for like. ``before`` and ``now`` are None where visibility is not shown."""

    changes: Changes
    before: float | None
    now: float | None
    risen: Sequence[ChangedPrompt]
    fallen: Sequence[ChangedPrompt]

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.now is None else difference(self.before, self.now)

    @property
    def is_unclear(self) -> bool:
        return is_unclear(self.changes)

    @property
    def mood(self) -> Mood:
        if self.is_unclear or not self.changes["is_significant"]:
            return "same"
        return "better" if self.changes["won"] > self.changes["lost"] else "worse"

    @property
    def unchanged(self) -> int:
        """Cells neither won nor lost."""
        return self.changes["compared_cells"] - self.changes["won"] - self.changes["lost"]


def comparison(changes: Changes | None) -> Comparison | None:
    """None where there is nothing to compare."""
    if not changes:
        return None
    prompts = changes.get("prompts", [])
    return Comparison(
        changes,
        changes.get("visibility_before"),
        changes.get("visibility_now"),
        risen=[prompt for prompt in prompts if prompt["now"] > prompt["before"]],
        fallen=[prompt for prompt in prompts if prompt["now"] < prompt["before"]],
    )


def difference(before: float, now: float) -> float:
    """Between two numbers as they are shown, with one decimal."""
    return round(now - before, 1)


def coverage_changed(snapshot: ReportSnapshot) -> bool:
    """Whether the last two runs did not ask the same: what is told of each run as a whole is not like for like then.

    Where changes are not shown, what can be told is whether there are as many prompts, platforms and regions.
    """
    stats = snapshot.get("stats", {})
    latest, previous = stats.get("latest"), stats.get("previous")
    if "changes" in snapshot:
        changes = snapshot["changes"]
        # With two runs and no changes, they have nothing in common.
        return bool(changes["only_before"] or changes["only_now"]) if changes else bool(previous)
    if not latest or not previous:
        return False
    return any(latest.get(name) != previous.get(name) for name in _COVERAGE)
