"""What changed between two runs, like for like: over the cells that were asked in both.

Of a cell that was asked m times in one run and n times in the other, the first min(m, n) samples of each count. A rate
of many cells is the mean over them, so that none counts more for having been asked more often.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from report_shares.contract.snapshot import (
    ChangedCompetitor,
    ChangedDomains,
    ChangedGroup,
    ChangedPrompt,
    Changes,
    Shift,
)
from report_shares.rules.samples import Cell, RunSamples, Sample
from report_shares.rules.shown_names import ShownNames
from report_shares.rules.statistics import sign_test
from report_shares.times import iso

MAX_PROMPTS = 10
"""Of those that rose, and of those that fell."""
MAX_COMPETITORS = 10
MAX_DOMAINS = 10
"""Of those that were gained, and of those that were lost."""


@dataclass(frozen=True)
class _Compared:
    """A cell that was asked in both runs, with as many samples of each."""

    cell: Cell
    before: Sequence[Sample]
    now: Sequence[Sample]

    @cached_property
    def appearances_before(self) -> int:
        return sum(sample.appears for sample in self.before)

    @cached_property
    def appearances_now(self) -> int:
        return sum(sample.appears for sample in self.now)


def changes_between(before: RunSamples, now: RunSamples, since: int, until: int, names: ShownNames) -> Changes | None:
    """What changed from one run to a later one, completed at ``since`` and ``until`` (epoch milliseconds).

    None where no cell was asked in both.
    """
    below = min(filter(None, (before.below, now.below)), default=None)
    cells_before, cells_now = (_bounded(run.cells, below) for run in (before, now))
    compared = [
        _Compared(cell, cells_before[cell][:size], cells_now[cell][:size])
        for cell in sorted(cells_before.keys() & cells_now.keys())
        if (size := min(len(cells_before[cell]), len(cells_now[cell])))
    ]
    if not compared:
        return None
    whole = _shift(compared)
    p_value, is_significant = sign_test(whole["won"], whole["lost"])
    return {
        "since": iso(since),
        "until": iso(until),
        "compared_cells": len(compared),
        "only_before": len(cells_before.keys() - cells_now.keys()),
        "only_now": len(cells_now.keys() - cells_before.keys()),
        "visibility_before": whole["before"],
        "visibility_now": whole["now"],
        "won": whole["won"],
        "lost": whole["lost"],
        "p_value": round(p_value, 4),
        "is_significant": is_significant,
        "platforms": _groups(compared, lambda cell: cell.platform, names.platform),
        "regions": _groups(compared, lambda cell: cell.region, names.region),
        "prompts": _prompts(compared),
        "competitors": _competitors(compared, names),
        "domains": _domains(compared),
    }


def _bounded(cells: Mapping[Cell, Sequence[Sample]], below: str | None) -> Mapping[Cell, Sequence[Sample]]:
    """The cells that either run would have kept."""
    return cells if below is None else {cell: found for cell, found in cells.items() if cell.digest < below}


def _groups(
    compared: Iterable[_Compared], key_of: Callable[[Cell], str], name_of: Callable[[str], str]
) -> list[ChangedGroup]:
    rows: list[ChangedGroup] = [
        {"name": name_of(key), **_shift(cells)} for key, cells in _grouped(compared, key_of).items()
    ]
    return sorted(rows, key=lambda row: (-row["now"], row["name"].casefold(), row["name"]))


def _prompts(compared: Iterable[_Compared]) -> list[ChangedPrompt]:
    """The prompts that rose most, then those that fell most; each wording is a prompt of its own."""
    moved: list[tuple[Fraction, ChangedPrompt]] = [
        (_mean_share(cells, now=True) - _mean_share(cells, now=False), {"prompt": text, **_shift(cells)})
        for (_, text), cells in _grouped(compared, lambda cell: (cell.prompt_id, cell.prompt)).items()
    ]
    moved.sort(key=lambda one: (-abs(one[0]), one[1]["prompt"].casefold(), one[1]["prompt"]))
    rose = [row for move, row in moved if move > 0]
    fell = [row for move, row in moved if move < 0]
    return rose[:MAX_PROMPTS] + fell[:MAX_PROMPTS]


def _shift(compared: Sequence[_Compared]) -> Shift:
    return {
        "before": _rate(_mean_share(compared, now=False)),
        "now": _rate(_mean_share(compared, now=True)),
        "won": sum(one.appearances_now > one.appearances_before for one in compared),
        "lost": sum(one.appearances_now < one.appearances_before for one in compared),
    }


def _competitors(compared: Sequence[_Compared], names: ShownNames) -> list[ChangedCompetitor]:
    """The most named over both runs; the brand is named where an answer says that it appears."""
    samples = sum(len(one.now) for one in compared)
    before, now = (_mentions(chosen) for chosen in _sides(compared))
    named = [(names.business(key), before[key], now[key], not key) for key in before | now]
    named.sort(key=lambda entry: (-entry[1] - entry[2], entry[0].casefold(), entry[0]))
    return [
        {
            "name": name,
            "before": _rate(Fraction(was, samples)),
            "now": _rate(Fraction(is_now, samples)),
            "is_brand": is_brand,
        }
        for name, was, is_now, is_brand in named[:MAX_COMPETITORS]
    ]


def _mentions(samples: Iterable[Sample]) -> Counter[str]:
    """How many samples name each business; the brand's key is empty."""
    return Counter(key for sample in samples for key in (*sample.businesses, *([""] if sample.appears else [])))


def _domains(compared: Sequence[_Compared]) -> ChangedDomains:
    """Those that only one of the runs cites, the most cited first."""
    before, now = (Counter(domain for sample in chosen for domain in sample.domains) for chosen in _sides(compared))

    def only(cited: Counter[str], other: Counter[str]) -> list[str]:
        found = sorted(cited.keys() - other.keys(), key=lambda domain: (-cited[domain], domain))
        return found[:MAX_DOMAINS]

    return {"gained": only(now, before), "lost": only(before, now)}


def _sides(compared: Iterable[_Compared]) -> tuple[list[Sample], list[Sample]]:
    """All compared samples of the run before, and of the run now."""
    compared = list(compared)
    return [s for one in compared for s in one.before], [s for one in compared for s in one.now]


def _mean_share(compared: Sequence[_Compared], *, now: bool) -> Fraction:
    """The mean over cells of the brand's share of their samples."""
    appearances = Counter[int]()  # by the number of samples, most cells having the same
    for one in compared:
        appearances[len(one.now)] += one.appearances_now if now else one.appearances_before
    return sum((Fraction(number, size) for size, number in appearances.items()), Fraction()) / len(compared)


def _rate(share: Fraction) -> float:
    return round(float(100 * share), 1)


def _grouped[K](compared: Iterable[_Compared], key_of: Callable[[Cell], K]) -> Mapping[K, Sequence[_Compared]]:
    groups: dict[K, list[_Compared]] = {}
    for one in compared:
        groups.setdefault(key_of(one.cell), []).append(one)
    return groups
