"""Reports of every size, script and branding."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import Route

from report_shares.contract.snapshot import ReportSnapshot
from report_shares.contract.white_label import SECTIONS
from tests.page.reports import empty_snapshot, renamed, snapshot
from tests.world import Json

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WHITE_LABEL = {
    "company_name": "Northlight Search",
    "primary_color": "#0A7C66",
    "secondary_color": "#E4572E",
    "cover_title": "Visibility in November",
    "footer_email": "reports@northlight.example",
    "footer_phone": "+44 20 7946 0000",
    "footer_website": "https://northlight.example",
}
LOGO = WHITE_LABEL | {"logo_url": "https://cdn.northlight.example/logo.png"}
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "أفضل محمصة قهوة للمكاتب"
HEBREW = "בתי קלייה מומלצים"


@dataclass(frozen=True)
class Odd:
    snapshot: Callable[[], ReportSnapshot]
    white_label: Json | None = None
    logo: str = "none"  # or "there", "broken", or the SVG that its address answers
    is_huge: bool = False  # axe takes long over these, so it runs on CI only
    examined: str = "body"  # what axe looks at: the part that other reports do not have


def only(*sections: str) -> Json:
    """The part of a white label that switches off all sections but these."""
    return {"report_sections_config": {name: name in sections for name in SECTIONS}}


def _long(kind: str, at: int) -> str:
    length = {"prompt": 2000, "platforms": 100, "title": 1000, "excerpt": 400, "summary": 900}.get(kind, 300)
    return f"{at} {LONG_WORD * 30}"[:length]


def _right_to_left(kind: str, at: int) -> str:
    return f"{ARABIC if at % 2 else HEBREW} {kind} {at}"


ORDINARY = Odd(snapshot)
ODD = {
    "empty": Odd(empty_snapshot, WHITE_LABEL),
    "one run": Odd(lambda: snapshot(runs=1)),
    "two runs, one prompt": Odd(lambda: snapshot(runs=2, prompts=1), examined="#trend"),
    "1,000 prompts": Odd(lambda: snapshot(prompts=1000), is_huge=True),
    "ten years of weekly runs": Odd(lambda: snapshot(runs=520), examined="#trend"),
    "ten years of daily runs": Odd(lambda: snapshot(runs=3650, every=timedelta(days=1)), is_huge=True),
    "very long names": Odd(
        lambda: renamed(snapshot(prompts=8), _long),
        WHITE_LABEL | {"company_name": LONG_WORD * 2, "cover_title": LONG_WORD * 2, "cover_subtitle": LONG_WORD * 2},
    ),
    "right to left": Odd(
        lambda: renamed(snapshot(prompts=30), _right_to_left),
        WHITE_LABEL | {"company_name": HEBREW, "cover_title": ARABIC, "cover_subtitle": HEBREW},
    ),
    "no cover, no footer": Odd(snapshot, WHITE_LABEL | only(*(set(SECTIONS) - {"show_cover_page", "show_footer"}))),
    "two sections": Odd(
        snapshot, WHITE_LABEL | only("show_visibility_score", "show_stats_cards", "show_missed_prompts")
    ),
    "four cards": Odd(snapshot, only("show_stats_cards", "show_cover_page")),
    "one card": Odd(snapshot, only("show_visibility_score")),
    "twenty platforms": Odd(lambda: snapshot(platforms=tuple(f"assistant {at}" for at in range(20)))),
    "logo": Odd(snapshot, LOGO, "there", examined="header"),
    "broken logo": Odd(snapshot, LOGO, "broken", examined="header"),
    "logo on a bright cover": Odd(snapshot, LOGO | {"primary_color": "#FFE600"}, "broken", examined="header"),
}


def logo(kind: str) -> Callable[[Route], Any]:
    if kind.startswith("<svg"):
        return lambda route: route.fulfill(body=kind, content_type="image/svg+xml")
    if kind == "there":
        return lambda route: route.fulfill(body=PIXEL, content_type="image/png")
    return lambda route: route.fulfill(status=404, body="")
