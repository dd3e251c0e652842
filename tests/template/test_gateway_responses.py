"""API Gateway's own errors have the envelope too. Emulators ignore them, so they are read here as the service would."""

import json
from uuid import UUID, uuid4

import pytest

from report_shares import refusals
from report_shares.api.error_responses import status_of
from tests.template.template import resource

RESPONSES = resource("Api")["GatewayResponses"]

STATUS_OF_CODE = {
    error.code: status_of(error).value
    for error in vars(refusals).values()
    if isinstance(error, type) and issubclass(error, refusals.Refusal)
}

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html: the other kinds of
# 5xx are answered as DEFAULT_5XX says, status included.
KINDS = {
    "ACCESS_DENIED", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip


def test_every_kind_of_answer_that_the_gateway_gives_is_defined() -> None:
    assert set(RESPONSES) == KINDS


def test_whatever_a_failed_or_throttled_function_is_answered_as_it_says_when_to_come_back() -> None:
    """Lambda's own throttling has been seen as more than one kind."""
    assert RESPONSES["DEFAULT_5XX"]["StatusCode"] == 503
    assert "Retry-After" in RESPONSES["DEFAULT_5XX"]["ResponseParameters"]["Headers"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_gateways_own_answer_is_the_envelope_with_the_status_of_its_code(kind: str) -> None:
    response = RESPONSES[kind]
    request_id = str(uuid4())
    (media_type,) = response["ResponseTemplates"]
    body = json.loads(response["ResponseTemplates"][media_type].replace("$context.requestId", request_id))
    headers = response["ResponseParameters"]["Headers"]

    assert media_type == "application/json"
    assert set(body) == {"error", "request_id"}
    assert UUID(body["request_id"])
    assert response["StatusCode"] == STATUS_OF_CODE[body["error"]["code"]]
    assert body["error"]["message"]
    assert headers["X-Correlation-ID"] == "context.requestId"
    assert headers["Cache-Control"] == "'private, no-store'"
    if response["StatusCode"] in (429, 503):
        assert headers["Retry-After"] == f"'{body['error']['details']['retry_after']}'"
    if response["StatusCode"] == 401:
        assert headers["WWW-Authenticate"] == "'Bearer'"
