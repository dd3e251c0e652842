"""The snapshot by a plain recount: straight loops over the raw run files, sharing nothing with the roll-up."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from report_shares.rules.roll_up import BrandIdentity
from tests.rules.runs import Json


def recount(runs: Sequence[Json], brand: BrandIdentity) -> Json:
    """What ``build_snapshot`` must return for these completed runs, whatever order they arrived in."""
    ordered = sorted(runs, key=lambda run: (run["completed_at"], run["id"]))
    answers = [cell for run in ordered for cell in _answers(run)]
    platforms = _sorted_groups(_groups(answers, "platform"), [cell["platform"] for cell in answers], brand)
    for platform in platforms:
        del platform["citation_share"]
    prompt_ids = _prompt_order(ordered)
    return {
        "stats": _stats(ordered, brand)
        | {
            "latest": _stats(ordered[-1:], brand) if ordered else None,
            "previous": _stats(ordered[-2:-1], brand) if len(ordered) > 1 else None,
        },
        "trend": [_trend_point(run, brand) for run in ordered],
        "platforms": platforms,
        "regions": _sorted_groups(
            _groups(answers, "region"), [name for run in ordered for name in _regions(run)], brand
        ),
        "categories": _sorted_groups(
            _groups(answers, "category"), [cell["category"] for cell in answers if cell["category"]], brand
        ),
        "competitors": _competitors(answers, brand),
        "citations": {"domains": _domains(answers, brand), "urls": _urls(answers)},
        "prompts": [_prompt(prompt_id, ordered) for prompt_id in prompt_ids],
        "platform_matrix": [
            _matrix_row(prompt_id, answers, [platform["name"] for platform in platforms]) for prompt_id in prompt_ids
        ],
    }


def _regions(run: Json) -> list[str]:
    return [region["name"] for region in run["regions"] if region["status"] == "completed"]


def _answers(run: Json) -> Iterator[Json]:
    for region in run["regions"]:
        if region["status"] == "completed":
            for cell in region["answers"]:
                yield cell | {"region": region["name"]}


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _mean(numbers: Sequence[int]) -> float | None:
    return round(sum(numbers) / len(numbers), 1) if numbers else None


def _domain(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _is_own(domain: str, brand: BrandIdentity) -> bool:
    for listed in brand.domains:
        own = listed.lower().removeprefix("www.")
        if domain == own or domain.endswith("." + own):
            return True
    return False


def _visibility(answers: Sequence[Json]) -> float | None:
    return _percent(sum(cell["brand_appears"] for cell in answers), len(answers))


def _citation_share(answers: Sequence[Json], brand: BrandIdentity) -> float | None:
    domains = [_domain(page["url"]) for cell in answers for page in cell["citations"]]
    return _percent(len([domain for domain in domains if _is_own(domain, brand)]), len(domains))


def _brand_ranks(answers: Sequence[Json]) -> list[int]:
    return [cell["rank"] for cell in answers if cell["brand_appears"] and cell["rank"] is not None]


def _stats(runs: Sequence[Json], brand: BrandIdentity) -> Json:
    answers = [cell for run in runs for cell in _answers(run)]
    return {
        "runs_count": len(runs),
        "prompts_count": len({cell["prompt_id"] for cell in answers}),
        "platforms_count": len({cell["platform"] for cell in answers}),
        "regions_count": len({name for run in runs for name in _regions(run)}),
        "answers_count": len(answers),
        "appearances_count": len([cell for cell in answers if cell["brand_appears"]]),
        "citations_count": sum(len(cell["citations"]) for cell in answers),
        "visibility_score": _visibility(answers),
        "citation_share": _citation_share(answers, brand),
        "avg_rank": _mean(_brand_ranks(answers)),
    }


def _trend_point(run: Json, brand: BrandIdentity) -> Json:
    answers = list(_answers(run))
    return {
        "completed_at": run["completed_at"],
        "visibility_score": _visibility(answers),
        "citation_share": _citation_share(answers, brand),
        "answers_count": len(answers),
    }


def _groups(answers: Sequence[Json], field: str) -> dict[str, list[Json]]:
    return {name: [cell for cell in answers if cell[field] == name] for name in {cell[field] for cell in answers}}


def _sorted_groups(groups: dict[str, list[Json]], names: Sequence[str], brand: BrandIdentity) -> list[Json]:
    rows = []
    for name in sorted(set(names), key=lambda name: (name.casefold(), name)):
        cells = groups.get(name, [])
        row = {
            "name": name,
            "answers_count": len(cells),
            "appearances_count": len([cell for cell in cells if cell["brand_appears"]]),
            "visibility_score": _visibility(cells),
            "citation_share": _citation_share(cells, brand),
        }
        rows.append(row)
    return sorted(
        rows, key=lambda row: -1.0 if row["visibility_score"] is None else row["visibility_score"], reverse=True
    )


def _competitors(answers: Sequence[Json], brand: BrandIdentity) -> list[Json]:
    own_names = [name.strip().casefold() for name in (brand.name, *brand.aliases)]
    spelling: dict[str, str] = {}
    mentions: dict[str, list[int | None]] = {}
    for cell in answers:
        ranks_here: dict[str, list[int]] = {}
        for named in cell["businesses"]:
            name = named["name"].strip()
            if name.casefold() in own_names:
                name = brand.name
            spelling[name.casefold()] = name
            ranks_here.setdefault(name.casefold(), [])
            if named["rank"] is not None:
                ranks_here[name.casefold()].append(named["rank"])
        for folded, ranks in ranks_here.items():
            mentions.setdefault(folded, []).append(min(ranks) if ranks else None)
    whole = sum(len(best_ranks) for best_ranks in mentions.values())
    rows: list[Json] = [
        {
            "name": spelling[folded],
            "mentions_count": len(best_ranks),
            "share_of_voice": _percent(len(best_ranks), whole),
            "avg_rank": _mean([rank for rank in best_ranks if rank is not None]),
            "is_brand": folded == brand.name.casefold(),
        }
        for folded, best_ranks in mentions.items()
    ]
    return sorted(rows, key=lambda row: (-row["mentions_count"], row["name"].casefold(), row["name"]))[:50]


def _domains(answers: Sequence[Json], brand: BrandIdentity) -> list[Json]:
    cited = [_domain(page["url"]) for cell in answers for page in cell["citations"]]
    ordered = sorted(set(cited), key=lambda domain: (-cited.count(domain), domain))
    return [
        {
            "domain": domain,
            "count": cited.count(domain),
            "share": _percent(cited.count(domain), len(cited)),
            "is_brand": _is_own(domain, brand),
        }
        for domain in ordered[:50]
    ]


def _urls(answers: Sequence[Json]) -> list[Json]:
    pages = [page for cell in answers for page in cell["citations"]]
    cited = [page["url"] for page in pages]
    titles = {page["url"]: page["title"] for page in pages if page["title"]}
    ordered = sorted(set(cited), key=lambda url: (-cited.count(url), url.casefold(), url))
    return [
        {"url": url, "title": titles.get(url), "domain": _domain(url), "count": cited.count(url)}
        for url in ordered[:100]
    ]


def _prompt_order(ordered: Sequence[Json]) -> list[str]:
    latest = {cell["prompt_id"] for run in ordered[-1:] for cell in _answers(run)}
    groups = _groups([cell for run in ordered for cell in _answers(run)], "prompt_id")

    def key(prompt_id: str) -> tuple[bool, float, str, str, str]:
        cells = groups[prompt_id]
        text = cells[-1]["prompt"]
        return prompt_id not in latest, -(_visibility(cells) or 0.0), text.casefold(), text, prompt_id

    return sorted(groups, key=key)[:1000]


def _prompt(prompt_id: str, ordered: Sequence[Json]) -> Json:
    by_run = [[cell for cell in _answers(run) if cell["prompt_id"] == prompt_id] for run in ordered]
    cells = [cell for run_cells in by_run for cell in run_cells]
    ranks = _brand_ranks(cells)
    return {
        "prompt": cells[-1]["prompt"],
        "category": cells[-1]["category"],
        "answers_count": len(cells),
        "appearances_count": len([cell for cell in cells if cell["brand_appears"]]),
        "visibility_score": _visibility(cells),
        "best_rank": min(ranks, default=None),
        "avg_rank": _mean(ranks),
        "trend": [_visibility(run_cells) for run_cells in by_run[-52:]],
    }


def _matrix_row(prompt_id: str, answers: Sequence[Json], platforms: Sequence[str]) -> Json:
    cells = [cell for cell in answers if cell["prompt_id"] == prompt_id]
    return {
        "prompt": cells[-1]["prompt"],
        "platforms": {name: _visibility([cell for cell in cells if cell["platform"] == name]) for name in platforms},
    }
