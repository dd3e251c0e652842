"""Reports of every size and script look right in a real browser, and are accessible."""

import os
import re
from itertools import combinations
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from report_shares.page.colours import contrast
from report_shares.page.theme import TEXT
from tests.page.conftest import Open, Site
from tests.page.odd import LOGO, ODD, Odd

pytestmark = pytest.mark.browser

SCREENS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((320, "light"), (820, "light"), (1280, "dark"))
QUICKLY = {"resultTypes": ["violations"]}
SILENT_PICTURE = "svg:not([aria-hidden=true]):not([role=img][aria-label]):not([role=img][aria-labelledby])"


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_report_fits_reads_and_is_accessible(site: Site, opened: Open, odd: Odd) -> None:
    visited = opened(odd)
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
        if width == 320 and (not odd.is_huge or os.environ.get("CI")):
            assert Axe().run(page, odd.examined, QUICKLY).response["violations"] == []
    assert visited.foreign(site.url) == ([LOGO["logo_url"]] if odd.logo != "none" else [])
    assert [fault for fault in visited.faults if "404" not in fault or odd.logo != "broken"] == []


def chart_labels_that_meet(page: Page) -> list[tuple[str, str]]:
    """Pairs of labels in the trend chart that overlap."""
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
    """Pairs of texts that overlap."""
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
    """Whatever is wider than its box, if the box does not scroll."""
    cut: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, p, li, dd, dt, td, th, .card, figcaption")]
        .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth && !one.closest(".unseen, svg")
          && getComputedStyle(one).overflowX === "visible" && getComputedStyle(one).display !== "inline")
        .map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 60)}`)"""
    )
    return cut


def test_right_to_left_names_are_set_from_right_to_left(opened: Open) -> None:
    page = opened(ODD["right to left"]).page

    for place in ("h1", "#competitors tbody th", "#ranked tbody .page", "#matrix tbody th", ".footer .company"):
        assert page.locator(place).first.evaluate("one => getComputedStyle(one).direction") == "rtl", place
    assert page.locator("html").evaluate("one => getComputedStyle(one).direction") == "ltr"


def test_names_of_every_script_begin_where_the_page_begins_its_lines(opened: Open) -> None:
    page = opened(ODD["right to left"]).page

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


@pytest.mark.parametrize("kind", ["logo on a bright cover", "broken logo"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_if_a_logo_does_not_load_the_name_can_be_read(opened: Open, kind: str, script: bool) -> None:
    cover = opened(ODD[kind], java_script_enabled=script).page.locator(".cover")

    image, name = cover.locator("img.logo"), cover.locator(".wordmark")
    if script:
        assert image.count() == 0
        assert name.inner_text() == "Northlight Search"
        ink, paper = colour_of(name, "color"), colour_of(cover, "backgroundColor")
    else:
        assert image.get_attribute("alt") == "Northlight Search"
        ink, paper = colour_of(image, "color"), colour_of(cover.locator(".plate"), "backgroundColor")
    assert contrast(ink, paper) >= TEXT


def colour_of(place: Locator, name: str) -> str:
    """A colour of an element's computed style as ``#RRGGBB``."""
    given: str = place.evaluate(f"one => getComputedStyle(one).{name}")
    return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", given)[:3])
