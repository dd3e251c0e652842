"""The committed OpenAPI document: that it is valid, complete and the one that the code makes."""

import re
import shutil
import subprocess
import tomllib
from functools import cache
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local_service.environment import ROOT
from openapi import COMMITTED, generated
from report_shares import refusals
from tests.lacking import lacking
from tests.openapi.schemas import check, document, response_of, validate
from tests.template.template import template
from tests.world import World, event

SHARES = "/v1/scheduled-reports/{scheduled_report_id}/shares"

# The published page's own examples, by status.
SEED_SHARE = {
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
}
SEED_ERRORS = {
    400: ("validation_error", "Request validation failed"),
    401: ("unauthorized", "Missing or invalid credentials"),
    403: ("forbidden", "You do not have permission to access this resource"),
    404: ("not_found", "Resource not found"),
    409: ("conflict", "Resource conflict"),
    422: ("body_validation_error", "Request body did not match the expected schema"),
    429: ("rate_limit_exceeded", "Per-minute rate limit exceeded"),
    500: ("internal_error", "An unexpected error occurred"),
    503: ("service_unavailable", "Service temporarily unavailable, please retry"),
}
SEED_REQUEST_ID = "9f6c4e8a-1d3b-4c8b-9f1e-7a3b1c2d3e4f"


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == generated(), "`make openapi` writes it anew"


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_the_documents_version_is_the_projects_and_the_changelogs_latest() -> None:
    """CHANGELOG.md: versions follow the HTTP API."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    released = re.findall(r"^## (\d+\.\d+\.\d+) - ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert document()["info"]["version"] == project["version"] == released[0]


def test_the_document_is_served_as_it_is_committed(world: World) -> None:
    answer = world.send(world.shared_report, event("read_openapi"))

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.text == COMMITTED.read_text(encoding="utf-8")
    validate("get", "/v1/openapi.json", answer)


def test_every_pattern_compiles_where_clients_compile_it() -> None:
    """In Unicode mode, as validators in JavaScript do: https://262.ecma-international.org/#sec-regexp-pattern-flags"""
    node = shutil.which("node")
    if node is None:
        lacking("patterns are compiled by JavaScript: node is missing")
    patterns = sorted(set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', COMMITTED.read_text(encoding="utf-8"))))
    program = f"for (const pattern of [{','.join(patterns)}]) new RegExp(pattern, 'u')"

    ran = subprocess.run([node, "-e", program], capture_output=True, text=True, check=False)

    assert len(patterns) >= 8
    assert ran.stderr == ""


def test_the_template_routes_each_documented_method_by_name() -> None:
    named = {
        (event["Properties"]["Path"], event["Properties"]["Method"])
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] != "any"
    }

    assert {(path, method) for path, item in document()["paths"].items() for method in item} == named


@cache
def _post() -> dict[str, Any]:
    operation: dict[str, Any] = document()["paths"][SHARES]["post"]
    return operation


@pytest.mark.parametrize("status", [201, *SEED_ERRORS])
def test_the_published_example_of_each_status_validates(status: int) -> None:
    if status == 201:
        example: Any = SEED_SHARE
    else:
        code, message = SEED_ERRORS[status]
        example = {"error": {"code": code, "message": message}, "request_id": SEED_REQUEST_ID}

    schema = response_of(_post(), status)["content"]["application/json"]["schema"]

    check(schema, example)


@pytest.mark.parametrize("status", [201, *SEED_ERRORS])
def test_the_example_in_the_document_is_the_published_one(status: int) -> None:
    example = response_of(_post(), status)["content"]["application/json"]["example"]

    if status == 201:
        left_out = {"has_password": False, "last_viewed_at": None, "live": False, "name": None, "views_count": 0}
        assert example == SEED_SHARE | left_out | {"white_label_config": None}
    else:
        code, message = SEED_ERRORS[status]
        assert example == {"error": {"code": code, "message": message}, "request_id": SEED_REQUEST_ID}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("access_token", "short"),
        ("brand_id", "no uuid"),
        ("created_at", "yesterday"),
        ("is_existing", "no"),
        ("object", "share"),
        ("white_label_config", {"primary_color": "red"}),
        ("id", None),
    ],
)
def test_the_schema_of_a_share_refuses_what_is_none(field: str, value: object) -> None:
    schema = response_of(_post(), 201)["content"]["application/json"]["schema"]

    with pytest.raises(jsonschema.ValidationError):
        check(schema, SEED_SHARE | {field: value})


def test_every_code_of_the_service_is_in_the_catalogue_of_the_document() -> None:
    codes = {
        value.code
        for value in vars(refusals).values()
        if isinstance(value, type) and issubclass(value, refusals.Refusal)
    }

    assert set(document()["components"]["schemas"]["ErrorInfo"]["properties"]["code"]["enum"]) == codes


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, item in document()["paths"].items() for method in item]
)
def test_only_what_is_under_scheduled_reports_needs_a_key(path: str, method: str) -> None:
    operation = document()["paths"][path][method]

    needs_key = path.startswith("/v1/scheduled-reports/")
    assert operation["security"] == ([{"apiKey": []}] if needs_key else [])
    asks_for_a_password = "{token}" in path and method != "options"
    assert ("401" in operation["responses"]) == (needs_key or asks_for_a_password)
    answers = [response_of(operation, int(status)) for status in operation["responses"]]
    assert all("X-Correlation-ID" in answer["headers"] for answer in answers)


def test_from_a_created_share_links_lead_to_reading_extending_and_revoking_it() -> None:
    links = response_of(_post(), 201)["links"]

    assert {link["operationId"] for link in links.values()} == {
        "listScheduledReportShares",
        "getScheduledReportShare",
        "changeScheduledReportShare",
        "revokeScheduledReportShare",
        "revokeScheduledReportShares",
        "getSharedReport",
        "getSharedReportPage",
    }
