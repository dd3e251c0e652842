"""What readers do with the page in a real browser: keys, motion, dead links."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from report_shares.times import DAY
from tests.browser import visit
from tests.page.conftest import Open, Site
from tests.page.odd import WHITE_LABEL, Odd, only
from tests.page.reports import snapshot
from tests.world import Json

pytestmark = pytest.mark.browser


def test_tables_are_sorted_and_filtered_by_keyboard_alone(opened: Open) -> None:
    page = opened().page
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


def _tab_to(page: Page, text: str) -> dict[str, str]:
    """Presses Tab until the element with this text has focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        found: dict[str, str] = page.locator("*:focus").evaluate(
            "one => ({text: one.textContent, outline: getComputedStyle(one).outlineStyle})"
        )
        if text in found["text"] and len(found["text"]) < 30:
            return found
    pytest.fail(f"{text} is not reached by Tab")


DECIMAL_POINT = re.compile(r"\d\.\d(?!\d)")


def test_with_a_script_every_number_and_date_is_in_the_readers_locale(opened: Open) -> None:
    page = opened(Odd(lambda: snapshot(prompts=30)), locale="de-DE").page

    assert page.locator(".hero .figure").inner_text() == "43,8\N{NO-BREAK SPACE}%"
    assert page.locator(".facts time").first.inner_text() == "04.01.2016"
    assert page.locator("svg.plot.wide .tick.x").first.text_content() == "März 2016"
    assert page.locator("#competitors tbody td").nth(1).inner_text().startswith("9,0")
    assert page.locator(".hero .interval").inner_text() == "95 % interval: 40,2 to 47,5\N{NO-BREAK SPACE}%"
    assert "a probability of 0,0004; below 0,05" in page.locator(".verdict-box").inner_text()
    page.locator("#evidence .open-all").click()
    # What is quoted, and the sentences that are there to be copied, stay as they are.
    page.evaluate("for (const one of document.querySelectorAll('.sentences, .proofs bdi, .method bdi')) one.remove()")
    seen = page.locator("main").inner_text()
    assert [line for line in seen.splitlines() if DECIMAL_POINT.search(re.sub(r"\d\d\.\d\d\.\d{4}", "", line))] == []
    assert not re.search(r"\d{4}-\d\d", seen)


def test_without_a_script_numbers_have_points_and_dates_are_iso(opened: Open) -> None:
    page = opened(locale="de-DE", java_script_enabled=False).page

    assert page.locator(".hero .figure").inner_text() == "43.8\N{NARROW NO-BREAK SPACE}%"
    assert page.locator(".facts time").first.inner_text() == "2016-01-04"
    assert page.locator("svg.plot.wide .tick.x").first.text_content() == "2016-03"


EVERYTHING = {"numbers", "dates", "tooltips", "sorting", "sorting by name", "filter"}
LANGUAGES = {
    '["en-US@posix"]': "43.8%",
    '["en-US@posix", "de"]': "43,8\N{NO-BREAK SPACE}%",
    '["de", "en_US.UTF-8"]': "43,8\N{NO-BREAK SPACE}%",
    '["", "C", "*", null, 7, {}, "de-DE"]': "43,8\N{NO-BREAK SPACE}%",
    '"de"': "43,8\N{NO-BREAK SPACE}%",
    '"de_DE@euro"': "43.8%",
    '""': "43.8%",
    "[]": "43.8%",
    "null": "43.8%",
    "undefined": "43.8%",
    "7": "43.8%",
}


@pytest.mark.parametrize("languages", LANGUAGES)
def test_languages_that_the_browser_cannot_format_in_are_passed_over(opened: Open, languages: str) -> None:
    visited = opened(beforehand=f"Object.defineProperty(navigator, 'languages', {{value: {languages}}})")

    assert visited.page.locator(".hero .figure").inner_text() == LANGUAGES[languages]
    assert _alive(visited.page) == EVERYTHING
    assert visited.faults == []


@pytest.mark.parametrize(
    ("part", "dead"),
    [
        ("Intl.NumberFormat", {"numbers", "tooltips"}),
        ("Intl.DateTimeFormat", {"dates", "tooltips"}),
        ("Intl.Collator", {"sorting by name"}),
        ("Intl.getCanonicalLocales", set()),
        ("IntersectionObserver", set()),
    ],
)
def test_what_one_part_of_the_script_lacks_costs_no_other_part_anything(
    opened: Open, part: str, dead: set[str]
) -> None:
    page = opened(beforehand=f"{part} = function () {{ throw new RangeError('refused'); }}", locale="de-DE").page

    assert _alive(page) == EVERYTHING - dead


def _alive(page: Page) -> set[str]:
    """What the script has added to the page and works."""
    alive = set()
    if "\N{NARROW NO-BREAK SPACE}" not in page.locator(".hero .figure").inner_text():
        alive.add("numbers")
    if page.locator(".facts time").first.inner_text() != "2016-01-04":
        alive.add("dates")
    page.locator("#trend svg.plot.wide").hover()
    if page.locator(".tip").first.is_visible():
        alive.add("tooltips")
    names, heads = page.locator("#competitors tbody th"), page.locator("#competitors thead button")
    heads.filter(has_text="Mentions").dblclick()  # the fewest first
    if names.first.inner_text() == "Roastery 49":
        alive.add("sorting")
    heads.filter(has_text="Business").click()
    if names.first.inner_text().startswith("Acme"):
        alive.add("sorting by name")
    page.locator("#competitors .filter input").fill("roastery 4")
    if page.locator("#competitors tbody tr:visible").count() == 11:
        alive.add("filter")
    return alive


@pytest.mark.parametrize("label", [{}, only("show_stats_cards")], ids=["whole", "no cover, no footer"])
@pytest.mark.parametrize(
    ("options", "moment"),
    [
        ({"java_script_enabled": False}, "2026-05-20 15:23"),
        ({"locale": "en-US"}, "May 20, 2026, 15:23"),
        ({"locale": "de-DE", "timezone_id": "Asia/Tokyo"}, "20.05.2026, 15:23"),
    ],
    ids=["no script", "en-US", "de-DE in Tokyo"],
)
def test_the_page_says_until_which_moment_the_link_works(
    opened: Open, label: Json, options: dict[str, Any], moment: str
) -> None:
    page = opened(Odd(snapshot, label), **options).page

    assert f"works until {moment} UTC" in page.locator("footer").inner_text().replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert page.locator("footer").is_visible()


def test_the_matrix_is_sorted_by_value_in_every_locale(opened: Open) -> None:
    page = opened(locale="de-DE").page

    page.locator("#matrix thead button", has_text="Gemini").click()

    cells = page.locator("#matrix tbody tr td:nth-of-type(4)").all_inner_texts()
    values = [float(cell.replace(",", ".")) for cell in cells if "," in cell]
    assert len(values) >= 10
    assert values == sorted(values, reverse=True)


def test_the_sentences_are_copied_as_they_stand(opened: Open) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"], locale="de-DE").page

    page.locator(".copy").click()

    page.locator(".copy", has_text="Copied").wait_for()
    sentences = page.locator(".sentences p").all_text_contents()
    assert len(sentences) == 3
    assert page.evaluate("navigator.clipboard.readText()") == " ".join(sentences)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_link_at_a_prompt_opens_its_answers(opened: Open, script: bool) -> None:
    page = opened(java_script_enabled=script).page
    answers = page.locator("#answers-4")
    assert not answers.locator("blockquote").first.is_visible()

    page.locator("#ranked .quoted").nth(3).click()

    assert answers.locator("blockquote").first.is_visible()


def test_all_answers_are_opened_and_closed_at_once(opened: Open) -> None:
    page = opened().page
    button, is_open = page.locator(".open-all"), page.locator(".proof[open]")
    assert is_open.count() == 1

    button.click()
    assert (is_open.count(), button.inner_text()) == (12, "Close all")
    button.click()
    assert (is_open.count(), button.inner_text()) == (0, "Open all")


@pytest.mark.parametrize(
    ("section", "said"),
    [("trend", r"Visibility score: [\d.]+% \([\d.]+ to [\d.]+%\)"), ("rivals", r"Acme Coffee Roasters: [\d.]+%")],
)
def test_the_charts_tell_values_and_intervals_under_the_pointer(opened: Open, section: str, said: str) -> None:
    page = opened(locale="en-GB").page

    page.locator(f"#{section} svg.plot.wide").hover()

    tip = page.locator(f"#{section} .tip:visible")
    assert re.search(said, tip.inner_text())
    assert tip.locator("div").count() == page.locator(f"#{section} .legend li").count() + 1


def test_lines_of_rivals_differ_in_more_than_colour(opened: Open) -> None:
    lines = opened().page.locator("#rivals svg.wide .series .line")

    dashes = lines.evaluate_all("all => all.map((one) => getComputedStyle(one).strokeDasharray)")
    assert len(set(dashes)) == len(dashes) == 6


def test_the_first_tab_skips_to_the_report(opened: Open) -> None:
    page = opened().page

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(("wish", "motion"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_nothing_moves_for_whoever_wants_no_motion(opened: Open, wish: str, motion: str) -> None:
    page = opened(reduced_motion=wish).page

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == motion
    moving = (
        "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).animationName !== 'none').length"
    )
    assert page.evaluate(moving) == 0


@pytest.mark.parametrize("end", ["expiry", "revocation", "rotation"])
def test_a_dead_link_is_branded_and_says_whom_to_ask(site: Site, browser: Browser, end: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    world, key = site.world, site.world.add_key("ada-of-the-agency")
    world.add_brand(white_label=WHITE_LABEL)
    share = world.create(key).json
    url = f"{site.url}/shared/{share['access_token']}"
    assert visit(context, url).page.title() == WHITE_LABEL["cover_title"]
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


@pytest.mark.parametrize("base", ["", "/prod"])
@pytest.mark.parametrize(
    "address",
    [
        "{token}/",
        "{token}//",
        "{token}.",
        "{token}%3F",
        "{token}%2F",
        "%20{token}%E2%80%8B",
        "//{token}).",
        "{token}…”",
        "{token}/?a=b#c",
    ],
)
def test_a_link_with_something_around_it_ends_on_its_page(
    site: Site, browser: Browser, base: str, address: str
) -> None:
    token = site.world.create(site.world.add_key()).json["access_token"]
    context = browser.new_context()

    visited = visit(context, f"{site.url}{base}/shared/{address.format(token=token)}", until="networkidle")

    assert visited.page.url.partition("#")[0] == f"{site.url}{base}/shared/{token}"
    assert visited.page.locator("main").count() == 1
    assert visited.faults == []
    assert [url for url in visited.requests if "/assets/" in url]
    context.close()


@pytest.mark.parametrize("path", ["/shared", "/shared/", "/shared/x", "/shared/x/y", "/shared/x/y/z", "/SHARED/x"])
def test_the_page_of_what_does_not_exist_has_its_looks_at_any_depth(site: Site, browser: Browser, path: str) -> None:
    context = browser.new_context()
    page = context.new_page()

    answer = page.goto(f"{site.url}{path}")

    assert answer is not None
    assert answer.status == 404
    assert page.title() == "There is no report here"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderTopStyle") == "solid"
    context.close()


def test_no_trace_of_the_maker_of_this_service_is_on_a_page(opened: Open) -> None:
    page = opened(Odd(snapshot, WHITE_LABEL)).page

    assert not re.search(r"report.?shares|powered by|rankprompt", page.content(), re.IGNORECASE)
