"""The API as it is deployed: one throttled stage, and no log of the platform's own that would keep a link."""

import json
import re
from typing import Any

from tests.template.template import resource, template
from tests.template.transformed import transformed


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
    throttle, *_ = settings()

    assert (throttle["ResourcePath"], throttle["HttpMethod"]) == ("/*", "*")
    assert throttle["ThrottlingRateLimit"] == {"Ref": "ThrottlingRate"}
    assert throttle["ThrottlingBurstLimit"] == {"Ref": "ThrottlingBurst"}


def test_what_no_client_of_ours_asks_for_gets_little() -> None:
    """Throttles are per method; the paths are spelled as API Gateway's stages want them."""
    _, *others = settings()
    caught = {
        event["Properties"]["Path"]
        for function in template()["Resources"].values()
        for event in function.get("Properties", {}).get("Events", {}).values()
        if event["Properties"].get("Method") == "any"
    }

    spelled = {"/" + path.replace("/", "~1") if path != "/" else "/" for path in caught}
    little = [one for one in others if one["HttpMethod"] == "ANY"]
    assert {one["ResourcePath"] for one in little} == spelled
    assert {one["ThrottlingRateLimit"] for one in little} == {20}


def test_what_writes_without_a_key_is_throttled_below_the_rest() -> None:
    _, *others = settings()
    routes = [event["Properties"] for event in resource("SharedReportFunction")["Events"].values()]

    writing = {(one["ResourcePath"], one["ThrottlingRateLimit"]) for one in others if one["HttpMethod"] == "POST"}
    assert writing == {("/" + one["Path"].replace("/", "~1"), 100) for one in routes if one["Method"] == "post"}


def test_every_path_and_method_has_a_function() -> None:
    """API Gateway would answer the rest itself, and what its Authorization header says, in words of its own."""
    events = resource("SharedReportFunction")["Events"].values()
    whole = {one["Properties"]["Path"] for one in events if one["Properties"]["Method"] == "any"}

    assert {"/", "/{proxy+}"} <= whole


def test_two_stacks_of_a_region_do_not_share_the_apis_metrics() -> None:
    assert resource("Api")["Name"] == {"Ref": "AWS::StackName"}
    assert "report-shares-${Stage}" not in json.dumps(template())


def test_the_apis_own_address_is_closed_where_it_has_another() -> None:
    """What the firewall and the custom domain's TLS settings hold cannot be walked around."""
    assert resource("Api")["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasCustomDomain", True, False]}
    condition, own, _ = template()["Outputs"]["ApiUrl"]["Value"]["Fn::If"]
    assert (condition, own) == ("HasCustomDomain", {"Fn::Sub": "https://${CustomDomain}"})


# ---- the account's own -----------------------------------------------------------------------------------------------


def needed(name: str, resources: dict[str, Any]) -> set[str]:
    """The resources that one is made after: those that it names, and what it depends on."""
    one = resources[name]
    text = json.dumps(one.get("Properties", {}))
    named = set(re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', text)) | set(re.findall(r"\$\{(\w+)", text))
    depends = one.get("DependsOn", [])
    return (named | set([depends] if isinstance(depends, str) else depends)) & resources.keys()


def after(name: str, resources: dict[str, Any]) -> set[str]:
    """All that is made before a resource."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = needed(waiting.pop(), resources) - found
        found |= new
        waiting += new
    return found


def test_the_role_for_access_logs_waits_for_an_api_and_the_stage_for_the_role() -> None:
    """API Gateway refuses the role in an account without an API, and an access log without the role."""
    resources = transformed("prod")["Resources"]

    assert "Api" in after("GatewayLogs", resources)
    assert "GatewayLogs" in after("ApiStage", resources)
    assert not [name for name in resources if name in after(name, resources)]


# ---- the firewall ----------------------------------------------------------------------------------------------------


def test_the_firewall_is_there_on_request_and_counts_by_address() -> None:
    made = template()["Resources"]
    assert {made[name]["Condition"] for name in made if name.startswith("Firewall")} == {"HasFirewall"}
    assert template()["Parameters"]["RequestsPerAddress"]["Default"] == 0

    (rule,) = resource("Firewall")["Rules"]

    assert rule["Statement"]["RateBasedStatement"]["AggregateKeyType"] == "IP"
    assert rule["Statement"]["RateBasedStatement"]["Limit"] == {"Ref": "RequestsPerAddress"}


def test_nothing_that_the_firewall_keeps_holds_the_path_of_a_link_or_a_key() -> None:
    samples = [
        resource("Firewall")["VisibilityConfig"],
        *(one["VisibilityConfig"] for one in resource("Firewall")["Rules"]),
    ]

    assert {one["SampledRequestsEnabled"] for one in samples} == {False}
    hidden = resource("FirewallLogging")["RedactedFields"]
    assert [next(iter(field)) for field in hidden] == ["UriPath", "QueryString", "SingleHeader"]
    assert hidden[2]["SingleHeader"] == {"Name": "authorization"}
    assert resource("FirewallLogGroup")["LogGroupName"]["Fn::Sub"].startswith("aws-waf-logs-")


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

    assert {"/shared", "/shared/{token}", "/shared/{token}/{file}", "/{proxy+}"} <= any_method
