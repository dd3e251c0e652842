"""The options that every command of sharectl takes, before the command or after it."""

import json

import boto3
import pytest

from sharectl import stack as stacks
from tests.tools.conftest import Operator

DIGEST = "0" * 64


@pytest.fixture
def asked_for(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """The stacks that commands looked for, each with its region."""
    found: list[tuple[str, str | None]] = []

    def find(session: boto3.Session, name: str) -> stacks.Stack:
        found.append((name, session.region_name))
        return operator.stack

    monkeypatch.setattr(stacks, "find", find)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ("apply", "-"),
        ("runs", "failed"),
        ("keys", "revoke", DIGEST),
        ("rollup", "rebuild", "00000000-0000-4000-8000-000000000000"),
        ("secrets", "list"),
        ("table", "copy", "other"),
    ],
    ids=" ".join,
)
def test_an_option_means_the_same_before_a_command_and_after_it(
    operator: Operator, asked_for: list[tuple[str, str | None]], command: tuple[str, ...]
) -> None:
    operator.stack.secretsmanager.create_secret(Name="tokens", SecretString=json.dumps({"current": "1", "1": "s" * 32}))
    options = ("--stack", "mine", "--region", "eu-west-1", "--json")

    before = operator.say(*options, *command, stdin="{}")
    after = operator.say(*command, *options, stdin="{}")

    assert asked_for == [("mine", "eu-west-1")] * 2
    assert before == after
    assert isinstance(json.loads(after.stdout), dict)


def test_of_an_option_given_twice_the_later_one_counts(
    operator: Operator, asked_for: list[tuple[str, str | None]]
) -> None:
    operator.say("--stack", "first", "--region", "eu-west-1", "runs", "failed", "--stack", "second")

    assert asked_for == [("second", "eu-west-1")]


def test_an_option_before_a_command_counts_more_than_the_environment(
    operator: Operator, asked_for: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-2")

    operator.say("--region", "eu-west-1", "runs", "failed")
    operator.say("runs", "failed")

    assert asked_for == [("report-shares", "eu-west-1"), ("report-shares", "eu-west-2")]
