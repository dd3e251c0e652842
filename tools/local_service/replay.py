"""Hands one event of ``events/`` to its function: ``make replay EVENT=create_share``, ``make invoke EVENT=...``.

To the function in the service that `make run` runs or, with ``--in-container``, to one in a container, for which an
AWS of its own is started and filled with the demo's brand and schedule, so that nothing else has to run.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from local_service import demo, sam_local
from local_service.environment import isolate, port_of
from local_service.errors import LocalServiceError
from local_service.events import SCHEDULE_ID, function_of, text_of
from local_service.ministack import free_port, ministack
from local_service.table import apply_document, create_table
from report_shares.page.assets import assets
from sharectl import keys
from sharectl import stack as stacks
from sharectl.errors import SharectlError
from sharectl.stack import Stack

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass
class Replay:
    """Hands events to a service on this machine.

    ``invoke`` calls a function, by its name in the template, with an event's text; ``given`` are the user's own values
    for an event's placeholders.
    """

    stack: Stack
    invoke: Callable[[str, str], Any]
    given: dict[str, str]

    def __call__(self, name: str) -> Any:
        """What the function answers. Raises ``LocalServiceError`` if there is no such event."""
        text = text_of(name)
        for placeholder in sorted(set(_PLACEHOLDER.findall(text))):
            if placeholder not in self.given:
                self.given |= self._made_for(placeholder)
            text = text.replace("${" + placeholder + "}", self.given[placeholder])
        return self.invoke(function_of(name), text.replace(SCHEDULE_ID, demo.demo().scheduled_report_id))

    def _made_for(self, placeholder: str) -> dict[str, str]:
        match placeholder:
            case "BUCKET":
                return {"BUCKET": self.stack.bucket}
            case "ASSET":
                return {"ASSET": assets()["report.css"].name}
            case "API_KEY":
                owner = {"principal_id": f"replay-{uuid4()}", "workspace_id": demo.WORKSPACE_ID}
                key = keys.mint()
                apply_document(self.stack, {"api_keys": [{"key": key, "scopes": ["write:scheduled"], **owner}]})
                return {"API_KEY": key}
            case _:
                answer = self("create_share")
                share = json.loads(answer["body"])
                if "id" not in share:
                    raise LocalServiceError(f"no share for {placeholder}: creating one answered {answer['body']}")
                return {"SHARE_ID": share["id"], "TOKEN": share["access_token"]}


def deployed(stack: Stack) -> Callable[[str, str], Any]:
    """Calls the functions of a deployed stack."""

    def invoke(logical_id: str, event: str) -> Any:
        cloudformation = stack.session.client("cloudformation")
        detail = cloudformation.describe_stack_resource(StackName=stack.name, LogicalResourceId=logical_id)
        function = detail["StackResourceDetail"]["PhysicalResourceId"]
        answer = stack.session.client("lambda").invoke(FunctionName=function, Payload=event.encode())
        return json.load(answer["Payload"])

    return invoke


@contextmanager
def _running_service(given: dict[str, str]) -> Iterator[Replay]:
    isolate(os.environ, f"http://localhost:{port_of(os.environ)}")
    stack = stacks.find(boto3.Session())
    yield Replay(stack, deployed(stack), given)


@contextmanager
def _containers(given: dict[str, str]) -> Iterator[Replay]:
    sam_local.check_engine()
    address = sam_local.host_address()
    port = free_port(address)
    sam_local.build()
    with ministack(port, address):
        isolate(os.environ, f"http://{address}:{port}")
        yield Replay(_make_stack(), sam_local.SamLocal(address, port, port).invoke, given)


def _make_stack() -> Stack:
    """The resources that template.yaml declares and `sam local` does not make, named as in ``events/env.json``."""
    variables = json.loads(sam_local.ENV_FILE.read_text(encoding="utf-8"))["Parameters"]
    session = boto3.Session()
    create_table(session.client("dynamodb"), variables["TABLE_NAME"])
    session.client("s3").create_bucket(Bucket=variables["BUCKET_NAME"])
    secrets = session.client("secretsmanager")
    minted = secrets.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
    secrets.create_secret(Name=variables["TOKEN_SECRET_ID"], SecretString=json.dumps({"current": "1", "1": minted}))
    queues = session.client("sqs")
    stack = Stack(
        session=session,
        name="sam local",
        api_url="",
        api_id="",
        table=variables["TABLE_NAME"],
        bucket=variables["BUCKET_NAME"],
        run_queue_url=queues.create_queue(QueueName="runs")["QueueUrl"],
        dead_letter_queue_url=queues.create_queue(QueueName="dead-letters")["QueueUrl"],
        token_secret=variables["TOKEN_SECRET_ID"],
    )
    apply_document(stack, demo.demo().document(keys.mint()))
    return stack


def main(event: Annotated[str, typer.Argument(show_default=False)] = "", *, in_container: bool = False) -> None:
    """Print what the function answers to an event; API_KEY, TOKEN and SHARE_ID may be set in the environment."""
    given = {name: os.environ[name] for name in ("API_KEY", "TOKEN", "SHARE_ID") if os.environ.get(name)}
    try:
        text_of(event)
        with _containers(given) if in_container else _running_service(given) as replay:
            answer = replay(event)
    except (LocalServiceError, SharectlError, BotoCoreError, ClientError) as error:
        is_aws = isinstance(error, BotoCoreError | ClientError)
        hint = "; is `make run` running on this port?" if is_aws and not in_container else ""
        typer.echo(f"error: {error}{hint}", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    typer.run(main)
