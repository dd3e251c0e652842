"""A deployed stack in memory, and sharectl to operate it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from local_service.table import create_table
from sharectl import main
from sharectl import stack as stacks

type Json = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Json:
        value: Json = json.loads(self.stdout)
        return value


@dataclass(frozen=True)
class Operator:
    """Someone who uses sharectl on a stack."""

    stack: stacks.Stack
    folder: Path

    def say(self, *arguments: str, stdin: str | None = None) -> Said:
        result = CliRunner().invoke(main.app, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    def apply(self, document: Any, *arguments: str) -> Said:
        return self.say("apply", "-", *arguments, stdin=json.dumps(document))

    def file(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def item(self, pk: str, sk: str) -> Json:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        return dict(self.stack.dynamodb.get_item(TableName=self.stack.table, Key=key).get("Item", {}))

    def items(self) -> list[Json]:
        """Everything in the table."""
        return [dict(item) for item in self.stack.dynamodb.scan(TableName=self.stack.table)["Items"]]

    def put_item(self, pk: str, sk: str, **attributes: Json) -> None:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}
        self.stack.dynamodb.put_item(TableName=self.stack.table, Item=item)


def operate(table: str, bucket: str, dead_letters: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Whatever its name, the stack that the commands find has this table, bucket and dead-letter queue."""
    session = boto3.Session()
    stack = stacks.Stack(
        session=session,
        name="report-shares",
        api_url="https://api.example.com/local",
        api_id="api",
        table=table,
        bucket=bucket,
        run_queue_url=session.client("sqs").create_queue(QueueName="runs")["QueueUrl"],
        dead_letter_queue_url=dead_letters,
        token_secret="tokens",  # noqa: S106 # its name
    )
    monkeypatch.setattr(stacks, "find", lambda _session, _name: stack)
    monkeypatch.setattr("sharectl.dead_letters.WAIT_SECONDS", 0)  # moto has one server
    return Operator(stack, folder)


@pytest.fixture
def operator(
    no_aws_settings_of_the_user: None,  # noqa: ARG001 - the order matters
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Operator]:
    with mock_aws():
        session = boto3.Session()
        create_table(session.client("dynamodb"), "table")
        session.client("s3").create_bucket(Bucket="bucket")
        dead_letters = session.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        yield operate("table", "bucket", dead_letters, tmp_path, monkeypatch)
