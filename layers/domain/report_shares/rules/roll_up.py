"""The roll-up: what every completed run of a schedule adds up to.

Roll-ups form a commutative monoid: ``RollUp()`` is the empty one and ``merge`` adds another, so the sum is the
same whether runs arrive late, out of order or at the same moment. Only counters, minima and "as last seen" values
are kept, never answers; last seen means in the run with the greatest (completed_at, run id).

Names, platforms and pages are told apart by their keys (``names``, ``platforms``, ``pages``). Of each kind a roll-up
tells only so many apart (``MAX_PAGES`` and the like): beyond that the most frequent stay, of those the most recent, and
the rest counts in the totals. There alone the sum depends on the order in which runs came.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from hashlib import sha256
from heapq import nsmallest
from typing import Protocol, Self

from pydantic import TypeAdapter
from pydantic_core import to_json

from report_shares.hosts import domain_of_host
from report_shares.rules.names import name_key
from report_shares.rules.platforms import platform_key
from report_shares.rules.run_files import Answer, Business, Run

RECENT_RUNS = 52

MAX_PAGES = 100_000
MAX_DOMAINS = 20_000
MAX_BUSINESSES = 20_000
MAX_PROMPTS = 5_000
# Of these a schedule has a handful, or some hundreds where a producer writes each version of a model.
MAX_PLATFORMS = 200
MAX_REGIONS = 1_000
MAX_CATEGORIES = 1_000
# Prompts by platform: what the matrix is made of.
MAX_CELLS = 50_000
# In how many prompts' trends a run appears: as many as a snapshot lists.
MAX_RECENT_PROMPTS = 1_000
# What the texts of the rows of a kind may take in memory, in bytes: with the rows themselves all of it is less than
# 64 MB.
_MAX_PAGE_BYTES = 12_000_000
_MAX_PROMPT_BYTES = 9_000_000
_MAX_NAME_BYTES = 6_000_000
_MAX_GROUP_BYTES = 1_000_000
_MAX_ROW_BYTES = 21_000
_TEXT_HEADER = 60

# What is written down changes with the rules that made it: a document of another version is made anew from run files.
VERSION = 2

# (completed_at, run id) as text that sorts the same way: thirteen digits will do until the year 2286.
type Stamp = str


class OutdatedRollUp(ValueError):
    """The document was made by other rules, or for a brand that was known by other names or domains."""


@dataclass(frozen=True)
class BrandIdentity:
    """What a brand is recognised by in answers: its name and aliases, and the domains it owns.

    A domain that is written with ``www.`` stands for that host alone, any other for its subdomains too.
    """

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def is_named(self, key: str) -> bool:
        """Whether this is the key of the brand's name or of an alias."""
        return key in self._names

    def owns(self, domain: str) -> bool:
        """Whether the domain of a page is one of the brand's or below one."""
        return domain in self._domains or domain.endswith(self._subdomain_endings)

    @cached_property
    def definition(self) -> str:
        """Equal for brands that are recognised alike: a digest of what is compared."""
        compared = [sorted(self._names), sorted(self._domains), sorted(self._subdomain_endings)]
        return sha256(json.dumps(compared).encode()).hexdigest()

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(filter(None, map(name_key, (self.name, *self.aliases))))

    @cached_property
    def _domains(self) -> frozenset[str]:
        return frozenset(filter(None, map(domain_of_host, self.domains)))

    @cached_property
    def _subdomain_endings(self) -> tuple[str, ...]:
        whole = (domain_of_host(domain) for domain in self.domains if not domain.strip().lower().startswith("www."))
        return tuple(f".{domain}" for domain in whole if domain)


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
        self.best = _best(self.best, other.best)


@dataclass(slots=True)
class GroupTally:
    """A platform, region or category: its name as last seen and what its answers add up to."""

    last_seen: tuple[Stamp, str]
    tally: Tally

    @property
    def count(self) -> int:
        return self.tally.answers

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.tally.add(other.tally)


@dataclass(slots=True)
class BusinessTally:
    """How many answers name a business that is not the brand, its ranks in them, and its name as last seen."""

    last_seen: tuple[Stamp, str]
    count: int
    ranks: Ranks

    def add(self, other: Self) -> None:
        self.last_seen = _later(self.last_seen, other.last_seen)
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
        self.last_seen = _later(self.last_seen, other.last_seen)
        self.title = _later(self.title, other.title)
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

    ``runs`` is keyed by run id, ``prompts`` by prompt id, all else by what makes it comparable. ``tally``, ``ranks``
    and ``mentions`` (of businesses other than the brand) are over everything, also what is told apart no more.
    ``recent`` holds each prompt's (answers, appearances) in each of the last ``RECENT_RUNS`` runs, keyed by stamp.
    """

    tally: Tally = field(default_factory=Tally)
    ranks: Ranks = field(default_factory=Ranks)
    mentions: int = 0
    runs: dict[str, CountedRun] = field(default_factory=dict)
    platforms: dict[str, GroupTally] = field(default_factory=dict)
    regions: dict[str, GroupTally] = field(default_factory=dict)
    categories: dict[str, GroupTally] = field(default_factory=dict)
    businesses: dict[str, BusinessTally] = field(default_factory=dict)
    domains: dict[str, DomainTally] = field(default_factory=dict)
    pages: dict[str, PageTally] = field(default_factory=dict)
    prompts: dict[str, PromptTally] = field(default_factory=dict)
    recent: dict[Stamp, dict[str, tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, brand: BrandIdentity) -> Self:
        """What this run contributes."""
        roll_up = cls()
        roll_up._count(run, brand)
        roll_up._bound()
        roll_up.runs[str(run.id)].digest = roll_up._digest()
        return roll_up

    def merge(self, part: Self) -> None:
        """Adds the part in place, at a cost of the part's size and a look at each row where there are hundreds.

        The part's objects become this roll-up's own: do not use it afterwards. Raises ``ValueError``, with nothing
        added, if a run is in both, since it would count twice.
        """
        if not self.runs.keys().isdisjoint(part.runs):
            raise ValueError("a run is in both roll-ups")
        self.tally.add(part.tally)
        self.ranks.add(part.ranks)
        self.mentions += part.mentions
        self.runs |= part.runs
        _fold(self.platforms, part.platforms)
        _fold(self.regions, part.regions)
        _fold(self.categories, part.categories)
        _fold(self.businesses, part.businesses)
        _fold(self.domains, part.domains)
        _fold(self.pages, part.pages)
        _fold(self.prompts, part.prompts)
        self.recent |= part.recent
        for stamp in sorted(self.recent)[:-RECENT_RUNS]:
            del self.recent[stamp]
        self._bound()

    def totals(self) -> Totals:
        """The totals over all runs."""
        counts = len(self.prompts), len(self.platforms), len(self.regions)
        return Totals(replace(self.tally), replace(self.ranks), *counts)

    def dump(self, definition: str) -> bytes:
        """The roll-up as compact JSON, which ``load`` reads back; ``definition`` is the brand's."""
        return _DOCUMENT.dump_json(_Document(VERSION, definition, self))

    @staticmethod
    def load(data: bytes, definition: str) -> "RollUp":
        """The roll-up that ``dump`` wrote for this definition. Raises ``OutdatedRollUp`` otherwise."""
        document = _Document.read(data)
        if document.definition != definition:
            raise OutdatedRollUp("the document was made for another definition of the brand")
        return document.roll_up

    @staticmethod
    def runs_in(data: bytes) -> Mapping[str, CountedRun | None]:
        """The runs that a document counts, by id, whatever its definition; None for each one of an earlier version."""
        try:
            return _Document.read(data).roll_up.runs
        except OutdatedRollUp:
            return dict.fromkeys(_runs_of_earlier(data))

    def _count(self, run: Run, brand: BrandIdentity) -> None:
        stamp = _stamp(run.completed_at, str(run.id))
        for region in run.regions:
            _add(self.regions, name_key(region.name), GroupTally((stamp, region.name), Tally()))
            for answer in region.answers:
                self._count_answer(region.name, answer, brand, stamp)
        self.runs[str(run.id)] = CountedRun(str(run.id), "", run.completed_at, self.totals())

        def order(item: tuple[str, PromptTally]) -> tuple[int, str, str]:
            return (-item[1].count, item[1].last_seen[1], item[0])

        asked = nsmallest(MAX_RECENT_PROMPTS, self.prompts.items(), key=order)
        self.recent[stamp] = {prompt_id: (row.cells.answers, row.cells.appearances) for prompt_id, row in asked}

    def _count_answer(self, region: str, answer: Answer, brand: BrandIdentity, stamp: Stamp) -> None:
        appears = int(answer.brand_appears)
        domains = [citation.source.domain for citation in answer.citations]
        tally = Tally(
            1,
            appears,
            len(domains),
            sum(domain is not None and brand.owns(domain) for domain in domains),
            domains.count(None),
        )
        named, brands_rank = _named(answer.businesses, brand)
        rank = (answer.rank or brands_rank) if appears else None
        platform = platform_key(answer.platform)

        self.tally.add(tally)
        self.ranks.add(Ranks.of(rank))
        self.mentions += len(named)
        _count_in(self.platforms, platform, stamp, answer.platform, tally)
        _count_in(self.regions, name_key(region), stamp, region, tally)
        if answer.category is not None:
            _count_in(self.categories, name_key(answer.category), stamp, answer.category, tally)
        prompt = PromptTally(
            (stamp, answer.prompt, answer.category), Cells(1, appears), Ranks.of(rank), {platform: Cells(1, appears)}
        )
        _add(self.prompts, answer.prompt_id, prompt)
        for key, (name, best) in named.items():
            _add(self.businesses, key, BusinessTally((stamp, name), 1, Ranks.of(best)))
        for source, title in answer.citations:
            if source.domain is not None:
                _add(self.domains, source.domain, DomainTally((stamp,), 1))
            if source.page is not None:
                seen = (stamp, source.page.address)
                page = PageTally(seen, (stamp, title) if title else ("", ""), 1)
                _add(self.pages, source.page.key, page)

    def _bound(self) -> None:
        """Forgets the least frequent rows of each kind of which there are too many."""
        _keep_most(self.platforms, MAX_PLATFORMS, _MAX_GROUP_BYTES)
        _keep_most(self.regions, MAX_REGIONS, _MAX_GROUP_BYTES)
        _keep_most(self.categories, MAX_CATEGORIES, _MAX_GROUP_BYTES)
        _keep_most(self.businesses, MAX_BUSINESSES, _MAX_NAME_BYTES)
        _keep_most(self.domains, MAX_DOMAINS, _MAX_NAME_BYTES)
        _keep_most(self.pages, MAX_PAGES, _MAX_PAGE_BYTES)
        _keep_most(self.prompts, MAX_PROMPTS, _MAX_PROMPT_BYTES)
        if sum(len(prompt.platforms) for prompt in self.prompts.values()) > MAX_CELLS:
            left = MAX_CELLS
            for prompt in sorted(self.prompts.values(), key=_weight, reverse=True):
                prompt.platforms = {key: row for key, row in prompt.platforms.items() if key in self.platforms}
                left -= len(prompt.platforms)
                if left < 0:
                    prompt.platforms = {}

    def _digest(self) -> str:
        """Equal for equal roll-ups, whatever the order in which their rows came."""
        kinds = {kind.name: getattr(self, kind.name) for kind in fields(self)}
        kinds["prompts"] = {key: replace(row, platforms=_sorted(row.platforms)) for key, row in self.prompts.items()}
        kinds["recent"] = {stamp: _sorted(asked) for stamp, asked in self.recent.items()}
        ordered = {kind: _sorted(rows) if isinstance(rows, dict) else rows for kind, rows in kinds.items()}
        return sha256(to_json(ordered)).hexdigest()


@dataclass(slots=True)
class _Document:
    version: int
    definition: str
    roll_up: RollUp

    @staticmethod
    def read(data: bytes) -> "_Document":
        try:
            document = _DOCUMENT.validate_json(data)
        except ValueError:
            raise OutdatedRollUp("the document was not made by these rules") from None
        if document.version != VERSION:
            raise OutdatedRollUp("the document was made by other rules")
        return document


_DOCUMENT = TypeAdapter(_Document)


def _runs_of_earlier(data: bytes) -> Iterable[str]:
    """The ids of the runs in a document of the first version, which had no number; none in what is no document."""
    try:
        document = json.loads(data)
    except ValueError:
        return ()
    match document:
        case {"runs": {**runs}}:
            return map(str, runs)
        case _:
            return ()


class _Addable(Protocol):
    def add(self, other: Self) -> None: ...


class _Row(Protocol):
    @property
    def count(self) -> int: ...

    @property
    def last_seen(self) -> tuple[str | None, ...]: ...


def _sorted[V](rows: dict[str, V]) -> dict[str, V]:
    return dict(sorted(rows.items()))


def _add[K, V: _Addable](rows: dict[K, V], key: K, row: V) -> None:
    if key in rows:
        rows[key].add(row)
    else:
        rows[key] = row


def _count_in(groups: dict[str, GroupTally], key: str, stamp: Stamp, name: str, tally: Tally) -> None:
    group = groups.get(key)
    if group is None:
        group = groups[key] = GroupTally((stamp, name), Tally())
    group.last_seen = _later(group.last_seen, (stamp, name))
    group.tally.add(tally)


def _fold[K, V: _Addable](rows: dict[K, V], part: dict[K, V]) -> None:
    for key, row in part.items():
        _add(rows, key, row)


def _keep_most[V: _Row](rows: dict[str, V], most: int, max_bytes: int) -> None:
    """Keeps so many rows, or fewer where their texts would take more memory; those of the least weight go."""
    if len(rows) <= min(most, max_bytes // _MAX_ROW_BYTES):
        return
    if len(rows) <= most and sum(_text_bytes(key, row) for key, row in rows.items()) <= max_bytes:
        return
    left = max_bytes
    kept: dict[str, V] = {}
    for key, row in sorted(rows.items(), key=lambda item: (_weight(item[1]), item[0]), reverse=True)[:most]:
        left -= _text_bytes(key, row)
        if left >= 0:
            kept[key] = row
    rows.clear()
    rows.update(kept)


def _weight(row: _Row) -> tuple[int, str]:
    """The most frequent first, of those the most recent."""
    return row.count, row.last_seen[0] or ""


def _text_bytes(key: str, row: _Row) -> int:
    """What the row's texts take in memory, or a little more.

    ``sys.getsizeof`` would add the UTF-8 of those that have been written to JSON before, so that rows would stay or go
    depending on that.
    """
    texts = (key, *row.last_seen[1:], *(row.title[1:] if isinstance(row, PageTally) else ()))
    return sum(_TEXT_HEADER + len(text) * (1 if text.isascii() else 4) for text in texts if text)


def _named(
    businesses: Iterable[Business], brand: BrandIdentity
) -> tuple[dict[str, tuple[str, int | None]], int | None]:
    """Each business of one answer but the brand, once: its name as last written there and its best rank.

    With it the best rank at which the brand itself stands among them.
    """
    named: dict[str, tuple[str, int | None]] = {}
    brands_rank = None
    for name, rank in businesses:
        key = name_key(name)
        if brand.is_named(key):
            brands_rank = _best(brands_rank, rank)
        else:
            _, best = named.get(key, ("", None))
            named[key] = (name, _best(best, rank))
    return named, brands_rank


def _best(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _later[T: tuple[Stamp, *tuple[str | None, ...]]](present: T, other: T) -> T:
    """Whichever has the greater stamp; within one run, whichever comes later in its file."""
    return other if other[0] >= present[0] else present


def _stamp(completed_at: int, run_id: str) -> Stamp:
    return f"{completed_at:013d} {run_id}"
