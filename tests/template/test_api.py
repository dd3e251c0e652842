"""The API as it is deployed: one throttled stage, and no log of the platform's own that would keep a link."""

import json
import re
from typing import Any

from tests.template.template import resource, template


def settings() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = resource("Api")["MethodSettings"]
    return listed


def test_no_trace_or_execution_log_of_the_stage_can_hold_the_path_of_a_link() -> None:
    assert not resource("Api").get("TracingEnabled")
    assert not [setting for setting in settings() if setting.get("LoggingLevel", "OFF") != "OFF"]
    assert not [setting for setting in settings() if setting.get("DataTraceEnabled")]


# Of https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html those
# that hold neither what a client sent nor who the client is.
LOGGED = {
    "error.responseType", "extendedRequestId", "httpMethod", "integration.requestId", "requestTimeEpoch",
    "resourcePath", "responseLatency", "responseLength", "status",
}  # fmt: skip


def test_an_access_log_line_has_the_paths_template_and_nothing_that_a_client_sent() -> None:
    line = resource("Api")["AccessLogSetting"]["Format"]

    assert set(re.findall(r"\$context\.([\w.]+)", line)) == LOGGED
    assert json.loads(line)["route"] == "$context.httpMethod $context.resourcePath"


def test_no_second_stage_is_deployed_beside_the_throttled_one() -> None:
    """https://github.com/aws/serverless-application-model/issues/191: SAM adds "Stage" unless a version is set."""
    assert template()["Globals"]["Api"]["OpenApiVersion"] == "3.0.1"


def test_answers_that_are_worth_it_are_compressed() -> None:
    """The emulator does not compress; API Gateway does, from this many bytes on."""
    assert template()["Resources"]["Api"]["Properties"]["MinimumCompressionSize"] == 1024


def test_every_method_is_throttled() -> None:
    (throttle,) = settings()

    assert (throttle["ResourcePath"], throttle["HttpMethod"]) == ("/*", "*")
    assert throttle["ThrottlingRateLimit"] == {"Ref": "ThrottlingRate"}
    assert throttle["ThrottlingBurstLimit"] == {"Ref": "ThrottlingBurst"}


def test_no_two_resources_with_a_variable_stand_beside_each_other() -> None:
    """API Gateway refuses a sibling, also ``{proxy+}``: a template in which there is one cannot be deployed."""
    variables: dict[str, set[str]] = {}
    for function in ("ShareApiFunction", "SharedReportFunction"):
        for found in resource(function)["Events"].values():
            parts = found["Properties"]["Path"].split("/")
            for place, part in enumerate(parts):
                if part.startswith("{"):
                    variables.setdefault("/".join(parts[:place]), set()).add(part)

    assert {parent: names for parent, names in variables.items() if len(names) > 1} == {}


def test_the_public_side_answers_for_all_that_there_is_no_resource_for() -> None:
    events = resource("SharedReportFunction")["Events"].values()
    any_method = {found["Properties"]["Path"] for found in events if found["Properties"]["Method"] == "any"}

    assert {"/shared", "/shared/{token}", "/{proxy+}"} <= any_method
