"""Answers held against the committed OpenAPI document."""

import json
from functools import cache
from typing import Any

import jsonschema

from openapi import COMMITTED
from tests.world import Answer, Json


@cache
def document() -> Json:
    loaded: Json = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return loaded


def response_of(operation: Json, status: int) -> Json:
    """What the operation's document says of this status. Raises ``KeyError`` for one that it does not name."""
    return _resolved(operation["responses"][str(status)])


def check(schema: Json, value: object) -> None:
    """Raises ``jsonschema.ValidationError``; formats count."""
    with_components = {"components": document()["components"], **schema}
    validator = jsonschema.Draft202012Validator(
        with_components, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(value)


def validate(method: str, path: str, answer: Answer) -> None:
    """That status, headers and body of the answer are as the document has them."""
    response = response_of(document()["paths"][path][method], answer.status)
    for name, header in response.get("headers", {}).items():
        described = _resolved(header)
        if name in answer.headers:
            check(described["schema"], _typed(described["schema"], answer.headers[name]))
        else:
            assert not described.get("required"), f"{name} is missing"
    if "content" in response:
        media_type = answer.headers["Content-Type"].partition(";")[0]
        described = response["content"].get(media_type) or response["content"]["text/*"]
        check(described["schema"], answer.json if media_type == "application/json" else answer.text)
    elif method != "head":  # after which the server leaves the body out
        assert answer.text == ""


def _typed(schema: Json, value: str) -> object:
    return int(value) if schema["type"] == "integer" else value


def _resolved(value: Json) -> Json:
    if "$ref" not in value:
        return value
    found: Any = document()
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: Json = found
    return resolved
