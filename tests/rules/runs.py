"""Run files for tests: as producers write them, and strategies for small ones whose names collide."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from pydantic_core import to_json

from report_shares.rules.roll_up import BrandIdentity, RollUp
from report_shares.rules.run_files import Run, parse_run

type Json = dict[str, Any]

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


def parsed(run: Json) -> Run:
    return parse_run(to_json(run))


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


_ranks = st.none() | st.integers(1, 4)

_businesses = st.builds(
    business, st.sampled_from(["Acme", " acme coffee roasters", "Bean Co", "BEAN CO ", "bean co", "Zed"]), _ranks
)

_citations = st.builds(
    citation,
    st.sampled_from(
        [
            "https://www.acme.com/a",
            "https://blog.ACME.com/b?x=1",
            "http://notacme.com",
            "https://example.com/1",
            "https://www.example.com:8443/2#top",
        ]
    ),
    st.sampled_from([None, "", "Old title", "New title"]),
)

_answers = st.builds(
    answer,
    number=st.integers(0, 2),
    platform=st.sampled_from(["chatgpt", "Gemini", "gemini"]),
    prompt=st.sampled_from(["beans", "Beans", "best espresso"]),
    category=st.sampled_from([None, "Retail", "Wholesale"]),
    brand_appears=st.booleans(),
    rank=_ranks,
    businesses=st.lists(_businesses, max_size=4),
    citations=st.lists(_citations, max_size=3),
)

_regions = st.builds(
    lambda answers, name, status: region(*answers, name=name, status=status),
    st.lists(_answers, max_size=4, unique_by=lambda cell: (cell["prompt_id"], cell["platform"])),
    st.sampled_from(["France", "Germany"]),
    st.sampled_from(["completed", "completed", "completed", "failed"]),
)

_runs = st.builds(
    lambda regions, number, day: run_of_regions(*regions, number=number, day=day),
    st.lists(_regions, max_size=2, unique_by=lambda part: part["name"]),
    st.integers(1, 9),
    st.integers(1, 3),
)

histories = st.lists(_runs, max_size=5, unique_by=lambda run: run["id"])
"""Distinct completed runs in order of arrival, some of them completed at the same moment."""
