"""When two addresses are the same page, and what a citation counts for."""

import base64
import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_shares.hosts import domain_of_host
from report_shares.rules import pages
from report_shares.rules.pages import (
    MAX_ADDRESS_LENGTH,
    UNRESOLVED,
    Page,
    Source,
    cited_source,
    domain_of_address,
)
from tests.rules import sameness

GEMINI = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZIYQ-x_1="
_TARGET = "https://www.acme.example/x?a=1"


def _page(url: str) -> Page:
    source = cited_source(url, None)
    assert source is not None
    assert source.page is not None
    return source.page


def _domain(url: str) -> str | None:
    source = cited_source(url, None)
    return source.domain if source else None


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/beans?utm_source=chatgpt.com",
        "https://acme.example/beans?UTM_Medium=x&gclid=1&fbclid=2&msclkid=3&srsltid=4",
        "https://acme.example/beans?utm%5Fsource=x",
        "https://acme.example/beans?&",
        "https://acme.example/beans#:~:text=best",
        "http://acme.example/beans",
        "HTTPS://www.acme.example/beans",
        "https://acme.example/beans/",
        "https://ACME.Example/beans",
        "https://acme.example:443/beans",
        "http://acme.example:80/beans",
        "https://acme.example:/beans",
        "https://acme.example./beans",
        "https://bob:hunter2@acme.example/beans",
        "https://bob@x:hunter2@acme.example/beans",
        "www.acme.example/beans",
        "//acme.example/beans",
        "  https://acme.example/beans\u200b\n",
        "https://acme.exa\nmple/bea\u202ens",
        "https://acme.example/%62eans",
        "https://acme.example/./a/../beans",
        "https://acme.example/a/%2e%2e/beans",
        "https://%61cme.example/beans",
        "https://ａｃｍｅ。example/beans",
        "https:\\\\acme.example\\beans",
    ],
)
def test_spellings_of_one_address_are_one_page(url: str) -> None:
    assert _page(url).key == _page("https://acme.example/beans").key
    assert _domain(url) == "acme.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/caf%C3%A9", "/café"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/%7Ebob", "/~bob"),
        ("/a%2fb", "/a%2Fb"),
        ("/x?q[]=1", "/x?q%5B%5D=1"),
        ("/a b", "/a%20b"),
        ("/x?a=1&amp;b=2", "/x?a=1&b=2"),
        ("/x?a=1&AMP;b=2", "/x?a=1&b=2"),
        ("/x?a=1&#X26;b=2", "/x?a=1&b=2"),
        ("/%41", "/A"),
        ("/x?a=1&amp;amp;utm_source=y&#38;b=2", "/x?a=1&b=2"),
        ("/x?a=1?utm_source=chatgpt.com", "/x?a=1"),
        ("/❤\ufe0f", "/%E2%9D%A4%EF%B8%8F"),
        ("/می\u200cخواهم", "/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85"),
        ("/100%", "/100%25"),
        ("/a/b/../c", "/a/c"),
        ("?a=1", "/?a=1"),
        ("", "/"),
    ],
)
def test_percent_encoding_is_one(one: str, other: str) -> None:
    assert _page(f"https://acme.example{one}").key == _page(f"https://acme.example{other}").key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/x?a=1", "/x?a=2"),
        ("/x?page=2", "/x"),
        ("/x?ref=a", "/x"),
        ("/x?a=1&b=2", "/x?b=2&a=1"),
        ("/X", "/x"),
        ("/a%2Fb", "/a/b"),
        ("/%E9", "/%E8"),
        ("/%C2%80", "/%80"),
        (":8443/x", "/x"),
        ("/x?utm=1&id=utm_source", "/x?id=utm_medium"),
        ("/x?q=what?when", "/x?q=what"),
        (":65535/x", "/x"),
        ("/X?a=1", "/?a=1"),
        ("/X", "/"),
    ],
)
def test_other_pages_are_others(one: str, other: str) -> None:
    assert _page(f"https://acme.example{one}").key != _page(f"https://acme.example{other}").key


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://bob:hunter2@x.example/r", "https://x.example/r"),
        ("http://www.X.example:80/A/?b=1&utm_source=x#top", "http://www.x.example/A/?b=1"),
        ("www.x.example/caf%C3%A9", "https://www.x.example/caf%C3%A9"),
        ("www.x.example", "https://www.x.example"),
        ("https://x.example/café noir", "https://x.example/café%20noir"),
        ('https://x.example/"><script>', "https://x.example/%22%3E%3Cscript%3E"),
        ("https://x.example/in?next=https://bob:hunter2@y.example/", "https://x.example/in?next=https://y.example/"),
        (f"https://x.example/in?next={quote('https://bob:hunter2@y.example/', '')}", "https://x.example/in?next=https%3A%2F%2Fy.example%2F"),
        ("https://x.example/save/http://bob:hunter2@y.example/z", "https://x.example/save/http://y.example/z"),
        ("https://x.example/in?next=HTTPS%3a%2f%2fbob%40y.example", "https://x.example/in?next=HTTPS%3a%2f%2fy.example"),
    ],
)  # fmt: skip
def test_shown_is_the_address_without_login_fragment_and_tracking(url: str, address: str) -> None:
    assert _page(url).address == address


@pytest.mark.parametrize(
    "url",
    [
        *("a5612f0f61c30b47", "", " ", "mailto:hello@acme.example", "javascript:alert(1)", "java\nscript:alert(1)"),
        *("about:blank", "data:text/html,x", "ftp://acme.example/", "acme.example", "/beans", "https://", "https://./"),
        *("https:///path", "https://user@/", "https://exa mple.com/", "https://[zz]/", "https://localhost/"),
        *("https://acme.example:port/", "https://acme.example:65536/", "https://a..example/", "https://1.2.3/"),
        *("https://evil.c\u2100.acme.example/", "https://bob:12/34@x.example", "https://" + "a." * 127 + "example"),
        "https://acme.example/" + "x" * MAX_ADDRESS_LENGTH,
    ],
)
def test_what_is_no_usable_web_address_counts_for_nothing(url: str) -> None:
    assert cited_source(url, "acme.example") is None


def test_a_port_of_its_own_is_of_the_page_and_www_is_not() -> None:
    assert _page("https://www.acme.example:8443/x").key == _page("https://acme.example:8443/x").key


def test_an_address_may_have_2048_characters() -> None:
    for begin in ("https://acme.example/", "https://ACME.example/"):
        url = begin + "x" * (2_048 - len(begin))
        assert _page(url).address == url.lower()
        assert cited_source(url + "x", None) is None


def test_tracking_that_was_appended_to_tracking_goes_too() -> None:
    for query in ("gclid?utm_source=y", "utm_source=y?b=1", "??utm_source=y"):
        assert _page(f"https://acme.example/x?{query}").address == "https://acme.example/x"


def test_a_host_may_be_long_before_its_accents_are_put_together() -> None:
    host = ("e\u0323\u0302" * 30 + ".") * 5
    assert domain_of_host(host + "a" * 51) is not None
    assert domain_of_host(host + "a" * 52) is None


@pytest.mark.parametrize("character", ["\ue000", "\u3164"])
def test_what_one_does_not_see_stays_encoded(character: str) -> None:
    raw, encoded = f"https://acme.example/a{character}é", f"https://acme.example/a{quote(character)}é"
    assert _page(raw) == _page(encoded)
    assert _page(raw).address == encoded
    assert character not in _page(encoded).key


@pytest.mark.parametrize(
    ("address", "domain"), [("https://www.acme.example/x", "acme.example"), ("acme", ""), (GEMINI, "")]
)
def test_the_domain_of_an_address(address: str, domain: str) -> None:
    assert domain_of_address(address) == domain


def test_an_overlong_address_counts_without_its_fragment_and_tracking() -> None:
    long = f"utm_source={'x' * 3_000}#:~:text={'y' * 3_000}"
    assert _page(f"https://acme.example/x?{long}").address == "https://acme.example/x"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("WWW.Acme-Coffee.example", "acme-coffee.example"),
        ("acme.example.", "acme.example"),
        ("www.www.acme.example", "acme.example"),
        ("www.com", "www.com"),
        ("münchen-kaffee.example", "xn--mnchen-kaffee-wob.example"),
        ("MU\u0308NCHEN-Kaffee.example", "xn--mnchen-kaffee-wob.example"),
        ("XN--mnchen-kaffee-wob.example", "xn--mnchen-kaffee-wob.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("fass.example", "fass.example"),
        ("my_bucket.s3.amazonaws.com", "my_bucket.s3.amazonaws.com"),
        ("i❤.example", "xn--i-7iq.example"),
        ("192.168.0.1", "192.168.0.1"),
        ("[2001:DB8::0:1]", "[2001:db8::1]"),
        (".".join(["A" * 60] * 4) + ".exampleab", ".".join(["a" * 60] * 4) + ".exampleab"),
        (".".join(["A" * 60] * 4) + ".exampleabc", None),
        (f"{'A' * 64}.example", f"{'a' * 64}.example"),
        (f"{'a' * 63}.café.example", f"{'a' * 63}.xn--caf-dma.example"),
        (f"{'a' * 64}.café.example", None),
        (f"{'é' * 80}.example", None),
        ("\ufffdé.example", None),
        ("no host", None),
        ("", None),
    ],
)
def test_a_host_has_one_spelling(host: str, domain: str | None) -> None:
    assert domain_of_host(host) == domain
    if domain:
        assert domain_of_host(domain) == _domain(f"https://{host}/x") == domain


def _encoded(target: str) -> str:
    return quote(target, "")


def _bing(target: str) -> str:
    return "a1" + base64.urlsafe_b64encode(target.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "url",
    [
        f"https://www.google.com/url?sa=t&q={_encoded(_TARGET)}&ved=2",
        f"https://www.google.co.uk/url?q=best+beans&url={_encoded(_TARGET)}",
        f"https://google.de/url?q={_TARGET}&amp;sa=U",
        "https://www.google.com/amp/s/www.acme.example/x?a=1&usqp=mq331",
        "https://www-acme-example.cdn.ampproject.org/c/s/www.acme.example/x?a=1",
        "https://cdn.ampproject.org/v/www.acme.example/x?a=1&amp_js_v=0.1",
        f"https://l.facebook.com/l.php?u={_encoded(_TARGET + '&fbclid=1')}&h=AT0",
        f"https://lm.facebook.com/l.php?h=AT0&u={_encoded(_TARGET)}",
        f"https://l.instagram.com/?u={_encoded(_TARGET)}&e=1",
        f"https://www.bing.com/ck/a?!&&p=2f&u={_bing(_TARGET)}&ntb=1",
        f"https://duckduckgo.com/l/?uddg={_encoded(_TARGET)}&rut=1",
        f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU={_encoded(_TARGET)}/RK=2/RS=x-",
        f"https://r.search.yahoo.com/RU={_encoded(_TARGET)}/RU=x",
        f"https://out.reddit.com/t3_x?url={_encoded(_TARGET)}&token=A",
        f"https://www.youtube.com/redirect?event=x&q={_encoded(_TARGET)}",
        f"https://eur01.safelinks.protection.outlook.com/?url={_encoded(_TARGET)}&data=05",
        f"https://www.linkedin.com/safety/go?url={_encoded(_TARGET)}",
        f"https://www.google.com/url?q={_encoded('https://www.google.com/amp/s/www.acme.example/x?a=1')}",
        f"https://www.google.com/url?q={_encoded('https://bob:hunter2@www.acme.example/x?a=1')}",
    ],
)
def test_a_redirector_counts_for_its_target(url: str) -> None:
    assert _page(url) == _page(_TARGET)


def test_bytes_of_a_target_that_are_no_utf_8_stay_encoded() -> None:
    assert _page("https://www.google.com/url?q=https://acme.example/caf%E9") == _page("https://acme.example/caf%E9")


def test_a_plain_address_may_be_a_redirector_too() -> None:
    assert _page("https://www.google.com/amp/s/www.acme.example/x") == _page("https://www.acme.example/x")


def test_five_redirectors_within_one_another_count_for_their_target_and_more_for_themselves() -> None:
    url = _TARGET
    for _ in range(5):
        url = f"https://www.google.com/url?q={_encoded(url)}"
    assert _page(url) == _page(_TARGET)

    longer = f"https://www.google.com/url?q={_encoded(url)}"
    assert _page(longer).address == longer


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/url?q=",
        "https://www.google.com/url?q=best+beans",
        "https://www.google.com/search?q=https://www.acme.example/",
        "https://www.google.com/amp/help",
        "https://www.google.com/urlX?q=https://acme.example",
        "https://www.bing.com/ck/a?u=a1!!!",
        "https://www.bing.com/ck/a?u=a1gICA",
        f"https://www.bing.com/ck/a?u={_bing(_TARGET).removeprefix('a1')}",
        "https://www.youtube.com/watch?v=1&q=https://acme.example",
        "https://google.evil.example/url?q=https://acme.example",
        "https://www.google.com/url?q=mailto:x@acme.example",
        "https://www.google.com/url?q=" * 40 + "https://acme.example",
    ],
)
def test_one_that_leads_nowhere_is_what_it_is(url: str) -> None:
    assert cited_source(url, None) is not None
    assert _domain(url) == domain_of_host(url.split("/")[2])


@pytest.mark.parametrize(
    ("title", "domain"),
    [
        ("acme.example", "acme.example"),
        ("www.Acme.Example.", "acme.example"),
        (" news.acme.co.uk\n", "news.acme.co.uk"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("Booking.com", "booking.com"),
    ],
)
def test_gemini_counts_for_the_domain_that_its_title_is(title: str, domain: str) -> None:
    assert cited_source(GEMINI, title) == Source(domain, None)
    assert cited_source(f"https://www.google.com/url?q={_encoded(GEMINI)}", title) == Source(domain, None)


@pytest.mark.parametrize(
    "title",
    [
        *(None, "", "acme", "Read acme.example today", "acme.example, news.example", "https://acme.example"),
        *("acme.example/x", "index.html", "Node.js", "report.PDF", "Version 2.0", "2.0", "e.g.", "-acme.example"),
        *("a" * 64 + ".example", "1.2.3.4"),
    ],
)
def test_gemini_is_unresolved_where_the_title_is_no_host(title: str | None) -> None:
    assert cited_source(GEMINI, title) == UNRESOLVED


def test_titles_say_nothing_about_other_addresses() -> None:
    assert _domain("https://vertexaisearch.cloud.google.com/about") == "vertexaisearch.cloud.google.com"
    assert cited_source("https://x.example/a", "acme.example") == cited_source("https://x.example/a", None)


@pytest.mark.parametrize(
    ("file", "list_name"),
    [("tracking_parameters", "parameters"), ("redirectors", "redirectors"), ("redirectors", "hidden")],
)
def test_each_fact_about_other_sites_says_where_it_is_from(file: str, list_name: str) -> None:
    facts = json.loads((Path(pages.__file__).parent / f"{file}.json").read_text(encoding="utf-8"))[list_name]
    assert facts
    for fact in facts:
        assert fact["of"]
        assert fact["source"]
        names = [*fact.get("names", ()), *fact.get("hosts", ())]
        assert names == [name.lower() for name in names]


_PARTS = [
    *(
        "https://",
        "http://",
        "https:",
        "//",
        "www.",
        "acme.example",
        "x.example",
        "@",
        "bob:hunter2",
        "/",
        "?",
        "&",
        "#",
    ),
    *("%40", "%2F", "%2f", "%3F", "%3A", "%25", "%C3%A9", "%", "%zz", "\xe9", "e\u0301", "%E2%80%8B", "\u200b", "="),
    *("utm_source=chatgpt.com", "utm%5Fsource=1", "&amp;", "amp;", "gclid=1", "a=1", ":443", ":80", ":8080", ".", ".."),
    *("google.com/url?q=", "google.com/url?url=", "google.de/amp/s/", "cdn.ampproject.org/c/s/", "bing.com/ck/a?u=a1"),
    *("aHR0cHM6Ly9hLmV4YW1wbGUveA", "search.yahoo.com/RU=", "youtube.com/redirect?q=", "https%3A%2F%2F", "[", "]"),
    *("\xdf", "\xfc", "\u3002", "xn--", "_", "+", ";", "\\", "\u202e", "\xa0", " ", "\n", "\ufe0f", "\ud800"),
]
_BEGINNINGS = ["", "https://", "https://acme.example/", "https://google.com/url?q=", "https://acme.example/?u=https://"]
hostile_urls = st.builds(
    lambda beginning, parts: beginning + "".join(parts),
    st.sampled_from(_BEGINNINGS),
    st.lists(st.sampled_from(_PARTS), max_size=14),
)


@given(hostile_urls)
def test_the_page_of_a_pages_address_is_that_page(url: str) -> None:
    source = cited_source(url, None)
    if source and source.page:
        assert cited_source(source.page.address, None) == source
        assert _page(f"//{source.page.key}").key == source.page.key
        assert len(source.page.address) <= MAX_ADDRESS_LENGTH


@given(hostile_urls)
def test_no_password_is_kept(url: str) -> None:
    source = cited_source(url, None)
    if source and source.page:
        assert "://bob:hunter2@" not in source.page.address
        assert "%3A%2F%2Fbob:hunter2%40" not in source.page.address


addresses = st.builds(
    "{}{}{}{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "//"]),
    st.sampled_from(["", "bob@", "bob:hunter2@"]),
    st.sampled_from(
        ["acme.example", "www.ACME.example", "acme.example.", "www.münchen.example", "xn--mnchen-3ya.example"]
    ),
    st.sampled_from(["", ":443", ":80", ":8080"]),
    st.sampled_from(["", "/", "/x", "/x/", "/X", "/caf%C3%A9", "/caf%c3%a9/", "/café", "/a%2fb", "/a/b"]),
    st.sampled_from(
        ["", "?", "?a=1", "?a=2", "?a=1&amp;b=2", "?a=1&b=2", "?utm_source=x", "?a=1&gclid=2", "?fbclid=1&a=1"]
    ),
    st.sampled_from(["", "#", "#:~:text=a?b"]),
)


@given(addresses, addresses)
def test_pages_are_the_same_where_the_contract_says_so(one: str, other: str) -> None:
    assert (_page(one).key == _page(other).key) == (sameness.page(one) == sameness.page(other))
    assert _domain(one) == sameness.page(one)[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://google.com/amp/s/" + "google.com/amp/s/" * 60_000,
        "https://a.example/?" + "a=&" * 333_000,
        "https://a.example/?a=1&" + "amp;" * 250_000,
        "https://a.example/?a" + "?utm_x" * 160_000,
        "https://a.example/" + "%" * 1_000_000,
        "https://a.example/" + "https:%2F%2F" * 80_000 + "@",
        "https://" + "a." * 500_000 + "example",
        "https://" + "ü" * 500_000 + ".example",
        "\u200b" * 333_000 + "https://a.example",
    ],
    ids=["redirects", "parameters", "ampersands", "question marks", "percent", "inner", "labels", "umlauts", "unseen"],
)
def test_an_address_of_a_megabyte_takes_no_longer_than_its_size(url: str) -> None:
    begun = time.process_time()
    cited_source(url, None)
    assert time.process_time() - begun < 2
