"""The snapshot: what a share shows, derived from the roll-up.

Shapes are those of the contract's "Snapshot: the output". Rates are percentages with one decimal, null over
nothing; no internal id is in it. Lists are sorted by what they show, ties by name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Any

from pydantic_core import to_json

from report_shares.rules.roll_up import (
    BRAND,
    BrandIdentity,
    BusinessRow,
    Cells,
    Figures,
    PromptRow,
    Ranks,
    RollUp,
    RunRow,
    Tally,
)
from report_shares.rules.run_files import domain_of_url
from report_shares.times import iso

MAX_COMPETITORS = 50
MAX_DOMAINS = 50
MAX_URLS = 100
MAX_PROMPTS = 1_000

# Lambda answers with at most 6 MB, in which the snapshot is JSON within a JSON string.
MAX_SNAPSHOT_BYTES = 4_500_000
# Four bytes of UTF-8 become fourteen in there: two escapes whose backslashes are escaped.
_MAX_ESCAPED_PER_BYTE = 4
_MIN_MATRIX_CELL_BYTES = 10

type _Json = dict[str, Any]


def build_snapshot(rollup: RollUp, brand: BrandIdentity) -> dict[str, Any]:
    """The snapshot of all runs in the roll-up; empty lists and nulls where there are none.

    Where it would exceed ``MAX_SNAPSHOT_BYTES`` fewer prompts are listed, then fewer of the oldest runs, then
    less of the other lists.
    """
    runs = sorted(rollup.runs.values(), key=lambda run: run.stamp)
    platforms = _platforms(rollup)
    prompts, platform_matrix = _prompts(rollup, [platform["name"] for platform in platforms])
    snapshot = {
        "stats": _stats(rollup, runs),
        "trend": [_trend_point(run) for run in runs],
        "platforms": platforms,
        "regions": _groups(rollup.regions),
        "categories": _groups(rollup.categories),
        "competitors": _competitors(rollup, brand),
        "citations": {"domains": _domains(rollup, brand), "urls": _urls(rollup)},
        "prompts": prompts,
        "platform_matrix": platform_matrix,
    }
    _cut_to_fit(snapshot)
    return snapshot


def _stats(rollup: RollUp, runs: Sequence[RunRow]) -> _Json:
    latest, previous = (_figures(1, runs[-n].figures) if len(runs) >= n else None for n in (1, 2))
    return _figures(len(runs), rollup.figures()) | {"latest": latest, "previous": previous}


def _figures(runs: int, figures: Figures) -> _Json:
    tally = figures.tally
    return {
        "runs_count": runs,
        "prompts_count": figures.prompts,
        "platforms_count": figures.platforms,
        "regions_count": figures.regions,
        "answers_count": tally.answers,
        "appearances_count": tally.appearances,
        "citations_count": tally.citations,
        "visibility_score": _visibility(tally),
        "citation_share": _citation_share(tally),
        "avg_rank": _average(figures.ranks),
    }


def _trend_point(run: RunRow) -> _Json:
    tally = run.figures.tally
    return {
        "completed_at": iso(run.completed_at),
        "visibility_score": _visibility(tally),
        "citation_share": _citation_share(tally),
        "answers_count": tally.answers,
    }


def _platforms(rollup: RollUp) -> list[_Json]:
    return sorted(({"name": name} | _counts(cells) for name, cells in rollup.platforms.items()), key=_by_visibility)


def _groups(tallies: Mapping[str, Tally]) -> list[_Json]:
    groups = (
        {"name": name} | _counts(tally) | {"citation_share": _citation_share(tally)} for name, tally in tallies.items()
    )
    return sorted(groups, key=_by_visibility)


def _by_visibility(group: _Json) -> tuple[float, str, str]:
    return (_descending(group["visibility_score"]), *_by_name(group["name"]))


def _competitors(rollup: RollUp, brand: BrandIdentity) -> list[_Json]:
    mentions = sum(row.mentions for row in rollup.businesses.values())

    def name_of(key: str, row: BusinessRow) -> str:
        return brand.name if key == BRAND else row.last_seen[1]

    rows = [(name_of(key, row), key == BRAND, row) for key, row in rollup.businesses.items()]
    top = nsmallest(MAX_COMPETITORS, rows, key=lambda row: (-row[2].mentions, *_by_name(row[0])))
    return [
        {
            "name": name,
            "mentions_count": row.mentions,
            "share_of_voice": _rate(row.mentions, mentions),
            "avg_rank": _average(row.ranks),
            "is_brand": is_brand,
        }
        for name, is_brand, row in top
    ]


def _domains(rollup: RollUp, brand: BrandIdentity) -> list[_Json]:
    citations = rollup.domains.total()
    top = nsmallest(MAX_DOMAINS, rollup.domains.items(), key=lambda item: (-item[1], *_by_name(item[0])))
    return [
        {"domain": domain, "count": count, "share": _rate(count, citations), "is_brand": brand.owns(domain)}
        for domain, count in top
    ]


def _urls(rollup: RollUp) -> list[_Json]:
    top = nsmallest(MAX_URLS, rollup.urls.items(), key=lambda item: (-item[1].count, *_by_name(item[0])))
    return [
        {"url": url, "title": row.last_seen[1] or None, "domain": domain_of_url(url), "count": row.count}
        for url, row in top
    ]


def _prompts(rollup: RollUp, platforms: Sequence[str]) -> tuple[list[_Json], list[_Json]]:
    """The listed prompts and, in the same order, their rows of the matrix."""
    recent = [rollup.recent[stamp] for stamp in sorted(rollup.recent)]
    latest = recent[-1] if recent else {}

    def order(item: tuple[str, PromptRow]) -> tuple[bool, float, str, str, str]:
        prompt_id, row = item
        text = row.last_seen[1]
        return (prompt_id not in latest, _descending(_visibility(row.cells)), *_by_name(text), prompt_id)

    # A matrix that cannot fit is not worth building.
    limit = min(MAX_PROMPTS, MAX_SNAPSHOT_BYTES // (_MIN_MATRIX_CELL_BYTES * max(1, len(platforms))))
    top = nsmallest(limit, rollup.prompts.items(), key=order)
    return (
        [_prompt(row, [run.get(prompt_id) for run in recent]) for prompt_id, row in top],
        [_matrix_row(row, platforms) for _, row in top],
    )


def _prompt(row: PromptRow, recent: Iterable[tuple[int, int] | None]) -> _Json:
    _, text, category = row.last_seen
    return (
        {"prompt": text, "category": category}
        | _counts(row.cells)
        | {
            "best_rank": row.ranks.best,
            "avg_rank": _average(row.ranks),
            "trend": [_visibility(Cells(*cells)) if cells else None for cells in recent],
        }
    )


def _matrix_row(row: PromptRow, platforms: Iterable[str]) -> _Json:
    asked = row.platforms
    scores = {name: _visibility(asked[name]) if name in asked else None for name in platforms}
    return {"prompt": row.last_seen[1], "platforms": scores}


def _counts(cells: Cells | Tally) -> _Json:
    return {
        "answers_count": cells.answers,
        "appearances_count": cells.appearances,
        "visibility_score": _visibility(cells),
    }


def _visibility(cells: Cells | Tally) -> float | None:
    return _rate(cells.appearances, cells.answers)


def _citation_share(tally: Tally) -> float | None:
    return _rate(tally.brand_citations, tally.citations)


def _rate(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _average(ranks: Ranks) -> float | None:
    return round(ranks.total / ranks.count, 1) if ranks.count else None


def _descending(rate: float | None) -> float:
    return 1 if rate is None else -rate


def _by_name(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _cut_to_fit(snapshot: _Json) -> None:
    """Halves lists, the most dispensable first, until the snapshot fits."""
    cuts = _cuts(snapshot)
    while not _fits(snapshot) and next(cuts, None):
        pass


def _cuts(snapshot: _Json) -> Iterator[str]:
    """Makes one cut at a time, and says which list it cut."""
    prompts, matrix, trend = snapshot["prompts"], snapshot["platform_matrix"], snapshot["trend"]
    while prompts:
        del prompts[len(prompts) // 2 :], matrix[len(matrix) // 2 :]
        yield "prompts"
    while trend:
        del trend[: -(-len(trend) // 2)]
        yield "trend"
    others = {name: snapshot[name] for name in ("categories", "regions", "platforms", "competitors")}
    for name, rows in (*snapshot["citations"].items(), *others.items()):
        while rows:
            del rows[len(rows) // 2 :]
            yield name


def _fits(snapshot: _Json) -> bool:
    """Whether the snapshot fits ``MAX_SNAPSHOT_BYTES``; measured only where its size leaves that open."""
    size = len(to_json(snapshot))
    if size * _MAX_ESCAPED_PER_BYTE <= MAX_SNAPSHOT_BYTES:
        return True
    return size <= MAX_SNAPSHOT_BYTES and len(json.dumps(json.dumps(snapshot))) <= MAX_SNAPSHOT_BYTES
