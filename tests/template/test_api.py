"""The API as it is deployed: one throttled stage, and no log of the platform's own that would keep a link."""

from typing import Any

from tests.template.template import resource, template


def settings() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = resource("Api")["MethodSettings"]
    return listed


def test_no_trace_or_log_of_the_stage_can_hold_the_path_of_a_link() -> None:
    api = resource("Api")

    assert not api.get("TracingEnabled")
    assert "AccessLogSetting" not in api
    assert not [setting for setting in settings() if setting.get("LoggingLevel", "OFF") != "OFF"]
    assert not [setting for setting in settings() if setting.get("DataTraceEnabled")]


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
