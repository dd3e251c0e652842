"""Answers of a run that are shown as proof: of each prompt one that names the brand and one that does not.

Which ones is left to chance that nobody can steer and everybody can repeat: those of the least SHA-256 of run and
cell, not the most flattering.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from pydantic import TypeAdapter

from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.excerpts import excerpt
from report_shares.rules.names import name_key
from report_shares.rules.run_files import Answer
from report_shares.rules.samples import Cell

MAX_PACKED_BYTES = 3_000_000
MAX_BUSINESSES = 20
"""How many of the businesses that an answer names are shown with it."""


class Proof(NamedTuple):
    """One answer; region and platform, and the businesses in the order of the answer, are keys, the brand's is empty.

    ``answered_at`` is in epoch milliseconds.
    """

    prompt_id: str
    region: str
    platform: str
    brand_appears: bool
    rank: int | None
    businesses: Sequence[str]
    model: str | None
    answered_at: int | None
    excerpt: str | None


class Candidate(NamedTuple):
    """An answer that may be chosen, and the brand's rank in it."""

    cell: Cell
    answer: Answer
    rank: int | None


class Chooser:
    """Looks at the answers of a run one after the other and keeps those to be shown."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._least: dict[tuple[str, bool], tuple[bytes, Candidate]] = {}

    def look_at(self, candidate: Candidate) -> None:
        """Of the samples of one cell, the first of its file is chosen."""
        lot = sha256("\n".join((self._run_id, *candidate.cell)).encode()).digest()
        kind = candidate.cell.prompt_id, candidate.answer.brand_appears
        if kind not in self._least or lot < self._least[kind][0]:
            self._least[kind] = lot, candidate

    def packed(self, prompt_ids: Iterable[str], brand: BrandIdentity) -> bytes:
        """What was chosen for these prompts, as JSON that ``unpack`` reads back; the last go where it is too much."""
        left = MAX_PACKED_BYTES
        rows: list[bytes] = []
        for prompt_id in prompt_ids:
            for appears in (True, False):
                least = self._least.get((prompt_id, appears))
                if least is None:
                    continue
                row = _ROW.dump_json(_proof(least[1], brand))
                left -= len(row) + 2  # with what parts it from the next
                if left < 0:
                    return _list_of(rows)
                rows.append(row)
        return _list_of(rows)


def unpack(document: bytes) -> Sequence[Proof]:
    """What ``Chooser.packed`` wrote."""
    return _ROWS.validate_json(document)


_ROW = TypeAdapter(Proof)
_ROWS = TypeAdapter(list[Proof])


def _list_of(rows: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def _proof(candidate: Candidate, brand: BrandIdentity) -> Proof:
    cell, answer, rank = candidate
    return Proof(
        prompt_id=cell.prompt_id,
        region=cell.region,
        platform=cell.platform,
        brand_appears=answer.brand_appears,
        rank=rank,
        businesses=_named(answer, brand)[:MAX_BUSINESSES],
        model=answer.model,
        answered_at=answer.answered_at,
        excerpt=excerpt(answer.text, brand.keys) if answer.text else None,
    )


def _named(answer: Answer, brand: BrandIdentity) -> list[str]:
    """The keys of the businesses that the answer names; the brand's only where the answer says that it appears."""
    keys = dict.fromkeys(name_key(business.name) for business in answer.businesses)
    named = ("" if brand.is_named(key) else key for key in keys)
    return [key for key in dict.fromkeys(named) if key or answer.brand_appears]
