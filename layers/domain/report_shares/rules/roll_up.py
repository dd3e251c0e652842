"""The roll-up: what every completed run of a schedule adds up to.

Roll-ups form a commutative monoid: ``RollUp()`` is the empty one and ``merge`` adds another, so runs may
arrive late, out of order or at the same moment and the sum is the same. Only counters, minima and "as last
seen" values are kept, never answers; last seen means in the run with the greatest (completed_at, run id).
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

# The key of the brand among the businesses; no business has an empty name.
BRAND = ""

# (completed_at, run id) as text that sorts the same way: thirteen digits last until the year 2286.
type Stamp = str

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BrandIdentity:
    """By what a brand is recognised in answers: its name and aliases, and the domains it owns."""

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_named(self, name: str) -> bool:
        """Whether the name is the brand's or an alias, trimmed and case-folded."""
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
    """Answers, and those of them in which the brand appears."""

    answers: int = 0
    appearances: int = 0

    def add(self, other: Self) -> None:
        self.answers += other.answers
        self.appearances += other.appearances


@dataclass(slots=True)
class Tally:
    """Answers, those in which the brand appears, their citations, and those to the brand's domains."""

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
    """How many ranks there were, their sum, and the best (smallest); None before the first."""

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
class BusinessRow:
    """The answers that name a business, its ranks in them, and its name as last seen."""

    last_seen: tuple[Stamp, str]
    mentions: int
    ranks: Ranks

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.mentions += other.mentions
        self.ranks.add(other.ranks)


@dataclass(slots=True)
class UrlRow:
    """The citations of a URL, and the last title seen; empty where there was none."""

    last_seen: tuple[Stamp, str]
    count: int

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.count += other.count


@dataclass(slots=True)
class PromptRow:
    """The answers to a prompt, the brand's ranks in them, and its text and category as last seen."""

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
class Figures:
    """The totals of one run or of many; prompts, platforms and regions are numbers of distinct ones."""

    tally: Tally
    ranks: Ranks
    prompts: int
    platforms: int
    regions: int


@dataclass(slots=True)
class RunRow:
    """One run's own figures; ``completed_at`` is in epoch milliseconds.

    ``digest`` is the SHA-256 of all that the run contributes, in hex: two files with the same digest change a
    roll-up in the same way.
    """

    run_id: str
    digest: str
    completed_at: int
    figures: Figures

    @property
    def stamp(self) -> Stamp:
        return _stamp(self.completed_at, self.run_id)


@dataclass(slots=True)
class RollUp:
    """The sum of any number of runs; equal roll-ups describe the same runs.

    ``runs`` is keyed by run id, ``businesses`` by case-folded name (the brand and all its aliases by
    ``BRAND``), ``prompts`` by prompt id. ``recent`` holds, for the last ``RECENT_RUNS`` runs by stamp, each
    prompt's (answers, appearances).
    """

    runs: dict[str, RunRow] = field(default_factory=dict)
    platforms: dict[str, Cells] = field(default_factory=dict)
    regions: dict[str, Tally] = field(default_factory=dict)
    categories: dict[str, Tally] = field(default_factory=dict)
    businesses: dict[str, BusinessRow] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    urls: dict[str, UrlRow] = field(default_factory=dict)
    prompts: dict[str, PromptRow] = field(default_factory=dict)
    recent: dict[Stamp, dict[str, tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, brand: BrandIdentity) -> Self:
        """What this run contributes. Raises ``ValueError`` where it is not completed."""
        if not run.is_completed or run.completed_at is None:
            raise ValueError(f"run {run.id} is not completed")
        completed_at = (run.completed_at - _EPOCH) // timedelta(milliseconds=1)
        rollup = cls()
        rollup._count(run, brand, completed_at)
        rollup.runs[str(run.id)].digest = rollup._digest()
        return rollup

    def merge(self, part: Self) -> None:
        """Adds the part in place, at a cost of the part's size.

        The part's objects are taken over: it must not be used afterwards. Raises ``ValueError``, with nothing
        added, where a run is in both, since it would count twice.
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

    def figures(self) -> Figures:
        """The totals over all runs."""
        tally, ranks = Tally(), Ranks()
        for region in self.regions.values():
            tally.add(region)
        for prompt in self.prompts.values():
            ranks.add(prompt.ranks)
        return Figures(tally, ranks, len(self.prompts), len(self.platforms), len(self.regions))

    def dump(self) -> bytes:
        """The roll-up as compact JSON, which ``load`` reads back."""
        return _ROLL_UP.dump_json(self)

    @staticmethod
    def load(data: bytes) -> "RollUp":
        """The roll-up that ``dump`` wrote. Raises ``ValueError`` where the bytes are none."""
        return _ROLL_UP.validate_json(data)

    def _count(self, run: Run, brand: BrandIdentity, completed_at: int) -> None:
        run_id = str(run.id)
        stamp = _stamp(completed_at, run_id)
        for region in run.regions:
            if region.is_completed:
                self.regions[region.name] = Tally()
                for answer in region.answers:
                    self._count_answer(region.name, answer, brand, stamp)
        self.runs[run_id] = RunRow(run_id=run_id, digest="", completed_at=completed_at, figures=self.figures())
        self.recent[stamp] = {
            prompt_id: (prompt.cells.answers, prompt.cells.appearances) for prompt_id, prompt in self.prompts.items()
        }

    def _count_answer(self, region: str, answer: Answer, brand: BrandIdentity, stamp: Stamp) -> None:
        appears = int(answer.brand_appears)
        rank = answer.rank if answer.brand_appears else None
        domains = [citation.domain for citation in answer.citations]
        figures = (1, appears, len(domains), sum(map(brand.owns, domains)))

        _add(self.platforms, answer.platform, Cells(1, appears))
        _add(self.regions, region, Tally(*figures))
        if answer.category is not None:
            _add(self.categories, answer.category, Tally(*figures))
        prompt = PromptRow(
            (stamp, answer.prompt, answer.category),
            Cells(1, appears),
            Ranks.of(rank),
            {answer.platform: Cells(1, appears)},
        )
        _add(self.prompts, str(answer.prompt_id), prompt)
        for key, (name, best) in _named(answer.businesses, brand).items():
            _add(self.businesses, key, BusinessRow((stamp, name), 1, Ranks.of(best)))
        for citation, domain in zip(answer.citations, domains, strict=True):
            self.domains[domain] += 1
            _add(self.urls, citation.url, UrlRow((stamp, citation.title) if citation.title else ("", ""), 1))

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
    """Each business of one answer once: its name as last written there and its best rank."""
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
    """The one with the greater stamp; within one run, the one that comes later in its file."""
    return other if other[0] >= present[0] else present


def _stamp(completed_at: int, run_id: str) -> Stamp:
    return f"{completed_at:013d} {run_id}"


def _folded(name: str) -> str:
    return name.strip().casefold()
