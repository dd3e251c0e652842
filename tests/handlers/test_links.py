"""Links as people treat them: what was left behind one leads to it, all else below /shared is a page that says so."""

import re
from html.parser import HTMLParser

import pytest

from report_shares.times import DAY
from tests.gateway import public_event
from tests.handlers.answers import assert_refused
from tests.handlers.calls import recorded
from tests.rules.test_links import SEEN_BEHIND
from tests.world import Answer, World


def ask(world: World, path: str, method: str = "GET") -> Answer:
    return world.send(world.shared_report, public_event(path, method))


@pytest.fixture
def token(world: World) -> str:
    made: str = world.create(world.add_key()).json["access_token"]
    world.read(made)  # the secrets are known from here on
    return made


# ---- the way to a page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [behind for behind in SEEN_BEHIND if "/" not in behind], ids=ascii)
def test_a_link_with_something_left_behind_leads_to_its_page(world: World, token: str, behind: str) -> None:
    for method in ("GET", "HEAD"):
        with recorded() as calls:
            answer = ask(world, f"/shared/{token}{behind}", method)

        assert calls == []
        assert (answer.status, answer.text) == (308, "")
        assert answer.headers["Location"] == token
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "json" not in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("address", "up"),
    [
        ("{token}/", 1),
        ("{token}//", 2),
        ("{token}./", 1),
        ("{token}/.)/", 2),
        ("/{token}", 1),
        ("//{token}/", 3),
        ("%20/{token}", 1),
        ("{token}%2F", 0),
        ("%2F{token}", 0),
        ("{token}%3Ffrom=a/trend.csv/", 2),  # a query that was encoded by mistake
    ],
)
def test_each_slash_is_a_step_up(world: World, token: str, address: str, up: int) -> None:
    answer = ask(world, f"/shared/{address.format(token=token)}")

    assert (answer.status, answer.headers["Location"]) == (308, "../" * up + token)


@pytest.mark.parametrize("base", ["/reports", "/shared", "/shared/reports", "/a/shared", "/shared/shared"])
def test_under_the_base_of_a_custom_domain_it_is_the_same(world: World, token: str, base: str) -> None:
    def ask_there(address: str) -> Answer:
        request = public_event(f"/shared/{address}")
        return world.send(world.shared_report, request | {"path": base + request["path"]})

    for behind, up in ((".", 0), ("/", 1), ("/)", 1), ("//", 2), ("/)/", 2), ("%2F", 0), ("/%20/more", 2)):
        answer = ask_there(token + behind)
        assert (answer.status, answer.headers["Location"]) == (308, "../" * up + token)
    for address, status in ((token, 200), (f"{token}/report.html", 200), (f"{token}x.", 404)):
        assert ask_there(address).status == status


def test_a_path_that_was_decoded_on_its_way_leads_there_too(world: World, token: str) -> None:
    """As emulators hand it over, whose resource is that of the path as it was sent."""
    request = public_event(f"/shared/{token}%2F%2F") | {"path": f"/shared/{token}//"}

    assert world.send(world.shared_report, request).headers["Location"] == f"../../{token}"


def test_the_way_to_a_dead_link_costs_no_look_up_either(world: World, token: str) -> None:
    world.clock.now += 30 * DAY
    world.read(token)

    with recorded() as calls:
        answer = ask(world, f"/shared/{token}.")

    assert (answer.status, calls) == (308, [])


def test_the_link_itself_opens(world: World, token: str) -> None:
    assert ask(world, f"/shared/{token}").status == 200


# ---- the page of what does not exist ---------------------------------------------------------------------------------

NOWHERE = (
    "/shared",
    "/shared/",
    "/shared//",
    "/shared/nothing",
    "/shared/nothing/",
    "/shared/nothing/at/all",
    "/shared/.",
    "/shared/%2e%2e/",
    "/shared/assets/report.js",
    "/shared/favicon.ico",
    "/Shared",
    "/SHARED/",
    "/SHARED/{token}",
    "/sHaReD/{token}/x",
    "//shared/{token}",
    "/%73hared/{token}",
    "/shared%2F{token}",
    "/shared%20/x",
    "/shared./{token}",
    "/shared/{token}/pdf",
    "/shared/{token}.html",
    "/shared/{token}/../{token}",
    "/shared/v1/shared/{token}",
)


@pytest.mark.parametrize("path", NOWHERE)
def test_whatever_else_is_asked_for_below_shared_gets_the_page_that_says_so(
    world: World, token: str, path: str
) -> None:
    for method in ("GET", "HEAD"):
        with recorded() as calls:
            answer = ask(world, path.format(token=token), method)

        assert calls == []
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.request_id in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
def test_nothing_can_be_done_there(world: World, method: str) -> None:
    for path in ("/shared", "/shared/a/b/c", "/SHARED/a"):
        answer = ask(world, path, method)

        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/nothing", "/v1/SHARED/x", "/V1/shared/{token}", "/sharedx", "/x/shared/{token}"]
)
def test_elsewhere_it_stays_json(world: World, token: str, path: str) -> None:
    request = public_event("/x") | {"path": path.format(token=token)}
    request["pathParameters"] = {"proxy": request["path"].removeprefix("/")}

    assert_refused(world.send(world.shared_report, request), 404, "not_found")


class Addresses(HTMLParser):
    """Every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("href", "src", "action", "srcset")]


@pytest.mark.parametrize("path", ["/shared", "/shared/x", "/shared/x/y", "/shared/x/y/z"])
def test_that_page_needs_no_file_so_that_it_looks_the_same_at_any_depth(world: World, path: str) -> None:
    page = ask(world, path).text
    addresses = Addresses()
    addresses.feed(page)

    assert [address for address in addresses.found if not address.startswith("data:")] == []
    assert "<style>" in page
    assert "url(" not in page.replace("url(#", "")  # but for what is in the page itself


# ---- JSON and files have one address each ----------------------------------------------------------------------------


@pytest.mark.parametrize("behind", ["/", "//", ".", "%20", ")", "%E2%80%8B", "/x"])
def test_json_has_one_address(world: World, token: str, behind: str) -> None:
    with recorded() as calls:
        answer = ask(world, f"/v1/shared/{token}{behind}")

    assert_refused(answer, 404, "not_found")
    assert calls == []


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/shared/{token}"])
def test_the_address_itself_is_answered_under_a_base_too(world: World, token: str, path: str) -> None:
    request = public_event(path.format(token=token))

    for base in ("", "/reports"):
        assert world.send(world.shared_report, request | {"path": base + request["path"]}).status == 200


def test_a_file_has_one_address(world: World, token: str) -> None:
    name = re.findall(r'"\.\./assets/([^"]+)"', ask(world, f"/shared/{token}").text)[0]

    assert ask(world, f"/assets/{name}").status == 200
    assert_refused(ask(world, f"/assets/{name}/"), 404, "not_found")
    assert_refused(ask(world, "/v1/openapi.json/"), 404, "not_found")


# ---- what may be kept ------------------------------------------------------------------------------------------------


def test_whatever_may_be_kept_says_that_it_comes_compressed_or_not(world: World, token: str) -> None:
    page = ask(world, f"/shared/{token}")
    name = re.findall(r'"\.\./assets/([^"]+)"', page.text)[0]
    seen = {"If-None-Match": [page.headers["ETag"]]}
    not_modified = world.send(world.shared_report, public_event(f"/shared/{token}", headers=seen))

    assert not_modified.status == 304
    for answer in (page, not_modified, ask(world, f"/assets/{name}"), ask(world, "/v1/openapi.json")):
        assert "no-store" not in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"
    for answer in (ask(world, f"/v1/shared/{token}"), ask(world, "/shared/x"), ask(world, f"/shared/{token}.")):
        assert answer.headers["Cache-Control"] == "private, no-store"
