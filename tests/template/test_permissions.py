"""Each function may do what it does and no more: what IAM will have, read from the transformed template."""

import pytest

from tests.template.transformed import Json, listed, of_type, role_of, statements

STAGES = ("local", "prod")
FUNCTIONS = ("ShareApiFunction", "SharedReportFunction", "RollUpFunction")

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
SECRETS = {"secretsmanager:GetSecretValue"}
READ_TABLE = {"dynamodb:GetItem", "dynamodb:BatchGetItem"}

# All that IAM is asked for, to the letter: what is added here has been thought about.
ALLOWED = {
    "ShareApiFunction": LOGS | TRACES | SECRETS | READ_TABLE | {"dynamodb:PutItem", "dynamodb:UpdateItem"},
    "SharedReportFunction": LOGS | TRACES | SECRETS | {"dynamodb:GetItem", "s3:GetObject"},
    "RollUpFunction": LOGS
    | TRACES
    | {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    | {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}
    | {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
    | {"sqs:SendMessage"},
}
# Whose policies are AWS's own, because AWS checks for them; neither is a function of ours.
MANAGED = {"GatewayLogsRole", "CodeDeployServiceRole"}


def of(function: str) -> list[Json]:
    return statements(role_of("prod", function))


def test_every_function_of_the_template_is_looked_at() -> None:
    assert set(of_type("prod", "AWS::Lambda::Function")) == set(FUNCTIONS) == set(ALLOWED)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_allowed_exactly_what_is_listed(function: str) -> None:
    assert {statement["Effect"] for statement in of(function)} == {"Allow"}
    assert {action for statement in of(function) for action in listed(statement["Action"])} == ALLOWED[function]


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_has_a_policy_of_awss_own_but_those_that_aws_insists_on(stage: str) -> None:
    roles = of_type(stage, "AWS::IAM::Role")

    assert {name for name, role in roles.items() if role["Properties"].get("ManagedPolicyArns")} <= MANAGED
    assert not [name for name in roles if name not in MANAGED and not statements(roles[name])]


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_has_a_wildcard_but_for_traces(stage: str) -> None:
    for role in of_type(stage, "AWS::IAM::Role").values():
        for statement in statements(role):
            assert not [action for action in listed(statement["Action"]) if "*" in action]
            if statement["Resource"] == "*":
                assert set(listed(statement["Action"])) == TRACES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_group_only(function: str) -> None:
    group = f"{function.removesuffix('Function')}LogGroup"
    (logs,) = [statement for statement in of(function) if set(listed(statement["Action"])) & LOGS]

    assert logs["Resource"] == {"Fn::Sub": f"${{{group}.Arn}}:*"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_role_can_be_taken_by_lambda_only(function: str) -> None:
    (trust,) = role_of("prod", function)["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_no_two_functions_share_a_role() -> None:
    roles = [str(role_of("prod", function)) for function in FUNCTIONS]

    assert len(set(roles)) == len(FUNCTIONS)


def test_the_public_function_sees_neither_keys_nor_run_files() -> None:
    allowed = repr(of("SharedReportFunction"))

    assert "KEY#" not in allowed
    assert "/runs/" not in allowed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_access_to_the_table_is_limited_to_the_keys_it_needs(function: str) -> None:
    for statement in of(function):
        if "dynamodb:" in repr(statement["Action"]):
            (keys,) = statement["Condition"]["ForAllValues:StringLike"].values()
            assert "*" not in keys


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_access_to_the_bucket_is_limited_to_a_folder_but_for_listing(function: str) -> None:
    for statement in of(function):
        if "s3:" in repr(statement["Action"]) and statement["Action"] != "s3:ListBucket":
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                assert resource["Fn::Sub"].startswith("${Bucket.Arn}/")
                assert resource["Fn::Sub"] != "${Bucket.Arn}/*"
