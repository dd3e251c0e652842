"""Writes the committed OpenAPI document anew: ``make openapi``.

Powertools makes it of the functions' routes. Added here is what routes cannot say: refusals, headers and links.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, License, Server, Tag
from functions.share_api.app import app as share_api
from functions.shared_report.app import app as shared_report
from pydantic.json_schema import models_json_schema

from report_shares import refusals
from report_shares.api.error_responses import status_of
from report_shares.contract.errors import REQUEST_ID_EXAMPLE, ApiError
from report_shares.contract.share import SHARE_EXAMPLE
from report_shares.refusals import Refusal

type _Json = dict[str, Any]

COMMITTED = Path(str(resources.files("report_shares.api") / "openapi.json"))
_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_REF = "#/components/{}/{}"
_TEXT: _Json = {"type": "string"}
_NUMBER: _Json = {"type": "integer", "minimum": 0}
# What each header says, its schema, and whether it always stands where the document names it.
_HEADERS: Mapping[str, tuple[str, _Json, bool]] = {
    "X-Correlation-ID": ("Server-made id of the request, as in an error's request_id.", {"format": "uuid"}, True),
    "RateLimit-Limit": ("Requests that the key may make in any minute.", {"type": "integer", "minimum": 1}, False),
    "RateLimit-Remaining": ("Requests that the key has left now.", _NUMBER, False),
    "RateLimit-Reset": ("Seconds until the key has all its requests again.", _NUMBER, False),
    "Retry-After": ("Seconds to wait before the next attempt.", _NUMBER, True),
    "Location": ("Path of the new share, or of the page that was meant.", {"format": "uri-reference"}, True),
    "Allow": ("The methods that the route has.", {}, True),
    # API Gateway renames what a function sets: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    "WWW-Authenticate": (
        "How to authenticate. On AWS it is called `x-amzn-Remapped-WWW-Authenticate`.",
        {"pattern": "^(Bearer|X-Share-Password)"},
        False,
    ),
    "Set-Cookie": ("What opens the page for a day; not there for a link without a password.", {}, False),
    "Access-Control-Allow-Headers": ("The header that a script may send.", {"const": "X-Share-Password"}, True),
    "Access-Control-Allow-Methods": ("What a script may ask.", {"const": "GET, HEAD"}, True),
    "Idempotent-Replayed": ("The answer to the first request with this Idempotency-Key.", {"const": "true"}, False),
    "ETag": ("Changes with all that the page shows; for If-None-Match.", {}, True),
    "Content-Security-Policy": ("Nothing but the page's own script and styles, and the brand's logo.", {}, True),
    "Content-Disposition": ("That it is kept as a file, and under which name.", {"pattern": "^attachment"}, True),
    "Cache-Control": ("Who may keep the answer, and for how long.", {}, False),
}
_RATE_LIMIT = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_HEADERS_OF_REFUSAL: Mapping[type[Refusal], tuple[str, ...]] = {
    refusals.Unauthorized: ("WWW-Authenticate",),
    refusals.PasswordRequired: ("WWW-Authenticate",),
    refusals.MethodNotAllowed: ("Allow",),
    refusals.RateLimited: ("Retry-After",),
    refusals.ServiceUnavailable: ("Retry-After",),
}
_ANY = (refusals.MethodNotAllowed, refusals.RateLimited, Refusal, refusals.ServiceUnavailable)
_KEYED = (*_ANY, refusals.InvalidRequest, refusals.Unauthorized, refusals.Forbidden, refusals.NotFound)
_WITH_BODY = (refusals.PayloadTooLarge, refusals.UnsupportedMediaType, refusals.InvalidBody)
_WITH_FORM = (refusals.PayloadTooLarge, refusals.UnsupportedMediaType)
_OF_LINKS = (refusals.Gone, refusals.PasswordRequired)
_HEADERS_OF_STATUS = {"201": ("Location",), "303": ("Location", "Set-Cookie"), "308": ("Location",)}
_HEADERS_OF_PAGE = {"200": ("ETag", "Content-Security-Policy"), "304": ("ETag",)}
_HEADERS_OF_OPTIONS = ("Access-Control-Allow-Headers", "Access-Control-Allow-Methods")
_PASSWORD: _Json = {"type": "string", "format": "password", "writeOnly": True}
_FORM: _Json = {"type": "object", "properties": {"password": _PASSWORD}}
# Of routes that read their bodies themselves.
_BODIES: Mapping[str, _Json] = {
    "enterSharedReportPage": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": _FORM}}}}
}


def generated() -> str:
    """The document as it is committed."""
    document = json.loads(
        share_api.get_openapi_json_schema(
            title="Scheduled-report shares",
            version=_PROJECT["version"],
            description=_PROJECT["description"] + ".",
            license_info=License(name="MIT", identifier="MIT"),
            servers=[Server(url="..")],  # relative to where this document is served: the API's own stage
            tags=[
                Tag(name="Shares", description="Create and manage one's own shares."),
                Tag(name="Public", description="What anyone may read."),
            ],
            security_schemes={"apiKey": HTTPBearer(bearerFormat="rp_live_...", description="An API key.")},
        )
    )
    public = json.loads(shared_report.get_openapi_json_schema())
    _, errors = models_json_schema([(ApiError, "serialization")], ref_template=_REF.format("schemas", "{model}"))
    paths, components = document["paths"] | public["paths"], document["components"]
    schemas = errors["$defs"] | components["schemas"] | public["components"]["schemas"]
    names = {_REF.format("schemas", name): schema for name, schema in schemas.items() if "properties" not in schema}
    components["schemas"] = {
        name: _plain(schema, names)
        for name, schema in sorted(schemas.items())
        if "properties" in schema and not name.endswith("ValidationError")
    }
    components["responses"] = {}
    for path, item in paths.items():
        for method, operation in item.items():
            _complete(path, method, operation, components["responses"])
    components["headers"] = {
        name: {"description": text, "schema": _TEXT | schema} | ({"required": True} if is_always else {})
        for name, (text, schema, is_always) in _HEADERS.items()
    }
    document["paths"] = _plain(paths, names)
    return json.dumps(document, indent=2) + "\n"  # in ASCII: patterns have characters that nobody sees


def _complete(path: str, method: str, operation: _Json, shared: _Json) -> None:
    """Adds to an operation what its route cannot say; refusals stand among the ``shared`` answers."""
    is_public, is_page = operation["tags"] == ["Public"], path.startswith("/shared/")
    is_file = path.endswith("/{file}")
    is_change = not is_public and method not in ("get", "head")
    operation |= _BODIES.get(operation["operationId"], {})
    operation["security"] = [] if is_public else [{"apiKey": []}]
    for parameter in operation.setdefault("parameters", []):
        parameter["schema"].pop("description", None)
        if parameter["in"] == "header":  # which the resolver has in lower case, and null where it is left out
            parameter["name"], parameter["schema"] = parameter["name"].title(), parameter["schema"]["anyOf"][0]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"] = content["schema"].get("anyOf", [content["schema"]])[0]

    answers = {status: answer for status, answer in operation["responses"].items() if int(status) < 400}
    for status, answer in answers.items():
        headers = ["Cache-Control"] if is_public else list(_RATE_LIMIT)
        headers += ["Content-Disposition"] if is_file and status == "200" else []
        headers += _HEADERS_OF_PAGE.get(status, ()) if is_page and not is_file else ()
        headers += _HEADERS_OF_STATUS.get(status, ())
        headers += _HEADERS_OF_OPTIONS if method == "options" else ()
        headers += ["Idempotent-Replayed"] if is_change else ()
        answer["headers"] = _headers(headers)
        content = answer["content"] if answer["content"] and method != "head" else answer.pop("content")
        shown = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if shown == "ScheduledReportShare":
            content["application/json"]["example"] = SHARE_EXAMPLE
        if shown.startswith("ScheduledReportShare"):
            answer["links"] = _links("/data/0" if shown.endswith("List") else "")

    kinds = (*(_ANY if is_public else _KEYED), *((refusals.Conflict,) if is_change else ()))
    kinds += (_WITH_FORM if is_page else _WITH_BODY) if "requestBody" in operation else ()
    kinds += (refusals.NotFound,) if "{" in path else ()
    if "{token}" in path and method != "options":
        kinds += _OF_LINKS if is_page else (*_OF_LINKS, refusals.InvalidRequest)  # for the header of a password
    for kind in kinds:
        # Whose key is unknown has no limit.
        limits = () if is_public or kind is refusals.Unauthorized else _RATE_LIMIT
        refusal: _Json = {"headers": _headers((*limits, *_HEADERS_OF_REFUSAL.get(kind, ())))}
        refusal["description"] = kind.message
        kind_name = "InternalError" if kind is Refusal else kind.__name__
        name = ("Page" if is_page else "Public" if is_public else "") + kind_name
        if method != "head":
            example = {"error": {"code": kind.code, "message": kind.message}, "request_id": REQUEST_ID_EXAMPLE}
            error = {"schema": {"$ref": _REF.format("schemas", "ApiError")}, "example": example}
            content = {"text/html": {"schema": _TEXT}} if is_page else {"application/json": error}
            shared[name] = refusal | {"content": content}
            refusal = {"$ref": _REF.format("responses", name)}
        answers[str(status_of(kind).value)] = refusal
    operation["responses"] = dict(sorted(answers.items()))


def _links(share: str) -> _Json:
    """Where one can go from a share that the answer shows at this JSON pointer."""
    schedule = {"scheduled_report_id": "$request.path.scheduled_report_id"}
    this_share = schedule | {"share_id": f"$response.body#{share}/id"}
    token = {"token": f"$response.body#{share}/access_token"}
    targets = {
        "list": ("listScheduledReportShares", schedule),
        "get": ("getScheduledReportShare", this_share),
        "change": ("changeScheduledReportShare", this_share),
        "revoke": ("revokeScheduledReportShare", this_share),
        "revokeAll": ("revokeScheduledReportShares", schedule),
        "read": ("getSharedReport", token),
        "open": ("getSharedReportPage", token),
    }
    return {name: {"operationId": target, "parameters": given} for name, (target, given) in targets.items()}


def _headers(names: Iterable[str]) -> _Json:
    return {name: {"$ref": _REF.format("headers", name)} for name in ("X-Correlation-ID", *names)}


def _plain(value: Any, aliases: Mapping[str, _Json]) -> Any:
    """Without titles made of field names, and with the schemas of type aliases where they are used."""
    if isinstance(value, list):
        return [_plain(entry, aliases) for entry in value]
    if not isinstance(value, dict):
        return value
    named = {name: entry for name, entry in value.items() if name != "title" or not isinstance(entry, str)}
    plain = {name: _plain(entry, aliases) for name, entry in named.items()}
    return _plain(aliases[plain.pop("$ref")], aliases) | plain if plain.get("$ref") in aliases else plain


if __name__ == "__main__":
    COMMITTED.write_text(generated(), encoding="utf-8")
