"""The heat map of prompts by platform: whole where there is room, and visibly scrolled where there is not."""

import pytest
from playwright.sync_api import Locator

from tests.page.conftest import Open
from tests.page.odd import WHITE_LABEL, Odd
from tests.page.reports import PLATFORMS, snapshot

pytestmark = pytest.mark.browser

MANY = tuple(f"assistant {at}" for at in range(20))


def heat_map(opened: Open, platforms: tuple[str, ...], width: int, **options: bool) -> Locator:
    odd = Odd(lambda: snapshot(platforms=platforms), WHITE_LABEL)
    page = opened(odd, viewport={"width": width, "height": 900}, **options).page
    region = page.locator("#matrix .scroll")
    region.scroll_into_view_if_needed()
    return region


def beyond(region: Locator) -> int:
    """How far it can still be scrolled to the right."""
    return int(region.evaluate("one => one.scrollWidth - one.clientWidth - Math.ceil(one.scrollLeft)"))


def fades(region: Locator) -> bool:
    """Whether its right edge fades, once the page has come to rest."""
    region.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    return bool(region.evaluate("one => getComputedStyle(one, '::after').backgroundImage.includes('gradient')"))


# 1,265: a window of 1,280 less the width of a scroll bar.
@pytest.mark.parametrize("width", [1024, 1216, 1265, 1280, 1920])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_eight_platforms_fit_and_none_of_their_names_is_broken(opened: Open, width: int, script: bool) -> None:
    region = heat_map(opened, PLATFORMS, width, java_script_enabled=script)

    assert beyond(region) == 0
    assert not (script and fades(region))  # animation frames come to scripts only
    heads = region.locator("thead th span[dir]")
    assert heads.count() == 8
    broken = heads.evaluate_all(
        """heads => heads.flatMap((head) => [...head.textContent.matchAll(/\\S+/g)].filter((word) => {
          const range = document.createRange();
          range.setStart(head.firstChild, word.index);
          range.setEnd(head.firstChild, word.index + word[0].length);
          return range.getClientRects().length > 1;
        }).map(String))"""
    )
    assert broken == []


@pytest.mark.parametrize(("platforms", "width"), [(MANY, 1920), (MANY, 1280), (PLATFORMS, 390)])
def test_what_does_not_fit_fades_at_its_edge_until_it_is_scrolled_to_its_end(
    opened: Open, platforms: tuple[str, ...], width: int
) -> None:
    region = heat_map(opened, platforms, width)

    assert beyond(region) > 50
    assert fades(region)
    region.evaluate("one => one.scrollTo({left: one.scrollWidth, behavior: 'instant'})")
    assert beyond(region) == 0
    assert not fades(region)
    region.evaluate("one => one.scrollTo({left: 0, behavior: 'instant'})")
    assert fades(region)


def test_it_fades_no_longer_when_the_window_gets_wide_enough(opened: Open) -> None:
    region = heat_map(opened, PLATFORMS, 600)
    assert fades(region)

    region.page.set_viewport_size({"width": 1280, "height": 900})

    assert beyond(region) == 0
    assert not fades(region)


def test_it_is_scrolled_by_keyboard_and_the_prompts_stay_in_view(opened: Open) -> None:
    region = heat_map(opened, MANY, 1280)
    prompt = region.locator("tbody th").first
    before = prompt.bounding_box()

    region.focus()
    region.press("ArrowRight")
    scrolled = region.evaluate(
        """async (one) => {
          for (let frames = 0; frames < 120 && !one.scrollLeft; frames += 1) await new Promise(requestAnimationFrame);
          return one.scrollLeft;
        }"""
    )

    assert scrolled > 0
    assert region.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert prompt.bounding_box() == before
