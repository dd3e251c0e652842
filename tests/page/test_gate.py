"""A link with a password in a real browser, and what a look at a report is."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from report_shares.rules.gate import PLACES
from report_shares.store import items
from tests.browser import Visit, visit
from tests.handlers.test_gate import enter, protect
from tests.page.conftest import Site
from tests.page.odd import WHITE_LABEL
from tests.page.reports import link_to, snapshot
from tests.passwords import PASSWORD
from tests.world import Json

pytestmark = pytest.mark.browser

QUICKLY = {"resultTypes": ["violations"]}
STAGE = "/prod"


@pytest.fixture
def share(site: Site) -> Json:
    site.world.add_brand(white_label=WHITE_LABEL)
    made = link_to(site.world, snapshot(runs=2, prompts=2))
    protect(site.world, made)
    return made


@pytest.fixture
def contexts() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened_link(site: Site, browser: Browser, contexts: ExitStack, path: str, **options: Any) -> Visit:
    context = browser.new_context(**options)
    contexts.callback(context.close)
    return visit(context, site.url + path)


@pytest.mark.parametrize("base", ["/shared", f"{STAGE}/shared"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_password_is_entered_by_keyboard_alone_under_any_base(  # noqa: PLR0917 # fixtures
    site: Site, browser: Browser, contexts: ExitStack, share: Json, base: str, script: bool
) -> None:
    path = f"{base}/{share['access_token']}?utm_source=mail"
    visited = opened_link(site, browser, contexts, path, java_script_enabled=script)
    page = visited.page
    field = page.get_by_label("Password")

    expect(page.get_by_role("heading")).to_have_text("This report is protected")
    expect(field).to_be_focused()
    page.keyboard.type("wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    expect(field).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#headline")).to_be_visible()
    assert page.url == f"{site.url}{base}/{share['access_token']}"
    page.reload()
    expect(page.locator("#headline")).to_be_visible()
    assert [fault for fault in visited.faults if "401" not in fault] == []


@pytest.mark.parametrize("base", ["/shared", f"{STAGE}/shared"])
def test_the_password_that_a_file_asks_for_opens_the_page(
    site: Site, browser: Browser, contexts: ExitStack, share: Json, base: str
) -> None:
    path = f"{base}/{share['access_token']}"
    page = opened_link(site, browser, contexts, f"{path}/report.html").page

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()

    expect(page.locator("#headline")).to_be_visible()
    assert page.url == site.url + path


def describe(page: Page) -> str:
    """What a screen reader says of the field, after its name."""
    text: str = page.get_by_label("Password").evaluate(
        "one => document.getElementById(one.getAttribute('aria-describedby')).textContent"
    )
    return text


def test_the_form_its_error_and_the_locked_state_wear_the_brands_look_and_are_accessible(
    site: Site, browser: Browser, contexts: ExitStack, share: Json
) -> None:
    page = opened_link(site, browser, contexts, f"/shared/{share['access_token']}").page
    seen = [describe(page)]
    check_looks(page)

    page.get_by_label("Password").fill("wrong one")
    page.get_by_role("button").click()
    seen.append(describe(page))
    check_looks(page)
    for _ in range(PLACES - 1):
        enter(site.world, share, "wrong one")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading")).to_have_text("Too many wrong passwords")
    check_looks(page)

    assert [text.partition(".")[0] for text in seen] == [
        "Enter the password that you were given with this link",
        "This is not the password",
    ]


def check_looks(page: Page) -> None:
    assert page.locator(".wordmark").inner_text() == "Northlight Search"
    for scheme, width in (("light", 320), ("dark", 1280)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert Axe().run(page, "body", QUICKLY).response["violations"] == []


# ---- looks -----------------------------------------------------------------------------------------------------------

HIDDEN = """
let hidden = false;
Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
globalThis.setHidden = (now) => {
  hidden = now;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


def counted(site: Site) -> int:
    rows = [item for item in site.world.items() if item["sk"]["S"] == "VIEWS"]
    return sum(items.views_from(row).count for row in rows)


def told(visited: Visit, seconds: float) -> int:
    """Lets the page's clock go on, and says how many looks the page has told of by then."""
    page = visited.page
    page.wait_for_load_state()  # by when the page's script has run, whatever led to the page
    page.clock.run_for(int(seconds * 1000))
    page.evaluate("0")  # by when what was sent has been heard of
    return sum(url.endswith("/views") for url in visited.requests)


def stopped(context: BrowserContext) -> None:
    """The clock of the context's pages goes on only when a test says so."""
    context.clock.install(time=0)
    context.clock.pause_at(1000)


@pytest.fixture
def looked_at(site: Site, browser: Browser, contexts: ExitStack) -> Visit:
    """The page of a report, opened just now, on a clock that the test sets."""
    token = link_to(site.world, snapshot(runs=2, prompts=2))["access_token"]
    context = browser.new_context()
    contexts.callback(context.close)
    stopped(context)
    context.add_init_script(HIDDEN)
    return visit(context, f"{site.url}{STAGE}/shared/{token}")


def test_a_look_counts_once_after_two_seconds_and_twenty_reloads_add_nothing(site: Site, looked_at: Visit) -> None:
    page = looked_at.page
    assert told(looked_at, 1.9) == 0
    with page.expect_response("**/views") as answer:
        assert told(looked_at, 0.2) == 1

    for _ in range(20):
        page.reload()
        assert told(looked_at, 3) == 1

    assert (answer.value.status, counted(site)) == (204, 1)
    assert looked_at.faults == []


def test_after_an_hour_another_look_counts(looked_at: Visit) -> None:
    assert told(looked_at, 3) == 1
    looked_at.page.clock.fast_forward("01:00:00")
    looked_at.page.reload()

    assert told(looked_at, 3) == 2


def test_a_tab_that_is_hidden_does_not_count_until_it_was_seen_for_two_seconds(looked_at: Visit) -> None:
    page = looked_at.page
    page.evaluate("setHidden(true)")
    assert told(looked_at, 60) == 0
    page.evaluate("setHidden(false)")
    assert told(looked_at, 1.5) == 0
    page.evaluate("setHidden(true)")
    assert told(looked_at, 60) == 0

    page.evaluate("setHidden(false)")

    assert told(looked_at, 2.1) == 1


def test_a_print_does_not_count(looked_at: Visit) -> None:
    looked_at.page.emulate_media(media="print")

    assert told(looked_at, 60) == 0


def test_a_tab_that_may_remember_nothing_is_not_counted(looked_at: Visit) -> None:
    refuse = "Object.defineProperty(globalThis, 'sessionStorage', { get() { throw new DOMException('no'); } });"
    looked_at.page.add_init_script(refuse)
    looked_at.page.reload()

    assert told(looked_at, 60) == 0
    assert looked_at.faults == []


def test_behind_a_password_only_the_look_at_the_report_counts(
    site: Site, browser: Browser, contexts: ExitStack, share: Json
) -> None:
    context = browser.new_context()
    contexts.callback(context.close)
    stopped(context)
    visited = visit(context, f"{site.url}/shared/{share['access_token']}")
    page = visited.page
    assert told(visited, 60) == 0

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.locator("#headline")).to_be_visible()
    with page.expect_response("**/views") as answer:
        told(visited, 3)

    assert (answer.value.status, counted(site)) == (204, 1)
