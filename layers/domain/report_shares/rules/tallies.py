"""What a roll-up counts: rows that add up to the same whatever the order.

"As last seen" values carry the stamp of the run they were seen in.
"""

from dataclasses import dataclass
from typing import Protocol, Self

# (completed_at, run id) as text that sorts the same way: thirteen digits will do until the year 2286.
type Stamp = str


@dataclass(slots=True)
class Cells:
    """How many answers there are, and in how many of them the brand appears."""

    answers: int
    appearances: int

    def add(self, other: Self) -> None:
        self.answers += other.answers
        self.appearances += other.appearances


@dataclass(slots=True)
class Tally:
    """The same, with the answers' citations: all, those to the brand's domains, and those that hide where they lead."""

    answers: int = 0
    appearances: int = 0
    citations: int = 0
    brand_citations: int = 0
    unresolved: int = 0

    def add(self, other: Self) -> None:
        self.answers += other.answers
        self.appearances += other.appearances
        self.citations += other.citations
        self.brand_citations += other.brand_citations
        self.unresolved += other.unresolved


@dataclass(slots=True)
class Ranks:
    """How many ranks there are, their sum, and the best (smallest) one, None if there are none."""

    count: int = 0
    total: int = 0
    best: int | None = None

    @classmethod
    def of(cls, rank: int | None) -> Self:
        return cls() if rank is None else cls(1, rank, rank)

    def add(self, other: Self) -> None:
        self.count += other.count
        self.total += other.total
        self.best = best(self.best, other.best)


@dataclass(slots=True)
class GroupTally:
    """A platform, region or category: its name as last seen and what its answers add up to."""

    last_seen: tuple[Stamp, str]
    tally: Tally

    @property
    def count(self) -> int:
        return self.tally.answers

    def add(self, other: Self) -> None:
        self.last_seen = later(self.last_seen, other.last_seen)
        self.tally.add(other.tally)


@dataclass(slots=True)
class BusinessTally:
    """How many answers name a business that is not the brand, its ranks in them, and its name as last seen."""

    last_seen: tuple[Stamp, str]
    count: int
    ranks: Ranks

    def add(self, other: Self) -> None:
        self.last_seen = later(self.last_seen, other.last_seen)
        self.count += other.count
        self.ranks.add(other.ranks)


@dataclass(slots=True)
class DomainTally:
    """How often a domain is cited, and when it was last."""

    last_seen: tuple[Stamp]
    count: int

    def add(self, other: Self) -> None:
        self.last_seen = max(self.last_seen, other.last_seen)
        self.count += other.count


@dataclass(slots=True)
class PageTally:
    """How often a page is cited, its address as last seen, and the last title that was, empty if it has none."""

    last_seen: tuple[Stamp, str]
    title: tuple[Stamp, str]
    count: int

    def add(self, other: Self) -> None:
        self.last_seen = later(self.last_seen, other.last_seen)
        self.title = later(self.title, other.title)
        self.count += other.count


@dataclass(slots=True)
class PromptTally:
    """The answers to a prompt, in all and by platform, the brand's ranks, and text and category as last seen."""

    last_seen: tuple[Stamp, str, str | None]
    cells: Cells
    ranks: Ranks
    platforms: dict[str, Cells]

    @property
    def count(self) -> int:
        return self.cells.answers

    def add(self, other: Self) -> None:
        self.last_seen = later(self.last_seen, other.last_seen)
        self.cells.add(other.cells)
        self.ranks.add(other.ranks)
        fold(self.platforms, other.platforms)


@dataclass(slots=True)
class Totals:
    """The totals of one run or of many; prompts, platforms and regions are counted once each."""

    tally: Tally
    ranks: Ranks
    prompts: int
    platforms: int
    regions: int


class _Addable(Protocol):
    def add(self, other: Self) -> None: ...


def add_to[K, V: _Addable](rows: dict[K, V], key: K, row: V) -> None:
    if key in rows:
        rows[key].add(row)
    else:
        rows[key] = row


def fold[K, V: _Addable](rows: dict[K, V], part: dict[K, V]) -> None:
    for key, row in part.items():
        add_to(rows, key, row)


def best(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def later[T: tuple[Stamp, *tuple[str | None, ...]]](present: T, other: T) -> T:
    """Whichever has the greater stamp; within one run, whichever comes later in its file."""
    return other if other[0] >= present[0] else present
