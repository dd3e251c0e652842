"""The OpenAPI 3.1 document: the functions' routes, with what ``operations.py`` knows of each.

It is made beforehand and committed, so that none of this ships or runs in Lambda.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from http import HTTPMethod, HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from openapi.open_api_document import OpenApiDocument
from openapi.operations import OPERATIONS, Operation, Success
from report_shares.api.rest import Route
from report_shares.contract.errors import ApiError
from report_shares.contract.requests import CreateShareRequest, ExtendShareRequest
from report_shares.contract.share import TOKEN_PATTERN, ScheduledReportShare, ScheduledReportShareList
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import MethodNotAllowed, RateLimited, Refusal, ServiceUnavailable, Unauthorized

type _Json = dict[str, Any]

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_JSON = "application/json"
_HTML = "text/html"
_REF = "#/components/{}/{}"

# The seed's own example of a request id.
_REQUEST_ID = UUID("9f6c4e8a-1d3b-4c8b-9f1e-7a3b1c2d3e4f")

# White space as pydantic strips it, and what ``rules.white_label`` forbids: surrogates cannot occur in UTF-8.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_FORBIDDEN = r"<>\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
# What the rules check with code, as patterns for clients; a host that is not ASCII is written in Punycode.
_PATTERNS = {
    "PlainText": f"^[{_SPACE}]*[^{_SPACE}{_FORBIDDEN}](?:[^{_FORBIDDEN}]*[^{_SPACE}{_FORBIDDEN}])?[{_SPACE}]*$",
    "HttpsUrl": rf"^https://[A-Za-z0-9._-]+(?::[0-9]{{1,4}})?(?:[/?#][^{_SPACE}{_FORBIDDEN}\"'`\\]*)?$",
}

_MODELS: tuple[tuple[type, JsonSchemaMode], ...] = (
    (CreateShareRequest, "validation"),
    (ExtendShareRequest, "validation"),
    (ScheduledReportShare, "serialization"),
    (ScheduledReportShareList, "serialization"),
    (SharedReport, "serialization"),
    (OpenApiDocument, "serialization"),
    (ApiError, "serialization"),
)

_HEADERS: Mapping[str, _Json] = {
    "X-Correlation-ID": {
        "description": "Server-generated id of the request; request_id of an error is the same.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    "RateLimit-Limit": {
        "description": "Requests that the key may make in any minute.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Remaining": {
        "description": "Requests that are left to the key now.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Reset": {
        "description": "Seconds until the key has all its requests again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {
        "description": "Path of the new share.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Allow": {
        "description": "The methods that the route has.",
        "required": True,
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "The scheme to authenticate with.",
        "required": True,
        "schema": {"type": "string", "pattern": "^Bearer"},
    },
    "Idempotent-Replayed": {
        "description": "Present where this is the first answer to the same Idempotency-Key again.",
        "schema": {"type": "string", "const": "true"},
    },
    "ETag": {
        "description": "Changes with all that the page shows; for If-None-Match.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Content-Security-Policy": {
        "description": "Nothing but the page's own script and styles, and the brand's logo.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "Who may keep the answer, and for how long.",
        "schema": {"type": "string"},
    },
}
_RATE_LIMIT = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_HEADERS_OF_REFUSAL: Mapping[type[Refusal], tuple[str, ...]] = {
    Unauthorized: ("WWW-Authenticate",),
    MethodNotAllowed: ("Allow",),
    RateLimited: ("Retry-After",),
    ServiceUnavailable: ("Retry-After",),
}

_IDEMPOTENCY_KEY: _Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes the request safe to send again for 24 hours: the same key with the same request is given the "
    "first answer again, with another request 409. A deployment can demand it on POST.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_PATH_PARAMETERS: Mapping[str, _Json] = {
    "scheduled_report_id": {
        "description": "The schedule's id.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "share_id": {"description": "The share's id.", "schema": {"type": "string", "format": "uuid"}},
    "name": {"description": "The asset's name, as the page has it.", "schema": {"type": "string"}},
    "token": {
        "description": "A share's access token.",
        "schema": {"type": "string", "pattern": TOKEN_PATTERN},
    },
}

# The seed's own example, with the field it leaves out.
SHARE_EXAMPLE: _Json = {
    "access_token": "Hk2L8x9PqRsTuVwXyZ-aBcDeFgHiJkLmNoPqRsTuVwXyZ_AbCdE",
    "brand_id": "3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04",
    "created_at": "2026-04-20T15:23:04.512Z",
    "expires_at": "2026-05-20T15:23:04.512Z",
    "id": "0d2c1b3a-4e5f-6789-abcd-ef0123456789",
    "is_existing": False,
    "object": "scheduled_report.share",
    "scheduled_report_id": "8a72d9f1-c4b5-4e6d-9b1f-0e3a2c6d8b04",
    "share_type": "scheduled",
    "share_url": "https://app.rankprompt.com/shared/Hk2L8x9PqRsTuVwXyZ-aBcDeFgHiJkLmNoPqRsTuVwXyZ_AbCdE",
    "white_label_config": None,
}


def document(routes: Iterable[Route]) -> _Json:
    """The document of these routes. Raises ``KeyError`` for one that nothing is known of."""
    paths: dict[str, _Json] = {}
    for route in routes:
        paths.setdefault(route.resource, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Scheduled-report shares",
            "version": _version(),
            "description": "Public, white-labelled, expiring links to scheduled AI-visibility reports.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to where this document is served: the API's own stage.
        "servers": [{"url": ".."}],
        "tags": [
            {"name": "Shares", "description": "Create and manage one's own shares."},
            {"name": "Public", "description": "What anyone may read."},
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": _refusals(),
            "headers": dict(_HEADERS),
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "rp_live_...",
                    "description": "An API key with the scope read:scheduled or write:scheduled.",
                }
            },
        },
    }


def _version() -> str:
    """The project's, which follows this API."""
    version: str = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version


def text_of(value: _Json) -> str:
    """The document as it is committed."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route) -> _Json:
    operation = OPERATIONS[route.operation_id]
    has_body = route.method != HTTPMethod.HEAD
    described: _Json = {
        "operationId": route.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"apiKey": []}] if operation.needs_key else [],
        "parameters": [_parameter(name) for name in re.findall(r"{(\w+)}", route.resource)],
        "responses": _responses(operation, has_body=has_body),
    }
    if operation.once:
        described["parameters"].append(_IDEMPOTENCY_KEY)
    if operation.body is not None:
        content = {_JSON: {"schema": _ref("schemas", operation.body.__name__)}}
        described["requestBody"] = {"content": content} | ({"required": True} if operation.needs_body else {})
    return described


def _parameter(name: str) -> _Json:
    return {"name": name, "in": "path", "required": True} | _PATH_PARAMETERS[name]


def _responses(operation: Operation, *, has_body: bool) -> _Json:
    limits = _RATE_LIMIT if operation.needs_key else ()
    answers = {status: _success(success, limits, has_body=has_body) for status, success in operation.successes.items()}
    for kind in operation.refusals:
        shared = _ref("responses", _name_of_refusal(kind, operation))
        answers[HTTPStatus(kind.status)] = shared if has_body else _refusal(kind, limits, None)
    return {str(status.value): answers[status] for status in sorted(answers)}


def _success(success: Success, limits: Iterable[str], *, has_body: bool) -> _Json:
    answer: _Json = {"description": success.description, "headers": _headers(*limits, *success.headers)}
    if success.model is not None and has_body:
        answer["content"] = {_JSON: {"schema": _ref("schemas", success.model.__name__)}}
        if success.model is ScheduledReportShare:
            answer["content"][_JSON]["example"] = SHARE_EXAMPLE
    if success.text is not None and has_body:
        answer["content"] = {success.text: {"schema": {"type": "string"}}}
    if success.links:
        answer["links"] = {
            name: {"operationId": target, "parameters": dict(parameters)}
            for name, (target, parameters) in success.links.items()
        }
    return answer


def _refusal(kind: type[Refusal], limits: Iterable[str], media_type: str | None) -> _Json:
    """``media_type`` None: without a body, as HEAD has it."""
    # Whose key is unknown has no limit.
    known = () if kind is Unauthorized else limits
    answer: _Json = {
        "description": kind.message,
        "headers": _headers(*known, *_HEADERS_OF_REFUSAL.get(kind, ())),
    }
    if media_type == _HTML:
        answer["content"] = {_HTML: {"schema": {"type": "string"}}}
    elif media_type == _JSON:
        example = {"error": {"code": kind.code, "message": kind.message}, "request_id": str(_REQUEST_ID)}
        answer["content"] = {_JSON: {"schema": _ref("schemas", ApiError.__name__), "example": example}}
    return answer


def _refusals() -> _Json:
    """Every refusal that some operation answers, once."""
    refusals = {}
    for operation in OPERATIONS.values():
        limits = _RATE_LIMIT if operation.needs_key else ()
        for kind in operation.refusals:
            media_type = _HTML if operation.refusals_are_pages else _JSON
            refusals[_name_of_refusal(kind, operation)] = _refusal(kind, limits, media_type)
    return dict(sorted(refusals.items()))


def _name_of_refusal(kind: type[Refusal], operation: Operation) -> str:
    name = "InternalError" if kind is Refusal else kind.__name__
    if operation.refusals_are_pages:
        return f"Page{name}"
    return name if operation.needs_key else f"Public{name}"


def _headers(*names: str) -> _Json:
    return {name: _ref("headers", name) for name in ("X-Correlation-ID", *names)}


def _ref(kind: str, name: str) -> _Json:
    return {"$ref": _REF.format(kind, name)}


def _schemas() -> _Json:
    adapters: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (model.__name__, mode, TypeAdapter(model)) for model, mode in _MODELS
    ]
    _, generated = TypeAdapter.json_schemas(adapters, ref_template=_REF.format("schemas", "{model}"))
    definitions = generated["$defs"]
    for alias, pattern in _PATTERNS.items():
        definitions[alias] |= {"pattern": pattern}
    aliases = {_REF.format("schemas", name): schema for name, schema in definitions.items() if not _is_object(schema)}
    return {
        name: _without_titles(_inlined(schema, aliases))
        for name, schema in sorted(definitions.items())
        if _is_object(schema)
    }


def _is_object(schema: _Json) -> bool:
    return bool(schema.get("type") == "object")


def _inlined(value: Any, aliases: Mapping[str, _Json]) -> Any:
    """Puts the schemas of type aliases where they are used: they are no names for others."""
    if isinstance(value, list):
        return [_inlined(entry, aliases) for entry in value]
    if not isinstance(value, dict):
        return value
    inlined = {name: _inlined(entry, aliases) for name, entry in value.items()}
    if inlined.get("$ref") in aliases:
        return _inlined(aliases[inlined.pop("$ref")], aliases) | inlined
    return inlined


def _without_titles(value: Any) -> Any:
    """Drops the titles that pydantic makes of field names; a field that is called title is no string here."""
    if isinstance(value, list):
        return [_without_titles(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_titles(entry) for name, entry in value.items() if name != "title" or not isinstance(entry, str)
    }
