"""Demo data: an invented coffee roaster and a year of its weekly runs, the same for the same seed.

The market is made up: businesses differ in popularity, each prompt, platform and region makes it easier or harder
for the brand to be named, and over the weeks the brand is named more and more often, with noise. Nor does it always go
as planned: a region failed once, one platform is asked twice since a while, and another has just been added.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from report_shares.times import SECOND, iso

SEED = 20_260_101
RUNS = 52
WORKSPACE_ID = "demo-workspace"
PRINCIPAL_ID = "demo-teammate"

_WORLD = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""The names and texts that runs are made of."""
_NAMES = (_WORLD["brand"]["name"], *_WORLD["brand"]["aliases"])
_QUESTIONS = [(category, text) for category, texts in _WORLD["prompts"].items() for text in texts]
_SITES = list(_WORLD["sites"].items())
_FIRST_SHARE, _LAST_SHARE = 0.20, 0.55
_NOISE = 0.025
# In which weeks before the last one something is different.
_FAILED, _FAILED_REGION = 6, 2
_ASKED_TWICE, _SINCE = "chatgpt", 12
_JUST_ADDED = "google_ai_mode"
_NEW_MODELS = 20


@dataclass(frozen=True)
class Demo:
    """The ids of the demo's brand, schedule and prompts, the same for the same seed."""

    brand_id: str
    scheduled_report_id: str
    prompt_ids: tuple[str, ...]

    def document(self, api_key: str) -> dict[str, Any]:
        """What `sharectl apply` takes."""
        brand = {"id": self.brand_id, "workspace_id": WORKSPACE_ID, **_WORLD["brand"]}
        ids = {"id": self.scheduled_report_id, "brand_id": self.brand_id, "workspace_id": WORKSPACE_ID}
        scopes = ["read:scheduled", "write:scheduled"]
        key = {"key": api_key, "principal_id": PRINCIPAL_ID, "workspace_id": WORKSPACE_ID, "scopes": scopes}
        return {"brands": [brand], "schedules": [ids | _WORLD["schedule"]], "api_keys": [key]}


def demo(seed: int = SEED) -> Demo:
    """The demo of this seed."""
    chance = _chance(seed)
    return Demo(_uuid(chance), _uuid(chance), tuple(_uuid(chance) for _ in _QUESTIONS))


def latest_monday(now: datetime) -> datetime:
    """The last Monday, 06:00 UTC, that lies before ``now``."""
    monday = now.astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    return monday if monday < now else monday - timedelta(weeks=1)


def generate_runs(seed: int = SEED, runs: int = RUNS, *, last: datetime) -> Iterator[dict[str, Any]]:
    """Weekly run files, oldest first; the last one starts at ``last``."""
    subject = demo(seed)
    market = _Market(_chance(f"{seed} market"))
    for week in range(runs):
        yield _run(subject, market, _Week(week, runs), last, f"{seed} {week}")


@dataclass(frozen=True)
class _Week:
    """One of the weeks of a history."""

    number: int
    of: int

    @property
    def progress(self) -> float:
        return self.number / max(self.of - 1, 1)

    @property
    def before_last(self) -> int:
        return self.of - 1 - self.number

    def samples(self, platform: str) -> int:
        """How often each question is put to the platform."""
        if platform == _JUST_ADDED and self.before_last:
            return 0
        return 2 if platform == _ASKED_TWICE and self.of > 1 and self.before_last < _SINCE else 1

    def status(self, region: int) -> str:
        return "failed" if (self.before_last, region) == (_FAILED, _FAILED_REGION) else "completed"

    def model(self, platform: str) -> str:
        return f"{platform.replace('_', '-')}-{4 if self.before_last >= _NEW_MODELS else 5}"


class _Market:
    """What stays the same over the weeks: what is hard for the brand and what is easy."""

    def __init__(self, chance: random.Random) -> None:
        self.of_prompt = [chance.uniform(-0.16, 0.16) for _ in _QUESTIONS]
        # The questions that the brand is (nearly) never an answer to: every report has some.
        for missed in chance.sample(range(len(_QUESTIONS)), 3):
            self.of_prompt[missed] = -0.5
        self.of_platform = [chance.uniform(-0.08, 0.08) for _ in _WORLD["platforms"]]
        self.of_region = [0.05, 0.0, -0.06]

    def share(self, progress: float, noise: float, prompt: int, platform: int, region: int) -> float:
        """How likely the brand is to appear in one answer."""
        trend = _FIRST_SHARE + (_LAST_SHARE - _FIRST_SHARE) * progress + noise
        return trend + self.of_prompt[prompt] + self.of_platform[platform] + self.of_region[region]


def _run(subject: Demo, market: _Market, week: _Week, last: datetime, seed: str) -> dict[str, Any]:
    chance = _chance(seed)
    run_id = _uuid(chance)
    noise = chance.gauss(0, _NOISE)
    started_at = last - timedelta(weeks=week.before_last)
    completed_at = started_at + timedelta(seconds=chance.randint(1_200, 3_600))
    return {
        "object": "scheduled_report.run",
        "id": run_id,
        "scheduled_report_id": subject.scheduled_report_id,
        "brand_id": subject.brand_id,
        "status": "completed",
        "started_at": _iso(started_at),
        "completed_at": _iso(completed_at),
        "regions": [
            {
                **region,
                "status": week.status(place),
                "answers": [
                    {
                        "prompt_id": subject.prompt_ids[prompt],
                        "prompt": text,
                        "category": category,
                        "platform": name,
                        "model": week.model(name),
                        "answered_at": _iso(started_at + timedelta(seconds=chance.randint(1, 1_199))),
                    }
                    | _answer(chance, text, market.share(week.progress, noise, prompt, platform, place), week.progress)
                    for prompt, (category, text) in enumerate(_QUESTIONS)
                    for platform, name in enumerate(_WORLD["platforms"])
                    for _ in range(week.samples(name))
                ],
            }
            for place, region in enumerate(_WORLD["regions"])
        ],
    }


def _answer(chance: random.Random, prompt: str, share: float, progress: float) -> dict[str, Any]:
    named = _named(chance, chance.randint(4, 8))
    appears = chance.random() < share
    rank = None
    if appears:
        # The brand does not only appear more often, it also climbs.
        rank = 1 + min(int(chance.expovariate(0.35 + 0.5 * progress)), len(named))
        named.insert(rank - 1, chance.choices(_NAMES, (8, 1, 1))[0])
    return {
        "brand_appears": appears,
        "rank": rank,
        "businesses": [{"name": name, "rank": position} for position, name in enumerate(named, 1)],
        "citations": _citations(chance, appears),
        "answer_text": _text(chance, prompt, named),
    }


def _text(chance: random.Random, prompt: str, named: list[str]) -> str:
    """An answer in the way of assistants, which names these businesses in this order."""
    opening, ending = chance.choice(_WORLD["openings"]), chance.choice(_WORLD["endings"])
    listed = (f"{at}. {chance.choice(_WORLD['about']).format(name=name)}." for at, name in enumerate(named, 1))
    return "\n".join((opening.format(prompt=prompt), "", *listed, "", ending))


def _citations(chance: random.Random, appears: bool) -> list[dict[str, str]]:
    citations = []
    for _ in range(chance.randint(4, 8)):
        host, name = _SITES[min(int(chance.expovariate(0.3)), len(_SITES) - 1)]
        subject = chance.choice(_WORLD["subjects"])
        slug = "-".join("".join(c for c in subject if c.isalpha() or c == " ").split())
        year = chance.choice((2024, 2025, 2026))
        citations.append({"url": f"https://{host}/guides/{year}/{slug}", "title": f"{name}: {subject} ({year})"})
    if chance.random() < (0.45 if appears else 0.05):
        page = chance.choice(_WORLD["pages"])
        host = f"{chance.choice(('www', 'shop'))}.{_WORLD['brand']['domains'][0]}"
        title = f"{_NAMES[0]}: {page or 'home'}"
        citations.insert(chance.randrange(len(citations)), {"url": f"https://{host}/{page}", "title": title})
    return citations


def _named(chance: random.Random, count: int) -> list[str]:
    """``count`` of the competitors, those that come first in their list more often and earlier."""
    order = [(chance.random() ** (place + 2), name) for place, name in enumerate(_WORLD["competitors"])]
    return [name for _, name in sorted(order, reverse=True)[:count]]


def _chance(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - demo data, repeatable on purpose


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _iso(moment: datetime) -> str:
    return iso(round(moment.timestamp() * SECOND))
