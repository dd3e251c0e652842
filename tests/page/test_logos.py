"""A logo can be seen wherever it stands, whatever it is drawn in."""

import base64
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page

from report_shares.page.colours import contrast
from report_shares.page.theme import GRAPHICS
from tests.browser import visit
from tests.page.conftest import Open, Site
from tests.page.odd import LOGO, Odd, logo, only
from tests.page.reports import snapshot
from tests.page.test_paper import printed

pytestmark = pytest.mark.browser

COVER, HEADING = LOGO, LOGO | only("show_header_logo", "show_stats_cards")
INKS = ["#000000", "#FFD400", "#FFFFFF"]
type Scheme = Literal["light", "dark"]


def drawing(ink: str, width: int = 120, height: int = 40) -> str:
    """A bar in the middle of nothing."""
    bar = f'<rect x="{width / 2 - 5}" y="4" width="10" height="{height - 8}" fill="{ink}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{bar}</svg>'


def pixels(place: Locator, *points: tuple[int, int]) -> list[str]:
    """The colours as ``#RRGGBB`` at these points of a picture of the place."""
    blank = place.page.context.new_page()
    found: list[str] = blank.evaluate(
        """async ([data, points]) => {
          const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
          const picture = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
          context.drawImage(picture, 0, 0);
          return points.map(([x, y]) => "#" + [...context.getImageData(x, y, 1, 1).data].slice(0, 3)
            .map((part) => part.toString(16).padStart(2, "0")).join("").toUpperCase());
        }""",
        [base64.b64encode(place.screenshot()).decode(), points],
    )
    blank.close()
    return found


def is_seen(page: Page, ink: str) -> bool:
    """Whether the bar has its own colour, and stands out from what is on either side of it."""
    shown, *grounds = pixels(page.locator("img.logo"), (60, 20), (53, 20), (67, 20))
    return shown == ink and all(contrast(ink, ground) >= GRAPHICS for ground in grounds)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ink", INKS)
@pytest.mark.parametrize(
    "label",
    [COVER, COVER | {"primary_color": "#FFFFFF"}, COVER | {"primary_color": "#000000"}, HEADING],
    ids=["cover", "white cover", "black cover", "no cover"],
)
def test_a_logo_of_any_ink_is_seen_on_the_report(opened: Open, label: Any, ink: str, scheme: Scheme) -> None:
    page = opened(Odd(lambda: snapshot(prompts=1), label, drawing(ink)), color_scheme=scheme).page

    assert is_seen(page, ink)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ink", INKS)
def test_a_logo_of_any_ink_is_seen_on_the_page_of_a_dead_link(
    site: Site, browser: Browser, ink: str, scheme: Scheme
) -> None:
    world, key = site.world, site.world.add_key()
    world.add_brand(white_label=LOGO)
    share = world.create(key).json
    world.revoke(key, share["id"])
    with browser.new_context(color_scheme=scheme) as context:
        context.route(LOGO["logo_url"], logo(drawing(ink)))

        page = visit(context, f"{site.url}/shared/{share['access_token']}").page

        assert page.title() == "This link is no longer active"
        assert is_seen(page, ink)


@pytest.mark.parametrize("label", [COVER, HEADING], ids=["cover", "no cover"])
def test_a_dark_logo_keeps_its_ground_where_the_reader_forces_dark_colours(opened: Open, label: Any) -> None:
    odd = Odd(lambda: snapshot(prompts=1), label, drawing("#000000"))

    assert is_seen(opened(odd, color_scheme="dark", forced_colors="active").page, "#000000")


@pytest.mark.parametrize("ink", ["#000000", "#FFFFFF"])
def test_a_logo_of_any_ink_is_seen_on_paper(opened: Open, ink: str) -> None:
    page = opened(Odd(snapshot, HEADING | {"company_name": None}, drawing(ink)), color_scheme="dark").page

    left, top = (round(millimetres * 72 / 25.4) for millimetres in (16, 18))
    assert printed(page)[0].ink(left, left + 90, top + 25) > 0


def test_what_is_light_all_over_has_no_more_than_a_thin_line_around_it(opened: Open) -> None:
    photo = drawing("#000000").replace("<rect", '<rect width="100%" height="100%" fill="#FFF"/><rect', 1)
    page = opened(Odd(lambda: snapshot(prompts=1), COVER, photo)).page

    assert set(pixels(page.locator(".plate"), *((x, 28) for x in (4, 6, 8, 10, 14, 16)))) == {"#FFFFFF"}


@pytest.mark.parametrize("label", [COVER, HEADING], ids=["cover", "no cover"])
@pytest.mark.parametrize(
    "size", ['width="4000" height="90"', 'width="30" height="900"', 'viewBox="0 0 320 80"', 'width="8" height="8"', ""]
)
def test_a_logo_of_any_size_has_its_place(opened: Open, size: str, label: Any) -> None:
    odd = Odd(lambda: snapshot(prompts=1), label, f'<svg xmlns="http://www.w3.org/2000/svg" {size}></svg>')
    page = opened(odd, viewport={"width": 320, "height": 700}).page

    box = page.locator("img.logo").bounding_box()

    assert box is not None
    assert 32 <= box["height"] <= 56
    assert 1 < box["width"] <= 256
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    plate = page.locator(".plate").bounding_box()
    assert plate is not None
    assert plate["width"] <= box["width"] + 24
