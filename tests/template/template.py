"""template.yaml as a tree of plain values; an intrinsic function is ``{"Ref": ...}`` or ``{"Fn::Name": ...}``."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parent.parent.parent / "template.yaml"


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> dict[str, Any]:
    """Any template."""
    text = path.read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 # a SafeLoader with CloudFormation's tags
    return loaded


@cache
def template() -> dict[str, Any]:
    return load(TEMPLATE)


def resource(name: str) -> dict[str, Any]:
    """The properties of a resource."""
    properties: dict[str, Any] = template()["Resources"][name]["Properties"]
    return properties


def dashboard() -> str:
    """The dashboard's body as it is where every alarm is on."""
    body, parts = resource("Dashboard")["DashboardBody"]["Fn::Sub"]
    for name, part in parts.items():
        _, where_it_is_on, _ = part["Fn::If"]
        body = body.replace(f"${{{name}}}", where_it_is_on["Fn::Sub"])
    return str(body)
