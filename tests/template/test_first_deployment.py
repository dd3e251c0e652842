"""What a first deployment to a real account meets: read from the template as CloudFormation is given it."""

import json
from typing import Any

import pytest

from tests.template.transformed import of_type, transformed

STAGES = ("dev", "prod")


def resource(stage: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = transformed(stage)["Resources"][name]
    return found


def properties(stage: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resource(stage, name)["Properties"]
    return found


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", ["Table", "Bucket", "TokenSecret", "GatewayLogs", "GatewayLogsRole"])
def test_what_is_kept_is_not_left_behind_by_a_stack_that_could_not_be_made(stage: str, name: str) -> None:
    kept = resource(stage, name)

    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_holds_each_method_and_those_that_nobody_needs_to_little(stage: str) -> None:
    everything, *others = properties(stage, "ApiStage")["MethodSettings"]

    assert (everything["ResourcePath"], everything["ThrottlingRateLimit"]) == ("/*", {"Ref": "ThrottlingRate"})
    assert {one["HttpMethod"] for one in others} == {"ANY", "POST"}
    assert {"/", "/~1{proxy+}"} <= {one["ResourcePath"] for one in others}
    assert {one["ThrottlingRateLimit"] for one in others} == {20, 100}


@pytest.mark.parametrize("stage", STAGES)
def test_the_api_answers_every_path_itself_under_its_own_name_and_address(stage: str) -> None:
    api = properties(stage, "Api")

    assert api["Name"] == {"Ref": "AWS::StackName"}
    (server,) = api["Body"]["servers"]
    is_closed = server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]
    assert is_closed == {"Fn::If": ["HasCustomDomain", True, False]}
    for path in ("/", "/{proxy+}"):
        assert "x-amazon-apigateway-any-method" in api["Body"]["paths"][path]


@pytest.mark.parametrize("stage", STAGES)
def test_whatever_fails_behind_the_gateway_is_503_with_a_time_to_come_back(stage: str) -> None:
    answers = properties(stage, "Api")["Body"]["x-amazon-apigateway-gateway-responses"]

    assert not [kind for kind in answers if kind.startswith(("INTEGRATION", "API_CONFIGURATION", "AUTHORIZER"))]
    assert int(answers["DEFAULT_5XX"]["statusCode"]) == 503
    assert answers["DEFAULT_5XX"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'2'"


@pytest.mark.parametrize("stage", STAGES)
def test_the_table_is_capped_and_costs_no_key(stage: str) -> None:
    table = properties(stage, "Table")

    assert set(table["OnDemandThroughput"]) == {"MaxReadRequestUnits", "MaxWriteRequestUnits"}
    assert "SSESpecification" not in table


@pytest.mark.parametrize("stage", STAGES)
def test_functions_are_told_from_other_stacks_and_log_little(stage: str) -> None:
    for name in ("ShareApiFunction", "SharedReportFunction", "RollUpFunction"):
        function = properties(stage, name)
        assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"
        assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    named = json.dumps([alarm["Properties"] for alarm in of_type(stage, "AWS::CloudWatch::Alarm").values()])
    assert "report-shares" not in named


@pytest.mark.parametrize("stage", STAGES)
def test_an_arrival_that_eventbridge_gives_up_becomes_a_dead_letter(stage: str) -> None:
    (target,) = properties(stage, "RunFileArrived")["Targets"]

    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["RunDeadLetterQueue", "Arn"]}


def test_new_versions_are_looked_at_before_they_get_traffic() -> None:
    for name in ("ShareApi", "SharedReport", "RollUp"):
        update = resource("prod", f"{name}FunctionAliaslive")["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        condition, hook, _ = update["BeforeAllowTrafficHook"]["Fn::If"]
        assert (condition, hook) == ("HasCanary", {"Ref": "ReleaseCheckFunction"})
