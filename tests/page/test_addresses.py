"""White-label addresses in a real browser: it goes to the host that the page and its policy name."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from report_shares.contract.white_label import WhiteLabel
from report_shares.page.branding import branding_of
from report_shares.rules.white_label import effective
from tests.handlers.test_white_label import VISITED
from tests.page.conftest import Open
from tests.page.odd import Odd
from tests.page.reports import snapshot
from tests.white_labels import accepts

pytestmark = pytest.mark.browser

# What UTS 46 keeps, maps, leaves out and refuses, of several scripts and both directions.
LETTERS = (
    *("abcxyz", "019", "-", "ABC", "éßüſﬁİ", "аррӏе", "σς", "אבג", "عربي١", "نامه\u200c", "日本ー々", "한국", "नमस्ते"),
    *("❤👩\ufe0f", "ＡＢｃ１", "½ⅷ", "\u0301\u0327", "\u0338=", "\u200d\u200c", "ʻ·", "𝐚", "\xad\u3164", "xn--", "_%"),
)
LABEL = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=2).flatmap(
    lambda scripts: st.text("".join(scripts), min_size=1, max_size=5)
)
HOST = st.builds(
    lambda labels, top: ".".join((*labels, top)),
    st.lists(LABEL | st.just("xn--fa-hia"), min_size=1, max_size=2),
    st.sampled_from(["example", "com", "рф", "xn--p1ai", "合"]) | LABEL,
)
URL = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["https://", "HTTPS://"]),
    HOST,
    st.sampled_from(["", ":443", ":8443"]),
    st.sampled_from(["", "/", "/a b", "/ä?'#x", "?x=@"]),
)


@pytest.fixture(scope="module")
def parser(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def origins(parser: Page, urls: list[str]) -> list[str]:
    """What the browser makes of each address."""
    found: list[str] = parser.evaluate(
        "urls => urls.map(url => { try { return new URL(url).origin } catch { return 'none' } })", urls
    )
    return found


@given(st.lists(URL, min_size=50, max_size=100))
@settings(max_examples=10, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
def test_every_logo_that_is_taken_has_the_origin_that_the_policy_names(parser: Page, urls: list[str]) -> None:
    taken = [url for url in [*urls, *VISITED] if accepts("logo_url", url)]
    looks = [branding_of(effective(WhiteLabel(logo_url=url).model_dump(), None)) for url in taken]

    named = [look.logo_origin for look in looks]

    assert len(taken) > len(VISITED)
    assert origins(parser, taken) == named
    assert origins(parser, [look.logo_url or "" for look in looks]) == named


@pytest.mark.parametrize("host", ["faß.example", "FAß.example", "pаypal.example", "日本語。example"])
def test_a_browser_loads_the_logo_of_a_host_beyond_ascii(opened: Open, host: str) -> None:
    visited = opened(Odd(snapshot, {"company_name": "Northlight", "logo_url": f"https://{host}/logo.png"}, "there"))

    assert visited.faults == []
    assert [url for url in visited.requests if url.endswith("/logo.png")] != []
    assert visited.page.evaluate("document.querySelector('img.logo').naturalWidth") > 0
