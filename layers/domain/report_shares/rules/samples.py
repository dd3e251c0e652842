"""The answers of one run as another run is compared with them: cell by cell, in the order of their file.

A cell is a prompt, of one wording, on one platform in one region; the answers in it are its samples. Packed, they are
a JSON document that a roll-up carries along unread. Of more than fits ``MAX_PACKED_BYTES`` those cells stay whose keys
have the least digests: the same ones in each run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Self

from pydantic import TypeAdapter

MAX_PACKED_BYTES = 3_000_000
MAX_MODELS = 10


class Cell(NamedTuple):
    """Region and platform are keys."""

    region: str
    prompt_id: str
    prompt: str
    platform: str

    @property
    def digest(self) -> str:
        return sha256("\n".join(self).encode()).hexdigest()


class Sample(NamedTuple):
    """An answer: whether it names the brand, the keys of other businesses that it names, the domains it cites.

    A domain stands here as often as it is cited.
    """

    appears: bool
    businesses: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(slots=True)
class RunSamples:
    """The samples of one run by cell.

    ``per_cell`` is how many samples a cell has at least and at most; ``models`` are those that answered, the most
    frequent first. ``below`` is set where cells were left out: then only those are here whose digest is less.
    """

    cells: dict[Cell, list[Sample]]
    per_cell: tuple[int, int]
    models: Sequence[str]
    below: str | None = None

    @classmethod
    def of(cls, cells: dict[Cell, list[Sample]], models: Counter[str]) -> Self:
        """All samples of a run; at least one."""
        sizes = [len(samples) for samples in cells.values()]
        most_frequent = sorted(models, key=lambda model: (-models[model], model))[:MAX_MODELS]
        return cls(cells, (min(sizes), max(sizes)), most_frequent)

    def packed(self) -> bytes:
        """As compact JSON that ``unpack`` reads back, without the cells that do not fit."""
        document = _packed(self, self.cells)
        if len(document) <= MAX_PACKED_BYTES:
            return document
        left, seen = MAX_PACKED_BYTES, set[str]()
        kept: dict[Cell, list[Sample]] = {}
        below = None
        for digest, cell in sorted((cell.digest, cell) for cell in self.cells):
            texts = _texts(cell, self.cells[cell])
            # A text stands there once, at most twice as long for its escapes; each mention of it is a number.
            left -= sum(2 * len(text.encode()) + 3 for text in set(texts) - seen)
            left -= 8 * len(texts) + 16 * len(self.cells[cell])
            if left < 0:
                below = digest
                break
            seen.update(texts)
            kept[cell] = self.cells[cell]
        return _packed(self, kept, below)


def unpack(document: bytes) -> RunSamples:
    """The samples that ``packed`` wrote."""
    read = _DOCUMENT.validate_json(document)
    cells = {
        Cell(read.regions[region], *read.prompts[prompt], read.platforms[platform]): [
            Sample(
                appears,
                tuple(read.businesses[at] for at in businesses),
                tuple(read.domains[at] for at in domains),
            )
            for appears, businesses, domains in samples
        ]
        for region, prompt, platform, samples in read.cells
    }
    return RunSamples(cells, read.per_cell, read.models, read.below)


@dataclass(slots=True)
class _Document:
    """Each text once; cells name them by position."""

    regions: list[str]
    prompts: list[tuple[str, str]]
    platforms: list[str]
    businesses: list[str]
    domains: list[str]
    cells: list[tuple[int, int, int, list[tuple[bool, list[int], list[int]]]]]
    per_cell: tuple[int, int]
    models: list[str]
    below: str | None


_DOCUMENT = TypeAdapter(_Document)


def _packed(run: RunSamples, cells: Mapping[Cell, Sequence[Sample]], below: str | None = None) -> bytes:
    regions = _positions(cell.region for cell in cells)
    prompts = _positions((cell.prompt_id, cell.prompt) for cell in cells)
    platforms = _positions(cell.platform for cell in cells)
    businesses = _positions(key for samples in cells.values() for sample in samples for key in sample.businesses)
    domains = _positions(domain for samples in cells.values() for sample in samples for domain in sample.domains)
    rows = [
        (
            regions[cell.region],
            prompts[cell.prompt_id, cell.prompt],
            platforms[cell.platform],
            [
                (one.appears, [businesses[key] for key in one.businesses], [domains[key] for key in one.domains])
                for one in cells[cell]
            ],
        )
        for cell in sorted(cells)
    ]
    document = _Document(
        list(regions),
        list(prompts),
        list(platforms),
        list(businesses),
        list(domains),
        rows,
        run.per_cell,
        list(run.models),
        below,
    )
    return _DOCUMENT.dump_json(document)


def _positions[T: (str, tuple[str, str])](texts: Iterable[T]) -> dict[T, int]:
    return {text: at for at, text in enumerate(sorted(set(texts)))}


def _texts(cell: Cell, samples: Sequence[Sample]) -> list[str]:
    return [*cell, *(text for sample in samples for text in (*sample.businesses, *sample.domains))]
