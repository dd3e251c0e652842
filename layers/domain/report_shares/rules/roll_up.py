"""The roll-up: what every completed run of a schedule adds up to.

Roll-ups form a commutative monoid: ``RollUp()`` is the empty one and ``merge`` adds another, so the sum is the
same whether runs arrive late, out of order or at the same moment. Only counters, minima and "as last seen" values
are kept, never answers; last seen means in the run with the greatest (completed_at, run id).
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Protocol, Self

from pydantic import TypeAdapter

from report_shares.rules.run_files import Answer, Business, Run, domain_of_host

RECENT_RUNS = 52

# The brand's key among the businesses; no business has an empty name.
BRAND = ""

# (completed_at, run id) as text that sorts the same way: thirteen digits will do until the year 2286.
type Stamp = str

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BrandIdentity:
    """What a brand is recognised by in answers: its name and aliases, and the domains it owns."""

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_named(self, name: str) -> bool:
        """Whether this is the brand's name or an alias, once trimmed and case-folded."""
        return _folded(name) in self._names

    def owns(self, domain: str) -> bool:
        """Whether the domain (as ``domain_of_url`` gives it) is one of the brand's or below one."""
        return domain in self._domains or domain.endswith(self._subdomain_endings)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(filter(None, map(_folded, (self.name, *self.aliases))))

    @cached_property
    def _domains(self) -> frozenset[str]:
        return frozenset(filter(None, map(domain_of_host, self.domains)))

    @cached_property
    def _subdomain_endings(self) -> tuple[str, ...]:
        return tuple(f".{domain}" for domain in self._domains)


@dataclass(slots=True)
class Cells:
    """How many answers there are, and in how many of them the brand appears."""

    answers: int = 0
    appearances: int = 0

    def add(self, other: Self) -> None:
        self.answers += other.answers
        self.appearances += other.appearances


@dataclass(slots=True)
class Tally:
    """The same, with the answers' citations and how many of those are to the brand's domains."""

    answers: int = 0
    appearances: int = 0
    citations: int = 0
    brand_citations: int = 0

    def add(self, other: Self) -> None:
        self.answers += other.answers
        self.appearances += other.appearances
        self.citations += other.citations
        self.brand_citations += other.brand_citations


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
        self.best = _best(self.best, other.best)


@dataclass(slots=True)
class BusinessTally:
    """How many answers name a business, its ranks in them, and its name as last seen."""

    last_seen: tuple[Stamp, str]
    mentions: int
    ranks: Ranks

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.mentions += other.mentions
        self.ranks.add(other.ranks)


@dataclass(slots=True)
class PageTally:
    """How often a page is cited, and its title as last seen, empty if it has none."""

    last_seen: tuple[Stamp, str]
    count: int

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.count += other.count


@dataclass(slots=True)
class PromptTally:
    """The answers to a prompt, in all and by platform, the brand's ranks, and text and category as last seen."""

    last_seen: tuple[Stamp, str, str | None]
    cells: Cells
    ranks: Ranks
    platforms: dict[str, Cells]

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.cells.add(other.cells)
        self.ranks.add(other.ranks)
        _fold(self.platforms, other.platforms)


@dataclass(slots=True)
class Totals:
    """The totals of one run or of many; prompts, platforms and regions are counted once each."""

    tally: Tally
    ranks: Ranks
    prompts: int
    platforms: int
    regions: int


@dataclass(slots=True)
class CountedRun:
    """A run in the roll-up, with its own totals; ``completed_at`` is in epoch milliseconds.

    ``digest`` is the SHA-256, in hex, of everything the run contributes: two files with the same digest change a
    roll-up in the same way.
    """

    run_id: str
    digest: str
    completed_at: int
    figures: Totals

    @property
    def stamp(self) -> Stamp:
        return _stamp(self.completed_at, self.run_id)


@dataclass(slots=True)
class RollUp:
    """The sum of any number of runs; equal roll-ups describe the same runs.

    ``runs`` is keyed by run id, ``businesses`` by case-folded name (the brand and all its aliases by ``BRAND``),
    ``prompts`` by prompt id. ``recent`` holds each prompt's (answers, appearances) in each of the last
    ``RECENT_RUNS`` runs, keyed by stamp.
    """

    runs: dict[str, CountedRun] = field(default_factory=dict)
    platforms: dict[str, Cells] = field(default_factory=dict)
    regions: dict[str, Tally] = field(default_factory=dict)
    categories: dict[str, Tally] = field(default_factory=dict)
    businesses: dict[str, BusinessTally] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    urls: dict[str, PageTally] = field(default_factory=dict)
    prompts: dict[str, PromptTally] = field(default_factory=dict)
    recent: dict[Stamp, dict[str, tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, brand: BrandIdentity) -> Self:
        """What this run contributes. Raises ``ValueError`` if it is not completed."""
        if not run.is_completed or run.completed_at is None:
            raise ValueError(f"run {run.id} is not completed")
        completed_at = (run.completed_at - _EPOCH) // timedelta(milliseconds=1)
        roll_up = cls()
        roll_up._count(run, brand, completed_at)
        roll_up.runs[str(run.id)].digest = roll_up._digest()
        return roll_up

    def merge(self, part: Self) -> None:
        """Adds the part in place, at a cost of the part's size.

        The part's objects become this roll-up's own: do not use it afterwards. Raises ``ValueError``, with nothing
        added, if a run is in both, since it would count twice.
        """
        if not self.runs.keys().isdisjoint(part.runs):
            raise ValueError("a run is in both roll-ups")
        self.runs |= part.runs
        _fold(self.platforms, part.platforms)
        _fold(self.regions, part.regions)
        _fold(self.categories, part.categories)
        _fold(self.businesses, part.businesses)
        self.domains.update(part.domains)
        _fold(self.urls, part.urls)
        _fold(self.prompts, part.prompts)
        self.recent |= part.recent
        for stamp in sorted(self.recent)[:-RECENT_RUNS]:
            del self.recent[stamp]

    def totals(self) -> Totals:
        """The totals over all runs."""
        tally, ranks = Tally(), Ranks()
        for region in self.regions.values():
            tally.add(region)
        for prompt in self.prompts.values():
            ranks.add(prompt.ranks)
        return Totals(tally, ranks, len(self.prompts), len(self.platforms), len(self.regions))

    def dump(self) -> bytes:
        """The roll-up as compact JSON, which ``load`` reads back."""
        return _ROLL_UP.dump_json(self)

    @staticmethod
    def load(data: bytes) -> "RollUp":
        """The roll-up that ``dump`` wrote. Raises ``ValueError`` for any other bytes."""
        return _ROLL_UP.validate_json(data)

    def _count(self, run: Run, brand: BrandIdentity, completed_at: int) -> None:
        run_id = str(run.id)
        stamp = _stamp(completed_at, run_id)
        for region in run.regions:
            if region.is_completed:
                self.regions[region.name] = Tally()
                for answer in region.answers:
                    self._count_answer(region.name, answer, brand, stamp)
        self.runs[run_id] = CountedRun(run_id=run_id, digest="", completed_at=completed_at, figures=self.totals())
        self.recent[stamp] = {
            prompt_id: (prompt.cells.answers, prompt.cells.appearances) for prompt_id, prompt in self.prompts.items()
        }

    def _count_answer(self, region: str, answer: Answer, brand: BrandIdentity, stamp: Stamp) -> None:
        appears = int(answer.brand_appears)
        rank = answer.rank if answer.brand_appears else None
        domains = [citation.domain for citation in answer.citations]
        counts = (1, appears, len(domains), sum(map(brand.owns, domains)))

        _add(self.platforms, answer.platform, Cells(1, appears))
        _add(self.regions, region, Tally(*counts))
        if answer.category is not None:
            _add(self.categories, answer.category, Tally(*counts))
        prompt = PromptTally(
            (stamp, answer.prompt, answer.category),
            Cells(1, appears),
            Ranks.of(rank),
            {answer.platform: Cells(1, appears)},
        )
        _add(self.prompts, str(answer.prompt_id), prompt)
        for key, (name, best) in _named(answer.businesses, brand).items():
            _add(self.businesses, key, BusinessTally((stamp, name), 1, Ranks.of(best)))
        for citation, domain in zip(answer.citations, domains, strict=True):
            self.domains[domain] += 1
            _add(self.urls, citation.url, PageTally((stamp, citation.title) if citation.title else ("", ""), 1))

    def _digest(self) -> str:
        canonical = json.dumps(_ROLL_UP.dump_python(self, mode="json"), sort_keys=True)
        return sha256(canonical.encode()).hexdigest()


_ROLL_UP = TypeAdapter(RollUp)


class _Addable(Protocol):
    def add(self, other: Self) -> None: ...


def _add[K, V: _Addable](rows: dict[K, V], key: K, row: V) -> None:
    if key in rows:
        rows[key].add(row)
    else:
        rows[key] = row


def _fold[K, V: _Addable](rows: dict[K, V], part: dict[K, V]) -> None:
    for key, row in part.items():
        _add(rows, key, row)


def _named(businesses: Iterable[Business], brand: BrandIdentity) -> dict[str, tuple[str, int | None]]:
    """Each business of one answer, once: its name as last written there and its best rank."""
    named: dict[str, tuple[str, int | None]] = {}
    for business in businesses:
        key = BRAND if brand.is_named(business.name) else business.name.casefold()
        _, best = named.get(key, ("", None))
        named[key] = (business.name, _best(best, business.rank))
    return named


def _best(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _later[T: tuple[Stamp, *tuple[str | None, ...]]](present: T, other: T) -> T:
    """Whichever has the greater stamp; within one run, whichever comes later in its file."""
    return other if other[0] >= present[0] else present


def _stamp(completed_at: int, run_id: str) -> Stamp:
    return f"{completed_at:013d} {run_id}"


def _folded(name: str) -> str:
    return name.strip().casefold()
