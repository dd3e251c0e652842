"""GET /shared/{token}/{file}: the report's tables and its page as files, under the same link."""

import csv
import io
import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import pytest

from report_shares.api.downloads import attachment
from report_shares.contract.downloads import FILES, REPORT_FILE, TABLES
from report_shares.contract.white_label import SECTIONS
from report_shares.page.assets import assets
from report_shares.times import DAY
from tests.gateway import public_event
from tests.handlers.calls import recorded
from tests.handlers.runs import run
from tests.page.reports import link_to, snapshot
from tests.page.test_tables import early, whole
from tests.world import Answer, Json, World

COMPANY = {"company_name": "Northlight Search"}


def download(world: World, token: str, file: str, method: str = "GET") -> Answer:
    return world.send(world.shared_report, public_event(f"/shared/{token}/{file}", method))


def token_of(world: World, white_label: Json | None = None, given: Any = None) -> str:
    token: str = link_to(world, given or whole(), white_label)["access_token"]
    return token


def rows(answer: Answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), strict=True))


def without(*sections: str) -> Json:
    return {"report_sections_config": dict.fromkeys(sections, False)}


# ---- what is sent ----------------------------------------------------------------------------------------------------


def test_every_table_is_a_csv_that_nobody_keeps_indexes_or_passes_on(world: World) -> None:
    token = token_of(world, COMPANY)

    for table in TABLES:
        answer = download(world, token, f"{table}.csv")

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["Content-Disposition"].startswith("attachment; ")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert len(rows(answer)) > 1


def test_a_table_has_what_the_json_shows(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2, appears=False))
    token = world.create(world.add_key()).json["access_token"]
    shown = world.read(token).json["snapshot"]

    header, *trend = rows(download(world, token, "trend.csv"))
    _, *pages = rows(download(world, token, "pages.csv"))

    assert [row[header.index("visibility_score")] for row in trend] == ["100.0", "0.0"]
    assert [row[0] for row in trend] == [point["completed_at"] for point in shown["trend"]]
    assert [row[0] for row in pages] == [page["url"] for page in shown["citations"]["urls"]]


def test_the_page_is_sent_as_one_file_without_the_link(world: World) -> None:
    token = token_of(world, COMPANY | {"logo_url": "https://cdn.northlight.example/logo.png"})

    answer = download(world, token, "report.html")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.text.startswith("<!doctype html>")
    assert "Northlight Search" in answer.text
    assert "No results yet" not in answer.text
    for absent in (token, "../assets/", "https://cdn.northlight.example/logo.png"):
        assert absent not in answer.text
    assert assets()["report.css"].content[:200] in answer.text


def test_a_viewer_that_shows_it_in_place_may_run_and_ask_for_nothing(world: World) -> None:
    answer = download(world, token_of(world), "report.html")

    styles = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    (digest,) = {b64encode(sha256(style.encode()).digest()).decode() for style in styles}
    assert answer.headers["Content-Security-Policy"].split("; ") == [
        "sandbox",
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


@pytest.mark.parametrize("file", ["trend.csv", "report.html"])
def test_head_is_answered_like_get_and_the_server_leaves_the_body_out(world: World, file: str) -> None:
    token = token_of(world)

    get, head = (download(world, token, file, method) for method in ("GET", "HEAD"))

    assert (head.status, head.text) == (200, get.text)
    assert head.headers | {"X-Correlation-ID": ""} == get.headers | {"X-Correlation-ID": ""}


def test_a_file_is_one_read_like_the_page(world: World) -> None:
    world.put_run(run(1))
    token = world.create(world.add_key()).json["access_token"]
    calls: dict[str, Sequence[str]] = {}

    for file in ("", "/trend.csv", "/evidence.csv", "/report.html"):
        world.restart()
        with recorded() as made:
            world.send(world.shared_report, public_event(f"/shared/{token}{file}"))
        calls[file] = sorted(made)

    assert {file for file in calls if calls[file] != calls[""]} == set()
    assert calls[""] == ["BatchGetItem", "GetItem", "GetObject", "GetSecretValue"]


def test_a_report_without_runs_has_headers_only(world: World) -> None:
    token = world.create(world.add_key()).json["access_token"]

    for table in TABLES:
        answer = download(world, token, f"{table}.csv")
        assert (answer.status, len(rows(answer))) == (200, 1)
    assert "No results yet" in download(world, token, "report.html").text


# ---- its name --------------------------------------------------------------------------------------------------------


def names(header: str) -> tuple[str, str]:
    """The name for old browsers and the name proper; neither has a character that would have to be escaped."""
    found = re.fullmatch(
        r"attachment; filename=\"([A-Za-z0-9.-]+)\"; filename\*=UTF-8''((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)",
        header,
    )
    assert found, header
    return found[1], unquote(found[2], errors="strict")


def name(answer: Answer) -> str:
    return names(answer.headers["Content-Disposition"])[1]


def test_a_files_name_is_made_of_company_date_and_table(world: World) -> None:
    token = token_of(world, COMPANY)

    assert name(download(world, token, "trend.csv")) == "Northlight-Search-2026-04-20-trend.csv"
    assert name(download(world, token, "report.html")) == "Northlight-Search-2026-04-20-report.html"


def test_without_a_company_it_is_made_of_the_brand(world: World) -> None:
    assert name(download(world, token_of(world), "pages.csv")) == "Acme-Coffee-Roasters-2026-04-20-pages.csv"


@pytest.mark.parametrize(
    ("company", "plain", "proper"),
    [
        ("Caf\u00e9 Z\u00fcrich", "Cafe-Zurich", "Caf\u00e9-Z\u00fcrich"),
        ("\u65e5\u672c\u30b3\u30fc\u30d2\u30fc", "report", "\u65e5\u672c\u30b3\u30fc\u30d2\u30fc"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "report", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("../../etc/passwd", "etc-passwd", "etc-passwd"),
        ("C:\\Windows\\nul.txt", "C-Windows-nul-txt", "C-Windows-nul-txt"),
        ('a"; filename="x.exe', "a-filename-x-exe", "a-filename-x-exe"),
        ("a\r\nSet-Cookie: x=1", "a-Set-Cookie-x-1", "a-Set-Cookie-x-1"),
        ("a%2Fb%0d%0a", "a-2Fb-0d-0a", "a-2Fb-0d-0a"),
        ("gpj\u202eexe\u2066\u200b.", "gpjexe", "gpjexe"),
        ("~.*?<>|$`&;'!", "report", "report"),
        ("\U0001f600", "report", "report"),
        ("\ud800x\x00\x7f", "x", "x"),
        ("\u2215\uff0f\u2024\uff0e", "report", "report"),
    ],
    ids=ascii,
)
def test_no_company_is_more_than_a_name(company: str, plain: str, proper: str) -> None:
    """Also one that the API would refuse, in a catalogue of long ago."""
    header = attachment(company, "2026-04-20-trend.csv")

    assert names(header) == (f"{plain}-2026-04-20-trend.csv", f"{proper}-2026-04-20-trend.csv")


def test_the_longest_company_leaves_a_name_that_file_systems_take(world: World) -> None:
    for company in ("W" * 200, "\U00020000" * 200):
        token = token_of(world, {"company_name": company})
        for file in FILES:
            assert len(name(download(world, token, file)).encode()) <= 255


def test_a_table_that_was_cut_says_so_in_its_name(world: World) -> None:
    given = snapshot(prompts=3)
    given["competitors"] = [row | {"name": '"' * 400_000} for row in given["competitors"][:4]]

    answer = download(world, token_of(world, given=given), "competitors.csv")

    assert name(answer) == "Acme-Coffee-Roasters-2026-04-20-competitors-first-3-of-4.csv"
    assert answer.text.count("\r\n") == 4


# ---- the page's links to them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "section",
    [
        *(None, "show_trend_chart", "show_run_history_table", "show_ranked_prompts", "show_missed_prompts"),
        *("show_changes", "show_evidence", "show_platform_matrix"),
    ],
)
def test_every_link_of_the_page_to_a_file_leads_to_it(world: World, section: str | None) -> None:
    token = token_of(world, without(section) if section else None)
    page = world.read(token, "read_shared_page").text

    linked = set(re.findall(rf'href="{token}/([^"]+)"', page))

    assert REPORT_FILE in linked
    assert len(linked) >= len(FILES) - 2
    assert {file for file in linked if download(world, token, file).status != 200} == set()


def test_without_downloads_the_page_has_no_link_to_a_file(world: World) -> None:
    token = token_of(world, without("show_downloads"))

    assert token not in world.read(token, "read_shared_page").text


# ---- what is not there -----------------------------------------------------------------------------------------------


def assert_not_found(answer: Answer) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert answer.request_id in answer.text
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize(
    ("table", "section"),
    [
        ("platforms", "show_platform_performance"),
        ("regions", "show_region_breakdown"),
        ("categories", "show_category_performance"),
        ("competitors", "show_competitor_ranking"),
        ("domains", "show_citation_leaderboard"),
        ("pages", "show_citation_table"),
        ("matrix", "show_platform_matrix"),
        ("changes", "show_changes"),
        ("evidence", "show_evidence"),
    ],
)
def test_a_table_whose_section_is_off_is_not_found(world: World, table: str, section: str) -> None:
    token = token_of(world, without(section))

    assert_not_found(download(world, token, f"{table}.csv"))
    assert download(world, token, "trend.csv").status == 200


def test_a_table_whose_data_an_early_snapshot_lacks_is_not_found(world: World) -> None:
    token = token_of(world, given=early())

    for table in ("changes", "evidence"):
        assert_not_found(download(world, token, f"{table}.csv"))


def test_without_downloads_there_is_no_file(world: World) -> None:
    token = token_of(world, without("show_downloads"))

    for file in FILES:
        assert_not_found(download(world, token, file))


def test_all_sections_but_one_leave_its_table(world: World) -> None:
    sections = dict.fromkeys(SECTIONS, False) | {"show_downloads": True, "show_platform_matrix": True}
    token = token_of(world, {"report_sections_config": sections})

    assert download(world, token, "matrix.csv").status == 200
    assert download(world, token, "report.html").status == 200


@pytest.mark.parametrize(
    "file", ["trend", "trend.CSV", "trend.csv.", "x.csv", "report.pdf", "stats.csv", "trend%2Ecsv"]
)
def test_no_other_name_is_a_file(world: World, file: str) -> None:
    token = token_of(world)
    world.read(token)

    with recorded() as calls:
        answer = download(world, token, file)

    assert_not_found(answer)
    assert calls == []


@pytest.mark.parametrize("token", ["nonsense", "A" * 51])
def test_a_forged_link_has_no_file_and_asks_no_database(world: World, token: str) -> None:
    with recorded() as calls:
        answer = download(world, token, "trend.csv")

    assert_not_found(answer)
    assert set(calls) <= {"GetSecretValue"}


def test_a_dead_link_is_410_for_every_file_in_the_brands_look(world: World) -> None:
    world.add_brand(white_label=COMPANY)
    token = token_of(world)
    world.clock.now += 30 * DAY

    for file in ("trend.csv", "report.html"):
        answer = download(world, token, file)

        assert (answer.status, answer.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
        assert "Northlight Search" in answer.text
        assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_file_can_only_be_read(world: World, method: str) -> None:
    answer = download(world, token_of(world), "trend.csv", method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("base", ["", "/reports"])
def test_under_a_base_of_a_custom_domain_it_is_the_same(world: World, base: str) -> None:
    request = public_event(f"/shared/{token_of(world)}/trend.csv")

    assert world.send(world.shared_report, request | {"path": base + request["path"]}).status == 200
