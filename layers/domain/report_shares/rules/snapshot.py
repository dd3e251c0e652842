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
    Changes,
    CompetitorRow,
    DomainRow,
    EvidenceRow,
    Figures,
    GroupRow,
    Interval,
    MatrixRow,
    Method,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    ReportStats,
    Rivals,
    RivalSeries,
    TrendPoint,
    UrlRow,
)
from report_shares.rules import evidence, samples
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.changes import changes_between
from report_shares.rules.pages import domain_of_address
from report_shares.rules.roll_up import CountedRun, RollUp
from report_shares.rules.shown_names import ShownNames
from report_shares.rules.statistics import wilson_interval
from report_shares.rules.summary import summary_of
from report_shares.rules.tallies import Cells, GroupTally, PromptTally, Ranks, Tally, Totals
from report_shares.times import iso

MAX_COMPETITORS = 50
MAX_DOMAINS = 50
MAX_URLS = 100
MAX_PROMPTS = 1_000
MAX_RIVALS = 5
MAX_EVIDENCE_PROMPTS = 100

# Lambda answers with at most 6 MB, in which the snapshot is JSON within a JSON string.
MAX_SNAPSHOT_BYTES = 4_500_000
# Four bytes of UTF-8 become fourteen there: two escapes whose backslashes are escaped in turn.
_MAX_ESCAPED_PER_BYTE = 4
# What a page can show in a time that a reader waits.
MAX_MATRIX_CELLS = 20_000


def build_snapshot(roll_up: RollUp, brand: BrandIdentity) -> ReportSnapshot:
    """The snapshot of all runs in the roll-up; without runs it has empty lists and nulls.

    If it would exceed ``MAX_SNAPSHOT_BYTES``, it quotes fewer answers, lists fewer prompts, drops the oldest runs, and
    then shortens the other lists.
    """
    runs = sorted(roll_up.runs.values(), key=lambda run: run.stamp)
    names = ShownNames(roll_up, brand)
    platform_names = {key: names.platform(key) for key in roll_up.platforms}
    platforms = sorted(
        (_platform(platform_names[key], row.tally) for key, row in roll_up.platforms.items()), key=_by_visibility
    )
    recent = [roll_up.recent[stamp] for stamp in sorted(roll_up.recent)]
    listed = _listed(roll_up, recent)
    samples_of = [samples.unpack(roll_up.samples[stamp]) for stamp in sorted(roll_up.samples)]
    snapshot: ReportSnapshot = {
        "stats": _stats(roll_up, runs),
        "trend": [_trend_point(run) for run in runs],
        "platforms": platforms,
        "regions": _groups(roll_up.regions),
        "categories": _groups(roll_up.categories),
        "competitors": _competitors(roll_up, brand),
        "citations": {"domains": _domains(roll_up, brand), "urls": _urls(roll_up)},
        "prompts": [_prompt(row, [run.get(prompt_id) for run in recent]) for prompt_id, row in listed.items()],
        "platform_matrix": [_matrix_row(row, platform_names) for row in listed.values()],
        "changes": _changes(samples_of, runs, names),
        "rivals": _rivals(roll_up, runs, names),
        "evidence": _evidence(roll_up, listed, names),
        "method": _method(roll_up, runs, samples_of),
    }
    for _ in _cuts(snapshot):
        if _fits(snapshot):
            break
    return snapshot | {"summary": summary_of(snapshot)}


def _stats(roll_up: RollUp, runs: Sequence[CountedRun]) -> ReportStats:
    answered = _answered(runs)
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
        "visibility_interval": _interval(tally),
        "citation_share": _citation_share(tally),
        "avg_rank": _average(totals.ranks),
    }


def _trend_point(run: CountedRun) -> TrendPoint:
    tally = run.figures.tally
    return {
        "completed_at": iso(run.completed_at),
        "visibility_score": _visibility(tally),
        "visibility_interval": _interval(tally),
        "citation_share": _citation_share(tally),
        "answers_count": tally.answers,
    }


def _platform(name: str, cells: Cells | Tally) -> PlatformRow:
    return {
        "name": name,
        "answers_count": cells.answers,
        "appearances_count": cells.appearances,
        "visibility_score": _visibility(cells),
        "visibility_interval": _interval(cells),
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


def _listed(roll_up: RollUp, recent: Sequence[Mapping[str, object]]) -> Mapping[str, PromptTally]:
    """The prompts to be listed, by id and in their order; ``recent`` are those that each of the last runs asked."""
    latest = next((asked for asked in reversed(recent) if asked), {})

    def order(item: tuple[str, PromptTally]) -> tuple[bool, float, str, str, str]:
        prompt_id, tally = item
        text = tally.last_seen[1]
        return (prompt_id not in latest, _descending(_visibility(tally.cells)), *_by_name(text), prompt_id)

    limit = min(MAX_PROMPTS, MAX_MATRIX_CELLS // max(1, len(roll_up.platforms)))
    return dict(nsmallest(limit, roll_up.prompts.items(), key=order))


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


def _changes(samples_of: Sequence[samples.RunSamples], runs: Sequence[CountedRun], names: ShownNames) -> Changes | None:
    if len(samples_of) < 2:
        return None
    before, now = samples_of
    since, until = (run.completed_at for run in _answered(runs)[-2:])
    return changes_between(before, now, since, until, names)


def _rivals(roll_up: RollUp, runs: Sequence[CountedRun], names: ShownNames) -> Rivals:
    """The brand and the businesses most named over all runs, in the last runs that have answers."""
    shown = [run for run in runs if run.stamp in roll_up.voices]
    most_named = nsmallest(
        MAX_RIVALS, roll_up.businesses.items(), key=lambda item: (-item[1].count, *_by_name(item[1].last_seen[1]))
    )

    def share(run: CountedRun, mentions: int | None) -> float | None:
        return None if mentions is None else _rate(mentions, run.mentions + run.figures.tally.appearances)

    def mentions(run: CountedRun, key: str) -> int | None:
        voices = roll_up.voices[run.stamp]
        # Of a run that names more businesses than are kept, it is not known how often the others were named.
        return voices.get(key, 0 if sum(voices.values()) == run.mentions else None)

    brands: RivalSeries = {
        "name": names.business(""),
        "is_brand": True,
        "share_of_voice": [share(run, run.figures.tally.appearances) for run in shown],
    }
    others: list[RivalSeries] = [
        {
            "name": names.business(key),
            "is_brand": False,
            "share_of_voice": [share(run, mentions(run, key)) for run in shown],
        }
        for key, _ in most_named
    ]
    return {"completed_at": [iso(run.completed_at) for run in shown], "series": [brands, *others] if shown else []}


def _evidence(roll_up: RollUp, listed: Mapping[str, PromptTally], names: ShownNames) -> list[EvidenceRow]:
    """In the order of the listed prompts; of each first an answer that names the brand, then one that does not."""
    chosen: dict[str, list[evidence.Proof]] = {}
    for document in roll_up.evidence.values():
        for row in evidence.unpack(document):
            chosen.setdefault(row.prompt_id, []).append(row)
    proven = [prompt_id for prompt_id in listed if prompt_id in chosen][:MAX_EVIDENCE_PROMPTS]
    return [
        {
            "prompt": listed[prompt_id].last_seen[1],
            "platform": names.platform(row.platform),
            "region": names.region(row.region),
            "model": row.model,
            "answered_at": None if row.answered_at is None else iso(row.answered_at),
            "brand_appears": row.brand_appears,
            "rank": row.rank,
            "businesses": [names.business(key) for key in row.businesses],
            "excerpt": row.excerpt,
        }
        for prompt_id in proven
        for row in chosen[prompt_id]
    ]


def _method(roll_up: RollUp, runs: Sequence[CountedRun], samples_of: Sequence[samples.RunSamples]) -> Method:
    totals = roll_up.totals()
    latest = samples_of[-1] if samples_of else None
    return {
        "first_run_at": iso(runs[0].completed_at) if runs else None,
        "last_run_at": iso(runs[-1].completed_at) if runs else None,
        "runs_count": len(runs),
        "answers_count": totals.tally.answers,
        "answers_left_out_count": roll_up.answers_left_out,
        "prompts_count": totals.prompts,
        "platforms_count": totals.platforms,
        "regions_count": totals.regions,
        "samples_per_cell": {"least": latest.per_cell[0], "most": latest.per_cell[1]} if latest else None,
        "models": list(latest.models) if latest else [],
    }


def _answered(runs: Sequence[CountedRun]) -> Sequence[CountedRun]:
    """Those that have answers."""
    return [run for run in runs if run.figures.tally.answers]


def _interval(cells: Cells | Tally) -> Interval | None:
    interval = wilson_interval(cells.appearances, cells.answers)
    return [round(end, 1) for end in interval] if interval else None


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
    proofs = snapshot["evidence"]
    while proofs:
        del proofs[len(proofs) // 2 :]
        yield
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
