"""Demo data: an invented coffee roaster and a year of its weekly runs, the same for the same seed.

The market is made up: businesses differ in popularity, each prompt, platform and region makes it easier or harder
for the brand to be named, and over the weeks the brand is named more and more often, with noise.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from report_shares.times import SECOND, iso

SEED = 20_260_101
RUNS = 52
WORKSPACE_ID = "demo-workspace"
PRINCIPAL_ID = "demo-teammate"

_BRAND = "Acme Coffee Roasters"
_ALIASES = ("Acme Coffee", "ACME Roasters")
_DOMAIN = "acmecoffee.example"

_PROMPTS = {
    "Wholesale": (
        "best espresso beans for offices",
        "wholesale coffee supplier for a small cafe chain",
        "which roasters deliver to restaurants within two days",
        "bulk coffee beans with free machine maintenance",
        "coffee supplier with the fairest minimum order",
    ),
    "Espresso": (
        "best beans for a home espresso machine",
        "espresso blend with low acidity and thick crema",
        "single origin espresso worth its price",
        "which decaf espresso tastes like the real thing",
        "medium roast espresso for milk drinks",
    ),
    "Subscriptions": (
        "best coffee subscription for two people",
        "coffee subscription that can be paused at any time",
        "freshest coffee subscription, roasted to order",
        "coffee subscription for filter and espresso drinkers",
        "cheapest speciality coffee subscription",
    ),
    "Brewing": (
        "which beans for cold brew at home",
        "best coffee for a moka pot",
        "beans for pour over with floral notes",
        "coffee for an automatic machine that does not clog it",
        "how fresh should beans be for a french press",
    ),
    "Sustainability": (
        "most sustainable coffee roasters",
        "direct trade coffee that publishes its prices",
        "organic coffee beans in compostable bags",
        "carbon neutral coffee delivery",
        "roasters that pay farmers above fair trade",
    ),
    "Gifts": (
        "coffee gift box for a demanding friend",
        "corporate coffee gifts with own label",
        "advent calendar with speciality coffee",
        "coffee tasting set for beginners",
        "gift subscription for coffee lovers under 50",
    ),
}
_PLATFORMS = ("chatgpt", "claude", "copilot", "gemini", "google_ai_mode", "google_ai_overview", "grok", "perplexity")
_REGIONS = (
    ("United States, English", "United States", "English"),
    ("United Kingdom, English", "United Kingdom", "English"),
    ("Germany, German", "Germany", "German"),
)
_COMPETITORS = (
    "Blue Harbor Coffee",
    "Copper Kettle Roastery",
    "Northlight Beans",
    "Old Mill Espresso",
    "Tidewater Roasters",
    "Kaffeewerk Lindenhof",
    "Granite Peak Coffee",
    "Paper Crane Coffee",
    "Roastery Number Nine",
    "Lantern Street Coffee",
    "Bean & Barrow",
    "Wildflower Coffee Co.",
    "Hafenrösterei Sturmvogel",
    "Morning Ledger Coffee",
    "Fox & Filter",
    "Quiet Hill Roasters",
    "Red Bicycle Coffee",
    "Salt Road Espresso",
    "Twelve Sparrows Coffee",
    "Velvet Drum Roasters",
    "Atlas Corner Coffee",
    "Juniper Yard Coffee",
    "Third Tram Roastery",
    "Zeppelin Espresso Bar",
)
_SITES = (
    ("beanreview.example", "Bean Review"),
    ("www.crema-magazine.example", "Crema Magazine"),
    ("officecoffeeguide.example", "Office Coffee Guide"),
    ("www.roasters-compared.example", "Roasters Compared"),
    ("kaffeetest.example", "Kaffeetest"),
    ("thefilterpaper.example", "The Filter Paper"),
    ("www.baristaforum.example", "Barista Forum"),
    ("shopping.example.com", "Shopping Compared"),
    ("sustainablecup.example", "Sustainable Cup"),
    ("encyclopedia.example.org", "Encyclopedia"),
    ("www.giftfinder.example", "Gift Finder"),
    ("dailygrind.example", "The Daily Grind"),
)
_SUBJECTS = (
    "the best roasters of the year, tasted and ranked",
    "what we learned from fifty espresso blends",
    "a buyer's guide for offices and small cafes",
    "subscriptions compared: price, freshness, delivery",
    "how to read a coffee label",
    "our readers' favourite beans",
    "direct trade explained",
    "which beans for which machine",
)
_FIRST_SHARE, _LAST_SHARE = 0.20, 0.55
_NOISE = 0.025


@dataclass(frozen=True)
class Demo:
    """The ids of the demo's brand, schedule and prompts, the same for the same seed."""

    seed: int
    brand_id: str
    scheduled_report_id: str
    prompt_ids: tuple[str, ...]

    def document(self, api_key: str) -> dict[str, Any]:
        """What `sharectl apply` takes."""
        return {
            "brands": [
                {
                    "id": self.brand_id,
                    "workspace_id": WORKSPACE_ID,
                    "name": _BRAND,
                    "aliases": list(_ALIASES),
                    "domains": [_DOMAIN],
                    "white_label_config": {
                        "company_name": _BRAND,
                        "primary_color": "#6F4E37",
                        "secondary_color": "#D7A86E",
                        "cover_title": "How visible is Acme in AI answers?",
                        "cover_subtitle": "Thirty questions, eight platforms, three markets, every week",
                        "footer_email": f"hello@{_DOMAIN}",
                        "footer_website": f"https://www.{_DOMAIN}/",
                    },
                }
            ],
            "schedules": [
                {
                    "id": self.scheduled_report_id,
                    "brand_id": self.brand_id,
                    "workspace_id": WORKSPACE_ID,
                    "name": "Weekly visibility report",
                    "frequency": "weekly",
                }
            ],
            "api_keys": [
                {
                    "key": api_key,
                    "principal_id": PRINCIPAL_ID,
                    "workspace_id": WORKSPACE_ID,
                    "scopes": ["read:scheduled", "write:scheduled"],
                }
            ],
        }


def demo(seed: int = SEED) -> Demo:
    """The demo of this seed."""
    chance = _chance(seed)
    prompts = sum(len(group) for group in _PROMPTS.values())
    return Demo(seed, _uuid(chance), _uuid(chance), tuple(_uuid(chance) for _ in range(prompts)))


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
        progress = week / max(runs - 1, 1)
        yield _run(subject, market, progress, last - timedelta(weeks=runs - 1 - week), f"{seed} {week}")


class _Market:
    """What stays the same over the weeks: what is hard for the brand and what is easy."""

    def __init__(self, chance: random.Random) -> None:
        prompts = sum(len(group) for group in _PROMPTS.values())
        self.of_prompt = [chance.uniform(-0.16, 0.16) for _ in range(prompts)]
        # The questions that the brand is (nearly) never an answer to: every report has some.
        for missed in chance.sample(range(prompts), 3):
            self.of_prompt[missed] = -0.5
        self.of_platform = [chance.uniform(-0.08, 0.08) for _ in _PLATFORMS]
        self.of_region = [0.05, 0.0, -0.06]

    def share(self, progress: float, noise: float, prompt: int, platform: int, region: int) -> float:
        """How likely the brand is to appear in one answer."""
        trend = _FIRST_SHARE + (_LAST_SHARE - _FIRST_SHARE) * progress + noise
        return trend + self.of_prompt[prompt] + self.of_platform[platform] + self.of_region[region]


def _run(subject: Demo, market: _Market, progress: float, started_at: datetime, seed: str) -> dict[str, Any]:
    chance = _chance(seed)
    run_id = _uuid(chance)
    noise = chance.gauss(0, _NOISE)
    return {
        "object": "scheduled_report.run",
        "id": run_id,
        "scheduled_report_id": subject.scheduled_report_id,
        "brand_id": subject.brand_id,
        "status": "completed",
        "started_at": _iso(started_at),
        "completed_at": _iso(started_at + timedelta(seconds=chance.randint(1_200, 3_600))),
        "regions": [
            {
                "name": name,
                "country": country,
                "language": language,
                "status": "completed",
                "answers": [
                    _answer(chance, market.share(progress, noise, prompt, platform, region), progress)
                    | {
                        "prompt_id": subject.prompt_ids[prompt],
                        "prompt": text,
                        "category": category,
                        "platform": _PLATFORMS[platform],
                    }
                    for prompt, (category, text) in enumerate(_questions())
                    for platform in range(len(_PLATFORMS))
                ],
            }
            for region, (name, country, language) in enumerate(_REGIONS)
        ],
    }


def _answer(chance: random.Random, share: float, progress: float) -> dict[str, Any]:
    weights = [1 / (index + 2) for index in range(len(_COMPETITORS))]  # the first is named most
    named = _distinct(chance, _COMPETITORS, weights, chance.randint(4, 8))
    appears = chance.random() < share
    rank = None
    if appears:
        # The brand does not only appear more often, it also climbs.
        rank = 1 + min(int(chance.expovariate(0.35 + 0.5 * progress)), len(named))
        named.insert(rank - 1, chance.choices((_BRAND, *_ALIASES), (8, 1, 1))[0])
    return {
        "brand_appears": appears,
        "rank": rank,
        "businesses": [{"name": name, "rank": position} for position, name in enumerate(named, 1)],
        "citations": _citations(chance, appears),
    }


def _citations(chance: random.Random, appears: bool) -> list[dict[str, str]]:
    citations = []
    for _ in range(chance.randint(4, 8)):
        host, name = _SITES[min(int(chance.expovariate(0.3)), len(_SITES) - 1)]
        subject = chance.choice(_SUBJECTS)
        slug = "-".join(word for word in "".join(c for c in subject if c.isalpha() or c == " ").split())
        year = chance.choice((2024, 2025, 2026))
        citations.append({"url": f"https://{host}/guides/{year}/{slug}", "title": f"{name}: {subject} ({year})"})
    if chance.random() < (0.45 if appears else 0.05):
        page = chance.choice(("", "wholesale", "espresso", "subscriptions", "sustainability", "gifts"))
        host = chance.choice((f"www.{_DOMAIN}", f"shop.{_DOMAIN}"))
        title = f"{_BRAND}: {page or 'home'}"
        citations.insert(chance.randrange(len(citations)), {"url": f"https://{host}/{page}", "title": title})
    return citations


def _distinct(chance: random.Random, names: Sequence[str], weights: Sequence[float], count: int) -> list[str]:
    """``count`` of the names, the likely ones first and more often."""
    order = sorted(zip(names, weights, strict=True), key=lambda pair: chance.random() ** (1 / pair[1]), reverse=True)
    return [name for name, _ in order[:count]]


def _questions() -> list[tuple[str, str]]:
    return [(category, text) for category, texts in _PROMPTS.items() for text in texts]


def _chance(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - demo data, repeatable on purpose


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def _iso(moment: datetime) -> str:
    return iso(round(moment.timestamp() * SECOND))
