"""template.yaml as CloudFormation sees it, after SAM's transform."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from local_service.environment import TOOLS
from tests.lacking import need_tools

type Json = dict[str, Any]

_SCRIPT = Path(__file__).with_name("transform.py")


@cache
def transformed(stage: str) -> Json:
    """The template for this stage. Skips, or fails where engines must be there, without SAM."""
    python = TOOLS / "sam" / "bin" / "python"
    need_tools("the transformed template", "sam")
    done = subprocess.run(
        [str(python), str(_SCRIPT), stage],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "AWS_DEFAULT_REGION": "us-east-1"},
    )
    made: Json = json.loads(done.stdout)
    return made


def of_type(stage: str, kind: str) -> dict[str, Json]:
    """The resources of a type, by name."""
    return {name: found for name, found in transformed(stage)["Resources"].items() if found["Type"] == kind}


def role_of(stage: str, function: str) -> Json:
    """The role that a function has, as a resource."""
    name, attribute = transformed(stage)["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    role: Json = transformed(stage)["Resources"][name]
    return role


def statements(role: Json) -> list[Json]:
    """All statements of a role's own policies."""
    return [
        statement
        for policy in role["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def listed(value: str | list[str]) -> list[str]:
    """IAM takes one string for a list of one."""
    return [value] if isinstance(value, str) else value
