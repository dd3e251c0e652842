"""The roll-up: what every completed run of a schedule adds up to.

Roll-ups form a commutative monoid: ``RollUp()`` is the empty one and ``merge`` adds another, so the sum is the
same whether runs arrive late, out of order or at the same moment. Only counters, minima and "as last seen" values
are kept, never answers; last seen means in the run with the greatest (completed_at, run id).

Names, platforms and pages are told apart by their keys (``names``, ``platforms``, ``pages``). Of each kind a roll-up
tells only so many apart (``MAX_PAGES`` and the like): beyond that the most frequent stay, of those the most recent, and
the rest counts in the totals. There alone the sum depends on the order in which runs came.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from heapq import nsmallest
from typing import Protocol, Self

from pydantic import TypeAdapter
from pydantic_core import to_json

from report_shares.rules import evidence
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.names import name_key
from report_shares.rules.platforms import platform_key
from report_shares.rules.run_files import Answer, Business, Run
from report_shares.rules.samples import Cell, RunSamples, Sample
from report_shares.rules.tallies import (
    BusinessTally,
    Cells,
    DomainTally,
    GroupTally,
    PageTally,
    PromptTally,
    Ranks,
    Stamp,
    Tally,
    Totals,
    add_to,
    best,
    fold,
    later,
)

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
# How many businesses' mentions are kept run by run.
MAX_VOICES = 200
# What the texts of the rows of a kind may take in memory, in bytes: with the rows themselves all of it is less than
# 64 MB.
_MAX_PAGE_BYTES = 12_000_000
_MAX_PROMPT_BYTES = 9_000_000
_MAX_NAME_BYTES = 6_000_000
_MAX_GROUP_BYTES = 1_000_000
_MAX_VOICE_BYTES = 40_000
_MAX_ROW_BYTES = 21_000
_TEXT_HEADER = 60

# What is written down changes with the rules that made it: a document of another version is made anew from run files.
VERSION = 3


class OutdatedRollUp(ValueError):
    """The document was made by other rules, or for a brand that was known by other names or domains."""


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
    mentions: int

    @property
    def stamp(self) -> Stamp:
        return _stamp(self.completed_at, self.run_id)


@dataclass(slots=True)
class RollUp:
    """The sum of any number of runs; equal roll-ups describe the same runs.

    ``runs`` is keyed by run id, ``prompts`` by prompt id, all else by what makes it comparable. ``tally``, ``ranks``
    and ``mentions`` (of businesses other than the brand) are over everything, also what is told apart no more.
    ``recent`` holds each prompt's (answers, appearances) in each of the last ``RECENT_RUNS`` runs, keyed by stamp.

    What follows is of the last runs that have answers, keyed by stamp: ``voices`` of as many, how many answers name
    each business (``MAX_VOICES`` of them); ``samples`` of two and ``evidence`` of one, both packed.
    """

    tally: Tally = field(default_factory=Tally)
    ranks: Ranks = field(default_factory=Ranks)
    mentions: int = 0
    answers_left_out: int = 0
    runs: dict[str, CountedRun] = field(default_factory=dict)
    platforms: dict[str, GroupTally] = field(default_factory=dict)
    regions: dict[str, GroupTally] = field(default_factory=dict)
    categories: dict[str, GroupTally] = field(default_factory=dict)
    businesses: dict[str, BusinessTally] = field(default_factory=dict)
    domains: dict[str, DomainTally] = field(default_factory=dict)
    pages: dict[str, PageTally] = field(default_factory=dict)
    prompts: dict[str, PromptTally] = field(default_factory=dict)
    recent: dict[Stamp, dict[str, tuple[int, int]]] = field(default_factory=dict)
    voices: dict[Stamp, dict[str, int]] = field(default_factory=dict)
    samples: dict[Stamp, bytes] = field(default_factory=dict)
    evidence: dict[Stamp, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, brand: BrandIdentity) -> Self:
        """What this run contributes."""
        roll_up = cls()
        roll_up._count(run, brand)
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
        self.answers_left_out += part.answers_left_out
        self.runs |= part.runs
        fold(self.platforms, part.platforms)
        fold(self.regions, part.regions)
        fold(self.categories, part.categories)
        fold(self.businesses, part.businesses)
        fold(self.domains, part.domains)
        fold(self.pages, part.pages)
        fold(self.prompts, part.prompts)
        _keep_last(self.recent, part.recent, RECENT_RUNS)
        _keep_last(self.voices, part.voices, RECENT_RUNS)
        _keep_last(self.samples, part.samples, 2)
        _keep_last(self.evidence, part.evidence, 1)
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
        run_id = str(run.id)
        stamp = _stamp(run.completed_at, run_id)
        cells: dict[Cell, list[Sample]] = {}
        chooser = evidence.Chooser(run_id)
        for region in run.regions:
            add_to(self.regions, name_key(region.name), GroupTally((stamp, region.name), Tally()))
            for answer in region.answers:
                cell, rank, sample = self._count_answer(region.name, answer, brand, stamp)
                chooser.look_at(evidence.Candidate(cell, answer, rank))
                cells.setdefault(cell, []).append(sample)
                if len(self.pages) > 3 * MAX_PAGES:
                    self._bound()
        self.answers_left_out = run.answers_left_out
        self.runs[run_id] = CountedRun(run_id, "", run.completed_at, self.totals(), self.mentions)
        self._bound()

        def order(item: tuple[str, PromptTally]) -> tuple[int, str, str]:
            return (-item[1].count, item[1].last_seen[1], item[0])

        asked = nsmallest(MAX_RECENT_PROMPTS, self.prompts.items(), key=order)
        self.recent[stamp] = {prompt_id: (row.cells.answers, row.cells.appearances) for prompt_id, row in asked}
        if cells:
            self.voices[stamp] = _voices(self.businesses)
            models = Counter(answer.model for region in run.regions for answer in region.answers if answer.model)
            self.samples[stamp] = RunSamples.of(cells, models).packed()
            self.evidence[stamp] = chooser.packed(self.recent[stamp], brand)

    def _count_answer(
        self, region: str, answer: Answer, brand: BrandIdentity, stamp: Stamp
    ) -> tuple[Cell, int | None, Sample]:
        """Its cell, the brand's rank in it, and what of it is compared with other runs."""
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
        cell = Cell(name_key(region), answer.prompt_id, answer.prompt, platform_key(answer.platform))

        self.tally.add(tally)
        self.ranks.add(Ranks.of(rank))
        self.mentions += len(named)
        _count_in(self.platforms, cell.platform, stamp, answer.platform, tally)
        _count_in(self.regions, cell.region, stamp, region, tally)
        if answer.category is not None:
            _count_in(self.categories, name_key(answer.category), stamp, answer.category, tally)
        prompt = PromptTally(
            (stamp, answer.prompt, answer.category),
            Cells(1, appears),
            Ranks.of(rank),
            {cell.platform: Cells(1, appears)},
        )
        add_to(self.prompts, answer.prompt_id, prompt)
        for key, (name, best_rank) in named.items():
            add_to(self.businesses, key, BusinessTally((stamp, name), 1, Ranks.of(best_rank)))
        for source, title in answer.citations:
            if source.domain is not None:
                add_to(self.domains, source.domain, DomainTally((stamp,), 1))
            if source.page is not None:
                seen = (stamp, source.page.address)
                page = PageTally(seen, (stamp, title) if title else ("", ""), 1)
                add_to(self.pages, source.page.key, page)
        return cell, rank, Sample(answer.brand_appears, tuple(named), tuple(filter(None, domains)))

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
        for by_run in ("recent", "voices"):
            kinds[by_run] = {stamp: _sorted(rows) for stamp, rows in kinds[by_run].items()}
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
    """The ids of the runs in a document of an earlier version; none in what is no document."""
    try:
        document = json.loads(data)
    except ValueError:
        return ()
    match document:
        case {"roll_up": {"runs": {**runs}}} | {"runs": {**runs}}:  # the first version was the roll-up itself
            return map(str, runs)
        case _:
            return ()


class _Row(Protocol):
    @property
    def count(self) -> int: ...

    @property
    def last_seen(self) -> tuple[str | None, ...]: ...


def _sorted[V](rows: dict[str, V]) -> dict[str, V]:
    return dict(sorted(rows.items()))


def _keep_last[V](by_run: dict[Stamp, V], part: dict[Stamp, V], most: int) -> None:
    """Adds what the part knows of single runs; of all, only the last runs stay."""
    by_run |= part
    for stamp in sorted(by_run)[:-most]:
        del by_run[stamp]


def _count_in(groups: dict[str, GroupTally], key: str, stamp: Stamp, name: str, tally: Tally) -> None:
    group = groups.get(key)
    if group is None:
        group = groups[key] = GroupTally((stamp, name), Tally())
    group.last_seen = later(group.last_seen, (stamp, name))
    group.tally.add(tally)


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


def _voices(businesses: dict[str, BusinessTally]) -> dict[str, int]:
    """How many answers name each of the most named businesses."""
    left, voices = _MAX_VOICE_BYTES, dict[str, int]()
    for key, row in nsmallest(MAX_VOICES, businesses.items(), key=lambda item: (-item[1].count, item[0])):
        left -= len(key.encode())
        if left < 0:
            break
        voices[key] = row.count
    return voices


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
            brands_rank = best(brands_rank, rank)
        else:
            _, before = named.get(key, ("", None))
            named[key] = (name, best(before, rank))
    return named, brands_rank


def _stamp(completed_at: int, run_id: str) -> Stamp:
    return f"{completed_at:013d} {run_id}"
