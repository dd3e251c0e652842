"""What a white label may say: what is taken, where its links lead, what is shown, and which logo may be loaded."""

import json
import re
import shutil
import subprocess
import time
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_shares.page.branding import Branding, branding_of
from report_shares.rules.white_label import effective
from tests.handlers.test_shared_page import page, policy, share
from tests.lacking import lacking
from tests.openapi.schemas import document
from tests.white_labels import accepts
from tests.world import World

FAMILY = "👩\u200d👩\u200d👧"
PATTERNS = {
    field: next(kind["pattern"] for kind in schema["anyOf"] if "pattern" in kind)
    for field, schema in document()["components"]["schemas"]["ShareWhiteLabel"]["properties"].items()
    if field not in {"report_sections_config", "primary_color", "secondary_color"}
}

# A telephone number, and what is dialled.
DIALLED = {
    "+44 (0)20 7946 0000": "+442079460000",
    "+44 ( 0 ) 20 7946 0000": "+442079460000",
    "(+44) (0)20 7946 0000": "+442079460000",
    "0044 (0)20 7946 0000": "+442079460000",
    "00 44 20 7946 0000": "+442079460000",
    "+44 (020) 7946 0000": "+442079460000",
    "+44 (0 20) 7946 0000": "+442079460000",
    "+44 (0-20) 7946 0000": "+442079460000",
    "+44 ((0)20) 7946 0000": "+442079460000",
    "(+44) (020) 7946 0000": "+442079460000",
    "+(44) (020) 7946 0000": "+442079460000",
    "00 44 (020) 7946 0000": "+442079460000",
    "＋４４（０２０）７９４６ ００００": "+442079460000",
    "+٤٤ (٠٢٠) ٧٩٤٦ ٠٠٠٠": "+442079460000",
    "+49 (089) 123456": "+4989123456",
    "+61 (02) 9374 4000": "+61293744000",
    "+353 (01) 234 5678": "+35312345678",
    "+1 (0)555 123 4567": "+15551234567",
    "44 (0)20 7946 0000": "442079460000",
    "(44) (0) 20 7946 0000": "442079460000",
    "011 44 (0)20 7946 0000": "011442079460000",
    "011 44 (020) 7946 0000": "011442079460000",
    "0011 44 (0)20 7946 0000": "0011442079460000",
    "(020) 7946 0000": "02079460000",
    "(0)20 7946 0000": "02079460000",
    "44 (020) 7946 0000": "4402079460000",
    "+44 20 (0123) 4567": "+442001234567",
    "0011 44 20 7946 0000": "0011442079460000",
    "+39 (0)6 1234 5678": "+390612345678",
    "+39 (06) 1234 5678": "+390612345678",
    "39 (0)6 1234 5678": "390612345678",
    "+378 (0549) 882914": "+3780549882914",
    "+225 (07) 01 23 45 67": "+2250701234567",
    "+226 (07) 12 34 56": "+22607123456",
    "+227 (08) 12 34 56": "+22708123456",
    "+229 (01) 20 21 12 34": "+2290120211234",
    "+241 (06) 03 12 34": "+24106031234",
    "+242 (06) 123 4567": "+242061234567",
    "+992 (05) 558 1702": "+992055581702",
    "+2 (010) 1234 5678": "+201012345678",
    "+38 (044) 123 45 67": "+380441234567",
    "+9 (0) 532 123 45 67": "+905321234567",
    "+49 30/123 45-67": "+49301234567",
    "+49.30.1234567": "+49301234567",
    "+1\xa0(555)\u2009123\u20114567": "+15551234567",
    "+44 20 7946 – 0000": "+442079460000",
    "020 7946 0000": "02079460000",
    "(555) 123-4567": "5551234567",
    "(555) 123-4567 x89": "5551234567;ext=89",
    "(555) 123-4567x89": "5551234567;ext=89",
    "(555) 123-4567 X 89": "5551234567;ext=89",
    "555-1234 ext. 89": "5551234;ext=89",
    "555-1234, Ext 89": "5551234;ext=89",
    "555-1234 EXTENSION 89": "5551234;ext=89",
    "555-1234 extn: 89": "5551234;ext=89",
    "555-1234;ext=89": "5551234;ext=89",
    "555-1234 #89": "5551234;ext=89",
    "555-1234 ＃89": "5551234;ext=89",
    "555-1234 ext #89": "5551234;ext=89",
    "555-1234 Ext # 89": "5551234;ext=89",
    "555-1234 ext-89": "5551234;ext=89",
    "555-1234 ext.: 89": "5551234;ext=89",
    "555-1234 ext (89)": "5551234;ext=89",
    "555-1234 - x89": "5551234;ext=89",
    "555-123-4567 (ext. 89)": "5551234567;ext=89",
    "555-123-4567, (ext. 89)": "5551234567;ext=89",
    "555-123-4567 [ext 89]": "5551234567;ext=89",
    "555-123-4567［ext 89］": "5551234567;ext=89",
    "(555) 123-4567 (x89)": "5551234567;ext=89",
    "(555) 123-4567 ( #89 )": "5551234567;ext=89",
    "（５５５）１２３－４５６７（ext ８９）": "5551234567;ext=89",
    "+44 (020) 7946 0000 (ext 89)": "+442079460000;ext=89",
    "(+1 (555) 123-4567)": "+15551234567",
    "+1 (555 123 4567)": "+15551234567",
    "+49 30 12345-(0)": "+4930123450",
    "+1 (555) 123 (4567)": "+15551234567",
    "+226 (0)70 12 34 56": "+22670123456",
    "+992 (0)93 123 4567": "+992931234567",
    "(020) (7946 0000)": "02079460000",
    "＋８１ （３） １２３４－５６７８": "+81312345678",
    "٠٢٠ ٧٩٤٦ ٠٠٠٠": "02079460000",
    "۰۲۱ ۱۲۳۴۵۶۷": "0211234567",
    "112": "112",
    "00 (0) 12": "00012",
    "555 00 1234567": "555001234567",
}
# An e-mail address, where its link leads, and what is shown.
WRITTEN_TO = {
    "reports@northlight.example": ("reports@northlight.example", "reports@northlight.example"),
    "o'brien@agency.example": ("o%27brien@agency.example", "o'brien@agency.example"),
    "ann+leads@agency.example": ("ann%2Bleads@agency.example", "ann+leads@agency.example"),
    "r&d@agency.example": ("r%26d@agency.example", "r&d@agency.example"),
    "a/b=c#d@agency.example": ("a%2Fb%3Dc%23d@agency.example", "a/b=c#d@agency.example"),
    "Ann.Lee@Agency.Example": ("Ann.Lee@agency.example", "Ann.Lee@agency.example"),
    "ann@faß.example": ("ann@xn--fa-hia.example", "ann@faß.example"),
    "ann@аррӏе.com": ("ann@xn--80ak6aa92e.com", "ann@xn--80ak6aa92e.com"),
    "ann@xn--fa-hia.example": ("ann@xn--fa-hia.example", "ann@faß.example"),
}
# A web address, where its link leads, and what is shown.
VISITED = {
    "https://northlight.example": ("https://northlight.example", "northlight.example"),
    "https://northlight.example/": ("https://northlight.example/", "northlight.example"),
    "HTTPS://Northlight.Example/About": ("https://northlight.example/About", "northlight.example/About"),
    "https://northlight.example:443/a": ("https://northlight.example/a", "northlight.example/a"),
    "https://northlight.example:8443/a": ("https://northlight.example:8443/a", "northlight.example:8443/a"),
    "https://northlight.example:65535?a=b": ("https://northlight.example:65535?a=b", "northlight.example:65535?a=b"),
    "https://northlight.example/o'brien": ("https://northlight.example/o'brien", "northlight.example/o'brien"),
    "https://faß.example/logo.png": ("https://xn--fa-hia.example/logo.png", "faß.example/logo.png"),
    "https://pаypal.com/a": ("https://xn--pypal-4ve.com/a", "xn--pypal-4ve.com/a"),
    "https://a.example/نمی\u200cخواهم": ("https://a.example/نمی\u200cخواهم", "a.example/نمی\u200cخواهم"),
}
TEXTS = (
    "Northlight",
    "  Northlight ",
    "شرکت نمی\u200cخواهم",
    "क\u094d\u200dष",
    f"Family {FAMILY}",
    "I ❤\ufe0f\u200d🔥 it",
    "Call ☎\ufe0e or 1\ufe0f\u20e3",
    "Acme™\ufe0f",
    "⠓⠊⠀⠓⠊",
    "O'Neill & Söhne “北”",
)
TAKEN = {
    "company_name": TEXTS,
    "cover_title": TEXTS,
    "cover_subtitle": TEXTS,
    "logo_url": tuple(VISITED),
    "footer_website": tuple(VISITED),
    "footer_email": tuple(WRITTEN_TO),
    "footer_phone": tuple(DIALLED),
}
HIDDEN = (
    *("a\u200bb", "a\u200db", "a\u200cb", "ab\ufeff", "a\u202eb", "a\u2066b", "a\u061cb", "a\xadb", "a\u2060b"),
    *("a\x00b", "a\x7fb", "a\x85b", "a\tb", "a\nb", "a\u2028b", "a\ufe0f", "a\ufe0fb", "1\ufe0f", "a\U000e0061b"),
    *("a\u3164b", "a\u115fb", "a\uffa0b", "a\u180eb", "a\u034fb", "a\ufff9b", "a\ufdd0b", "a\U0001fffeb"),
    *("ن\u200ca", "a\u200d👩", "👩\u200d", "\u200d👩", "ن\u200c\u200cن", "Ꭰ\u200dꭰ", "ש\u200dש", "👩\u200c👩"),
    *("\u200b", "\u3164", "\u2800", " \u2800 ", "\u200e\u200f", "\ufe0f", "\xa0", "\u2003", "\U0001d159", " ", ""),
)
NO_WEB_ADDRESSES = (
    *("http://a.example", "javascript:alert(1)", "//a.example", "a.example", "https:/a.example", "https:a.example"),
    *(
        "https://",
        "https:///a.example",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://2130706433",
        "https://[::1]/",
    ),
    *("https://１２７.０.０.１/", "https://localhost/", "https://a.local/", "https://a.internal", "https://a"),
    *("https://my_bucket.s3.amazonaws.com/logo.png", "https://a.example./", "https://%61.example/"),
    *(
        "https://u@a.example/",
        "https://u:p@a.example/",
        "https://a.example@b.example/",
        "https://a.example:p@b.example/",
    ),
    *("https://a.example\\@b.example/", "https://a.example/\\b", "https://a.example:0/", "https://a.example:65536/"),
    *("https://a.example:/", "https://a.example:0443/", "https://a.example:+1/", "https://a.example:٤٤٣/"),
    *(
        " https://a.example/",
        "https://a.example/ ",
        "https://a.example/\n",
        "https://a.example/ b",
        "https://a.ex ample/",
    ),
    *('https://a.example/"', "https://a.example/<", "https://a.example/`", "https://a.example;script-src *"),
    *("https://a.example/\u200b", "https://a\u200b.example/", "https://a.example,b.example/", "https://*.example/"),
)
REFUSED = {
    "company_name": (*HIDDEN, "<b>", "a > b"),
    "cover_title": HIDDEN,
    "cover_subtitle": HIDDEN,
    "logo_url": NO_WEB_ADDRESSES,
    "footer_website": NO_WEB_ADDRESSES,
    "footer_email": (
        *("nobody", "@a.example", "a@", "a@b", "a@@b.example", "a@b@c.example", "mailto:a@b.example", "a:b@c.example"),
        *("Ann <a@b.example>", "a@b.example, c@d.example", "a@b.example;c@d.example", "a b@c.example", '"a"@b.example'),
        *("a@b.example?bcc=c@d.example", "a?bcc=x@b.example", "a%0Abcc=x@b.example", "a@b.example\n", "a@b.example&c"),
        *(".a@b.example", "a.@b.example", "a..b@c.example", "a@127.0.0.1", "a@[127.0.0.1]", "a@localhost", "a@b.local"),
        *("a@my_host.example", "a@b.example.", "ä@b.example", "a\u200b@b.example", "a@b\u200b.example", " a@b.example"),
        *(f"{'a' * 65}@b.example", f"a@{'b' * 64}.example", "a＠b.example", "a@b.example/c", "a@b.example:25"),
    ),
    "footer_phone": (
        *("call us", "11", "1" * 19, "+1-800-FLOWERS", "tel:+442079460000", "+44 20 7946 0000 / +44 20 7946 0001"),
        *(
            "555-1234 x",
            "555-1234 ext. 1 ext. 2",
            "x89",
            "555+1234",
            "555\u200b1234",
            "555-1234\n",
            "555-1234 <b>",
            "++1555123",
        ),
        *("555-1234 x12345678901", "²³⁴", "", " "),
        *("555-1234 [12]", "555-1234 (office)", "555-1234 ext", "555-1234 ext 89 (90)"),
    ),
}


def pairs(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(field, value) for field, values in table.items() for value in values]


def branding(**fields: str) -> Branding:
    return branding_of(effective(fields, None))


@pytest.mark.parametrize(("field", "value"), pairs(TAKEN))
def test_what_people_write_is_taken(field: str, value: str) -> None:
    assert accepts(field, value)


@pytest.mark.parametrize(("field", "value"), pairs(REFUSED))
def test_what_cannot_be_seen_shown_or_reached_is_refused(field: str, value: str) -> None:
    assert not accepts(field, value)


@pytest.mark.parametrize(("number", "dialled"), DIALLED.items())
def test_a_telephone_number_is_dialled_from_anywhere(number: str, dialled: str) -> None:
    (link,) = branding(footer_phone=number).contacts

    assert (link.href, link.text) == (f"tel:{dialled}", number)


@pytest.mark.parametrize(("address", "link"), WRITTEN_TO.items())
def test_a_mail_link_leads_to_one_address_and_nothing_else(address: str, link: tuple[str, str]) -> None:
    (contact,) = branding(footer_email=address).contacts

    assert (contact.href, contact.text) == (f"mailto:{link[0]}", link[1])


@pytest.mark.parametrize(("url", "link"), VISITED.items())
def test_a_website_is_shown_by_the_host_that_it_leads_to(url: str, link: tuple[str, str]) -> None:
    (contact,) = branding(footer_website=url).contacts

    assert (contact.href, contact.text) == link


def test_what_was_sent_is_answered_and_a_logo_is_loaded_from_the_host_that_the_policy_names(world: World) -> None:
    look = {
        "logo_url": "https://FAß.example/logo.png",
        "footer_website": "https://аррӏе.com/",
        "footer_email": "o'brien@faß.example",
        "footer_phone": "(555) 123-4567 ext. 89",
    }

    made = share(world, look)
    answer = page(world, made["access_token"])

    assert made["white_label_config"] == look
    assert policy(answer)["img-src"] == ["'self'", "data:", "https://xn--fa-hia.example"]
    assert 'src="https://xn--fa-hia.example/logo.png"' in answer.text
    assert re.findall(r'<a href="([^"]*)"[^>]*><bdi dir="ltr">([^<]*)</bdi>', unescape(answer.text)) == [
        ("mailto:o%27brien@xn--fa-hia.example", "o'brien@faß.example"),
        ("tel:5551234567;ext=89", "(555) 123-4567 ext. 89"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company_name", "Acme\u200b"),
        ("logo_url", "https://a.example/\u200b"),
        ("footer_website", "https://a\u200b.example/"),
        ("footer_email", "a\u200b@b.example"),
        ("footer_phone", "555\u200b1234"),
    ],
)
def test_what_is_refused_says_which_character_it_is(world: World, field: str, value: str) -> None:
    answer = world.create(world.add_key(), {"white_label_config": {field: value}})

    assert answer.status == 422
    (fault,) = answer.error["details"]["errors"]
    assert fault["loc"] == ["body", "white_label_config", field]
    assert "U+200B" in fault["msg"]


def test_a_text_is_kept_without_the_white_space_around_it(world: World) -> None:
    longest = "x" * 200

    made = share(world, {"company_name": f"\u3000\t{longest} \n"})

    assert made["white_label_config"] == {"company_name": longest}


@pytest.mark.parametrize("field", ["logo_url", "footer_website", "footer_email", "footer_phone"])
def test_a_stored_field_that_is_no_longer_taken_counts_as_not_set(world: World, field: str) -> None:
    for value in REFUSED[field]:
        given = branding(**{field: value})
        assert (given.logo_url, given.logo_origin, list(given.contacts)) == (None, None, []), value
    world.add_brand(white_label={field: REFUSED[field][-1], "company_name": "Northlight"})

    answer = page(world, share(world)["access_token"])

    assert answer.status == 200
    assert "Northlight" in answer.text
    assert policy(answer)["img-src"] == ["'self'", "data:"]


# ---- what callers are told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", PATTERNS)
def test_the_patterns_say_what_is_taken(field: str) -> None:
    """But for private names and addresses written in another script's digits, which would take lists of them."""
    pattern = re.compile(PATTERNS[field])

    assert [value for value in TAKEN[field] if not pattern.search(value)] == []
    seen = {value for value in REFUSED[field] if pattern.search(value)}
    assert seen <= {"https://１２７.０.０.１/", "https://a.local/", "https://a.internal", "a@b.local"}


def test_the_patterns_mean_the_same_in_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        lacking("patterns are compiled by JavaScript: node is missing")
    cases = [[PATTERNS[field], value] for field, value in pairs(TAKEN) + pairs(REFUSED)]
    program = (
        "const cases = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(cases.map(([pattern, value]) => new RegExp(pattern, 'u').test(value))))"
    )

    ran = subprocess.run([node, "-e", program], input=json.dumps(cases), capture_output=True, text=True, check=True)

    told = json.loads(ran.stdout)
    assert [case for case, is_taken in zip(cases, told, strict=True) if is_taken != bool(re.search(*case))] == []


@pytest.mark.parametrize("field", PATTERNS)
def test_no_pattern_has_surrogates_which_not_every_validator_knows(field: str) -> None:
    assert not re.search(r"\\u[dD][89a-fA-F]", PATTERNS[field])


@pytest.mark.parametrize("start", ["", "1", "123,", "123#", "(123 ("])
@pytest.mark.parametrize("piece", ["(", " ", "1", "#", "[", "(1)"])
def test_a_telephone_number_is_read_in_a_time_that_grows_with_it(start: str, piece: str) -> None:
    begun = time.process_time()

    assert not re.search(PATTERNS["footer_phone"], f"{start}{piece * 20_000}y")
    assert time.process_time() - begun < 1


LIMITS = {"logo_url": 2048, "footer_website": 2048, "footer_email": 254, "footer_phone": 40}
GENERATED = {field: st.from_regex(pattern) for field, pattern in PATTERNS.items()}


@pytest.mark.parametrize("field", PATTERNS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_has_the_pattern_is_taken(field: str, data: st.DataObject) -> None:
    """But for hosts beyond ASCII, of which UTS 46 has the tables."""
    value = data.draw(GENERATED[field])

    is_beyond = field in LIMITS and field != "footer_phone" and (not value.isascii() or "xn--" in value.lower())
    assert accepts(field, value) or is_beyond or len(value) > LIMITS.get(field, 200)


TEXT = st.text(
    st.sampled_from("aé1#<\u0301\u200c\u200d\u200bنक👩❤\ufe0f\u20e3\u2800 \n\u1680\xa0\U0001d159\ue000"), max_size=8
)


@given(TEXT)
def test_a_text_is_taken_if_and_only_if_it_has_the_pattern(text: str) -> None:
    pattern = re.search(PATTERNS["company_name"], text)

    assert accepts("company_name", text) == bool(pattern)


def test_the_document_says_that_a_logo_must_not_redirect() -> None:
    described = document()["components"]["schemas"]["ShareWhiteLabel"]["properties"]

    assert "redirect" in described["logo_url"]["description"]
    assert "Punycode" in described["footer_website"]["description"]
