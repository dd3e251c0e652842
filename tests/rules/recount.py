"""The snapshot by a plain recount: straight loops over the raw run files, sharing nothing with the product.

What odd values are taken as stands in ``odd_values``, what is the same in ``sameness``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from report_shares.rules.brand_identity import BrandIdentity
from tests.rules import recount_trust, sameness
from tests.rules.odd_values import ADDRESSES, HIDDEN, HOSTS_IN_TITLES, MOMENTS, NAMES, PLATFORMS, PROMPTS, TEXTS, TITLES
from tests.rules.runs import Json


def is_refused(run: Json) -> bool:
    """Whether too many of a completed run's answers cannot be used."""
    left_out = left_out_of(run)
    unusable = sum(number for reason, number in left_out.items() if reason.startswith("answer"))
    answers = unusable + len(list(_answers(run)))
    return unusable > 0 and (unusable == answers or (unusable > 10 and unusable * 10 > answers))


def left_out_of(run: Json) -> Counter[str]:
    """What of a completed run cannot be used, by reason."""
    left_out: Counter[str] = Counter()
    list(_answers(run, left_out))
    return left_out


def recount(runs: Sequence[Json], brand: BrandIdentity) -> Json:
    """What ``build_snapshot`` must return for these completed runs, whatever order they arrived in.

    But for the summary, which is made of the rest.
    """
    ordered = sorted(runs, key=lambda run: (run["completed_at"], run["id"]))
    answers = [cell for run in ordered for cell in _answers(run)]
    platforms = _groups([(*cell["platform"], cell) for cell in answers], brand)
    for platform in platforms:
        del platform["citation_share"]
    names = {cell["platform"][0]: cell["platform"][1] for cell in answers}
    prompt_ids = _prompt_order(ordered)
    answered = [run for run in ordered if list(_answers(run))]
    latest = list(_answers(answered[-1])) if answered else []
    by_run = [(run["completed_at"], list(_answers(run))) for run in answered]
    regions = {key: name for run in ordered for key, name in map(_region, _regions(run))}
    businesses = {key: name for cell in answers for key, name, _ in cell["businesses"]}
    subject = recount_trust.Subject(_own_names(brand), brand.name, names, regions, businesses)
    for cell in latest:
        cell["own_rank"] = next(iter(_brand_ranks([cell], brand)), None)
    texts = {cell["prompt_id"]: cell["prompt"] for cell in answers}
    asked = {cell["prompt_id"] for cell in latest}
    left_out = sum(
        number for run in ordered for reason, number in left_out_of(run).items() if reason.startswith("answer")
    )
    return {
        "stats": _stats(ordered, brand)
        | {
            "latest": _stats(answered[-1:], brand) if answered else None,
            "previous": _stats(answered[-2:-1], brand) if len(answered) > 1 else None,
        },
        "trend": [_trend_point(run, brand) for run in ordered],
        "platforms": platforms,
        "regions": _groups(
            [
                (*_region(region), cell)
                for run in ordered
                for region in _regions(run)
                for cell in [None, *_cells(region)]
            ],
            brand,
        ),
        "categories": _groups([(*cell["category"], cell) for cell in answers if cell["category"]], brand),
        "competitors": _competitors(answers, brand),
        "citations": {"domains": _domains(answers, brand), "urls": _urls(answers)},
        "prompts": [_prompt(prompt_id, ordered, brand) for prompt_id in prompt_ids],
        "platform_matrix": [_matrix_row(prompt_id, answers, names) for prompt_id in prompt_ids],
        "changes": recount_trust.changes(by_run, subject),
        "rivals": recount_trust.rivals(by_run, subject, _most_named(answers, subject.own)),
        "evidence": recount_trust.evidence(
            answered[-1]["id"] if answered else "",
            latest,
            [(prompt_id, texts[prompt_id]) for prompt_id in prompt_ids if prompt_id in asked],
            subject,
        ),
        "method": recount_trust.method(ordered, answers, latest, left_out, _stats(ordered, brand)),
    }


# ---- what is written, as it is meant ------------------------------------------------------------------------------


def _regions(run: Json) -> list[Json]:
    regions = [region for region in run["regions"] if isinstance(region, dict)]
    return [region for region in regions if str(region.get("status")).strip().lower() == "completed"]


def _region(region: Json) -> tuple[str, str]:
    """Key and spelling."""
    made_of = [part for part in (_name(region.get("country")), _name(region.get("language"))) if part]
    name = _name(region.get("name")) or ", ".join(made_of)[:300] or "Region without a name"
    return sameness.name(name), name


def _answers(run: Json, left_out: Counter[str] | None = None) -> Iterator[Json]:
    for region in _regions(run):
        yield from _cells(region, left_out)


def _cells(region: Json, left_out: Counter[str] | None = None) -> Iterator[Json]:
    """The answers that can be used; names and platforms as key and spelling."""
    left_out = Counter() if left_out is None else left_out
    for answer in _list(region.get("answers")):
        reason = _unusable(answer)
        if reason:
            left_out[reason] += 1
            continue
        category = _name(answer.get("category"))
        yield {
            "region": _region(region),
            "text": _known(TEXTS, answer.get("answer_text")),
            "model": _name(answer.get("model")),
            "answered_at": _moment(answer.get("answered_at")),
            "prompt_id": answer["prompt_id"].lower(),
            "prompt": _known(PROMPTS, answer["prompt"]),
            "category": (sameness.name(category), category) if category else None,
            "platform": (sameness.platform(answer["platform"]), _known(PLATFORMS, answer["platform"])),
            "brand_appears": answer["brand_appears"],
            "rank": _rank(answer.get("rank"), left_out),
            "businesses": list(_businesses(_list(answer.get("businesses")), left_out)),
            "citations": list(_citations(_list(answer.get("citations")), left_out)),
        }


def _unusable(answer: Any) -> str | None:
    if not isinstance(answer, dict):
        return "answer_malformed"
    if not isinstance(answer.get("prompt_id"), str) or len(answer["prompt_id"]) != 36:
        return "answer_without_prompt_id"
    if not _known(PROMPTS, answer.get("prompt")):
        return "answer_without_prompt"
    if not _known(PLATFORMS, answer.get("platform")):
        return "answer_without_platform"
    return None if isinstance(answer.get("brand_appears"), bool) else "answer_without_appearance"


def _businesses(given: Sequence[Any], left_out: Counter[str]) -> Iterator[tuple[str, str, int | None]]:
    """Key, spelling and rank."""
    for business in given[:200]:
        fields = business if isinstance(business, dict) else {"name": business}
        name = _name(fields.get("name"))
        if name:
            yield sameness.name(name), name, _rank(fields.get("rank"), left_out)
        else:
            left_out["business_without_name"] += 1
    left_out["business_beyond_limit"] += max(0, len(given) - 200)


def _citations(given: Sequence[Any], left_out: Counter[str]) -> Iterator[Json]:
    for citation in given[:200]:
        fields = citation if isinstance(citation, dict) else {"url": citation}
        address = _known(ADDRESSES, fields.get("url"))
        title = _known(TITLES, fields.get("title"))
        if address is None:
            left_out["citation_without_address"] += 1
        elif address == HIDDEN:
            yield {"domain": HOSTS_IN_TITLES.get(title or ""), "page": None}
        else:
            domain, page = sameness.page(address)
            yield {"domain": domain, "page": page, "address": address, "title": title}
    left_out["citation_beyond_limit"] += max(0, len(given) - 200)


def _rank(value: Any, left_out: Counter[str]) -> int | None:
    if value in (None, "") or (isinstance(value, float) and not isfinite(value)):
        return None
    if type(value) in (int, float) and value in range(1, 10_001):
        return int(value)
    left_out["rank"] += 1
    return None


def _name(value: Any) -> str | None:
    return _known(NAMES, value)


def _moment(value: Any) -> str | None:
    """A time that is in no table is none."""
    return MOMENTS.get(value) if isinstance(value, str) else None


def _known(table: dict[str, str | None], value: Any) -> str | None:
    """What the table says; a plain word, which is in no table, is what it is."""
    return (table.get(value, value) or None) if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# ---- what it adds up to -------------------------------------------------------------------------------------------


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _mean(numbers: Sequence[int]) -> float | None:
    return round(sum(numbers) / len(numbers), 1) if numbers else None


def _is_own(domain: str, brand: BrandIdentity) -> bool:
    for listed in brand.domains:
        own = listed.lower().removeprefix("www.")
        if domain == own or domain.endswith("." + own):
            return True
    return False


def _visibility(answers: Sequence[Json]) -> float | None:
    return _percent(sum(cell["brand_appears"] for cell in answers), len(answers))


def _cited(answers: Sequence[Json]) -> list[str]:
    """The domains of all citations that lead to one."""
    return [page["domain"] for cell in answers for page in cell["citations"] if page["domain"]]


def _citation_share(answers: Sequence[Json], brand: BrandIdentity) -> float | None:
    domains = _cited(answers)
    return _percent(len([domain for domain in domains if _is_own(domain, brand)]), len(domains))


def _own_names(brand: BrandIdentity) -> set[str]:
    return {sameness.name(name) for name in (brand.name, *brand.aliases)}


def _brand_ranks(answers: Sequence[Json], brand: BrandIdentity) -> list[int]:
    found = []
    for cell in answers:
        own = _own_names(brand)
        ranks = [cell["rank"]] if cell["rank"] else [rank for key, _, rank in cell["businesses"] if key in own and rank]
        if cell["brand_appears"] and ranks:
            found.append(min(ranks))
    return found


def _stats(runs: Sequence[Json], brand: BrandIdentity) -> Json:
    answers = [cell for run in runs for cell in _answers(run)]
    citations = sum(len(cell["citations"]) for cell in answers)
    return {
        "runs_count": len(runs),
        "prompts_count": len({cell["prompt_id"] for cell in answers}),
        "platforms_count": len({cell["platform"][0] for cell in answers}),
        "regions_count": len({_region(region)[0] for run in runs for region in _regions(run)}),
        "answers_count": len(answers),
        "appearances_count": len([cell for cell in answers if cell["brand_appears"]]),
        "citations_count": citations,
        "unresolved_citations_count": citations - len(_cited(answers)),
        "visibility_score": _visibility(answers),
        "visibility_interval": recount_trust.interval(answers),
        "citation_share": _citation_share(answers, brand),
        "avg_rank": _mean(_brand_ranks(answers, brand)),
    }


def _trend_point(run: Json, brand: BrandIdentity) -> Json:
    answers = list(_answers(run))
    return {
        "completed_at": run["completed_at"],
        "visibility_score": _visibility(answers),
        "visibility_interval": recount_trust.interval(answers),
        "citation_share": _citation_share(answers, brand),
        "answers_count": len(answers),
    }


def _groups(entries: Sequence[tuple[str, str, Json | None]], brand: BrandIdentity) -> list[Json]:
    """The groups of these answers by key, under the spelling seen last; a group may be there without an answer."""
    spelling = {key: name for key, name, _ in entries}
    rows: list[Json] = []
    for key, name in spelling.items():
        cells = [cell for other, _, cell in entries if other == key and cell]
        row = {
            "name": name,
            "answers_count": len(cells),
            "appearances_count": len([cell for cell in cells if cell["brand_appears"]]),
            "visibility_score": _visibility(cells),
            "visibility_interval": recount_trust.interval(cells),
            "citation_share": _citation_share(cells, brand),
        }
        rows.append(row)
    rows.sort(key=lambda row: (row["name"].casefold(), row["name"]))
    return sorted(
        rows, key=lambda row: -1.0 if row["visibility_score"] is None else row["visibility_score"], reverse=True
    )


def _competitors(answers: Sequence[Json], brand: BrandIdentity) -> list[Json]:
    own = _own_names(brand)
    spelling: dict[str, str] = {}
    mentions: dict[str, list[int | None]] = {}
    for cell in answers:
        ranks_here: dict[str, list[int]] = {}
        for key, name, rank in cell["businesses"]:
            if key not in own:
                spelling[key] = name
                ranks_here.setdefault(key, []).extend([rank] if rank else [])
        for key, ranks in ranks_here.items():
            mentions.setdefault(key, []).append(min(ranks, default=None))
    appearances = len([cell for cell in answers if cell["brand_appears"]])
    whole = appearances + sum(len(best_ranks) for best_ranks in mentions.values())
    rows: list[Json] = [
        {
            "name": spelling[key],
            "mentions_count": len(best_ranks),
            "share_of_voice": _percent(len(best_ranks), whole),
            "avg_rank": _mean([rank for rank in best_ranks if rank is not None]),
            "is_brand": False,
        }
        for key, best_ranks in mentions.items()
    ]
    if appearances:
        row = {
            "name": brand.name,
            "mentions_count": appearances,
            "share_of_voice": _percent(appearances, whole),
            "avg_rank": _mean(_brand_ranks(answers, brand)),
            "is_brand": True,
        }
        rows.append(row)
    return sorted(rows, key=lambda row: (-row["mentions_count"], row["name"].casefold(), row["name"]))[:50]


def _most_named(answers: Sequence[Json], own: set[str]) -> list[tuple[str, str]]:
    """Key and spelling of the five most named businesses but the brand."""
    spelling = {key: name for cell in answers for key, name, _ in cell["businesses"] if key not in own}
    naming = {key: len([cell for cell in answers if key in {k for k, _, _ in cell["businesses"]}]) for key in spelling}
    return sorted(spelling.items(), key=lambda one: (-naming[one[0]], one[1].casefold(), one[1]))[:5]


def _domains(answers: Sequence[Json], brand: BrandIdentity) -> list[Json]:
    cited = _cited(answers)
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
    pages = [page for cell in answers for page in cell["citations"] if page["page"]]
    cited = [page["page"] for page in pages]
    titles = {page["page"]: page["title"] for page in pages if page["title"]}
    last = {page["page"]: page for page in pages}
    rows = [
        {"url": page["address"], "title": titles.get(key), "domain": page["domain"], "count": cited.count(key)}
        for key, page in last.items()
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["url"].casefold(), row["url"]))[:100]


def _prompt_order(ordered: Sequence[Json]) -> list[str]:
    asked = [{cell["prompt_id"] for cell in _answers(run)} for run in ordered]
    latest: set[str] = next((prompt_ids for prompt_ids in reversed(asked) if prompt_ids), set())
    groups: dict[str, list[Json]] = {}
    for run in ordered:
        for cell in _answers(run):
            groups.setdefault(cell["prompt_id"], []).append(cell)

    def key(prompt_id: str) -> tuple[bool, float, str, str, str]:
        cells = groups[prompt_id]
        text = cells[-1]["prompt"]
        return prompt_id not in latest, -(_visibility(cells) or 0.0), text.casefold(), text, prompt_id

    return sorted(groups, key=key)[:1000]


def _prompt(prompt_id: str, ordered: Sequence[Json], brand: BrandIdentity) -> Json:
    by_run = [[cell for cell in _answers(run) if cell["prompt_id"] == prompt_id] for run in ordered]
    cells = [cell for run_cells in by_run for cell in run_cells]
    ranks = _brand_ranks(cells, brand)
    return {
        "prompt": cells[-1]["prompt"],
        "category": cells[-1]["category"] and cells[-1]["category"][1],
        "answers_count": len(cells),
        "appearances_count": len([cell for cell in cells if cell["brand_appears"]]),
        "visibility_score": _visibility(cells),
        "best_rank": min(ranks, default=None),
        "avg_rank": _mean(ranks),
        "trend": [_visibility(run_cells) for run_cells in by_run[-52:]],
    }


def _matrix_row(prompt_id: str, answers: Sequence[Json], names: dict[str, str]) -> Json:
    cells = [cell for cell in answers if cell["prompt_id"] == prompt_id]
    return {
        "prompt": cells[-1]["prompt"],
        "platforms": {
            name: _visibility([cell for cell in cells if cell["platform"][0] == key]) for key, name in names.items()
        },
    }
