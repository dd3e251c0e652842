"""Small run files as a producer writes them, and what becomes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from moto.s3.models import s3_backends

from report_shares.store import items
from report_shares.store.bucket import Bucket
from report_shares.store.roll_up_table import RollUpTable
from report_shares.use_cases.roll_up_store import RunOutcome
from tests.world import BRAND_ID, NOON, SCHEDULE_ID, Json, World

_FIRST = datetime.fromtimestamp(NOON / 1000, UTC) - timedelta(days=365)


def roll_up_table(world: World) -> RollUpTable:
    return RollUpTable(world.dynamodb, "shares", Bucket(lambda: world.s3, "reports"))


def run_id(number: int) -> UUID:
    return uuid5(SCHEDULE_ID, f"run {number}")


def key_of(number: int, ending: str = ".json") -> str:
    return f"runs/{SCHEDULE_ID}/{run_id(number)}{ending}"


def run(number: int, *, appears: bool = True, **changes: Any) -> Json:
    """The run of week ``number``: one region, one prompt, one platform, the brand named or not."""
    started = _FIRST + timedelta(weeks=number)
    named = [{"name": "Acme Coffee Roasters", "rank": 1}] if appears else []
    return {
        "object": "scheduled_report.run",
        "id": str(run_id(number)),
        "scheduled_report_id": str(SCHEDULE_ID),
        "brand_id": str(BRAND_ID),
        "status": "completed",
        "started_at": started.isoformat().replace("+00:00", "Z"),
        "completed_at": (started + timedelta(minutes=20)).isoformat().replace("+00:00", "Z"),
        "regions": [
            {
                "name": "United States, English",
                "country": "United States",
                "language": "English",
                "status": "completed",
                "answers": [
                    {
                        "prompt_id": str(uuid5(SCHEDULE_ID, "prompt")),
                        "prompt": "best espresso beans for offices",
                        "category": "Wholesale",
                        "platform": "chatgpt",
                        "brand_appears": appears,
                        "rank": 1 if appears else None,
                        "businesses": [*named, {"name": "Blue Heron Coffee", "rank": 2}],
                        "citations": [{"url": "https://www.acme.example/beans", "title": "Beans"}],
                    }
                ],
            }
        ],
    } | changes


def regions_of(texts: Sequence[str]) -> list[Json]:
    """Regions of a run in which each of the texts stands in every field that is free text."""
    answers = [
        {
            "prompt_id": str(UUID(int=at)),
            "prompt": text,
            "category": text,
            "platform": text[:100],
            "brand_appears": at % 2 == 0,
            "rank": 1 if at % 2 == 0 else None,
            "businesses": [{"name": text, "rank": 1}],
            "citations": [
                {"url": f"https://site{at}.example/?q={text.replace(' ', '%20')}".strip(), "title": text},
                {"url": f"https://{'a' * at}b.example/{text}".split("\x00")[0], "title": None},
            ],
        }
        for at, text in enumerate(texts)
    ]
    return [
        {"name": text, "country": text, "language": text, "status": "completed", "answers": answers} for text in texts
    ]


def runs_shown(world: World) -> int:
    """How many runs a link that is made now counts."""
    return runs_behind(world, world.create(world.add_key("reader"), {"rotate": True}).json["access_token"])


def runs_behind(world: World, token: str) -> int:
    """How many runs this link counts."""
    count: int = world.read(token).json["snapshot"]["stats"]["runs_count"]
    return count


def snapshot(world: World) -> Json:
    """What a fresh share shows."""
    token = world.create(world.add_key(f"reader {uuid4()}")).json["access_token"]
    shown: Json = world.read(token).json["snapshot"]
    return shown


def outcome(world: World, number: int) -> RunOutcome:
    """The record for the operator who waits for the file."""
    key = items.run_key(SCHEDULE_ID, run_id(number))
    return items.run_outcome_from(world.dynamodb.get_item(TableName="shares", Key=key)["Item"])


def uploaded_at(key: str, seconds: int) -> None:
    """moto stamps with the real clock; here the order of two uploads matters."""
    versions = s3_backends["123456789012"]["aws"].buckets["reports"].keys
    versions[key].last_modified = datetime.fromtimestamp(NOON / 1000 + seconds, UTC).replace(tzinfo=None)
