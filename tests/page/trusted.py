"""What tells readers how far numbers carry: intervals, changes like for like, rivals, quoted answers, the method."""

from collections.abc import Callable, Sequence

from report_shares.contract.snapshot import (
    Changes,
    EvidenceRow,
    Interval,
    Method,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    Rivals,
    TrendPoint,
)

BRAND = "Acme Coffee Roasters"
MODELS = ["gpt-5.1-chat", "sonar-pro"]
EXCERPT = (
    "\N{HORIZONTAL ELLIPSIS} For a small office most reviewers point to Blue Heron Coffee first, with {named} as a "
    "close second: its beans are a little darker, and it ships within two days \N{HORIZONTAL ELLIPSIS}"
)


def interval(score: float | None) -> Interval | None:
    """About that of a few hundred answers."""
    return None if score is None else [round(max(0.0, score - 3.6), 1), round(min(100.0, score + 3.7), 1)]


def with_trust(given: ReportSnapshot) -> ReportSnapshot:
    """The snapshot with these parts beside its own numbers."""
    stats, runs = given["stats"], given["trend"]
    for figures in (stats, stats["latest"], stats["previous"]):
        if figures:
            figures["visibility_interval"] = interval(figures["visibility_score"])
    for run in runs:
        run["visibility_interval"] = interval(run["visibility_score"])
    for rows in (given["platforms"], given["regions"], given["categories"]):
        for row in rows:
            row["visibility_interval"] = interval(row["visibility_score"])
    return given | {
        "changes": changes(runs, given["platforms"], given["prompts"]) if len(runs) > 1 else None,
        "rivals": rivals(runs),
        "evidence": evidence(given["prompts"], given["platforms"]),
        "method": method(given),
        "summary": [
            "In the latest run, 43.8 % of the answers named Acme Coffee Roasters (95 % interval 40.2 to 47.5 %).",
            "Like for like, that is 6.8 points less than in the run before: more than chance.",
            "Blue Heron Coffee is named most.",
        ],
    }


def changes(runs: Sequence[TrendPoint], platforms: Sequence[PlatformRow], prompts: Sequence[PromptRow]) -> Changes:
    moved = [(entry["prompt"], 25.0 * (at % 4), 25.0 * ((at * 3 + 1) % 5)) for at, entry in enumerate(prompts[:20])]
    return {
        "since": runs[-2]["completed_at"],
        "until": runs[-1]["completed_at"],
        "compared_cells": 690,
        "only_before": 30,
        "only_now": 0,
        "visibility_before": 55.8,
        "visibility_now": 49.0,
        "won": 61,
        "lost": 108,
        "p_value": 0.0004,
        "is_significant": True,
        "platforms": [{"name": row["name"], "before": 60.0, "now": 51.1, "won": 5, "lost": 13} for row in platforms],
        "regions": [
            {"name": "Germany", "before": 55.0, "now": 48.1, "won": 30, "lost": 54},
            {"name": "Spain", "before": 56.6, "now": 56.6, "won": 31, "lost": 31},
        ],
        "prompts": [
            {"prompt": prompt, "before": before, "now": now, "won": 2, "lost": 1}
            for prompt, before, now in moved
            if before != now
        ],
        "competitors": [
            {"name": BRAND, "before": 55.8, "now": 49.0, "is_brand": True},
            {"name": "Blue Heron Coffee", "before": 80.1, "now": 82.0, "is_brand": False},
        ],
        "domains": {"gained": ["site7.example"], "lost": ["site8.example", "site9.example"]},
    }


def rivals(runs: Sequence[TrendPoint]) -> Rivals:
    shown = runs[-52:]
    names = (BRAND, *(f"Roastery {at}" for at in range(5)))
    return {
        "completed_at": [run["completed_at"] for run in shown],
        "series": [
            {
                "name": name,
                "is_brand": name == BRAND,
                "share_of_voice": [
                    None if run % 13 == 5 else round(4 + 1.4 * at + (run * (at + 3) % 7) / 5, 1)
                    for run in range(len(shown))
                ],
            }
            for at, name in enumerate(names)
        ],
    }


def evidence(prompts: Sequence[PromptRow], platforms: Sequence[PlatformRow]) -> list[EvidenceRow]:
    """A win and a miss of each prompt, of those that were never won a miss."""
    names = [row["name"] for row in platforms] or ["chatgpt"]
    return [
        {
            "prompt": entry["prompt"],
            "platform": names[at % len(names)],
            "region": "Germany",
            "model": MODELS[0] if at % 3 else None,
            "answered_at": "2026-11-02T06:12:04.000Z" if at % 4 else None,
            "brand_appears": is_win,
            "rank": 2 if is_win else None,
            "businesses": ["Blue Heron Coffee", *([BRAND] if is_win else [])],
            "excerpt": EXCERPT.format(named=BRAND if is_win else "Roastery 7") if at % 5 != 4 else None,
        }
        for at, entry in enumerate(prompts[:100])
        for is_win in ((True, False) if entry["appearances_count"] else (False,))
    ]


def method(given: ReportSnapshot) -> Method:
    stats, runs = given["stats"], given["trend"]
    return {
        "first_run_at": runs[0]["completed_at"],
        "last_run_at": runs[-1]["completed_at"],
        "runs_count": stats["runs_count"],
        "answers_count": stats["answers_count"],
        "answers_left_out_count": 3,
        "prompts_count": stats["prompts_count"],
        "platforms_count": stats["platforms_count"],
        "regions_count": stats["regions_count"],
        "samples_per_cell": {"least": 1, "most": 3},
        "models": list(MODELS),
    }


def rename_trust(built: ReportSnapshot, name: Callable[[str, int], str]) -> None:
    """Gives every text in these parts of the snapshot a name of its kind."""
    listed = {entry["prompt"]: name("prompt", at) for at, entry in enumerate(built["prompts"])}
    if changes := built["changes"]:
        for kind, rows in (("platforms", changes["platforms"]), ("regions", changes["regions"])):
            for at, row in enumerate(rows):
                row["name"] = name(kind, at)
        for at, business in enumerate(changes["competitors"]):
            business["name"] = name("competitors", at)
        for entry in changes["prompts"]:
            entry["prompt"] = listed[entry["prompt"]]
    for at, series in enumerate(built["rivals"]["series"]):
        series["name"] = name("competitors", at)
    for at, answer in enumerate(built["evidence"]):
        answer |= {
            "prompt": listed[answer["prompt"]],
            "platform": name("platforms", at % 8),
            "region": name("regions", 0),
            "model": name("model", at),
            "businesses": [name("competitors", number) for number in range(4)],
            "excerpt": name("excerpt", at),
        }
    built["method"]["models"] = [name("model", at) for at in range(3)]
    built["summary"] = [name("summary", at) for at in range(3)]
