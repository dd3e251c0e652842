"""Each function may do what it does and no more: what IAM will have, read from the transformed template."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.gateway import public_event
from tests.handlers.calls import before_each_call
from tests.handlers.runs import run
from tests.template.transformed import Json, listed, of_type, role_of, statements, transformed
from tests.world import Function, World

STAGES = ("local", "prod")
FUNCTIONS = (
    "ShareApiFunction",
    "SharedReportFunction",
    "RollUpFunction",
    "ReleaseCheckFunction",
    "SyntheticCheckFunction",
)

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def may(sid: str, *actions: str, on: Json | str | list[Json], keys: tuple[str, ...] = ()) -> Json:
    """A statement as the template has it; ``keys`` are the partition keys of the table that it is limited to."""
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(keys)}}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": on,
    } | ({"Condition": condition} if keys else {})


def arn(resource: str) -> Json:
    return {"Fn::GetAtt": [resource, "Arn"]}


def within(resource: str, names: str) -> Json:
    return {"Fn::Sub": f"${{{resource}.Arn}}{names}"}


def writes_logs(group: str) -> Json:
    return may("WriteLogs", "logs:CreateLogStream", "logs:PutLogEvents", on=within(group, ":*"))


# All that IAM is asked for, to the letter: what is added here has been thought about.
ALLOWED = {
    "ShareApiFunction": [
        may(
            "LookUpKeysAndSchedules",
            "dynamodb:BatchGetItem",
            on=arn("Table"),
            keys=("KEY#*", "SCHEDULE#*", "LEDGER#*", "BRAND#*"),
        ),
        may("ReadSharesAndViews", "dynamodb:BatchGetItem", on=arn("Table"), keys=("SHARE#*", "VIEWS#*")),
        may("ReadRecordsAndBrands", "dynamodb:GetItem", on=arn("Table"), keys=("IDEMPOTENCY#*", "BRAND#*")),
        may(
            "CountRequestsAndChangeShares",
            "dynamodb:UpdateItem",
            on=arn("Table"),
            keys=("REQUESTS#*", "LEDGER#*", "SHARE#*"),
        ),
        may(
            "StartCountsAndPutShares",
            "dynamodb:PutItem",
            on=arn("Table"),
            keys=("REQUESTS#*", "SHARE#*", "IDEMPOTENCY#*"),
        ),
        may("MintTokens", "secretsmanager:GetSecretValue", on={"Ref": "TokenSecret"}),
        writes_logs("ShareApiLogGroup"),
    ],
    "SharedReportFunction": [
        may("ReadShares", "dynamodb:GetItem", on=arn("Table"), keys=("SHARE#*", "BRAND#*")),
        may("ReadWhoseTheyAre", "dynamodb:BatchGetItem", on=arn("Table"), keys=("SCHEDULE#*", "BRAND#*")),
        may("HoldGatesAndCountViews", "dynamodb:UpdateItem", on=arn("Table"), keys=("GATE#*", "VIEWS#*")),
        may("ReadSnapshots", "s3:GetObject", on=within("Bucket", "/snapshots/*")),
        may("VerifyTokens", "secretsmanager:GetSecretValue", on={"Ref": "TokenSecret"}),
        writes_logs("SharedReportLogGroup"),
    ],
    "RollUpFunction": [
        may(
            "MovePointers",
            "dynamodb:GetItem",
            "dynamodb:UpdateItem",
            "dynamodb:PutItem",
            on=arn("Table"),
            keys=("SCHEDULE#*",),
        ),
        may("ReadBrands", "dynamodb:GetItem", on=arn("Table"), keys=("BRAND#*",)),
        may("ReadRunFiles", "s3:GetObject", on=[within("Bucket", "/runs/*"), within("Bucket", "/rollups/*")]),
        may("WriteDocuments", "s3:PutObject", on=[within("Bucket", "/rollups/*"), within("Bucket", "/snapshots/*")]),
        may("DropReplacedRollUps", "s3:DeleteObject", on=within("Bucket", "/rollups/*")),
        may("FindRunFiles", "s3:ListBucket", on=arn("Bucket")),
        may("BuryRefusedFiles", "sqs:SendMessage", on=arn("RunDeadLetterQueue")),
        may(
            "TakeArrivals",
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            on=arn("RunQueue"),
        ),
        writes_logs("RollUpLogGroup"),
    ],
    "ReleaseCheckFunction": [
        may(
            "CallVersions",
            "lambda:InvokeFunction",
            on=[within(name, ":*") for name in ("ShareApiFunction", "SharedReportFunction", "RollUpFunction")],
        ),
        may(
            "TellCodeDeploy",
            "codedeploy:PutLifecycleEventHookExecutionStatus",
            on={
                "Fn::Sub": "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:"
                "${AWS::StackName}-ServerlessDeploymentApplication-*/*"
            },
        ),
        writes_logs("ReleaseCheckLogGroup"),
    ],
    "SyntheticCheckFunction": [
        may("ReadItsKey", "secretsmanager:GetSecretValue", on={"Ref": "SyntheticCheckSecret"}),
        writes_logs("SyntheticCheckLogGroup"),
    ],
}
# Whose policies are AWS's own, because AWS checks for them; neither is a function of ours.
MANAGED = {"GatewayLogsRole", "CodeDeployServiceRole"}


def of(function: str) -> list[Json]:
    return statements(role_of("prod", function))


def test_every_function_of_the_template_is_looked_at() -> None:
    assert set(of_type("prod", "AWS::Lambda::Function")) == set(FUNCTIONS) == set(ALLOWED)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_allowed_exactly_what_is_listed(stage: str, function: str) -> None:
    assert statements(role_of(stage, function)) == ALLOWED[function]


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_is_given_a_policy_from_elsewhere(stage: str) -> None:
    kinds = {resource["Type"] for resource in transformed(stage)["Resources"].values()}

    assert not kinds & {
        "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy", "AWS::SecretsManager::ResourcePolicy",
    }  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_has_a_policy_of_awss_own_but_those_that_aws_insists_on(stage: str) -> None:
    roles = of_type(stage, "AWS::IAM::Role")

    assert {name for name, role in roles.items() if role["Properties"].get("ManagedPolicyArns")} <= MANAGED
    assert not [name for name in roles if name not in MANAGED and not statements(roles[name])]


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_has_a_wildcard(stage: str) -> None:
    for role in of_type(stage, "AWS::IAM::Role").values():
        for statement in statements(role):
            assert not [action for action in listed(statement["Action"]) if "*" in action]
            assert statement["Resource"] != "*"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_group_only(function: str) -> None:
    group = f"{function.removesuffix('Function')}LogGroup"
    (logs,) = [statement for statement in of(function) if set(listed(statement["Action"])) & LOGS]

    assert logs["Resource"] == {"Fn::Sub": f"${{{group}.Arn}}:*"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_role_can_be_taken_by_lambda_only(function: str) -> None:
    (trust,) = role_of("prod", function)["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("stage", STAGES)
def test_the_gateways_log_role_trusts_this_account_only(stage: str) -> None:
    role = of_type(stage, "AWS::IAM::Role")["GatewayLogsRole"]
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert trust["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


WRITES = {"dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}


def written(function: str) -> set[str]:
    """The kinds of items that a function may write."""
    return {
        key
        for statement in of(function)
        if set(listed(statement["Action"])) & WRITES
        for key in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }


def test_the_share_api_can_change_neither_a_key_nor_a_schedule() -> None:
    assert written("ShareApiFunction") == {"REQUESTS#*", "LEDGER#*", "SHARE#*", "IDEMPOTENCY#*"}


def test_the_roll_up_can_change_neither_a_ledger_nor_a_share() -> None:
    assert written("RollUpFunction") == {"SCHEDULE#*"}


def test_the_public_function_can_write_gates_and_views_and_nothing_else() -> None:
    assert written("SharedReportFunction") == {"GATE#*", "VIEWS#*"}


@pytest.mark.parametrize("function", ["ReleaseCheckFunction", "SyntheticCheckFunction"])
def test_a_function_that_only_looks_can_write_nothing(function: str) -> None:
    assert written(function) == set()


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


# ---- what is asked for is allowed, which no emulator shows -----------------------------------------------------------


def asked_in(operation: str, arguments: Json) -> Iterator[tuple[str, list[str]]]:
    """The permissions that a call needs, each with the partition keys it is about."""
    match operation:
        case "BatchGetItem":
            (table,) = arguments["RequestItems"].values()
            yield operation, [key["pk"]["S"] for key in table["Keys"]]
        case "TransactWriteItems":
            for write in arguments["TransactItems"]:
                ((kind, item),) = write.items()
                yield f"{kind}Item", [(item.get("Key") or item["Item"])["pk"]["S"]]
        case "GetItem" | "UpdateItem" | "DeleteItem":
            yield operation, [arguments["Key"]["pk"]["S"]]
        case "PutItem":
            yield operation, [arguments["Item"]["pk"]["S"]]


def is_allowed(function: str, operation: str, keys: list[str]) -> bool:
    """Whether one statement allows it for all of the keys."""
    return any(
        f"dynamodb:{operation}" in listed(statement["Action"])
        and all(
            any(fnmatchcase(key, pattern) for pattern in patterns)
            for patterns in statement["Condition"]["ForAllValues:StringLike"].values()
            for key in keys
        )
        for statement in of(function)
        if "dynamodb:" in repr(statement["Action"])
    )


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[str, list[str]]]]:
    """What each of the two functions of the API asks of the table."""
    calls: dict[str, list[tuple[str, list[str]]]] = {"ShareApiFunction": [], "SharedReportFunction": []}
    working: list[str] = []

    def watched(name: str, function: Function) -> Function:
        def call(event: Json, context: LambdaContext) -> Json:
            working.append(name)
            try:
                return function(event, context)
            finally:
                working.pop()

        return call

    def look(operation: str, arguments: Json) -> None:
        if working:
            calls[working[-1]] += asked_in(operation, arguments)

    world.share_api = watched("ShareApiFunction", world.share_api)
    world.shared_report = watched("SharedReportFunction", world.shared_report)
    before_each_call(monkeypatch, look)
    return calls


def test_all_that_the_api_asks_of_the_table_is_allowed(
    world: World, asked: dict[str, list[tuple[str, list[str]]]]
) -> None:
    world.put_run(run(1))
    key = world.add_key()
    bodies = ({"name": "Client A"}, {"rotate": True}, None, {"name": "Client A", "live": True})
    for number, body in enumerate(bodies):
        share = world.create(key, body, idempotency_key=str(number)).json
        world.read(share["access_token"])
        world.read(share["access_token"], "read_shared_page")
    page, form = f"/shared/{share['access_token']}", {"Content-Type": ["application/x-www-form-urlencoded"]}
    assert world.send(world.shared_report, public_event(f"{page}/views", "POST")).status == 204
    world.change(key, share["id"], {"password": "correct horse"})
    for password, status in (("wrong", 401), ("correct horse", 303)):
        entering = public_event(page, "POST", form) | {"body": urlencode({"password": password})}
        assert world.send(world.shared_report, entering).status == status
    world.create(key, {"expiration_days": 1}, idempotency_key="0")
    world.list(key)
    world.get(key, share["id"])
    world.change(key, share["id"], {"name": "Client B"}, "change")
    world.change(key, share["id"], {"name": None}, "taken")
    world.revoke(key, share["id"], "revoke")
    world.revoke(key, share["id"], "revoked-already")
    world.revoke_all(key, "revoke-all")
    world.read(share["access_token"], "read_shared_page")

    assert {operation for operation, _ in asked["ShareApiFunction"]} == {
        "BatchGetItem",
        "GetItem",
        "PutItem",
        "UpdateItem",
    }
    assert {operation for operation, _ in asked["SharedReportFunction"]} == {"BatchGetItem", "GetItem", "UpdateItem"}
    for function, calls in asked.items():
        assert [call for call in calls if not is_allowed(function, *call)] == []
