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
from local_service.table import furnish
from report_shares.page.assets import assets
from sharectl import keys
from sharectl import stack as stacks
from sharectl.errors import SharectlError

_PLACE = re.compile(r"\$\{(\w+)\}")
_ROW = re.compile(r"^\| `(\w+)\.json` \| `(\w+)` \|", re.MULTILINE)


@dataclass
class Replay:
    """A service on this machine, how its functions are called, and the values that a user gave for places in events.

    ``invoke`` takes a function's name in the template and the event's text.
    """

    stack: stacks.Stack
    invoke: Callable[[str, str], Any]
    given: dict[str, str]

    def __call__(self, name: str) -> Any:
        """What the function answers. Raises ``LocalServiceError`` for an event that there is not."""
        function, text = _function_of(name), text_of(name)
        for place in sorted(set(_PLACE.findall(text))):
            text = text.replace("${" + place + "}", self._value(place))
        return self.invoke(function, text.replace(SCHEDULE_ID, demo.demo().scheduled_report_id))

    def _value(self, place: str) -> str:
        if place not in self.given:
            self._provide(place)
        return self.given[place]

    def _provide(self, place: str) -> None:
        if place == "BUCKET":
            self.given[place] = self.stack.bucket
        elif place == "ASSET":
            self.given[place] = assets()["report.css"].name
        elif place == "API_KEY":
            self.given[place] = self._new_key()
        else:
            answer = self("create_share")
            share = json.loads(answer["body"])
            if "id" not in share:
                raise LocalServiceError(f"no share for {place}: creating one answered {answer['body']}")
            self.given |= {"SHARE_ID": share["id"], "TOKEN": share["access_token"]}

    def _new_key(self) -> str:
        key = keys.mint()
        entry = {
            "key": key,
            "principal_id": f"replay-{uuid4()}",
            "workspace_id": demo.WORKSPACE_ID,
            "scopes": ["write:scheduled"],
        }
        furnish(self.stack, {"api_keys": [entry]})
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
    """An event with its places still in it. Raises ``LocalServiceError`` for one that there is not."""
    try:
        return (EVENTS / f"{Path(name).stem}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in EVENTS.glob("*.json")))
        raise LocalServiceError(f"there is no event {name}; there are {known}") from None


def _function_of(name: str) -> str:
    """The table of ``events/README.md`` says whose event it is."""
    functions = dict(_ROW.findall((EVENTS / "README.md").read_text(encoding="utf-8")))
    return str(functions.get(Path(name).stem, ""))


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Prints the function's answer; 1 where there is none."""
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
    """The places that the environment has a value for."""
    return {place: environment[place] for place in ("API_KEY", "TOKEN", "SHARE_ID") if environment.get(place)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
