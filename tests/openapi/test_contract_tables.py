"""The contract's tables, row by row, each answer held against the OpenAPI document."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import uuid4

import pytest

from report_shares import refusals
from report_shares.api.error_responses import status_of
from report_shares.page.assets import assets
from tests.gateway import public_event
from tests.handlers.calls import aws_error, failing
from tests.handlers.test_gate import enter, protect
from tests.openapi.schemas import document, validate
from tests.world import SCHEDULE_ID, Answer, Json, World, event

SHARES = "/v1/scheduled-reports/{scheduled_report_id}/shares"
SHARE = f"{SHARES}/{{share_id}}"
FILE = "/shared/{token}/{file}"

type Request = Callable[[World], Answer]


def a_share(world: World, principal: str = "ada") -> tuple[str, Json]:
    key = world.add_key(principal)
    return key, world.create(key).json


# ---- routes: scope, method, path and what a good request is answered -------------------------------------------------


def extended(world: World, key: str, share: Json) -> Answer:
    return world.extend(key, share["id"], {"expiration_days": 60})


def linked(name: str, method: str) -> Callable[[World, str, Json], Answer]:
    return lambda world, _, share: world.send(
        world.shared_report, event(name, TOKEN=share["access_token"]) | {"httpMethod": method}
    )


def with_a_full_stop(method: str) -> Callable[[World, str, Json], Answer]:
    return behind_the_link(".", method)


def behind_the_link(what: str, method: str) -> Callable[[World, str, Json], Answer]:
    return lambda world, _, share: world.send(
        world.shared_report, public_event(f"/shared/{share['access_token']}{what}", method)
    )


def asset(method: str) -> Callable[[World, str, Json], Answer]:
    name = assets()["report.css"].name
    return lambda world, _, __: world.send(
        world.shared_report, event("read_asset", ASSET=name) | {"httpMethod": method}
    )


def entered(world: World, _: str, share: Json) -> Answer:
    protect(world, share)
    return enter(world, share)


def posted(path: str, method: str = "POST") -> Callable[[World, str, Json], Answer]:
    return lambda world, _, share: world.send(
        world.shared_report, public_event(path.format(token=share["access_token"]), method)
    )


class Route(NamedTuple):
    scope: str | None
    method: str
    path: str
    ask: Callable[[World, str, Json], Answer]
    status: int


ROUTES = [
    Route("write:scheduled", "post", SHARES, lambda world, _, __: world.create(world.add_key("bob")), 201),
    Route("write:scheduled", "post", SHARES, lambda world, key, _: world.create(key), 200),
    Route("read:scheduled", "get", SHARES, lambda world, key, _: world.list(key), 200),
    Route("read:scheduled", "get", SHARE, lambda world, key, share: world.get(key, share["id"]), 200),
    Route("write:scheduled", "patch", SHARE, extended, 200),
    Route("write:scheduled", "delete", SHARE, lambda world, key, share: world.revoke(key, share["id"]), 204),
    Route("write:scheduled", "delete", SHARES, lambda world, key, _: world.revoke_all(key), 204),
    Route(None, "get", "/shared/{token}", linked("read_shared_page", "GET"), 200),
    Route(None, "head", "/shared/{token}", linked("read_shared_page", "HEAD"), 200),
    Route(None, "get", "/shared/{token}", with_a_full_stop("GET"), 308),
    Route(None, "head", "/shared/{token}", with_a_full_stop("HEAD"), 308),
    Route(None, "get", FILE, behind_the_link("/trend.csv", "GET"), 200),
    Route(None, "head", FILE, behind_the_link("/trend.csv", "HEAD"), 200),
    Route(None, "get", FILE, behind_the_link("/report.html", "GET"), 200),
    Route(None, "head", FILE, behind_the_link("/report.html", "HEAD"), 200),
    Route(None, "get", FILE, behind_the_link("/.)", "GET"), 308),
    Route(None, "head", FILE, behind_the_link("/.)", "HEAD"), 308),
    Route(None, "post", "/shared/{token}", entered, 303),
    Route(None, "post", "/shared/{token}", posted("/shared/{token}"), 303),
    Route(None, "post", "/shared/{token}", with_a_full_stop("POST"), 308),
    Route(None, "post", "/shared/{token}/views", posted("/shared/{token}/views"), 204),
    Route(None, "options", "/v1/shared/{token}", posted("/v1/shared/{token}", "OPTIONS"), 204),
    Route(None, "get", "/v1/shared/{token}", linked("read_shared_report", "GET"), 200),
    Route(None, "head", "/v1/shared/{token}", linked("read_shared_report", "HEAD"), 200),
    Route(None, "get", "/assets/{name}", asset("GET"), 200),
    Route(None, "head", "/assets/{name}", asset("HEAD"), 200),
    Route(None, "get", "/v1/openapi.json", linked("read_openapi", "GET"), 200),
    Route(None, "head", "/v1/openapi.json", linked("read_openapi", "HEAD"), 200),
]


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_answers_as_documented(world: World, route: Route) -> None:
    key, share = a_share(world)

    answer = route.ask(world, key, share)

    assert answer.status == route.status
    validate(route.method, route.path, answer)


def test_every_route_of_the_document_is_in_the_table() -> None:
    documented = {(method, path) for path, item in document()["paths"].items() for method in item}

    assert {(route.method, route.path) for route in ROUTES} == documented


@pytest.mark.parametrize(
    ("scope", "method", "path"), sorted({(route.scope, route.method, route.path) for route in ROUTES if route.scope})
)
def test_each_route_behind_a_key_needs_its_scope(world: World, scope: str, method: str, path: str) -> None:
    of_one = {"get": "get_share", "patch": "extend_share", "delete": "revoke_share"}
    of_all = {"get": "list_shares", "post": "create_share", "delete": "revoke_shares"}
    name = (of_one if path == SHARE else of_all)[method]
    less = "read:scheduled" if scope == "write:scheduled" else "read:other"
    key = world.add_key(scopes=(less,))

    answer = world.send(world.share_api, event(name, API_KEY=key, SHARE_ID=str(uuid4())))

    assert (answer.status, answer.error["code"]) == (403, "forbidden")
    assert answer.error["details"] == {"required_scope": scope, "key_scopes": [less]}
    validate(method, path, answer)


# ---- errors: status, code and what provokes it -----------------------------------------------------------------------


def full(world: World) -> Answer:
    world.cap = 1
    world.restart()
    world.create(world.add_key("first"))
    return world.create(world.add_key("second"))


def without_the_required_header(world: World) -> Answer:
    world.require_idempotency_key = True
    world.restart()
    return world.create(world.add_key())


def another_request_with_the_same_key(world: World) -> Answer:
    key = world.add_key()
    world.create(key, idempotency_key="once")
    return world.create(key, {"rotate": True}, idempotency_key="once")


def text(world: World) -> Answer:
    request = event("create_share", API_KEY=world.add_key()) | {"body": "a=b"}
    request["headers"]["Content-Type"] = "text/plain"
    return world.send(world.share_api, request)


def once_too_often(world: World) -> Answer:
    world.rate_limit = 1
    world.restart()
    key = world.add_key()
    world.create(key)
    return world.create(key)


def failing_with(code: str, status: int) -> Request:
    def ask(world: World) -> Answer:
        key = world.add_key()
        with pytest.MonkeyPatch.context() as patched:
            failing(patched, "BatchGetItem", aws_error("BatchGetItem", code, status))
            return world.create(key)

    return ask


def of_another_workspace(world: World) -> Answer:
    return world.create(world.add_key(workspace="elsewhere"))


def a_teammates(world: World) -> Answer:
    _, share = a_share(world, "bob")
    return world.revoke(world.add_key("ada"), share["id"])


def restricted(world: World) -> Answer:
    return world.create(world.add_key(brand_ids=frozenset({str(uuid4())})))


def revoked_link(world: World, name: str = "read_shared_report") -> Answer:
    key, share = a_share(world)
    world.revoke(key, share["id"])
    return world.read(share["access_token"], name)


def locked(world: World) -> Answer:
    _, share = a_share(world)
    protect(world, share)
    return world.read(share["access_token"])


def with_another_method(world: World) -> Answer:
    return world.send(world.share_api, event("create_share", API_KEY=world.add_key()) | {"httpMethod": "PUT"})


class Error(NamedTuple):
    status: int
    code: str
    method: str
    path: str
    ask: Request


ERRORS = [
    Error(400, "validation_error", "post", SHARES, lambda world: world.create(world.add_key(), schedule_id="no-uuid")),
    Error(400, "validation_error", "post", SHARES, lambda world: world.create(world.add_key(), idempotency_key="a b")),
    Error(400, "validation_error", "post", SHARES, full),
    Error(400, "idempotency_key_required", "post", SHARES, without_the_required_header),
    Error(401, "unauthorized", "post", SHARES, lambda world: world.create("rp_live_" + "a" * 32)),
    Error(401, "password_required", "get", "/v1/shared/{token}", locked),
    Error(403, "forbidden", "post", SHARES, lambda world: world.create(world.add_key(scopes=("read:scheduled",)))),
    Error(403, "forbidden", "post", SHARES, restricted),
    Error(404, "not_found", "post", SHARES, lambda world: world.create(world.add_key(), schedule_id=uuid4())),
    Error(404, "not_found", "post", SHARES, of_another_workspace),
    Error(404, "not_found", "delete", SHARE, a_teammates),
    Error(404, "not_found", "get", "/v1/shared/{token}", lambda world: world.read("a" * 51)),
    Error(405, "method_not_allowed", "post", SHARES, with_another_method),
    Error(409, "conflict", "post", SHARES, another_request_with_the_same_key),
    Error(410, "gone", "get", "/v1/shared/{token}", revoked_link),
    Error(413, "payload_too_large", "post", SHARES, lambda world: world.create(world.add_key(), " " * 20_000)),
    Error(415, "unsupported_media_type", "post", SHARES, text),
    Error(422, "body_validation_error", "post", SHARES, lambda world: world.create(world.add_key(), "{")),
    Error(422, "body_validation_error", "post", SHARES, lambda world: world.create(world.add_key(), {"rotate": 1})),
    Error(429, "rate_limit_exceeded", "post", SHARES, once_too_often),
    Error(500, "internal_error", "post", SHARES, failing_with("AccessDeniedException", 400)),
    Error(503, "service_unavailable", "post", SHARES, failing_with("ThrottlingException", 400)),
]


@pytest.mark.parametrize("error", ERRORS)
def test_each_error_answers_as_documented(world: World, error: Error) -> None:
    answer = error.ask(world)

    assert (answer.status, answer.error["code"]) == (error.status, error.code)
    assert answer.json["request_id"] == answer.headers["X-Correlation-ID"] == answer.request_id
    validate(error.method, error.path, answer)


def test_every_error_of_the_service_is_in_the_table() -> None:
    known = {
        (status_of(value).value, value.code)
        for value in vars(refusals).values()
        if isinstance(value, type) and issubclass(value, refusals.Refusal)
    }

    assert {(error.status, error.code) for error in ERRORS} == known


# ---- body: fields, types and defaults --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "default", "right", "wrong"),
    [
        ("expiration_days", 30, [1, 365], [0, 366, 1.5, "30", True, None]),
        ("live", None, [True, False], [0, "true", None]),
        ("name", None, [None, "Client A", f" {'x' * 80} "], ["", " ", "x" * 81, 7]),
        ("rotate", False, [True, False], [0, "true", None]),
        (
            "white_label_config",
            None,
            [None, {"company_name": "Northlight"}, {"report_sections_config": {"show_footer": False}}],
            [[], "x", {"unknown": 1}, {"report_sections_config": {"show_footer": "no"}}],
        ),
    ],
)
def test_each_field_of_the_body_is_as_documented(
    world: World, field: str, default: object, right: list[object], wrong: list[object]
) -> None:
    body = document()["components"]["schemas"]["CreateShareRequest"]
    key = world.add_key()

    assert body["additionalProperties"] is False
    assert body["properties"][field].get("default") == default
    assert "required" not in body
    assert {world.create(key, {field: value}).status for value in right} <= {200, 201}
    assert {world.create(key, {field: value}).status for value in wrong} == {422}


def test_every_field_of_a_share_is_always_there(world: World) -> None:
    _, share = a_share(world)

    assert set(share) == set(document()["components"]["schemas"]["ScheduledReportShare"]["properties"])
    assert share["scheduled_report_id"] == str(SCHEDULE_ID)
