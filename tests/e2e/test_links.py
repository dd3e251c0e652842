"""Links as people treat them, over HTTP: what is left behind one, what else is asked for, and what HEAD is told."""

import socket
import ssl
from contextlib import ExitStack
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest

from tests.e2e.conftest import Service


class Told(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def tell(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Told:
    """One request and all that comes back, byte by byte: clients tidy up paths, and hide a body behind HEAD."""
    address = urlsplit(url)
    lines = {"Host": address.netloc, "Connection": "close", **(headers or {})}
    asked = [f"{method} {url.partition(address.netloc)[2]} HTTP/1.1", *map(": ".join, lines.items()), "", ""]
    with ExitStack() as closed:
        port = address.port or (443 if address.scheme == "https" else 80)
        connection = closed.enter_context(socket.create_connection((address.hostname or "", port), timeout=60))
        if address.scheme == "https":
            secured = ssl.create_default_context().wrap_socket(connection, server_hostname=address.hostname)
            connection = closed.enter_context(secured)
        connection.sendall("\r\n".join(asked).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    named = (field.partition(":") for field in fields)
    return Told(int(status.split()[1]), {name.lower(): value.strip() for name, _, value in named}, body)


@pytest.fixture
def page_url(service: Service) -> str:
    return str(service.ready["share_url"])


@pytest.mark.parametrize("behind", [".", ")", "%3F", "%E2%80%8B", "%20", "/", "//", "./", "/)"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_with_something_left_behind_leads_to_its_page(page_url: str, behind: str, method: str) -> None:
    told = tell(page_url + behind, method)

    assert (told.status, told.body) == (308, b"")
    assert told.headers["location"] == "../" * behind.count("/") + page_url.rpartition("/")[2]
    assert told.headers["cache-control"] == "private, no-store"
    assert tell(page_url).status == 200


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/a/b/c", "/{token}/pdf"])
@pytest.mark.parametrize("name", ["shared", "SHARED"])
def test_whatever_else_is_asked_for_below_shared_gets_a_page(page_url: str, name: str, path: str) -> None:
    base, _, token = page_url.rpartition("/shared/")

    told = tell(f"{base}/{name}{path.format(token=token)}")

    assert told.status == 404
    assert told.headers["content-type"] == "text/html; charset=utf-8"
    assert b"There is no report here" in told.body


def test_json_has_one_address(service: Service, page_url: str) -> None:
    token = page_url.rpartition("/")[2]

    for behind in ("/", ".", "//"):
        told = tell(f"{service.base_url}/v1/shared/{token}{behind}")
        assert (told.status, told.headers["content-type"]) == (404, "application/json")


@pytest.fixture
def addresses(service: Service, page_url: str) -> dict[str, str]:
    caller = service.new_caller()
    gone = caller.post().json()
    caller.revoke(gone["id"])
    text = tell(page_url).body.decode()
    asset = text.partition("../assets/")[2].partition('"')[0]
    return {
        "page": page_url,
        "dead page": gone["share_url"],
        "no page": f"{page_url[:-1]}x",
        "nowhere": f"{service.base_url}/shared/a/b",
        "table": f"{page_url}/trend.csv",
        "page as a file": f"{page_url}/report.html",
        "dead table": f"{gone['share_url']}/trend.csv",
        "no table": f"{page_url}/x.csv",
        "json": page_url.replace("/shared/", "/v1/shared/"),
        "dead json": gone["share_url"].replace("/shared/", "/v1/shared/"),
        "no json": f"{service.base_url}/v1/shared/x",
        "asset": urljoin(page_url, f"../assets/{asset}"),
        "document": f"{service.base_url}/v1/openapi.json",
        "unknown": f"{service.base_url}/v1/x",
        "behind a key": service.shares_url,
    }


def test_head_tells_the_length_that_get_has_and_sends_no_body(addresses: dict[str, str]) -> None:
    for name, url in addresses.items():
        get, head = tell(url), tell(url, "HEAD")

        assert (name, head.status, head.body) == (name, get.status, b"")
        assert (name, head.headers["content-length"]) == (name, str(len(get.body)))


def test_a_page_that_is_still_the_same_is_no_json_and_has_no_body(page_url: str) -> None:
    seen = {"If-None-Match": tell(page_url).headers["etag"]}

    for method in ("GET", "HEAD"):
        told = tell(page_url, method, seen)
        assert (told.status, told.body) == (304, b"")
        assert "json" not in told.headers.get("content-type", "")
        assert told.headers["vary"] == "Accept-Encoding"


def test_a_table_is_a_file_in_utf_8_with_a_byte_order_mark(page_url: str) -> None:
    told = tell(f"{page_url}/prompts.csv")

    assert (told.status, told.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert told.headers["content-disposition"].startswith('attachment; filename="')
    assert told.body.startswith(b'\xef\xbb\xbf"prompt","category",')
    assert told.body.endswith(b"\r\n")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_file_can_only_be_read(page_url: str, method: str) -> None:
    told = tell(f"{page_url}/trend.csv", method, {"Content-Length": "0"})

    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD")
