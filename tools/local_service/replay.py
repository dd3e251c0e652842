"""Hands one event of ``events/`` to its function in the local service: ``make replay EVENT=create_share``."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local_service import demo
from local_service.environment import isolate, port_of
from local_service.errors import LocalServiceError
from local_service.events import EVENTS, SCHEDULE_ID
from local_service.table import apply_document
from report_shares.page.assets import assets
from sharectl import keys
from sharectl import stack as stacks
from sharectl.errors import SharectlError

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_ROW = re.compile(r"^\| `(\w+)\.json` \| `(\w+)` \|", re.MULTILINE)


@dataclass
class Replay:
    """Hands events to a service on this machine.

    ``invoke`` calls a function, by its name in the template, with an event's text; ``given`` are the user's own values
    for an event's placeholders.
    """

    stack: stacks.Stack
    invoke: Callable[[str, str], Any]
    given: dict[str, str]

    def __call__(self, name: str) -> Any:
        """What the function answers. Raises ``LocalServiceError`` if there is no such event."""
        function, text = _function_of(name), text_of(name)
        for placeholder in sorted(set(_PLACEHOLDER.findall(text))):
            text = text.replace("${" + placeholder + "}", self._value(placeholder))
        return self.invoke(function, text.replace(SCHEDULE_ID, demo.demo().scheduled_report_id))

    def _value(self, placeholder: str) -> str:
        if placeholder not in self.given:
            self._provide(placeholder)
        return self.given[placeholder]

    def _provide(self, placeholder: str) -> None:
        if placeholder == "BUCKET":
            self.given[placeholder] = self.stack.bucket
        elif placeholder == "ASSET":
            self.given[placeholder] = assets()["report.css"].name
        elif placeholder == "API_KEY":
            self.given[placeholder] = self._new_key()
        else:
            answer = self("create_share")
            share = json.loads(answer["body"])
            if "id" not in share:
                raise LocalServiceError(f"no share for {placeholder}: creating one answered {answer['body']}")
            self.given |= {"SHARE_ID": share["id"], "TOKEN": share["access_token"]}

    def _new_key(self) -> str:
        key = keys.mint()
        entry = {
            "key": key,
            "principal_id": f"replay-{uuid4()}",
            "workspace_id": demo.WORKSPACE_ID,
            "scopes": ["write:scheduled"],
        }
        apply_document(self.stack, {"api_keys": [entry]})
        return key


def deployed(stack: stacks.Stack) -> Callable[[str, str], Any]:
    """Calls the functions of a deployed stack."""

    def invoke(logical_id: str, event: str) -> Any:
        cloudformation = stack.session.client("cloudformation")
        detail = cloudformation.describe_stack_resource(StackName=stack.name, LogicalResourceId=logical_id)
        function = detail["StackResourceDetail"]["PhysicalResourceId"]
        answer = stack.session.client("lambda").invoke(FunctionName=function, Payload=event.encode())
        return json.load(answer["Payload"])

    return invoke


def text_of(name: str) -> str:
    """An event with its placeholders. Raises ``LocalServiceError`` if there is no such event."""
    try:
        return (EVENTS / f"{Path(name).stem}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in EVENTS.glob("*.json")))
        raise LocalServiceError(f"there is no event {name}; there are {known}") from None


def _function_of(name: str) -> str:
    """The function that the event is for, from the table in ``events/README.md``."""
    functions = dict(_ROW.findall((EVENTS / "README.md").read_text(encoding="utf-8")))
    return str(functions.get(Path(name).stem, ""))


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Print the function's answer. Returns the exit code."""
    try:
        name, given = arguments[0] if arguments else "", given_in(environment)
        text_of(name)
        endpoint_url = f"http://localhost:{port_of(environment)}"
        isolate(os.environ, endpoint_url)
        stack = stacks.find(boto3.Session(), stacks.DEFAULT_NAME)
        answer = Replay(stack, deployed(stack), given)(name)
    except (LocalServiceError, SharectlError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"error: {error}; is `make run` running on this port?", file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(answer, indent=2, ensure_ascii=False))  # noqa: T201
    return 0


def given_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The placeholders that the environment has a value for."""
    return {name: environment[name] for name in ("API_KEY", "TOKEN", "SHARE_ID") if environment.get(name)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
