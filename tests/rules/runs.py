"""Run files for tests: as producers write them, and strategies for small ones whose names collide."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.roll_up import RollUp
from report_shares.rules.run_files import Run, RunFileUpload, key_of, read_run
from report_shares.times import milliseconds
from tests.rules.odd_values import ADDRESSES, GARBAGE, MOMENTS, NAMES, PLATFORMS, PROMPTS, TEXTS, TITLES

type Json = dict[str, Any]

NOW = milliseconds(datetime(2026, 12, 31, 12, tzinfo=UTC))

RUN_ID = UUID(int=1)
SCHEDULE_ID = UUID(int=2)
BRAND_ID = UUID(int=3)

ACME = BrandIdentity(
    name="Acme Coffee Roasters", aliases=("Acme", "ACME Café"), domains=("acme.com", "WWW.Acme-Coffee.example")
)


def prompt_id(number: int) -> str:
    return str(UUID(int=1_000 + number))


def answer(number: int = 0, platform: str = "chatgpt", **changes: Any) -> Json:
    """The cell of prompt ``number``; without changes the brand is absent and nothing is named or cited."""
    return {
        "prompt_id": prompt_id(number),
        "prompt": f"prompt {number}",
        "category": None,
        "platform": platform,
        "brand_appears": False,
        "rank": None,
        "businesses": [],
        "citations": [],
    } | changes


def business(name: str, rank: int | None = None) -> Json:
    return {"name": name, "rank": rank}


def citation(url: str, title: str | None = None) -> Json:
    return {"url": url, "title": title}


def region(*answers: Json, name: str = "United States, English", status: str = "completed") -> Json:
    return {
        "name": name,
        "country": "United States",
        "language": "English",
        "status": status,
        "answers": list(answers),
    }


def run_of_regions(*regions: Json, number: int = 1, day: int = 1, **changes: Any) -> Json:
    """Run ``number``, completed on that day of January 2026."""
    return {
        "object": "scheduled_report.run",
        "id": str(UUID(int=number)),
        "scheduled_report_id": str(SCHEDULE_ID),
        "brand_id": str(BRAND_ID),
        "status": "completed",
        "started_at": "2026-01-01T00:00:00.000Z",
        "completed_at": f"2026-01-{day:02d}T08:30:00.000Z",
        "regions": list(regions),
    } | changes


def run_of(*answers: Json, number: int = 1, day: int = 1, **changes: Any) -> Json:
    """Run ``number`` with one region that holds these answers."""
    return run_of_regions(region(*answers), number=number, day=day, **changes)


def read(data: bytes, run_id: UUID = RUN_ID) -> Run | None:
    """What is read from a file with these bytes in the place of this run; None if the run is not completed."""
    return read_run(data, RunFileUpload(key_of(SCHEDULE_ID, run_id), SCHEDULE_ID, run_id, "etag"), BRAND_ID, NOW)


def parsed(run: Json) -> Run:
    """A completed run, read from its file."""
    completed = read(json.dumps(run, ensure_ascii=False).encode("utf-8", "surrogatepass"), UUID(run["id"]))
    assert completed is not None
    return completed


def part(run: Json, brand: BrandIdentity = ACME) -> RollUp:
    """What this run contributes."""
    return RollUp.of(parsed(run), brand)


def folded(*runs: Json, brand: BrandIdentity = ACME) -> RollUp:
    """The runs folded one by one."""
    roll_up = RollUp()
    for run in runs:
        roll_up.merge(part(run, brand))
    return roll_up


FIRST = run_of(
    answer(
        0,
        category="Retail",
        brand_appears=True,
        rank=2,
        businesses=[business("Acme", 2), business("Zed", 1)],
        citations=[citation("https://www.acme.com/", "Acme"), citation("https://example.com/")],
    ),
    answer(0, "gemini", category="Retail", businesses=[business("Zed")]),
    answer(1),
)
SECOND = run_of(answer(0, category="Retail", brand_appears=True, rank=5), answer(2), number=2, day=2)


def _mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Now and then a value of another kind."""
    return st.integers(0, 15).flatmap(lambda number: usual if number else st.sampled_from(GARBAGE))


def _one_of(table: dict[str, str | None]) -> st.SearchStrategy[Any]:
    return _mostly(st.sampled_from(list(table)))


_ranks = st.sampled_from([None, 1, 2, 3, 4, 2.0, 2.5, 0, -1, 10_000, 10_001, "2", ""])

_businesses = st.builds(business, _one_of(NAMES), _mostly(_ranks))

_citations = st.builds(citation, _one_of(ADDRESSES), _one_of(TITLES))

_answers = st.builds(
    answer,
    platform=_one_of(PLATFORMS),
    prompt_id=_mostly(st.sampled_from([prompt_id(0), prompt_id(1), prompt_id(0xABC), prompt_id(0xABC).upper(), "17"])),
    prompt=_one_of(PROMPTS),
    category=_one_of(NAMES),
    brand_appears=_mostly(st.booleans()),
    rank=_mostly(_ranks),
    businesses=_mostly(st.lists(_mostly(_businesses), max_size=4)),
    citations=_mostly(st.lists(_mostly(_citations), max_size=3)),
    answer_text=_one_of(TEXTS),
    model=_one_of(NAMES),
    answered_at=_one_of(MOMENTS),
)

_regions = st.builds(
    lambda answers, name, language, status: region(*answers, name=name, status=status) | {"language": language},
    st.lists(_mostly(_answers), max_size=4),
    _mostly(st.sampled_from(["France", "FRANCE\xa0\u200b", "Germany", "\u200b"])),
    _one_of(NAMES),
    _mostly(st.sampled_from(["completed", "Completed", " COMPLETED", "failed"])),
)


def _of_regions(regions: Sequence[Any], number: int, day: int) -> Json:
    return run_of_regions(*regions, number=number, day=day)


_runs = st.builds(_of_regions, st.lists(_mostly(_regions), max_size=3), st.integers(1, 9), st.integers(1, 3))

histories = st.lists(_runs, max_size=5, unique_by=lambda run: run["id"])
"""Distinct completed runs in order of arrival, some of them completed at the same moment; any value may be odd."""
