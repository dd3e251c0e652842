"""What readers do with the page in a real browser: keys, motion, dead links, paper."""

import re

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from report_shares.times import DAY
from tests.browser import leads_away, visit
from tests.page.conftest import Site
from tests.page.reports import snapshot
from tests.page.test_odd_reports import LOOK, ODD

pytestmark = pytest.mark.browser

_POINTS_PER_MM = 72 / 25.4


def test_tables_are_sorted_and_filtered_by_keyboard_alone(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, site.page_of(snapshot())).page
    before = page.locator("#competitors tbody th").all_inner_texts()

    page.locator("#competitors .filter input").focus()
    page.keyboard.type("roastery 4")
    assert page.locator("#competitors tbody tr:visible").count() == 11
    assert "11 / 50" in page.locator("#competitors [role=status]").inner_text()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    reached = _tab_to(page, "Business")
    assert reached["outline"] == "solid"
    page.keyboard.press("Enter")

    after = page.locator("#competitors tbody th").all_inner_texts()
    assert after != before
    assert sorted(after) == sorted(before)
    context.close()


def _tab_to(page: Page, text: str) -> dict[str, str]:
    """Presses Tab until the element with this text has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        found: dict[str, str] = page.locator("*:focus").evaluate(
            "one => ({text: one.textContent, outline: getComputedStyle(one).outlineStyle})"
        )
        if text in found["text"] and len(found["text"]) < 30:
            return found
    pytest.fail(f"{text} is not reached by Tab")


def test_the_first_tab_skips_to_the_report(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, site.page_of(snapshot())).page

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
    context.close()


@pytest.mark.parametrize(("wish", "motion"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_nothing_moves_for_whoever_wants_no_motion(site: Site, browser: Browser, wish: str, motion: str) -> None:
    context = browser.new_context(reduced_motion="reduce" if wish == "reduce" else "no-preference")
    page = visit(context, site.page_of(snapshot())).page

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == motion
    moving = (
        "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).animationName !== 'none').length"
    )
    assert page.evaluate(moving) == 0
    context.close()


@pytest.mark.parametrize("end", ["expiry", "revocation", "rotation"])
def test_a_dead_link_says_in_the_brands_look_whom_to_ask(site: Site, browser: Browser, end: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    world, key = site.world, site.world.add_key("ada-of-the-agency")
    share = world.create(key, {"white_label_config": LOOK}).json
    url = f"{site.url}/shared/{share['access_token']}"
    assert visit(context, url).page.title() == LOOK["cover_title"]
    if end == "expiry":
        world.clock.now += 30 * DAY
    elif end == "revocation":
        world.revoke(key, share["id"])
    else:
        world.create(key, {"rotate": True})

    page = context.new_page()
    answer = page.goto(url)

    assert answer is not None
    assert answer.status == 410
    assert page.title() == "This link is no longer active"
    assert "Northlight Search" in page.locator("main").inner_text()
    assert page.locator("a[href='mailto:reports@northlight.example']").is_visible()
    assert "ada" not in answer.text().lower().split()
    assert "ada-of-the-agency" not in answer.text()
    assert Axe().run(page).response["violations"] == []
    head = context.request.head(url)
    assert head.status == 410
    context.close()


def test_no_trace_of_the_maker_of_this_service_is_on_a_page(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = visit(context, site.page_of(snapshot(), LOOK)).page

    assert not re.search(r"report.?shares|powered by|rankprompt", page.content(), re.IGNORECASE)
    context.close()


# ---- paper -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["logo", "very long names", "right to left", "one run", "empty"])
def test_a_report_prints_to_whole_a4_pages(site: Site, browser: Browser, name: str) -> None:
    context = browser.new_context(color_scheme="dark")
    context.route(lambda url: leads_away(url, site.url), lambda route: route.abort())
    odd = ODD[name]
    page = visit(context, site.page_of(odd.snapshot(), odd.white_label)).page

    pdf = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))

    assert len(pdf) >= 2
    for number in range(len(pdf)):
        sheet = Sheet(pdf[number])
        assert (sheet.width, sheet.height) == (595, 842)
        if number == 0:
            assert sheet.share_of_ink(0, 40) > 0.99, "the cover does not reach the left edge"
            assert sheet.share_of_ink(555, 595) > 0.99, "the cover does not reach the right edge"
            continue
        # Text is taken out of a right-to-left page from right to left, numbers too.
        footer = re.search(r"(\d+) / (\d+)", pdf[number].get_textpage().get_text_range())
        assert footer is not None
        assert set(map(int, footer.groups())) == {number + 1, len(pdf)}
        assert sheet.share_of_ink(0, 595) > 0.002, f"page {number + 1} is empty"
        edge = round(10 * _POINTS_PER_MM)
        assert sheet.share_of_ink(0, edge) == 0, f"page {number + 1} runs over its left edge"
        assert sheet.share_of_ink(595 - edge, 595) == 0, f"page {number + 1} runs over its right edge"
    context.close()


class Sheet:
    """A page of a PDF as a picture, a pixel for each point."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        bitmap = page.render(scale=1, grayscale=True)
        self.width: int = round(page.get_width())
        self.height: int = round(page.get_height())
        self._stride = int(bitmap.stride)
        self._pixels = bytes(bitmap.buffer)

    def share_of_ink(self, left: int, right: int) -> float:
        """How much of the columns from left to right is not white."""
        rows = (self._pixels[row * self._stride + left : row * self._stride + right] for row in range(self.height))
        inked = sum(sum(1 for pixel in row if pixel < 250) for row in rows)
        return inked / ((right - left) * self.height)


def test_after_printing_the_tables_can_be_sorted_as_before(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, site.page_of(snapshot())).page
    heads = page.locator("#competitors thead th")
    before = heads.all_inner_texts()

    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("th > button").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert heads.all_inner_texts() == before
    page.locator("#competitors thead button", has_text="Business").click()
    assert page.locator("#competitors th[aria-sort]").count() == 1
    context.close()
