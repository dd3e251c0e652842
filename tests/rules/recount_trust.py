"""How sure the numbers are, what changed and why, recounted: the contract's formulas, said once more in plain loops.

Answers are those of ``recount``, with names and platforms as key and spelling.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from math import comb, sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

type Json = dict[str, Any]
type Names = Mapping[str, str]
type Cell = tuple[str, str, str, str]


class Subject(NamedTuple):
    """Whose report it is, and what is shown for each key."""

    own: set[str]
    brand: str
    platforms: Names
    regions: Names
    businesses: Names


def interval(answers: Sequence[Json]) -> list[float] | None:
    """Where the rate lies: the two p at which (share - p)^2 = z^2 p (1 - p) / n."""
    n = len(answers)
    if not n:
        return None
    share = sum(cell["brand_appears"] for cell in answers) / n
    z2 = NormalDist().inv_cdf(0.975) ** 2
    # p^2 (1 + z2/n) - p (2 share + z2/n) + share^2 = 0
    a, b, c = 1 + z2 / n, 2 * share + z2 / n, share**2
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return [abs(round(100 * (b - root) / (2 * a), 1)), round(100 * (b + root) / (2 * a), 1)]


def _sign_test(won: int, lost: int) -> Fraction:
    n = won + lost
    tail = sum(comb(n, k) for k in range(min(won, lost) + 1))
    return min(Fraction(1), 2 * Fraction(tail, 2**n))


def _cells(answers: Sequence[Json]) -> dict[tuple[str, str, str, str], list[Json]]:
    cells: dict[tuple[str, str, str, str], list[Json]] = {}
    for one in answers:
        cells.setdefault((one["region"][0], one["prompt_id"], one["prompt"], one["platform"][0]), []).append(one)
    return cells


def _mean(shares: Sequence[Fraction]) -> Fraction:
    return sum(shares, Fraction()) / len(shares)


def _shown(share: Fraction) -> float:
    return round(float(share * 100), 1)


def changes(runs: Sequence[tuple[str, Sequence[Json]]], subject: Subject) -> Json | None:
    """``runs``: the time and answers of each that has any."""
    if len(runs) < 2:
        return None
    (since, earlier), (until, later) = runs[-2:]
    before, now = _cells(earlier), _cells(later)
    common = sorted(set(before) & set(now))
    if not common:
        return None
    first = {cell: min(len(before[cell]), len(now[cell])) for cell in common}
    was = {cell: before[cell][: first[cell]] for cell in common}
    is_now = {cell: now[cell][: first[cell]] for cell in common}
    whole = _row(common, was, is_now)
    p_value = _sign_test(whole["won"], whole["lost"])

    def by(part: Callable[[Cell], str], names: Names) -> list[Json]:
        rows = [
            {"name": names[key]} | _row([cell for cell in common if part(cell) == key], was, is_now)
            for key in set(map(part, common))
        ]
        return sorted(rows, key=lambda one: (-one["now"], one["name"].casefold(), one["name"]))

    return {
        "since": since,
        "until": until,
        "compared_cells": len(common),
        "only_before": len(set(before) - set(now)),
        "only_now": len(set(now) - set(before)),
        "visibility_before": whole["before"],
        "visibility_now": whole["now"],
        "won": whole["won"],
        "lost": whole["lost"],
        "p_value": round(float(p_value), 4),
        "is_significant": p_value < Fraction(5, 100),
        "platforms": by(lambda cell: cell[3], subject.platforms),
        "regions": by(lambda cell: cell[0], subject.regions),
        "prompts": _moved(common, was, is_now),
        "competitors": _competitors(list(was.values()), list(is_now.values()), subject),
        "domains": {
            "gained": _only(_cited(is_now.values()), _cited(was.values())),
            "lost": _only(_cited(was.values()), _cited(is_now.values())),
        },
    }


def _share(samples: Sequence[Json]) -> Fraction:
    return Fraction(sum(one["brand_appears"] for one in samples), len(samples))


def _row(cells: Sequence[Cell], was: Mapping[Cell, Sequence[Json]], is_now: Mapping[Cell, Sequence[Json]]) -> Json:
    return {
        "before": _shown(_mean([_share(was[cell]) for cell in cells])),
        "now": _shown(_mean([_share(is_now[cell]) for cell in cells])),
        "won": len([cell for cell in cells if _share(is_now[cell]) > _share(was[cell])]),
        "lost": len([cell for cell in cells if _share(is_now[cell]) < _share(was[cell])]),
    }


def _moved(
    common: Sequence[Cell], was: Mapping[Cell, Sequence[Json]], is_now: Mapping[Cell, Sequence[Json]]
) -> list[Json]:
    moved = []
    for prompt in {cell[1:3] for cell in common}:
        cells = [cell for cell in common if cell[1:3] == prompt]
        rise = _mean([_share(is_now[cell]) - _share(was[cell]) for cell in cells])
        moved.append((rise, prompt[1], {"prompt": prompt[1]} | _row(cells, was, is_now)))
    moved.sort(key=lambda one: (one[1].casefold(), one[1]))
    rose = sorted((one for one in moved if one[0] > 0), key=lambda one: -one[0])[:10]
    fell = sorted((one for one in moved if one[0] < 0), key=lambda one: one[0])[:10]
    return [one[2] for one in rose + fell]


def _competitors(was: Sequence[Sequence[Json]], is_now: Sequence[Sequence[Json]], subject: Subject) -> list[Json]:
    before, now = (
        Counter(key for samples in side for one in samples for key in _named(one, subject)) for side in (was, is_now)
    )
    compared = sum(map(len, is_now))
    rows = [
        {
            "name": subject.businesses[key] if key else subject.brand,
            "before": _shown(Fraction(before[key], compared)),
            "now": _shown(Fraction(now[key], compared)),
            "is_brand": not key,
        }
        for key in sorted(
            before | now,
            key=lambda key: (
                -before[key] - now[key],
                (subject.businesses[key] if key else subject.brand).casefold(),
                subject.businesses[key] if key else subject.brand,
            ),
        )
    ]
    return rows[:10]


def _named(answer: Json, subject: Subject) -> set[str]:
    """Keys of others, and nothing for the brand where the answer says that it appears."""
    others = {key for key, _, _ in answer["businesses"] if key not in subject.own}
    return others | ({""} if answer["brand_appears"] else set())


def _cited(side: Iterable[Sequence[Json]]) -> Counter[str]:
    return Counter(page["domain"] for samples in side for one in samples for page in one["citations"] if page["domain"])


def _only(cited: Counter[str], other: Counter[str]) -> list[str]:
    return sorted(set(cited) - set(other), key=lambda domain: (-cited[domain], domain))[:10]


def rivals(runs: Sequence[tuple[str, Sequence[Json]]], subject: Subject, most_named: Sequence[tuple[str, str]]) -> Json:
    """``most_named``: key and spelling of the five most named others over all runs."""
    if not runs:
        return {"completed_at": [], "series": []}
    series: list[Json] = [{"name": subject.brand, "is_brand": True, "share_of_voice": []}]
    series += [{"name": name, "is_brand": False, "share_of_voice": []} for _, name in most_named]
    for _, answers in runs[-52:]:
        mentions = Counter[str]()
        for one in answers:
            mentions.update({key for key, _, _ in one["businesses"] if key not in subject.own})
        appearances = sum(one["brand_appears"] for one in answers)
        whole = appearances + sum(mentions.values())
        counted = [appearances, *(mentions[key] for key, _ in most_named)]
        for row, count in zip(series, counted, strict=True):
            row["share_of_voice"].append(round(100 * count / whole, 1) if whole else None)
    return {"completed_at": [time for time, _ in runs[-52:]], "series": series}


def evidence(run_id: str, answers: Sequence[Json], listed: Sequence[tuple[str, str]], subject: Subject) -> list[Json]:
    """Of the latest run; ``listed``: id and text of each listed prompt."""
    rows = []
    for prompt_id, text in listed[:100]:
        for appears in (True, False):
            cells = {
                cell: [one for one in samples if one["brand_appears"] is appears]
                for cell, samples in _cells(answers).items()
                if cell[1] == prompt_id
            }
            lots = {
                sha256("\n".join((run_id, *cell)).encode()).hexdigest(): samples[0]
                for cell, samples in cells.items()
                if samples
            }
            if not lots:
                continue
            one = lots[min(lots)]
            keys = ["" if key in subject.own else key for key, _, _ in one["businesses"]]
            shown = [key for key in dict.fromkeys(keys) if key or appears][:20]
            rows.append(
                {
                    "prompt": text,
                    "platform": subject.platforms[one["platform"][0]],
                    "region": subject.regions[one["region"][0]],
                    "model": one["model"],
                    "answered_at": one["answered_at"],
                    "brand_appears": appears,
                    "rank": one["own_rank"],
                    "businesses": [subject.businesses[key] if key else subject.brand for key in shown],
                    "excerpt": one["text"],
                }
            )
    return rows


def method(runs: Sequence[Json], answers: Sequence[Json], latest: Sequence[Json], left_out: int, counts: Json) -> Json:
    """``counts`` are the figures of all runs, ``latest`` the answers of the last run that has any."""
    sizes = [len(samples) for samples in _cells(latest).values()]
    models = Counter(one["model"] for one in latest if one["model"])
    return {
        "first_run_at": runs[0]["completed_at"] if runs else None,
        "last_run_at": runs[-1]["completed_at"] if runs else None,
        "runs_count": len(runs),
        "answers_count": len(answers),
        "answers_left_out_count": left_out,
        "prompts_count": counts["prompts_count"],
        "platforms_count": counts["platforms_count"],
        "regions_count": counts["regions_count"],
        "samples_per_cell": {"least": min(sizes), "most": max(sizes)} if sizes else None,
        "models": sorted(models, key=lambda model: (-models[model], model))[:10],
    }
