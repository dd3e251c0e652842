"""Prints what SAM makes of template.yaml for a stage: ``python transform.py prod``, in the environment of .tools/sam.

CloudFormation's own transform is the same library. Local folders become places in a bucket, as `sam package` does it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


class _NoManagedPolicies(ManagedPolicyLoader):  # type: ignore[misc]
    """The template names none, so nobody has to ask IAM for their list."""

    def __init__(self) -> None:
        super().__init__(None)

    def load(self) -> dict[str, str]:
        return {}


def main(stage: str) -> None:
    template: dict[str, Any] = yaml_parse(_TEMPLATE.read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] in _CODE:
            resource["Properties"][_CODE[resource["Type"]]] = "s3://bucket/key"
    values = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    made = transform(template, values | {"Stage": stage, "AWS::Region": "us-east-1"}, _NoManagedPolicies())
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
