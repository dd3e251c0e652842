"""Which of AWS's services and operations the layer talks to, and botocore cut down to them.

botocore describes more than 400 services in 20 MB of JSON. It lists all of them for each client, and reads every
operation of a service with its documentation, at each cold start.
"""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": frozenset({"BatchGetItem", "GetItem", "PutItem", "TransactWriteItems", "UpdateItem"}),
    "s3": frozenset({"DeleteObject", "GetObject", "ListObjectsV2", "PutObject"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sqs": frozenset({"SendMessage"}),
}

_MODEL, _RULES = "service-2.json.gz", "endpoint-rule-set-1.json.gz"


def trim(data: Path) -> None:
    """Leaves of botocore's ``data`` folder what ``OPERATIONS`` needs, as JSON that has not to be unpacked first."""
    for service in [path for path in data.iterdir() if path.is_dir()]:
        if service.name not in OPERATIONS:
            shutil.rmtree(service)
            continue
        for version in service.iterdir():
            _trim_version(version, OPERATIONS[service.name])
    endpoints = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: found for name, found in partition["services"].items() if name in OPERATIONS}
    _write(data / "endpoints.json", endpoints)


def _trim_version(version: Path, operations: frozenset[str]) -> None:
    if not (version / _MODEL).exists():  # an API version that was given up
        shutil.rmtree(version)
        return
    model, rules = (json.loads(gzip.decompress((version / name).read_bytes())) for name in (_MODEL, _RULES))
    for path in version.iterdir():
        path.unlink()
    model["operations"] = {name: found for name, found in model["operations"].items() if name in operations}
    wanted = _shapes_of(model["operations"], model["shapes"])
    model["shapes"] = {name: found for name, found in model["shapes"].items() if name in wanted}
    _write(version / _MODEL.removesuffix(".gz"), _without_documentation(model))
    _write(version / _RULES.removesuffix(".gz"), rules)


def _shapes_of(operations: Any, shapes: dict[str, Any]) -> set[str]:
    """The names of all shapes that these operations are made of."""
    found: set[str] = set()
    names = set(_references(operations))
    while names:
        found |= names
        names = {other for name in names for other in _references(shapes[name])} - found
    return found


def _references(value: Any) -> Iterator[str]:
    """Every ``"shape": NAME`` in it; a member may itself be called shape, and is no name then."""
    if isinstance(value, list):
        for part in value:
            yield from _references(part)
    elif isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        yield from _references(list(value.values()))


def _without_documentation(value: Any) -> Any:
    """Likewise: only the text goes, since botocore wants some of the keys."""
    if isinstance(value, list):
        return [_without_documentation(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "" if name == "documentation" and isinstance(part, str) else _without_documentation(part)
        for name, part in value.items()
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
