"""What must always be there, for each resource of its kind; what is new is held to it without being listed here."""

import re
from typing import Any

import pytest

from tests.template.template import dashboard, template
from tests.template.transformed import of_type, transformed

PARAMETERS: dict[str, Any] = template()["Parameters"]
RESOURCES: dict[str, Any] = template()["Resources"]


def named(kind: str) -> list[str]:
    return sorted(name for name, found in RESOURCES.items() if found["Type"] == kind)


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


def parameters_in(value: object) -> set[str]:
    """The parameters that a value is made from, also by way of the conditions it asks."""
    text = repr(value)
    referred = set(re.findall(r"'Ref': '(\w+)'", text)) | set(re.findall(r"\$\{(\w+)\}", text))
    asked = re.findall(r"'Fn::If': \['(\w+)'", text)
    for condition in asked:
        referred |= parameters_in(template()["Conditions"][condition])
    return referred & PARAMETERS.keys()


# ---- parameters and outputs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_says_what_it_is_and_what_it_may_be(name: str) -> None:
    parameter = PARAMETERS[name]

    assert parameter["Description"].endswith(".")
    assert parameter.keys() & {"AllowedValues", "AllowedPattern", "MinValue"}
    assert "Default" in parameter


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_is_used(name: str) -> None:
    rest = {section: value for section, value in template().items() if section not in ("Parameters", "Rules")}

    assert name in parameters_in(rest)


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_an_output_says_what_it_is(name: str) -> None:
    assert template()["Outputs"][name]["Description"].endswith((".", "/v1/..."))


# ---- data ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*named("AWS::DynamoDB::Table"), *named("AWS::S3::Bucket"), *named("AWS::SecretsManager::Secret")]
)
def test_data_outlives_the_stack(name: str) -> None:
    kept = RESOURCES[name]

    # But for a stack whose creation fails: each new attempt would leave another one behind.
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("name", named("AWS::DynamoDB::Table"))
def test_a_table_can_be_had_back_and_cannot_be_deleted_in_production(name: str) -> None:
    table = properties(name)

    # By a key of DynamoDB's own, which costs nothing; SSESpecification would ask for one of KMS with a price per call.
    assert "SSESpecification" not in table
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProduction", True, False]}


def test_what_the_table_can_cost_is_capped() -> None:
    assert properties("Table")["OnDemandThroughput"] == {
        "MaxReadRequestUnits": {"Ref": "TableReadUnits"},
        "MaxWriteRequestUnits": {"Ref": "TableWriteUnits"},
    }


def test_what_the_account_costs_is_watched_on_request_by_an_address_that_has_to_be_given() -> None:
    assert RESOURCES["Budget"]["Condition"] == "HasBudget"
    assert PARAMETERS["MonthlyBudget"]["Default"] == 0
    assert template()["Rules"]["AddressWithBudget"]
    told = properties("Budget")["NotificationsWithSubscribers"]
    assert [one["Notification"]["NotificationType"] for one in told] == ["ACTUAL", "FORECASTED"]
    assert {str(one["Subscribers"]) for one in told} == {
        str([{"SubscriptionType": "EMAIL", "Address": {"Ref": "AlarmEmail"}}])
    }


def test_what_eventbridge_gives_up_is_kept_with_the_dead_letters() -> None:
    (target,) = properties("RunFileArrived")["Targets"]
    (statement,) = properties("RunQueuePolicy")["PolicyDocument"]["Statement"]
    queue = {"Fn::GetAtt": "RunDeadLetterQueue.Arn"}

    assert target["DeadLetterConfig"] == {"Arn": queue}
    assert queue in statement["Resource"]
    assert {"Ref": "RunDeadLetterQueue"} in properties("RunQueuePolicy")["Queues"]


def test_the_share_row_expires_by_ttl() -> None:
    assert properties("Table")["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


@pytest.mark.parametrize("name", named("AWS::S3::Bucket"))
def test_a_bucket_deletes_by_itself_only_what_was_deleted_or_replaced_before(name: str) -> None:
    """A rule sees no rows: it cannot know what is pointed to."""
    rules = properties(name)["LifecycleConfiguration"]["Rules"]
    forgets = {"NoncurrentVersionExpiration", "ExpiredObjectDeleteMarker", "AbortIncompleteMultipartUpload"}
    assert {what for rule in rules for what in rule} - {"Id", "Status", "Prefix"} <= forgets
    assert all(
        rule.get("NoncurrentVersionExpiration", {"NoncurrentDays": 30})["NoncurrentDays"] >= 30 for rule in rules
    )


@pytest.mark.parametrize("name", named("AWS::S3::Bucket"))
def test_a_bucket_is_private_versioned_encrypted_and_spoken_to_over_tls_only(name: str) -> None:
    bucket = properties(name)
    (policy,) = [found for found in map(properties, named("AWS::S3::BucketPolicy")) if found["Bucket"] == {"Ref": name}]
    (tls,) = policy["PolicyDocument"]["Statement"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize("name", named("AWS::SQS::Queue"))
def test_a_queue_is_encrypted_and_keeps_its_messages_for_two_weeks(name: str) -> None:
    queue = properties(name)

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


# ---- functions -------------------------------------------------------------------------------------------------------

ALL_FUNCTIONS = named("AWS::Serverless::Function")
# They ask the service from outside: nobody is routed to them bit by bit, and nothing has to go back to an earlier one.
CHECKS = ["ReleaseCheckFunction", "SyntheticCheckFunction"]
FUNCTIONS = [name for name in ALL_FUNCTIONS if name not in CHECKS]


@pytest.mark.parametrize("name", ALL_FUNCTIONS)
def test_a_function_has_a_declared_log_group_with_a_retention(name: str) -> None:
    logging = properties(name)["LoggingConfig"]

    assert logging["LogFormat"] == "JSON"
    # Lambda's own three lines for each request cost more than the reads that they tell of; metrics say the same.
    assert logging["SystemLogLevel"] == "WARN"
    assert logging["LogGroup"]["Ref"] in named("AWS::Logs::LogGroup")


@pytest.mark.parametrize("name", named("AWS::Logs::LogGroup"))
def test_a_log_group_forgets(name: str) -> None:
    assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_a_function_is_called_by_way_of_its_alias_only(stage: str) -> None:
    made = transformed(stage)["Resources"]

    for name in FUNCTIONS:
        assert made[f"{name}Aliaslive"]["Properties"]["Name"] == "live"
    assert not [name for name in CHECKS if f"{name}Aliaslive" in made]
    callers = of_type(stage, "AWS::Lambda::EventSourceMapping") | of_type(stage, "AWS::ApiGateway::RestApi")
    called = set(re.findall(r"\w+Function\w*", repr([caller["Properties"] for caller in callers.values()])))
    assert called == {f"{name}Aliaslive" for name in FUNCTIONS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_changed_parameter_makes_a_new_version_of_the_functions_it_configures(name: str) -> None:
    """SAM leaves parameters' values out of what it makes a version for; the description of a version is its own."""
    function = properties(name)
    structural = {"Stage", "LogRetentionDays"}
    configures = {key: function[key] for key in ("Environment", "SnapStart") if key in function}
    common = template()["Globals"]["Function"]

    needed = parameters_in([configures, common["Environment"], common["Architectures"]]) - structural

    assert needed <= parameters_in(function["VersionDescription"])
    assert function["AutoPublishAliasAllProperties"] is True


def test_a_version_says_which_address_it_makes_links_with() -> None:
    function = properties("ShareApiFunction")
    _, said = function["VersionDescription"]["Fn::Sub"]

    assert said["PublicUrl"] == function["Environment"]["Variables"]["PUBLIC_BASE_URL"]


def test_a_changed_layer_makes_new_versions_of_the_functions() -> None:
    assert properties("DomainLayer")["PublishLambdaVersion"] is True


def test_production_shifts_traffic_bit_by_bit_and_goes_back_on_an_alarm() -> None:
    groups = of_type("prod", "AWS::CodeDeploy::DeploymentGroup")
    # An alarm that tells of what was there before the deployment would also turn back the one that mends it.
    of_its_own = {f"{name}DeploymentGroup": {f"{name.removesuffix('Function')}ErrorsAlarm"} for name in FUNCTIONS}
    of_the_api = {"ServerErrorsAlarm", "FailedRequestsAlarm"}
    handled = {
        "ShareApiFunctionDeploymentGroup": of_the_api,
        "SharedReportFunctionDeploymentGroup": of_the_api,
        "RollUpFunctionDeploymentGroup": {"RunFilesNotFoldedAlarm"},
    }

    assert set(groups) == {f"{name}DeploymentGroup" for name in FUNCTIONS}
    for name, group in groups.items():
        settings = group["Properties"]
        assert settings["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Canary10Percent5Minutes"}
        assert "DEPLOYMENT_STOP_ON_ALARM" in settings["AutoRollbackConfiguration"]["Events"]
        watched = {alarm["Name"]["Ref"] for alarm in settings["AlarmConfiguration"]["Alarms"]}
        assert watched == of_its_own[name] | handled[name]


def test_production_asks_new_versions_before_it_shifts_any_traffic() -> None:
    made = transformed("prod")["Resources"]
    versions = {made[f"{name}Aliaslive"]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0] for name in FUNCTIONS}
    check = made["ReleaseCheckFunction"]["Properties"]

    for name in FUNCTIONS:
        update = made[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        hook = {"Fn::If": ["HasCanary", {"Ref": "ReleaseCheckFunction"}, {"Ref": "AWS::NoValue"}]}
        assert update["BeforeAllowTrafficHook"] == hook
    # CodeDeploy's own role may call what is named so, and nothing else.
    assert check["FunctionName"]["Fn::Sub"].startswith("CodeDeployHook_${AWS::StackName}")
    asked = {name: value["Ref"] for name, value in check["Environment"]["Variables"].items() if "_VERSION" in name}
    assert set(asked.values()) == versions
    assert [re.match("([A-Za-z]+?)Function", version)[1] for version in asked.values()] == [  # type: ignore[index]
        name.removesuffix("_VERSION").title().replace("_", "") for name in asked
    ]


def test_the_release_check_is_there_where_there_is_a_canary() -> None:
    of_the_check = [name for name in RESOURCES if name.startswith("ReleaseCheck")]

    assert template()["Conditions"]["HasCanary"] == {
        "Fn::Equals": [{"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "Canary"]}, "true"]
    }
    assert len(of_the_check) == 3
    assert {RESOURCES[name]["Condition"] for name in of_the_check} == {"HasCanary"}


@pytest.mark.parametrize(
    ("name", "statistic", "threshold"), [("FailedRequestsAlarm", "Average", 0.01), ("RunFilesNotFoldedAlarm", "Sum", 1)]
)
def test_one_failure_in_a_quiet_minute_turns_a_deployment_back_and_is_over_when_the_canary_is(
    name: str, statistic: str, threshold: float
) -> None:
    alarm = properties(name)

    assert (alarm["Statistic"], alarm["Threshold"], alarm["Period"]) == (statistic, threshold, 60)
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (5, 1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_errors_that_turn_a_deployment_back_are_those_of_the_alias(name: str) -> None:
    alarm = properties(f"{name.removesuffix('Function')}ErrorsAlarm")
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
    assert dimensions == {"FunctionName": {"Ref": name}, "Resource": {"Fn::Sub": f"${{{name}}}:live"}}


def test_the_synthetic_check_is_there_on_request_only() -> None:
    of_the_check = [name for name in RESOURCES if name.startswith("SyntheticCheck")]

    assert PARAMETERS["SyntheticCheckSecret"]["Default"] == ""
    assert template()["Conditions"]["HasSyntheticCheck"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "SyntheticCheckSecret"}, ""]}]
    }
    assert len(of_the_check) == 4
    assert {RESOURCES[name]["Condition"] for name in of_the_check} == {"HasSyntheticCheck"}
    made = transformed("prod")["Resources"]
    made_for_it = [made[name] for name in made if name.startswith("SyntheticCheck")]
    assert {one["Condition"] for one in made_for_it} == {"HasSyntheticCheck"}


def test_the_synthetic_check_asks_the_public_address_every_five_minutes() -> None:
    rules = [rule["Properties"] for rule in of_type("prod", "AWS::Events::Rule").values()]
    (rule,) = [rule for rule in rules if "ScheduleExpression" in rule]
    variables = properties("SyntheticCheckFunction")["Environment"]["Variables"]

    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert [target["Arn"] for target in rule["Targets"]] == [{"Fn::GetAtt": ["SyntheticCheckFunction", "Arn"]}]
    assert variables["API_URL"] == template()["Outputs"]["ApiUrl"]["Value"]


def test_a_synthetic_check_that_fails_twice_in_a_row_or_is_silent_raises_its_alarm() -> None:
    alarm = properties("SyntheticCheckAlarm")

    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "Minimum",
        "LessThanThreshold",
        1,
    )
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (300, 2, 2)


@pytest.mark.parametrize("stage", ["local", "dev"])
def test_elsewhere_a_deployment_is_immediate(stage: str) -> None:
    assert not of_type(stage, "AWS::CodeDeploy::DeploymentGroup")


@pytest.mark.parametrize("name", ALL_FUNCTIONS)
def test_production_reserves_concurrency(name: str) -> None:
    condition, reserved, otherwise = properties(name)["ReservedConcurrentExecutions"]["Fn::If"]
    mapping, stage, key = reserved["Fn::FindInMap"]

    assert (condition, stage, otherwise) == ("IsProduction", {"Ref": "Stage"}, {"Ref": "AWS::NoValue"})
    assert template()["Mappings"][mapping]["prod"][key] > 0


def test_the_queue_calls_no_more_roll_ups_at_once_than_are_reserved() -> None:
    (mapping,) = of_type("prod", "AWS::Lambda::EventSourceMapping").values()

    at_once = mapping["Properties"]["ScalingConfig"]["MaximumConcurrency"]

    assert at_once == {"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "Folds"]}
    stages = template()["Mappings"]["Stages"]
    assert stages["dev"]["Folds"] == 2  # the least that there is
    assert stages["prod"]["Folds"] <= stages["prod"]["RollUpConcurrency"]


# ---- alarms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", named("AWS::CloudWatch::Alarm"))
def test_an_alarm_tells_the_topic_says_why_and_is_quiet_without_data(name: str) -> None:
    alarm = properties(name)
    # Data of what others do may be missing since they do nothing; the check is never idle.
    quiet = name != "SyntheticCheckAlarm"

    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm["TreatMissingData"] == ("notBreaching" if quiet else "breaching")
    assert alarm["AlarmDescription"].endswith(f" See docs/runbook.md#{name.lower()}")
    assert name.endswith("Alarm")


# ---- the dashboard ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_dashboard_shows_of_each_function_how_many_at_once_and_how_many_turned_away(name: str) -> None:
    for metric in ("ConcurrentExecutions", "Throttles"):
        assert f'"AWS/Lambda", "{metric}", "FunctionName", "${{{name}}}"' in dashboard()
