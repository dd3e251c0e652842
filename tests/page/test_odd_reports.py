"""Reports of every size and script look right in a real browser, and are accessible."""

import base64
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route

from report_shares.page.colours import contrast
from report_shares.page.theme import TEXT
from report_shares.rules.white_label import SECTIONS
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
    examined: str = "body"  # what axe has not seen in another report


def only(*sections: str) -> Json:
    """The part of a white label that switches all other sections off."""
    return {"report_sections_config": {name: name in sections for name in SECTIONS}}


def _long(kind: str, at: int) -> str:
    length = {"prompt": 2000, "platforms": 100, "title": 1000}.get(kind, 300)
    return f"{at} {LONG_WORD * 30}"[:length]


def _right_to_left(kind: str, at: int) -> str:
    return f"{ARABIC if at % 2 else HEBREW} {kind} {at}"


ODD = {
    "empty": Odd(empty_snapshot, LOOK),
    "one run": Odd(lambda: snapshot(runs=1)),
    "two runs, one prompt": Odd(lambda: snapshot(runs=2, prompts=1), examined="#trend"),
    "1,000 prompts": Odd(lambda: snapshot(prompts=1000), is_huge=True),
    "ten years of weekly runs": Odd(lambda: snapshot(runs=520), examined="#trend"),
    "ten years of daily runs": Odd(lambda: snapshot(runs=3650, every=timedelta(days=1)), is_huge=True),
    "very long names": Odd(
        lambda: renamed(snapshot(prompts=8), _long),
        LOOK | {"company_name": LONG_WORD * 2, "cover_title": LONG_WORD * 2, "cover_subtitle": LONG_WORD * 2},
    ),
    "right to left": Odd(
        lambda: renamed(snapshot(prompts=30), _right_to_left),
        LOOK | {"company_name": HEBREW, "cover_title": ARABIC, "cover_subtitle": HEBREW},
    ),
    "no cover, no footer": Odd(snapshot, LOOK | only(*(set(SECTIONS) - {"show_cover_page", "show_footer"}))),
    "two sections": Odd(snapshot, LOOK | only("show_visibility_score", "show_stats_cards", "show_missed_prompts")),
    "four cards": Odd(snapshot, only("show_stats_cards", "show_cover_page")),
    "one card": Odd(snapshot, only("show_visibility_score")),
    "twenty platforms": Odd(lambda: snapshot(platforms=tuple(f"assistant {at}" for at in range(20)))),
    "logo": Odd(snapshot, LOGO, "there", examined="header"),
    "broken logo": Odd(snapshot, LOGO, "broken", examined="header"),
    "logo on a bright cover": Odd(snapshot, LOGO | {"primary_color": "#FFE600"}, "broken", examined="header"),
}


QUICKLY = {"resultTypes": ["violations"]}
SILENT_PICTURE = "svg:not([aria-hidden=true]):not([role=img][aria-label]):not([role=img][aria-labelledby])"


def logo(kind: str) -> Callable[[Route], Any]:
    if kind == "there":
        return lambda route: route.fulfill(body=PIXEL, content_type="image/png")
    return lambda route: route.fulfill(status=404, body="")


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_report_fits_reads_and_is_accessible(site: Site, browser: Browser, odd: Odd) -> None:
    context = browser.new_context()
    context.route(lambda url: leads_away(url, site.url), logo(odd.logo))
    visited = visit(context, site.page_of(odd.snapshot(), odd.white_label), until="load")
    page = visited.page

    for width, scheme in SCREENS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main").evaluate("one => one.clientWidth") >= 0.6 * width
        assert chart_labels_that_meet(page) == []
        assert texts_that_meet(page) == []
        assert texts_that_are_cut_off(page) == []
        assert page.locator(SILENT_PICTURE).count() == 0
        if width == 360 and (not odd.is_huge or os.environ.get("CI")):
            assert Axe().run(page, odd.examined, QUICKLY).response["violations"] == []
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


def texts_that_meet(page: Page) -> list[list[str]]:
    """Pairs of texts of which one covers the other."""
    meeting: list[list[str]] = page.evaluate(
        """() => {
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const boxes = [];
          while (texts.nextNode()) {
            const parent = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || !parent.checkVisibility()) continue;
            if (parent.closest(".unseen, .skip, .contents, svg, script, style, .heat")) continue;
            const range = document.createRange();
            range.selectNodeContents(texts.currentNode);
            for (const box of range.getClientRects()) boxes.push([box, texts.currentNode]);
          }
          boxes.sort(([one], [other]) => one.top - other.top);
          const found = [];
          boxes.forEach(([one, node], at) => {
            for (let next = at + 1; next < boxes.length && boxes[next][0].top < one.bottom - 6; next += 1) {
              const [other, neighbour] = boxes[next];
              if (node === neighbour) continue;
              if (Math.min(one.right, other.right) - Math.max(one.left, other.left) <= 2) continue;
              found.push([node.data.trim().slice(0, 40), neighbour.data.trim().slice(0, 40)]);
            }
          });
          return found;
        }"""
    )
    return meeting


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


def test_names_of_every_script_begin_where_the_page_begins_its_lines(site: Site, browser: Browser) -> None:
    odd = ODD["right to left"]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, site.page_of(odd.snapshot(), odd.white_label)).page

    for place in ("h1", ".subtitle", "#competitors tbody th", "#ranked tbody .page", ".footer .company"):
        indent = page.locator(place).first.evaluate(
            """one => {
              const range = document.createRange();
              range.selectNodeContents(one);
              const lines = [...range.getClientRects()].map((box) => box.left);
              const edge = one.getBoundingClientRect().left + parseFloat(getComputedStyle(one).paddingLeft);
              return Math.min(...lines) - edge;
            }"""
        )
        assert abs(indent) < 2, place
    context.close()


@pytest.mark.parametrize("kind", ["logo on a bright cover", "broken logo"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_where_a_logo_does_not_come_the_name_can_be_read(site: Site, browser: Browser, kind: str, script: bool) -> None:
    odd = ODD[kind]
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script)
    context.route(lambda url: leads_away(url, site.url), logo("broken"))
    cover = visit(context, site.page_of(odd.snapshot(), odd.white_label)).page.locator(".cover")

    image, name = cover.locator("img.logo"), cover.locator(".wordmark")
    if script:
        assert image.count() == 0
        assert name.inner_text() == "Northlight Search"
        ink, paper = colour_of(name, "color"), colour_of(cover, "backgroundColor")
    else:
        assert image.get_attribute("alt") == "Northlight Search"
        ink, paper = colour_of(image, "color"), colour_of(image, "backgroundColor")
    assert contrast(ink, paper) >= TEXT
    context.close()


def colour_of(place: Locator, name: str) -> str:
    """A colour of an element's computed style as ``#RRGGBB``."""
    given: str = place.evaluate(f"one => getComputedStyle(one).{name}")
    return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", given)[:3])
