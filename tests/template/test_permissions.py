"""Each function may do what it does and no more."""

from typing import Any

import pytest

from tests.template.template import resource, template

FUNCTIONS = sorted(
    name for name, value in template()["Resources"].items() if value["Type"] == "AWS::Serverless::Function"
)


def statements(function: str) -> list[dict[str, Any]]:
    return [statement for policy in resource(function)["Policies"] for statement in policy["Statement"]]


def actions(function: str) -> set[str]:
    allowed: set[str] = set()
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        given = statement["Action"]
        allowed |= {given} if isinstance(given, str) else set(given)
    return allowed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_can_scan_or_use_a_wildcard(function: str) -> None:
    assert not {action for action in actions(function) if "*" in action or action == "dynamodb:Scan"}
    assert all(statement["Resource"] != "*" for statement in statements(function))


def test_the_public_function_can_write_nothing() -> None:
    assert actions("SharedReportFunction") == {"dynamodb:GetItem", "s3:GetObject", "secretsmanager:GetSecretValue"}


def test_the_public_function_sees_neither_keys_nor_run_files() -> None:
    allowed = repr(statements("SharedReportFunction"))

    assert "KEY#" not in allowed
    assert "/runs/" not in allowed


def test_only_the_roll_up_writes_to_the_bucket() -> None:
    writers = {name for name in FUNCTIONS if actions(name) & {"s3:PutObject", "s3:DeleteObject"}}

    assert writers == {"RollUpFunction"}


def test_the_roll_up_cannot_read_the_token_secret() -> None:
    assert "secretsmanager:GetSecretValue" not in actions("RollUpFunction")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_access_to_the_table_is_limited_to_the_keys_it_needs(function: str) -> None:
    for statement in statements(function):
        if "dynamodb:" in repr(statement["Action"]):
            (keys,) = statement["Condition"]["ForAllValues:StringLike"].values()
            assert "*" not in keys


def test_the_share_row_expires_by_ttl() -> None:
    assert resource("Table")["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


@pytest.mark.parametrize("name", ["Table", "Bucket", "TokenSecret"])
def test_data_outlives_the_stack(name: str) -> None:
    kept = template()["Resources"][name]

    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("name", sorted(template()["Outputs"]))
def test_every_output_says_what_it_is(name: str) -> None:
    assert template()["Outputs"][name]["Description"]


@pytest.mark.parametrize("name", sorted(template()["Parameters"]))
def test_every_parameter_says_what_it_is(name: str) -> None:
    assert template()["Parameters"][name]["Description"]
