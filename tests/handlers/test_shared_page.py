"""GET /shared/{token}: the page that an agency's client opens, what it carries, and what stands in its place."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
from jinja2 import Environment

from report_shares.contract.white_label import SECTIONS
from report_shares.page import render
from report_shares.page.assets import assets
from report_shares.times import DAY, MINUTE
from tests.gateway import public_event
from tests.handlers.calls import aws_error, failing, recorded
from tests.handlers.runs import run
from tests.page.reports import link_to, snapshot
from tests.world import Answer, Json, World, event

WHITE_LABEL = {
    "company_name": "Northlight Search",
    "primary_color": "#0A7C66",
    "logo_url": "https://cdn.northlight.example/logo.png",
    "cover_title": "Visibility in November",
    "footer_email": "reports@northlight.example",
}


def share(world: World, white_label: Json | None = None) -> Json:
    return world.create(world.add_key(), {"white_label_config": white_label}).json


def page(world: World, token: str, **headers: str) -> Answer:
    request = event("read_shared_page", TOKEN=token)
    request["multiValueHeaders"] |= {name.replace("_", "-"): [value] for name, value in headers.items()}
    return world.send(world.shared_report, request)


def policy(answer: Answer) -> dict[str, list[str]]:
    directives = (directive.split() for directive in answer.headers["Content-Security-Policy"].split("; "))
    return {name: sources for name, *sources in directives}


# ---- what it shows ---------------------------------------------------------------------------------------------------


def test_the_page_shows_the_report_in_the_brands_look(world: World) -> None:
    world.put_run(run(1))
    world.put_run(run(2, appears=False))

    answer = page(world, share(world, WHITE_LABEL)["access_token"])

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<html lang="en">' in answer.text
    for shown in ("Northlight Search", "Visibility in November", "Acme Coffee Roasters", "best espresso beans"):
        assert shown in answer.text
    assert WHITE_LABEL["logo_url"] in answer.text


def test_a_page_without_a_company_name_names_none(world: World) -> None:
    text = page(world, share(world)["access_token"]).text

    assert "Prepared by" not in text
    assert "report-shares" not in text


def test_neither_owner_nor_ids_are_in_the_page_and_the_token_only_leads_to_its_files(world: World) -> None:
    world.put_run(run(1))
    made = share(world, WHITE_LABEL)

    text = re.sub(rf'href="{made["access_token"]}/[a-z]+\.(?:csv|html)"', "", page(world, made["access_token"]).text)

    for secret in (made["access_token"], made["id"], made["brand_id"], made["scheduled_report_id"], "ada"):
        assert not re.search(rf"\b{re.escape(secret)}\b", text)


def test_a_schedule_without_a_completed_run_has_a_page_that_says_so(world: World) -> None:
    assert "No results yet" in page(world, share(world)["access_token"]).text


MARKS = {
    "show_category_performance": 'id="categories"',
    "show_changes": 'id="changes"',
    "show_citation_leaderboard": 'id="domains"',
    "show_citation_table": 'id="citations"',
    "show_competitor_ranking": 'id="competitors"',
    "show_cover_page": 'class="cover"',
    "show_downloads": 'class="download"',
    "show_evidence": 'id="evidence"',
    "show_footer": 'class="footer"',
    "show_header_logo": 'class="logo"',
    "show_missed_prompts": 'id="missed"',
    "show_platform_matrix": 'id="matrix"',
    "show_platform_performance": 'id="platforms"',
    "show_prompt_ranks": "Best rank",
    "show_prompt_trends": 'class="spark"',
    "show_ranked_prompts": 'id="ranked"',
    "show_region_breakdown": 'id="regions"',
    "show_rival_trend": 'id="rivals"',
    "show_run_history_table": 'id="history"',
    "show_stats_cards": "<h3>Citation share</h3>",
    "show_summary": 'id="summary"',
    "show_trend_chart": 'id="trend"',
    "show_visibility_score": "<h3>Visibility score</h3>",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_there_unless_it_is_switched_off(world: World, section: str) -> None:
    world.put_run(run(1))
    whole = page(world, share(world, WHITE_LABEL)["access_token"]).text
    off = WHITE_LABEL | {"report_sections_config": {section: False}}

    without = page(world, share(world, off)["access_token"]).text

    assert MARKS[section] in whole
    assert MARKS[section] not in without


def test_a_warm_function_reads_a_snapshot_once_and_compiles_each_template_once(world: World) -> None:
    world.put_run(run(1))
    key = world.add_key()
    token = world.create(key).json["access_token"]
    first = page(world, token)

    with patch.object(Environment, "compile", autospec=True, side_effect=Environment.compile) as compiling:
        with recorded() as calls:
            again = page(world, token)
        world.put_run(run(2, appears=False))
        world.create(key)
        with recorded() as calls_after_a_refresh:
            refreshed = page(world, token)

    assert (again.text, "GetObject" in calls) == (first.text, False)
    assert refreshed.text != first.text
    assert calls_after_a_refresh.count("GetObject") == 1
    assert compiling.call_count == 0


def test_an_unchanged_page_is_made_once_and_comes_with_the_same_headers(world: World) -> None:
    world.put_run(run(1))
    token = share(world, WHITE_LABEL)["access_token"]

    with patch.object(render, "report_page", side_effect=render.report_page) as making:
        first = page(world, token)
        again = page(world, token)

    assert making.call_count == 1
    assert again.text == first.text
    assert again.headers | {"X-Correlation-ID": ""} == first.headers | {"X-Correlation-ID": ""}


@pytest.mark.parametrize("change", ["look", "expiry", "refresh"])
def test_a_changed_page_is_made_anew(world: World, change: str) -> None:
    world.put_run(run(1))
    key = world.add_key()
    token = world.create(key).json["access_token"]
    first = page(world, token)

    if change == "look":
        world.add_brand(white_label=WHITE_LABEL)
        world.clock.now += MINUTE
    elif change == "expiry":
        world.create(key, {"expiration_days": 60})
    else:
        world.put_run(run(2, appears=False))
        world.create(key)

    assert page(world, token).text != first.text


def test_two_shares_that_show_the_same_have_pages_of_their_own(world: World) -> None:
    """One snapshot, one look and one moment of expiry give one ETag."""
    world.put_run(run(1))
    tokens = [world.create(world.add_key(f"teammate {at}")).json["access_token"] for at in range(2)]

    with patch.object(render, "report_page", side_effect=render.report_page) as making:
        one, other = (page(world, token) for token in tokens)

    assert one.headers["ETag"] == other.headers["ETag"]
    assert making.call_count == 2


def test_a_dead_link_is_410_though_its_page_is_remembered(world: World) -> None:
    key = world.add_key()
    made = world.create(key).json
    page(world, made["access_token"])
    world.revoke(key, made["id"])

    assert page(world, made["access_token"]).status == 410


# ---- what it carries -------------------------------------------------------------------------------------------------


def test_the_page_may_load_nothing_but_its_own_files_and_the_logo(world: World) -> None:
    answer = page(world, share(world, WHITE_LABEL)["access_token"])

    allowed = policy(answer)
    assert allowed["default-src"] == ["'none'"]
    assert allowed["script-src"] == allowed["connect-src"] == ["'self'"]
    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert allowed["style-src"] == ["'self'", f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"]
    assert allowed["img-src"] == ["'self'", "data:", "https://cdn.northlight.example"]
    assert allowed["frame-ancestors"] == ["'none'"]
    assert allowed["base-uri"] == allowed["form-action"] == ["'none'"]
    assert not [source for sources in allowed.values() for source in sources if "unsafe" in source]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_scripts_of_other_websites_may_read_the_json_and_not_the_page(world: World) -> None:
    token = share(world)["access_token"]

    assert world.read(token).headers["Access-Control-Allow-Origin"] == "*"
    assert world.read("x" * 51).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in page(world, token).headers
    assert "Access-Control-Allow-Origin" not in page(world, "x" * 51).headers


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/v1/openapi.json/", f"/v1/shared/{'x' * 51}"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_scripts_of_other_websites_may_read_why_they_are_refused(world: World, path: str, method: str) -> None:
    assert world.send(world.shared_report, public_event(path, method)).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/shared/x", "/assets/x", "/v1/elsewhere"])
def test_scripts_of_other_websites_may_read_nothing_else(world: World, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in world.send(world.shared_report, public_event(path, "POST")).headers


def test_a_page_that_tells_no_look_may_send_nothing(world: World) -> None:
    assert "connect-src" not in policy(page(world, "x" * 51))


def test_the_page_asks_for_two_files_that_are_there_and_kept_for_ever(world: World) -> None:
    text = page(world, share(world)["access_token"]).text

    names = re.findall(r'(?:href|src)="\.\./assets/([^"]+)"', text)
    assert len(names) == 2
    for name in names:
        asset = world.send(world.shared_report, event("read_asset", ASSET=name))
        assert asset.status == 200
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert asset.headers["Referrer-Policy"] == "no-referrer"
        assert asset.headers["X-Content-Type-Options"] == "nosniff"
        assert asset.headers["Content-Type"].startswith(("text/css", "text/javascript"))


def test_the_page_of_the_deployment_before_gets_todays_assets_but_does_not_keep_them(world: World) -> None:
    present = assets()["report.css"].name
    before = present.replace(present.split(".")[1], "0123456789abcdef")

    asset = world.send(world.shared_report, event("read_asset", ASSET=before))

    assert asset.status == 200
    assert asset.headers["Cache-Control"] == "public, max-age=300"
    assert asset.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["report.css", "../secrets", "report.0123456789ABCDEF.css", "render.py"])
def test_nothing_else_is_an_asset(world: World, name: str) -> None:
    assert world.send(world.shared_report, event("read_asset", ASSET=name)).status == 404


def test_link_previews_learn_nothing_but_the_title_of_the_cover(world: World) -> None:
    text = page(world, share(world, WHITE_LABEL)["access_token"]).text

    assert re.findall(r'<meta property="og:[^>]*>', text) == [
        '<meta property="og:type" content="website">',
        '<meta property="og:title" content="Visibility in November">',
    ]


# ---- seen before -----------------------------------------------------------------------------------------------------


def test_a_page_that_the_reader_has_is_not_sent_again(world: World) -> None:
    token = share(world)["access_token"]
    first = page(world, token)

    again = page(world, token, If_None_Match=first.headers["ETag"])

    assert (again.status, again.text) == (304, "")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert again.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("asked", ["*", '"other", {etag}', "{etag},", "{strong}", ' "other" ,{strong} '])
def test_a_reader_may_have_several_versions_of_a_page(world: World, asked: str) -> None:
    token = share(world)["access_token"]
    etag = page(world, token).headers["ETag"]

    again = page(world, token, If_None_Match=asked.format(etag=etag, strong=etag.removeprefix("W/")))

    assert again.status == 304


def test_the_versions_that_a_reader_has_may_come_in_several_headers(world: World) -> None:
    token = share(world)["access_token"]
    request = event("read_shared_page", TOKEN=token)
    request["multiValueHeaders"]["If-None-Match"] = ['"other"', page(world, token).headers["ETag"], '"another"']

    assert world.send(world.shared_report, request).status == 304


@pytest.mark.parametrize("asked", ['"other"', "", "{etag}x", "x{etag}"])
def test_a_reader_who_has_other_versions_of_a_page_is_sent_it(world: World, asked: str) -> None:
    token = share(world)["access_token"]
    etag = page(world, token).headers["ETag"]

    assert page(world, token, If_None_Match=asked.format(etag=etag)).status == 200


CHANGES = {
    "another run and a refresh": lambda world, key: (world.put_run(run(2)), world.create(key)),
    "the brand's look": lambda world, _: world.add_brand(white_label={"company_name": "Another"}),
    "another expiry": lambda world, key: world.create(key, {"expiration_days": 60}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_page_that_has_changed_is_sent(world: World, change: Any) -> None:
    world.put_run(run(1))
    key = world.add_key()
    token = world.create(key).json["access_token"]
    seen = page(world, token).headers["ETag"]

    change(world, key)

    assert page(world, token, If_None_Match=seen).status == 200


def test_a_page_that_another_version_of_the_service_made_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = share(world)["access_token"]
    seen = page(world, token).headers["ETag"]

    monkeypatch.setattr("report_shares.page.assets.build", lambda: "another")

    assert page(world, token, If_None_Match=seen).status == 200


def test_a_dead_link_is_410_whatever_the_reader_has(world: World) -> None:
    key = world.add_key()
    made = world.create(key).json
    seen = page(world, made["access_token"]).headers["ETag"]
    world.revoke(key, made["id"])

    assert page(world, made["access_token"], If_None_Match=seen).status == 410
    assert page(world, made["access_token"], If_None_Match="*").status == 410


@pytest.mark.parametrize(("end", "status"), [("none", 200), ("expiry", 410), ("forgery", 404)])
def test_head_is_answered_like_get_and_the_server_leaves_the_body_out(world: World, end: str, status: int) -> None:
    token = "A" * 51 if end == "forgery" else share(world, WHITE_LABEL)["access_token"]
    world.clock.now += 30 * DAY if end == "expiry" else 0
    request = event("read_shared_page", TOKEN=token)

    head = world.send(world.shared_report, request | {"httpMethod": "HEAD"})

    get = world.send(world.shared_report, request)
    assert (head.status, get.status) == (status, status)
    assert get.text.startswith("<!doctype html>")
    assert head.text.replace(head.request_id, get.request_id) == get.text
    assert head.headers | {"X-Correlation-ID": ""} == get.headers | {"X-Correlation-ID": ""}


def test_neither_page_nor_files_nor_headers_name_the_maker_of_this_service(world: World) -> None:
    world.put_run(run(1))
    answer = page(world, share(world, WHITE_LABEL)["access_token"])
    names = re.findall(r'(?:href|src)="\.\./assets/([^"]+)"', answer.text)
    files = [world.send(world.shared_report, event("read_asset", ASSET=name)) for name in names]

    for sent in (answer, *files):
        assert not re.search(r"report.?shares?\b|powered.by|rp_live", f"{sent.text}{sent.headers}", re.IGNORECASE)


# ---- in its place ----------------------------------------------------------------------------------------------------


def test_an_expired_link_tells_in_the_brands_look_whom_to_ask_for_a_new_one(world: World) -> None:
    world.add_brand(white_label=WHITE_LABEL)
    token = share(world, {"company_name": "What dies with the share"})["access_token"]
    world.clock.now += 30 * DAY

    answer = page(world, token)

    assert answer.status == 410
    assert "no longer active" in answer.text
    assert "Northlight Search" in answer.text
    assert "mailto:reports@northlight.example" in answer.text
    assert "What dies with the share" not in answer.text
    assert "ada" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert policy(answer)["frame-ancestors"] == ["'none'"]


@pytest.mark.parametrize("days", [30, 31], ids=["just expired", "long ago"])
def test_a_dead_page_reads_its_share_once(world: World, days: int) -> None:
    token = share(world, WHITE_LABEL)["access_token"]
    world.clock.now += days * DAY

    with recorded() as calls:
        assert page(world, token).status == 410

    assert calls.count("GetItem") == 2  # the share and its brand


def test_a_link_whose_row_is_purged_has_a_page_in_nobodys_look(world: World) -> None:
    made = share(world, WHITE_LABEL)
    key = {"pk": {"S": f"SHARE#{made['id']}"}, "sk": {"S": "SHARE"}}
    world.dynamodb.delete_item(TableName="shares", Key=key)

    answer = page(world, made["access_token"])

    assert answer.status == 410
    assert "Northlight" not in answer.text
    assert "ask whoever sent you this link" in answer.text


@pytest.mark.parametrize("token", ["nonsense", "A" * 51])
def test_a_link_that_is_none_has_a_page_and_asks_no_database(world: World, token: str) -> None:
    with recorded() as calls:
        answer = page(world, token)

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.request_id in answer.text
    assert set(calls) <= {"GetSecretValue"}


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 503), ("AccessDeniedException", 500)])
def test_a_fault_has_a_page_too(world: World, monkeypatch: pytest.MonkeyPatch, code: str, status: int) -> None:
    token = share(world)["access_token"]
    failing(monkeypatch, "GetItem", aws_error("GetItem", code))

    answer = page(world, token)

    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.request_id in answer.text
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert policy(answer)["frame-ancestors"] == ["'none'"]


def test_errors_of_the_json_routes_stay_json(world: World) -> None:
    assert world.read("nonsense").error["code"] == "not_found"


@pytest.mark.parametrize(
    ("runs", "rows", "says"), [(366, 366, "Every completed run"), (900, 366, "The latest 366 of 900")]
)
def test_the_run_history_has_a_year_of_daily_runs_and_says_what_it_leaves_out(
    world: World, runs: int, rows: int, says: str
) -> None:
    token = link_to(world, snapshot(runs=runs))["access_token"]

    shown = page(world, token).text

    history = shown[shown.index('<section id="history"') :].partition("</section>")[0]
    assert history.count('<th scope="row">') == rows
    assert says in re.sub(r"<[^>]+>", "", history)
