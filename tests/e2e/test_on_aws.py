"""What only AWS shows: what API Gateway answers itself, IAM, DynamoDB's conflicts, retention, and what logs hold.

Runs where `REPORT_SHARES_STACK` names a stack there (`make test-deployed`).
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import Caller, Service, eventually, get, read
from tests.e2e.test_share_life import AT_ONCE, has_the_envelope

pytestmark = pytest.mark.aws

_LOG_SECONDS = 180
_METRIC_SECONDS = 900
_FUNCTIONS = ("ShareApi", "SharedReport", "RollUp")


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    made = service.new_caller()
    yield made
    made.ask("DELETE")


def log_lines(service: Service, group: str, since: float, pattern: str = "") -> list[str]:
    """What a log group holds since then, or of it what has these words."""
    pages = service.client("logs").get_paginator("filter_log_events")
    asked = {"logGroupName": group, "startTime": int(since * 1000)} | ({"filterPattern": pattern} if pattern else {})
    return [event["message"] for page in pages.paginate(**asked) for event in page["events"]]


def log_groups(service: Service) -> dict[str, str]:
    return service.resources("AWS::Logs::LogGroup")


def await_line(service: Service, group: str, since: float, answer: httpx.Response) -> list[str]:
    """The lines that a request has left in a log group."""
    mark = f'"{answer.headers["x-correlation-id"]}"'
    return eventually(lambda: log_lines(service, group, since, mark), f"a request in {group}", _LOG_SECONDS)


# ---- API Gateway -----------------------------------------------------------------------------------------------------


def test_a_body_beyond_what_the_gateway_takes_has_the_envelope(service: Service, caller: Caller) -> None:
    answer = httpx.post(
        service.shares_url,
        headers={"Authorization": f"Bearer {caller.key}", "Content-Type": "application/json"},
        content=b" " * 10_500_000,
        timeout=120,
    )

    assert has_the_envelope(answer, 413, "payload_too_large")


def test_a_body_that_the_gateway_cannot_unpack_has_the_envelope(service: Service, caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.key}", "Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = httpx.post(service.shares_url, headers=headers, content=b"{}", timeout=60)

    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    assert has_the_envelope(answer, 415, "unsupported_media_type")


def test_the_gateway_renames_the_header_that_names_the_scheme(service: Service) -> None:
    """As the API's document says. If this fails, it has stopped to: let the document say so."""
    keyless = get(service.shares_url)

    assert keyless.headers["x-amzn-remapped-www-authenticate"] == "Bearer"
    assert "www-authenticate" not in keyless.headers


@pytest.mark.parametrize("path", ["/", "/nothing", "/shared/nothing"])
def test_a_foreign_authorization_header_is_nothing_to_the_gateway(service: Service, path: str) -> None:
    foreign = {"Authorization": "AWS4-HMAC-SHA256 Credential=nobody/20260101/us-east-1/execute-api/aws4_request"}

    answer = httpx.get(service.base_url + path, headers=foreign, timeout=60)

    assert answer.status_code == 404
    assert answer.headers["x-correlation-id"]


def test_the_gateway_compresses_the_page(service: Service) -> None:
    with httpx.stream("GET", service.ready["share_url"], headers={"Accept-Encoding": "gzip"}, timeout=60) as answer:
        assert answer.headers["content-encoding"] == "gzip"


# ---- DynamoDB --------------------------------------------------------------------------------------------------------


def test_transactions_that_conflict_are_repeated_and_none_is_lost(service: Service) -> None:
    since, schedule_id = time.time(), service.new_schedule()
    callers = service.new_callers(3 * AT_ONCE, schedule_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda caller: caller.post(), callers))

    created = [answer.status_code == 201 for answer in answers]
    assert {answer.status_code for answer in answers} <= {201, 409, 429, 503}
    assert [len(caller.ask("GET").json()["data"]) for caller in callers] == [int(done) for done in created]
    group = log_groups(service)["ShareApiLogGroup"]
    assert eventually(
        lambda: log_lines(service, group, since, "{ $.ConflictsRetried[0] > 0 }"), "a conflict in the log", _LOG_SECONDS
    )


def test_the_table_forgets_recovers_and_is_encrypted(service: Service) -> None:
    dynamodb, table = service.client("dynamodb"), service.output("TableName")

    life = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    described = dynamodb.describe_table(TableName=table)["Table"]

    assert life == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert described["SSEDescription"]["Status"] == "ENABLED"
    assert described["DeletionProtectionEnabled"] == (service.parameter("Stage") == "prod")


# ---- S3, SQS, Secrets Manager ----------------------------------------------------------------------------------------


def test_the_bucket_is_private_versioned_and_encrypted(service: Service) -> None:
    s3, bucket = service.client("s3"), service.output("BucketName")

    closed = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]

    assert all(closed.values())
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is False
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_the_queues_are_encrypted(service: Service) -> None:
    sqs = service.client("sqs")
    queues = service.resources("AWS::SQS::Queue")
    assert len(queues) == 2

    for url in queues.values():
        said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["SqsManagedSseEnabled"])
        assert said["Attributes"] == {"SqsManagedSseEnabled": "true"}


# ---- IAM -------------------------------------------------------------------------------------------------------------


def decisions(service: Service, role: str, action: str, resource: str, **context: str) -> set[str]:
    """What IAM says when the function asks for this."""
    account = service.client("sts").get_caller_identity()["Arn"].split(":")
    arn = f"arn:{account[1]}:iam::{account[4]}:role/{service.resources('AWS::IAM::Role')[role]}"
    entries = [
        {"ContextKeyName": name.replace("_", ":"), "ContextKeyValues": [value], "ContextKeyType": "stringList"}
        for name, value in context.items()
    ]
    said = service.client("iam").simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], ContextEntries=entries
    )
    return {result["EvalDecision"] for result in said["EvaluationResults"]}


def arn_of(service: Service, what: str) -> str:
    if what == "table":
        description = service.client("dynamodb").describe_table(TableName=service.output("TableName"))
        return str(description["Table"]["TableArn"])
    if what == "secret":
        return service.output("TokenSecretArn")
    partition = service.output("TokenSecretArn").split(":")[1]
    return f"arn:{partition}:s3:::{service.output('BucketName')}/{what}/a"


@pytest.mark.parametrize(
    ("function", "action", "what", "context", "allowed"),
    [
        ("ShareApi", "dynamodb:PutItem", "table", {"dynamodb_LeadingKeys": "SHARE#a"}, True),
        ("ShareApi", "dynamodb:PutItem", "table", {"dynamodb_LeadingKeys": "KEY#a"}, False),
        ("ShareApi", "dynamodb:PutItem", "table", {"dynamodb_LeadingKeys": "BRAND#a"}, False),
        ("ShareApi", "dynamodb:BatchGetItem", "table", {"dynamodb_LeadingKeys": "SHARE#a"}, True),
        ("ShareApi", "dynamodb:BatchGetItem", "table", {"dynamodb_LeadingKeys": "VIEWS#a"}, True),
        ("ShareApi", "s3:PutObject", "snapshots", {}, False),
        ("ShareApi", "secretsmanager:GetSecretValue", "secret", {}, True),
        ("SharedReport", "dynamodb:GetItem", "table", {"dynamodb_LeadingKeys": "SHARE#a"}, True),
        ("SharedReport", "dynamodb:GetItem", "table", {"dynamodb_LeadingKeys": "KEY#a"}, False),
        ("SharedReport", "dynamodb:PutItem", "table", {"dynamodb_LeadingKeys": "SHARE#a"}, False),
        ("SharedReport", "s3:GetObject", "snapshots", {}, True),
        ("SharedReport", "s3:GetObject", "runs", {}, False),
        ("SharedReport", "s3:PutObject", "snapshots", {}, False),
        ("RollUp", "dynamodb:UpdateItem", "table", {"dynamodb_LeadingKeys": "SCHEDULE#a"}, True),
        ("RollUp", "dynamodb:UpdateItem", "table", {"dynamodb_LeadingKeys": "SHARE#a"}, False),
        ("RollUp", "s3:DeleteObject", "rollups", {}, True),
        ("RollUp", "s3:DeleteObject", "runs", {}, False),
        ("RollUp", "secretsmanager:GetSecretValue", "secret", {}, False),
    ],
)
def test_a_function_may_do_what_it_does_and_no_more(
    service: Service, function: str, action: str, what: str, context: dict[str, str], *, allowed: bool
) -> None:
    said = decisions(service, f"{function}Role", action, arn_of(service, what), **context)

    assert (said == {"allowed"}) == allowed, said


@pytest.mark.parametrize("function", _FUNCTIONS)
@pytest.mark.parametrize(
    ("action", "what"),
    [
        ("dynamodb:Scan", "table"),
        ("dynamodb:Query", "table"),
        ("dynamodb:DeleteItem", "table"),
        ("dynamodb:DeleteTable", "table"),
        ("s3:PutObject", "runs"),
        ("secretsmanager:PutSecretValue", "secret"),
        ("secretsmanager:DeleteSecret", "secret"),
    ],
)
def test_no_function_may_read_or_remove_at_large(service: Service, function: str, action: str, what: str) -> None:
    assert "allowed" not in decisions(service, f"{function}Role", action, arn_of(service, what))


# ---- logs and metrics ------------------------------------------------------------------------------------------------


def test_logs_are_kept_as_long_as_the_stack_says_and_in_no_other_group(service: Service) -> None:
    logs, kept = service.client("logs"), int(service.parameter("LogRetentionDays"))

    for name in log_groups(service).values():
        (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        assert group["retentionInDays"] == kept
    # What Lambda and API Gateway would make by themselves, to keep for ever and with paths in it.
    strays = [f"/aws/lambda/{name}" for name in service.resources("AWS::Lambda::Function").values()]
    strays.append(f"API-Gateway-Execution-Logs_{service.output('ApiId')}/")
    for prefix in strays:
        assert logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"] == []


def test_no_log_holds_a_token_or_a_key(service: Service, caller: Caller) -> None:
    since = time.time()
    share = caller.post().json()
    answers: list[Any] = [get(share["share_url"]), read(share["share_url"]), caller.ask("GET")]
    assert {answer.status_code for answer in answers} == {200}
    groups = log_groups(service)

    # Once the last request of each function is in its log and in the gateway's, so are those before.
    marked = {"SharedReportLogGroup": answers[1], "ShareApiLogGroup": answers[2], "AccessLogGroup": answers[2]}
    for name, answer in marked.items():
        await_line(service, groups[name], since, answer)
    for name, group in groups.items():
        text = "\n".join(log_lines(service, group, since))
        assert share["access_token"] not in text, name
        assert caller.key not in text, name
        assert caller.key.removeprefix("rp_live_") not in text, name


def test_requests_are_counted_as_metrics(service: Service, caller: Caller) -> None:
    caller.post(expiration_days=1)
    found: Any = {"Namespace": "ReportShares", "Dimensions": [{"Name": "service", "Value": service.ready["stack"]}]}

    names = eventually(
        lambda: {one["MetricName"] for one in service.client("cloudwatch").list_metrics(**found)["Metrics"]},
        "the stack's own metrics",
        _METRIC_SECONDS,
    )

    assert names >= {"Requests", "Duration"}


def test_throttling_by_the_gateway_is_set_as_the_stack_says(service: Service) -> None:
    stage = service.client("apigateway").get_stage(
        restApiId=service.output("ApiId"), stageName=service.parameter("Stage")
    )

    everywhere = stage["methodSettings"]["*/*"]

    assert everywhere["throttlingRateLimit"] == float(service.parameter("ThrottlingRate"))
    assert everywhere["throttlingBurstLimit"] == int(service.parameter("ThrottlingBurst"))
    assert everywhere.get("dataTraceEnabled", False) is False
    assert everywhere.get("loggingLevel", "OFF") == "OFF"
    assert stage.get("tracingEnabled", False) is False


def test_a_log_line_holds_nothing_that_a_stranger_sent(service: Service) -> None:
    since, unknown = time.time(), uuid4().hex
    refused = get(f"{service.base_url}/v1/shared/{unknown}?{unknown}")
    group = log_groups(service)["SharedReportLogGroup"]

    assert has_the_envelope(refused, 404, "not_found")
    lines = await_line(service, group, since, refused)
    assert unknown not in "".join(lines)
