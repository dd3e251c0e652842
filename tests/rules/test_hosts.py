"""Which hosts the public can reach, as browsers spell them, and how a host is shown."""

import pytest

from report_shares.hosts import ascii_host, domain_in_title, public_host, shown_address, shown_host


@pytest.mark.parametrize(
    ("host", "spelled"),
    [
        ("cdn.northlight.example", "cdn.northlight.example"),
        ("CDN.Northlight.Example", "cdn.northlight.example"),
        ("SHOP.MX", "shop.mx"),
        ("faß.example", "xn--fa-hia.example"),
        ("XN--FA-HIA.example", "xn--fa-hia.example"),
        ("日本語。jp", "xn--wgv71a119e.jp"),
        ("ｓｈｏｐ．example", "shop.example"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("i❤.ws", "xn--i-7iq.ws"),
        ("❤\ufe0f.ws", "xn--qei.ws"),
        ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),
        ("1.2.3.4.example", "1.2.3.4.example"),
        ("a--b.test", "a--b.test"),
        ("local.example", "local.example"),
        ("mylocal.com", "mylocal.com"),
        ("home.arpa.com", "home.arpa.com"),
        (f"{'a' * 63}.com", f"{'a' * 63}.com"),
    ],
)
def test_a_public_host_is_spelled_as_browsers_do(host: str, spelled: str) -> None:
    assert public_host(host) == spelled


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "0x7f.1", "2130706433", "1.2.3.0x10", "[::1]", "::1", "１２７.０.０.１", "127.0.0.1."),
        *("localhost", "shop.localhost", "printer.local", "LOCAL", "vault.internal", "db.corp", "nas.home", "tv.lan"),
        *("router.home.arpa", "home.arpa", "wiki.intranet", "a.localdomain", "a.private", "a.onion", "a.invalid"),
        *("ｌocalhost", "a.ｌocal", "printer.loc\u00adal"),
        *("my_bucket.s3.amazonaws.com", "-a.example", "a-.example", "é-.example", "a b.example", "a*.example"),
        *("com", "", ".", "a..example", ".a.example", "a.example.", "a.example。", "shop.3com", "a.b"),
        *("%61.example", "a%2eexample", "u@a.example", "a.example:1", "a.example/"),
        *("xn--a.example", "xn--shop-.example", "xn--é.example", "xn--xn---ylc.example", "xn--FA-HIA-.example"),
        *(
            "\u0301a.example",
            "exam\u200dple.com",
            "a\u200b.example",
            "\u202ea.example",
            "אa.example",
            "a.1אb.example",
            "1a.אב.example",
        ),
        f"xn--{'exam\u200dple'.encode('punycode').decode()}.com",
        *(f"{'a' * 64}.com", f"{'é' * 60}.com", ".".join(["a" * 60] * 5)),
    ],
)
def test_what_is_no_public_host_is_none(host: str) -> None:
    assert public_host(host) is None


def test_a_host_on_the_web_is_in_ascii_though_not_every_one_can_be_reached_by_name() -> None:
    hosts = {
        "é_a.example": "xn--_a-9ia.example",
        "1.2.EXAMPLE": "1.2.example",
        "Acme.Example..": "acme.example",
        "127.0.0.1": "127.0.0.1",
        "[2001:DB8::0:1]": "[2001:db8::1]",
        **dict.fromkeys(["b.A.1", "1.2.3.0x1f", "1.2.3.4.5", "[::1", "[1.2.3.4]", f"{'é' * 60}.example", "acme"]),
        **{f"a{letter}b.example": None for letter in "\t #/:<>?@[\\]^|"},
    }

    assert {host: ascii_host(host) for host in hosts} == hosts


def test_a_title_that_is_a_host_names_its_domain() -> None:
    titles = {
        "acme.example": "acme.example",
        " WWW.Acme.Example\n": "acme.example",
        "пример.рф": "xn--e1afmkfd.xn--p1ai",
        "a_b.acme.example": "a_b.acme.example",
        **dict.fromkeys(["Acme", "Best beans.example", "-a.example", "1.2.3.4", "a.xn--", "a.3com", "a*.example"]),
        **dict.fromkeys(["index.html", "a.b.html", "Node.js", "page.aspx", "feed.rtf", "icon.SVG", "config.yml"]),
    }

    assert {title: domain_in_title(title) for title in titles} == titles


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("xn--fa-hia.example", "faß.example"),
        ("xn--mnchen-3ya.example", "münchen.example"),
        ("xn--e1afmkfd.com", "пример.com"),
        ("xn--wgv71a119e.jp", "日本語.jp"),
        ("xn--eckwd4c7cu47r2wf.jp", "ドメイン名例.jp"),
        ("xn--3e0b707e.kr", "한국.kr"),
        ("xn--hxajbheg2az3al.gr", "παράδειγμα.gr"),
        ("xn--mgbh0fb.com", "مثال.com"),
        ("xn--e1afmkfd.xn--p1ai", "пример.рф"),
        ("xn--80ak6aa92e.xn--p1ai", "аррӏе.рф"),
        (f"xn--{'食べ物'.encode('punycode').decode()}.jp", "食べ物.jp"),
        (f"xn--{'注ㄅ'.encode('punycode').decode()}.tw", "注ㄅ.tw"),
        (f"xn--{'大한'.encode('punycode').decode()}.kr", "大한.kr"),
        (f"xn--{'१२३'.encode('punycode').decode()}.xn--h2brj9c", "१२३.भारत"),
        (f"xn--{'佐々木'.encode('punycode').decode()}.jp", "佐々木.jp"),
        (f"xn--{'نامه۱'.encode('punycode').decode()}.com", "نامه۱.com"),
        (f"xn--{'١٢٣'.encode('punycode').decode()}.xn--mgbh0fb", "١٢٣.مثال"),
        ("xn--gmqa.com", "人人.com"),
        ("xn--fdkl2l.com", "ノート.com"),
        ("xn--wek.xn--q9jyb4c", "ー.みんな"),
        (f"xn--{'יוון'.encode('punycode').decode()}.com", "יוון.com"),
        ("plain.example", "plain.example"),
    ],
)
def test_a_host_is_shown_in_its_own_letters(host: str, shown: str) -> None:
    assert shown_host(host) == shown


def test_words_of_all_scripts_in_use_are_shown_in_their_own_letters() -> None:
    words = (
        "العربية հայերեն বাংলা ㄅㄆㄇ 漢字 кириллица हिन्दी አማርኛ ქართული ελληνικά ગુજરાતી ਪੰਜਾਬੀ 한국어 עברית ひらがな "
        "ಕನ್ನಡ カタカナ ខ្មែរ ລາວ മലയാളം မြန်မာ ଓଡ଼ିଆ සිංහල தமிழ் తెలుగు ދިވެހި ไทย བོདཡིག"
    )
    hosts = [f"{word}.рф" for word in words.split()]

    assert [shown_host(ascii_host(host) or "") for host in hosts] == hosts


@pytest.mark.parametrize(
    "letters",
    [
        "аррӏе",  # Cyrillic letters only
        "ёхо",  # with an accent
        "раураӏ",
        "ραυ",  # Greek
        "օոս",  # Armenian
        "pаypal",  # one Cyrillic letter among Latin ones
        "googlе",
        "ѕhор",
        "日本a",
        "한국あ",
        "ㄅあ",
        "lınkedin",  # a dotless i
        "ɑpple",  # a letter of a phonetic alphabet
        "xa\u0331",  # a mark that no letter has
        "shop\u02bbs",
        "ꮃꭺ",  # Cherokee
        "\U00017000\U00017001",  # Tangut, whose letters have no names in Python
        "a\u2044b",
        "i❤",
        "نامه\u200cای",
        "१२३",  # digits alone
        "عربي\u06d4قم",  # a full stop
        "עב\u05f3",  # an apostrophe
        "\u1175\u1175",  # parts of Hangul syllables
        "\u0640\u0640",  # what lengthens an Arabic word
        "م\u0640م",
        "ノ",
        "一丶",
        "1ー2",
        "ㄧㄧ",
        "ון",
        "اا",
    ],
)
def test_letters_that_could_pass_for_others_stay_in_punycode(letters: str) -> None:
    host = f"xn--{letters.encode('punycode').decode()}.com"

    assert shown_host(host) == host
    assert shown_host(f"shop.{host}") == f"shop.{host}"


@pytest.mark.parametrize("host", ["xn--a.example", "xn--.example", "xn--ASCII-.example", "xn--99999999999.example"])
def test_punycode_that_stands_for_nothing_stays_as_it_is(host: str) -> None:
    assert shown_host(host) == host


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("xn--5dbqzzl.com", "עברית.com"),
        ("www.xn--5dbqzzl.co.il", "www.עברית.co.il"),
        ("xn--5dbqzzl.xn--4dbrk0ce", "עברית.ישראל"),
        ("xn--5dbqzzl.xn--4dbrk0ce.com", "xn--5dbqzzl.xn--4dbrk0ce.com"),
        ("xn--mgbh0fb.xn--mgbh0fb.com", "xn--mgbh0fb.xn--mgbh0fb.com"),
        ("xn--5dbqzzl.a1.com", "עברית.a1.com"),
        ("xn--5dbqzzl.123.com", "xn--5dbqzzl.123.com"),
        ("xn--5dbqzzl.1a.com", "xn--5dbqzzl.1a.com"),
        ("xn--5dbqzzl.a.xn--4dbrk0ce", "xn--5dbqzzl.a.xn--4dbrk0ce"),
    ],
)
def test_labels_that_would_be_seen_in_another_order_stay_in_punycode(host: str, shown: str) -> None:
    assert shown_host(host) == shown


def test_nothing_is_seen_before_a_host_that_runs_from_right_to_left() -> None:
    host = public_host("עברית.קום")
    assert host is not None

    assert shown_address(host, "") == "עברית.קום"
    assert shown_address(host, "/bank.example") == f"{host}/bank.example"
    assert shown_address("www.xn--mgbh0fb.com", "/x") == "www.مثال.com/x"
