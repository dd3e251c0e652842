"""The snapshot: what a share shows, derived from the roll-up.

Its shapes are those of ``contract.snapshot``. Rates are percentages with one decimal, null over nothing; no internal
id is in it. Lists are sorted by what they show, ties by name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Any

from pydantic_core import to_json

from report_shares.contract.snapshot import (
    CompetitorRow,
    DomainRow,
    Figures,
    GroupRow,
    MatrixRow,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    ReportStats,
    TrendPoint,
    UrlRow,
)
from report_shares.rules.pages import domain_of_address
from report_shares.rules.platforms import platform_name
from report_shares.rules.roll_up import (
    BrandIdentity,
    Cells,
    CountedRun,
    GroupTally,
    PromptTally,
    Ranks,
    RollUp,
    Tally,
    Totals,
)
from report_shares.times import iso

MAX_COMPETITORS = 50
MAX_DOMAINS = 50
MAX_URLS = 100
MAX_PROMPTS = 1_000

# Lambda answers with at most 6 MB, in which the snapshot is JSON within a JSON string.
MAX_SNAPSHOT_BYTES = 4_500_000
# Four bytes of UTF-8 become fourteen there: two escapes whose backslashes are escaped in turn.
_MAX_ESCAPED_PER_BYTE = 4
# What a page can show in a time that a reader waits.
MAX_MATRIX_CELLS = 20_000


def build_snapshot(roll_up: RollUp, brand: BrandIdentity) -> ReportSnapshot:
    """The snapshot of all runs in the roll-up; without runs it has empty lists and nulls.

    If it would exceed ``MAX_SNAPSHOT_BYTES``, it lists fewer prompts, then drops the oldest runs, then shortens the
    other lists.
    """
    runs = sorted(roll_up.runs.values(), key=lambda run: run.stamp)
    names = {key: platform_name(key, row.last_seen[1]) for key, row in roll_up.platforms.items()}
    platforms = sorted((_platform(names[key], row.tally) for key, row in roll_up.platforms.items()), key=_by_visibility)
    prompts, platform_matrix = _prompts(roll_up, names)
    snapshot: ReportSnapshot = {
        "stats": _stats(roll_up, runs),
        "trend": [_trend_point(run) for run in runs],
        "platforms": platforms,
        "regions": _groups(roll_up.regions),
        "categories": _groups(roll_up.categories),
        "competitors": _competitors(roll_up, brand),
        "citations": {"domains": _domains(roll_up, brand), "urls": _urls(roll_up)},
        "prompts": prompts,
        "platform_matrix": platform_matrix,
    }
    for _ in _cuts(snapshot):
        if _fits(snapshot):
            break
    return snapshot


def _stats(roll_up: RollUp, runs: Sequence[CountedRun]) -> ReportStats:
    answered = [run for run in runs if run.figures.tally.answers]
    latest, previous = (_figures(1, answered[-n].figures) if len(answered) >= n else None for n in (1, 2))
    return {**_figures(len(runs), roll_up.totals()), "latest": latest, "previous": previous}


def _figures(runs: int, totals: Totals) -> Figures:
    tally = totals.tally
    return {
        "runs_count": runs,
        "prompts_count": totals.prompts,
        "platforms_count": totals.platforms,
        "regions_count": totals.regions,
        "answers_count": tally.answers,
        "appearances_count": tally.appearances,
        "citations_count": tally.citations,
        "unresolved_citations_count": tally.unresolved,
        "visibility_score": _visibility(tally),
        "citation_share": _citation_share(tally),
        "avg_rank": _average(totals.ranks),
    }


def _trend_point(run: CountedRun) -> TrendPoint:
    tally = run.figures.tally
    return {
        "completed_at": iso(run.completed_at),
        "visibility_score": _visibility(tally),
        "citation_share": _citation_share(tally),
        "answers_count": tally.answers,
    }


def _platform(name: str, cells: Cells | Tally) -> PlatformRow:
    return {
        "name": name,
        "answers_count": cells.answers,
        "appearances_count": cells.appearances,
        "visibility_score": _visibility(cells),
    }


def _groups(tallies: Mapping[str, GroupTally]) -> list[GroupRow]:
    groups: list[GroupRow] = [
        {**_platform(row.last_seen[1], row.tally), "citation_share": _citation_share(row.tally)}
        for row in tallies.values()
    ]
    return sorted(groups, key=_by_visibility)


def _by_visibility(group: PlatformRow) -> tuple[float, str, str]:
    return (_descending(group["visibility_score"]), *_by_name(group["name"]))


def _competitors(roll_up: RollUp, brand: BrandIdentity) -> list[CompetitorRow]:
    """The brand is named where an answer says that it appears, however it is spelled among the businesses there."""
    appearances = roll_up.tally.appearances
    mentions = roll_up.mentions + appearances
    named = [(row.last_seen[1], row.count, row.ranks, False) for row in roll_up.businesses.values()]
    named += [(brand.name, appearances, roll_up.ranks, True)] if appearances else []
    top = nsmallest(MAX_COMPETITORS, named, key=lambda entry: (-entry[1], *_by_name(entry[0])))
    return [
        {
            "name": name,
            "mentions_count": count,
            "share_of_voice": _rate(count, mentions),
            "avg_rank": _average(ranks),
            "is_brand": is_brand,
        }
        for name, count, ranks, is_brand in top
    ]


def _domains(roll_up: RollUp, brand: BrandIdentity) -> list[DomainRow]:
    citations = roll_up.tally.citations - roll_up.tally.unresolved
    top = nsmallest(MAX_DOMAINS, roll_up.domains.items(), key=lambda item: (-item[1].count, *_by_name(item[0])))
    return [
        {"domain": domain, "count": row.count, "share": _rate(row.count, citations), "is_brand": brand.owns(domain)}
        for domain, row in top
    ]


def _urls(roll_up: RollUp) -> list[UrlRow]:
    top = nsmallest(MAX_URLS, roll_up.pages.values(), key=lambda row: (-row.count, *_by_name(row.last_seen[1])))
    return [
        {"url": address, "title": row.title[1] or None, "domain": domain_of_address(address), "count": row.count}
        for row in top
        for address in row.last_seen[1:]
    ]


def _prompts(roll_up: RollUp, platforms: Mapping[str, str]) -> tuple[list[PromptRow], list[MatrixRow]]:
    """The listed prompts and, in the same order, their rows of the matrix; ``platforms`` are names by key."""
    recent = [roll_up.recent[stamp] for stamp in sorted(roll_up.recent)]
    latest = next((asked for asked in reversed(recent) if asked), {})

    def order(item: tuple[str, PromptTally]) -> tuple[bool, float, str, str, str]:
        prompt_id, tally = item
        text = tally.last_seen[1]
        return (prompt_id not in latest, _descending(_visibility(tally.cells)), *_by_name(text), prompt_id)

    limit = min(MAX_PROMPTS, MAX_MATRIX_CELLS // max(1, len(platforms)))
    top = nsmallest(limit, roll_up.prompts.items(), key=order)
    return (
        [_prompt(tally, [run.get(prompt_id) for run in recent]) for prompt_id, tally in top],
        [_matrix_row(tally, platforms) for _, tally in top],
    )


def _prompt(tally: PromptTally, recent: Iterable[tuple[int, int] | None]) -> PromptRow:
    _, text, category = tally.last_seen
    return {
        "prompt": text,
        "category": category,
        "answers_count": tally.cells.answers,
        "appearances_count": tally.cells.appearances,
        "visibility_score": _visibility(tally.cells),
        "best_rank": tally.ranks.best,
        "avg_rank": _average(tally.ranks),
        "trend": [_visibility(Cells(*cells)) if cells else None for cells in recent],
    }


def _matrix_row(tally: PromptTally, platforms: Mapping[str, str]) -> MatrixRow:
    asked = tally.platforms
    scores = {name: _visibility(asked[key]) if key in asked else None for key, name in platforms.items()}
    return {"prompt": tally.last_seen[1], "platforms": scores}


def _visibility(cells: Cells | Tally) -> float | None:
    return _rate(cells.appearances, cells.answers)


def _citation_share(tally: Tally) -> float | None:
    return _rate(tally.brand_citations, tally.citations - tally.unresolved)


def _rate(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _average(ranks: Ranks) -> float | None:
    return round(ranks.total / ranks.count, 1) if ranks.count else None


def _descending(rate: float | None) -> float:
    return 1 if rate is None else -rate


def _by_name(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _cuts(snapshot: ReportSnapshot) -> Iterator[None]:
    """Halves lists, the most dispensable first: yields once before the first cut, and after each."""
    yield
    prompts, matrix, trend = snapshot["prompts"], snapshot["platform_matrix"], snapshot["trend"]
    while prompts:
        del prompts[len(prompts) // 2 :], matrix[len(matrix) // 2 :]
        yield
    while trend:
        del trend[: -(-len(trend) // 2)]
        yield
    others: tuple[list[Any], ...] = (
        snapshot["citations"]["domains"],
        snapshot["citations"]["urls"],
        snapshot["categories"],
        snapshot["regions"],
        snapshot["platforms"],
        snapshot["competitors"],
    )
    for rows in others:
        while rows:
            del rows[len(rows) // 2 :]
            yield


def _fits(snapshot: ReportSnapshot) -> bool:
    """Whether the snapshot fits ``MAX_SNAPSHOT_BYTES``; escaped only if its plain size leaves that open."""
    size = len(to_json(snapshot))
    if size * _MAX_ESCAPED_PER_BYTE <= MAX_SNAPSHOT_BYTES:
        return True
    return size <= MAX_SNAPSHOT_BYTES and len(json.dumps(json.dumps(snapshot))) <= MAX_SNAPSHOT_BYTES
