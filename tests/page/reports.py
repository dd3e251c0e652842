"""Links to open: shares whose snapshot and white label are whatever a test wants them to be."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pydantic_core import to_json

from report_shares.contract.snapshot import (
    CompetitorRow,
    DomainRow,
    Figures,
    GroupRow,
    PlatformRow,
    PromptRow,
    ReportSnapshot,
    TrendPoint,
    UrlRow,
)
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.roll_up import RollUp
from report_shares.rules.snapshot import build_snapshot
from tests.page.trusted import rename_trust, with_trust
from tests.world import Json, World

FIRST = datetime(2016, 1, 4, 6, tzinfo=UTC)
PLATFORMS = ("chatgpt", "claude", "copilot", "gemini", "google_ai_mode", "google_ai_overview", "grok", "perplexity")


def link_to(world: World, snapshot: ReportSnapshot | None = None, white_label: Json | None = None) -> Json:
    """A fresh caller's share, as POST answers it, with this snapshot behind it."""
    share = world.create(world.add_key(str(uuid4())), {"white_label_config": white_label} if white_label else None).json
    if snapshot is not None:
        key = f"snapshots/{uuid4()}.json.gz"
        world.s3.put_object(Bucket="reports", Key=key, Body=gzip.compress(to_json(snapshot), 1))
        world.dynamodb.update_item(
            TableName="shares",
            Key={"pk": {"S": f"SHARE#{share['id']}"}, "sk": {"S": "SHARE"}},
            UpdateExpression="SET snapshot_key = :key",
            ExpressionAttributeValues={":key": {"S": key}},
        )
    return share


def empty_snapshot() -> ReportSnapshot:
    return build_snapshot(RollUp(), BrandIdentity("Acme Coffee Roasters", (), ()))


def snapshot(
    runs: int = 52, prompts: int = 12, every: timedelta = timedelta(days=7), platforms: Sequence[str] = PLATFORMS
) -> ReportSnapshot:
    """A plausible snapshot of any size, without the cost of folding runs."""
    listed = [prompt(number, min(runs, 52)) for number in range(prompts)]
    figures: Figures = {
        "runs_count": 1, "prompts_count": prompts, "platforms_count": len(platforms), "regions_count": 2,
        "answers_count": 16 * prompts, "appearances_count": 7 * prompts, "citations_count": 90 * prompts,
        "visibility_score": 43.8, "citation_share": 4.5, "avg_rank": 2.1,
    }  # fmt: skip
    latest = figures.copy()
    before = figures | {"visibility_score": 41.2, "citation_share": 4.9, "appearances_count": 6 * prompts}
    return with_trust(
        {
            "stats": {**figures, "runs_count": runs, "latest": latest, "previous": before if runs > 1 else None},
            "trend": [
                point(FIRST + every * number, round(20 + 35 * number / runs + 6 * wave, 1), round(3 + 4 * wave, 1))
                for number, wave in ((number, (number * 37 % 17) / 17) for number in range(runs))
            ],
            "platforms": [group(name, round(60 * 0.9**at, 1)) for at, name in enumerate(platforms)],
            "regions": _groups("Germany", "Spain"),
            "categories": _groups("A", "B", "C"),
            "competitors": [competitor(at) for at in range(50)],
            "citations": {"domains": [site(at) for at in range(50)], "urls": [cited(at) for at in range(100)]},
            "prompts": listed,
            "platform_matrix": [
                {
                    "prompt": entry["prompt"],
                    "platforms": {
                        name: None if (at + row) % 11 == 0 else round((7.3 * at * row) % 100, 1)
                        for at, name in enumerate(platforms)
                    },
                }
                for row, entry in enumerate(listed)
            ],
        }
    )


def point(completed_at: datetime, visibility_score: float | None, citation_share: float | None = 4.0) -> TrendPoint:
    return {
        "completed_at": completed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "visibility_score": visibility_score,
        "citation_share": citation_share,
        "answers_count": 720,
    }


def group(name: str, score: float) -> PlatformRow:
    return {"name": name, "answers_count": 1000, "appearances_count": round(10 * score), "visibility_score": score}


def _groups(*names: str) -> list[GroupRow]:
    return [{**group(name, 50 - 9.1 * at), "citation_share": 4.0} for at, name in enumerate(names)]


def site(at: int) -> DomainRow:
    return {"domain": f"site{at}.example", "count": 500 - at, "share": 9.0 - at / 10, "is_brand": at == 4}


def cited(at: int) -> UrlRow:
    domain = f"site{at}.example"
    return {"url": f"https://{domain}/page", "title": f"Page {at}", "domain": domain, "count": 90}


def competitor(at: int) -> CompetitorRow:
    name = "Acme Coffee Roasters" if at == 2 else f"Roastery {at}"
    return {
        "name": name,
        "mentions_count": 900 - 9 * at,
        "share_of_voice": round(9 - at / 8, 1),
        "avg_rank": 2.5,
        "is_brand": at == 2,
    }


def prompt(number: int, runs: int) -> PromptRow:
    missed = number % 6 == 5
    score = 0.0 if missed else round(12.5 + number * 53 % 80, 1)
    return {
        "prompt": f"which roaster is the best for occasion number {number}",
        "category": "Wholesale",
        "answers_count": 160,
        "appearances_count": 0 if missed else 70,
        "visibility_score": score,
        "best_rank": None if missed else 1,
        "avg_rank": None if missed else 2.4,
        "trend": [None if run % 9 == 4 else round(score * (0.4 + 0.6 * run / runs), 1) for run in range(runs)],
    }


def renamed(given: ReportSnapshot, name: Callable[[str, int], str]) -> ReportSnapshot:
    """The snapshot with every name in it made by ``name``, from a kind and a number."""
    built = deepcopy(given)
    rename_trust(built, name)
    named: Mapping[str, Sequence[PlatformRow | CompetitorRow]] = {
        "platforms": built["platforms"],
        "regions": built["regions"],
        "categories": built["categories"],
        "competitors": built["competitors"],
    }
    for kind, rows in named.items():
        for at, row in enumerate(rows):
            row["name"] = name(kind, at)
    for at, url in enumerate(built["citations"]["urls"]):
        url["title"] = name("title", at)
    for at, (entry, scores) in enumerate(zip(built["prompts"], built["platform_matrix"], strict=True)):
        entry["prompt"] = scores["prompt"] = name("prompt", at)
        entry["category"] = name("categories", at)
        scores["platforms"] = {
            name("platforms", number): score for number, score in enumerate(scores["platforms"].values())
        }
    return built
