"""A site that serves the pages of a test's own world, and a browser that opens them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import Visit, leads_away, visit
from tests.page.odd import ORDINARY, Odd, logo
from tests.page.reports import link_to
from tests.page.site import served
from tests.world import World

type Open = Callable[..., Visit]


@dataclass(frozen=True)
class Site:
    world: World
    url: str


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    with served(world) as url:
        yield Site(world, url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/page" in item.path.as_posix() and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.page)


@pytest.fixture
def opened(site: Site, browser: Browser) -> Iterator[Open]:
    """Opens the page of a report in a browser context of its own; takes Playwright's options for contexts.

    ``beforehand`` is a script that runs before any of the page's.
    """
    with ExitStack() as contexts:

        def open_report(odd: Odd = ORDINARY, *, beforehand: str = "", **options: Any) -> Visit:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
            contexts.callback(context.close)
            context.add_init_script(beforehand)
            context.route(lambda url: leads_away(url, site.url), logo(odd.logo))
            share = link_to(site.world, odd.snapshot(), odd.white_label)
            return visit(context, f"{site.url}/shared/{share['access_token']}")

        yield open_report
