"""Reports of every size and script look right in a real browser, and are accessible."""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from tests.browser import leads_away, visit
from tests.page.conftest import Site
from tests.page.reports import empty_snapshot, renamed, snapshot
from tests.world import Json

pytestmark = pytest.mark.browser

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LOOK = {
    "company_name": "Northlight Search",
    "primary_color": "#0A7C66",
    "secondary_color": "#E4572E",
    "cover_title": "Visibility in November",
    "footer_email": "reports@northlight.example",
    "footer_phone": "+44 20 7946 0000",
    "footer_website": "https://northlight.example",
}
LOGO = LOOK | {"logo_url": "https://cdn.northlight.example/logo.png"}
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "أفضل محمصة قهوة للمكاتب"
HEBREW = "בתי קלייה מומלצים"


SCREENS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "light"), (820, "light"), (1280, "dark"))


@dataclass(frozen=True)
class Odd:
    snapshot: Callable[[], Json]
    white_label: Json | None = None
    logo: str = "none"
    is_huge: bool = False  # axe takes its time over these: on CI only


def _long(kind: str, at: int) -> str:
    length = {"prompt": 2000, "platforms": 100, "title": 1000}.get(kind, 300)
    return f"{at} {LONG_WORD * 30}"[:length]


def _right_to_left(kind: str, at: int) -> str:
    return f"{ARABIC if at % 2 else HEBREW} {kind} {at}"


ODD = {
    "empty": Odd(empty_snapshot, LOOK),
    "one run": Odd(lambda: snapshot(runs=1)),
    "two runs, one prompt": Odd(lambda: snapshot(runs=2, prompts=1)),
    "1,000 prompts": Odd(lambda: snapshot(prompts=1000), is_huge=True),
    "ten years of weekly runs": Odd(lambda: snapshot(runs=520)),
    "ten years of daily runs": Odd(lambda: snapshot(runs=3650, every=timedelta(days=1)), is_huge=True),
    "very long names": Odd(
        lambda: renamed(snapshot(prompts=8), _long),
        LOOK | {"company_name": LONG_WORD * 2, "cover_title": LONG_WORD * 2, "cover_subtitle": LONG_WORD * 2},
    ),
    "right to left": Odd(
        lambda: renamed(snapshot(prompts=30), _right_to_left),
        LOOK | {"company_name": HEBREW, "cover_title": ARABIC, "cover_subtitle": HEBREW},
    ),
    "logo": Odd(snapshot, LOGO, "there"),
    "broken logo": Odd(snapshot, LOGO, "broken"),
    "logo on a bright cover": Odd(snapshot, LOGO | {"primary_color": "#FFE600"}, "broken"),
}


def logo(kind: str) -> Callable[[Route], Any]:
    if kind == "there":
        return lambda route: route.fulfill(body=PIXEL, content_type="image/png")
    return lambda route: route.fulfill(status=404, body="")


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_report_fits_reads_and_is_accessible(site: Site, browser: Browser, tmp_path: Path, odd: Odd) -> None:
    context = browser.new_context()
    context.route(lambda url: leads_away(url, site.url), logo(odd.logo))
    visited = visit(context, site.page_of(odd.snapshot(), odd.white_label), until="load")
    page = visited.page

    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=tmp_path / f"{width}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert chart_labels_that_meet(page) == []
        assert texts_that_are_cut_off(page) == []
        if width == 360 and (not odd.is_huge or os.environ.get("CI")):
            assert Axe().run(page).response["violations"] == []
    assert visited.foreign(site.url) == ([LOGO["logo_url"]] if odd.logo != "none" else [])
    assert [fault for fault in visited.faults if "404" not in fault or odd.logo != "broken"] == []
    context.close()


def chart_labels_that_meet(page: Page) -> list[tuple[str, str]]:
    """Pairs of labels of the trend chart of which one covers the other."""
    boxes = page.evaluate(
        """() => [...document.querySelectorAll("svg.plot")].filter((plot) => plot.getBoundingClientRect().width)
        .flatMap((plot) => [...plot.querySelectorAll("text")].map((text) => {
          const box = text.getBoundingClientRect();
          return [text.textContent, box.left, box.top, box.right, box.bottom];
        }))"""
    )
    return [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > 1 and min(one[4], other[4]) - max(one[2], other[2]) > 3
    ]


def texts_that_are_cut_off(page: Page) -> list[str]:
    """What is wider than the place it stands in, where that does not scroll."""
    cut: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, p, li, dd, dt, td, th, .card, figcaption")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth && !one.closest(".unseen, svg")
          && getComputedStyle(one).overflowX === "visible" && getComputedStyle(one).display !== "inline")
        .map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 60)}`)"""
    )
    return cut


def test_right_to_left_names_are_set_from_right_to_left(site: Site, browser: Browser) -> None:
    odd = ODD["right to left"]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, site.page_of(odd.snapshot(), odd.white_label)).page

    for place in ("h1", "#competitors tbody th", "#ranked tbody .page", "#matrix tbody th", ".footer .company"):
        assert page.locator(place).first.evaluate("one => getComputedStyle(one).direction") == "rtl", place
    assert page.locator("html").evaluate("one => getComputedStyle(one).direction") == "ltr"
    context.close()


@pytest.mark.parametrize("kind", ["logo on a bright cover", "broken logo"])
def test_where_a_logo_is_missing_its_name_can_be_read(site: Site, browser: Browser, kind: str) -> None:
    odd = ODD[kind]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.route(lambda url: leads_away(url, site.url), logo("broken"))
    image = visit(context, site.page_of(odd.snapshot(), odd.white_label)).page.locator("img.logo")

    assert image.get_attribute("alt") == "Northlight Search"
    ink, paper = image.evaluate("one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]")
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
    context.close()
