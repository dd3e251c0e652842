"""The report page of the deployed local stack in a real browser, as an agency's client opens it."""

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser import visit
from tests.e2e.conftest import Json, Service, get
from tests.handlers.runs import regions_of

pytestmark = pytest.mark.browser

WIDTHS = (360, 820, 1280)
SCHEMES = ("light", "dark")
_BUDGET_BYTES = 60_000


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_screen_is_accessible_and_loads_only_its_own(
    service: Service, browser: Browser, tmp_path: Path, width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    visited = visit(context, service.ready["share_url"], until="networkidle")
    page = visited.page

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
    assert len(visited.requests) <= 4  # page, styles, script, and word that the page was looked at
    assert visited.foreign(service.ready["share_url"]) == []
    assert visited.faults == []
    assert page.screenshot(path=tmp_path / f"{width}-{scheme}.png", full_page=True)
    context.close()


def test_the_page_with_its_files_stays_within_its_budget(service: Service) -> None:
    # The emulator does not compress as API Gateway does.
    text = get(service.ready["share_url"]).text
    names = re.findall(r'(?:href|src)="\.\./assets/([^"]+)"', text)
    files = [get(f"{service.base_url}/assets/{name}").text for name in names]

    assert len(names) == 2
    assert sum(len(gzip.compress(part.encode())) for part in (text, *files)) <= _BUDGET_BYTES


def test_without_a_script_everything_is_there(service: Service, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(service.ready["share_url"])

    assert page.locator("main > section").count() == 16
    assert page.locator("#trend svg.plot.wide").is_visible()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page.locator(".facts time").first.inner_text())
    hidden = page.locator("#competitors tr.extra").first
    assert not hidden.is_visible()
    page.locator("#competitors .more summary").click()
    assert hidden.is_visible()
    context.close()


def test_with_a_script_numbers_and_dates_are_in_the_readers_locale(service: Service, browser: Browser) -> None:
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
    page = visit(context, service.ready["share_url"]).page

    assert re.search(r"\d,\d\s%", page.locator(".hero .figure").inner_text())
    assert re.search(r"\d\d\.\d\d\.\d{4}", page.locator(".facts time").first.inner_text())
    context.close()


def test_tables_sort_and_filter(service: Service, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = visit(context, service.ready["share_url"]).page
    rows = page.locator("#competitors tbody tr th")
    by_mentions = rows.all_inner_texts()

    page.locator("#competitors thead button", has_text="Business").click()
    assert rows.all_inner_texts() == sorted(by_mentions, key=str.casefold)
    assert page.locator("#competitors th[aria-sort]").get_attribute("aria-sort") == "ascending"

    page.locator("#competitors input[type=search]").fill("acme coffee")
    assert page.locator("#competitors tbody tr:visible").count() == 1
    context.close()


def test_the_chart_tells_values_under_the_pointer(service: Service, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = visit(context, service.ready["share_url"]).page

    page.locator("#trend svg.plot.wide").hover()

    tip = page.locator(".tip:visible")
    assert re.search(r"Visibility score: \d+\.\d% \(\d+\.\d to \d+\.\d%\)", tip.inner_text())
    context.close()


def test_it_prints_to_a4_pages_with_a_cover(service: Service, browser: Browser) -> None:
    context = browser.new_context()
    page = visit(context, service.ready["share_url"]).page

    pdf = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))

    sizes = {tuple(round(points) for points in pdf[number].get_size()) for number in range(len(pdf))}
    texts = [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]
    assert sizes == {(595, 842)}
    assert 4 <= len(pdf) <= 20
    assert "Period" in texts[0]
    assert "At a glance" not in texts[0]
    assert f"2 / {len(pdf)}" in texts[1]
    context.close()


def test_a_revoked_link_shows_the_page_of_a_dead_one(service: Service, browser: Browser) -> None:
    caller = service.new_caller()
    share = caller.post(white_label_config={"company_name": "Northlight Search"})
    caller.revoke(share.json()["id"])
    context = browser.new_context()

    visited = visit(context, share.json()["share_url"], until="networkidle")

    assert visited.page.title() == "This link is no longer active"
    # The brand's look: that of the share died with it.
    assert "hello@acmecoffee.example" in visited.page.locator("main").inner_text()
    assert "Northlight Search" not in visited.page.content()
    assert Axe().run(visited.page).response["violations"] == []
    assert visited.foreign(service.ready["share_url"]) == []
    context.close()


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'onmouseover='alert(3)",
    "</title><svg onload=alert(4)>",
    "{{7*7}}{% raw %}",
    "javascript:alert(5)",
    "</style><style>*{background:url(https://evil.example)}",
    "\u202egnp.exe",
)


def test_no_string_of_a_run_file_is_more_than_text(service: Service, browser: Browser, tmp_path: Path) -> None:
    brand_id, schedule_id = str(uuid4()), str(uuid4())
    owner = {"workspace_id": service.workspace_id}
    brand = {"id": brand_id, "name": "Acme", "aliases": [], "domains": []} | owner
    schedule = {"id": schedule_id, "brand_id": brand_id, "name": "Weekly", "frequency": "weekly"} | owner
    service.apply({"brands": [brand], "schedules": [schedule]})
    file = tmp_path / "run.json"
    file.write_text(json.dumps(_hostile_run(schedule_id, brand_id)))
    code, said = service.sharectl("runs", "put", str(file), "--wait", "--timeout", "120")
    assert (code, said["runs"][0]["status"]) == (0, "rolled_up"), said
    share_url = service.new_caller().share_of(schedule_id)
    context = browser.new_context()

    visited = visit(context, share_url, until="networkidle")
    visited.page.mouse.move(400, 400)

    assert visited.faults == []
    assert visited.foreign(service.ready["share_url"]) == []
    shown = visited.page.locator("main").inner_text()
    assert "<script>alert(1)</script>" in shown
    assert visited.page.locator("main script, main img, main iframe, a[href^=javascript]").count() == 0
    context.close()


def _hostile_run(scheduled_report_id: str, brand_id: str) -> Json:
    """A run with a hostile string in each of its fields."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "object": "scheduled_report.run",
        "id": str(uuid4()),
        "scheduled_report_id": scheduled_report_id,
        "brand_id": brand_id,
        "status": "completed",
        "started_at": now,
        "completed_at": now,
        "regions": regions_of(HOSTILE),
    }
