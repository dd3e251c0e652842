"""Starts of the functions as built, each in a fresh process that can write no bytecode."""

import compileall
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.world import event

from local_service import deploy
from local_service.environment import ROOT

_BARE = "import boto3; boto3.client('dynamodb')"
_START = """from json import loads
from types import SimpleNamespace
import app
app.lambda_handler(loads({event!r}), SimpleNamespace(
    aws_request_id="00000000-0000-0000-0000-000000000000", function_name="f", function_version="1",
    memory_limit_in_mb="1024", invoked_function_arn="arn:aws:lambda:us-east-1:1:function:f"))
"""
# What the packages take alone: one route of Powertools' resolver that validates, and a client, as lean as ours.
_PACKAGES = """import gc
gc.disable()
from json import loads
from types import SimpleNamespace
from typing import Annotated
import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel
class Answer(BaseModel):
    token: str
app, logger, metrics = APIGatewayRestResolver(enable_validation=True), Logger(), Metrics(namespace="n")
@app.get("/v1/shared/<token>")
def read(token: Annotated[str, Path()]) -> Answer:
    return Answer(token=token)
gc.freeze()
gc.enable()
boto3.client("dynamodb")
assert app.resolve(loads({event!r}), SimpleNamespace())["statusCode"] == 200
"""
_NO_LINK = {"TOKEN": "none"}
# Each function up to an answer that takes no call of AWS: by then all is there that the first real one needs.
_STARTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "share_api": ("ShareApiFunction", "share_api", event("put_share")),
    "shared_report": ("SharedReportFunction", "shared_report", event("read_shared_report", **_NO_LINK)),
    "roll_up": ("RollUpFunction", "roll_up", {"Records": []}),
    "first page": ("SharedReportFunction", "shared_report", event("read_shared_page", **_NO_LINK)),
}
_ENVIRONMENT = {
    "PATH": os.defpath,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
    "POWERTOOLS_SERVICE_NAME": "report-shares",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "TABLE_NAME": "none",
    "BUCKET_NAME": "none",
    "TOKEN_SECRET_ID": "none",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/none/none",
}


def measured(folder: Path, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median CPU seconds by what was started, and the size of the layers in MB.

    ``built`` is what `make build` makes, ``plain`` what SAM's own builder makes of the same packages: whole, and
    without bytecode. ``bare`` is a client of boto3 alone, ``built`` with bytecode as in Lambda's runtime;
    ``packages`` is what Powertools, pydantic and boto3 take without a line of ours.
    """
    builds = {"built": folder / "built", "plain": folder / "plain"}
    makefile = (ROOT / "template.yaml").read_text(encoding="utf-8")
    templates = {"built": makefile, "plain": makefile.replace("BuildMethod: makefile", "BuildMethod: python3.13")}
    for kind, template in templates.items():
        file = folder / f"{kind}.yaml"
        file.write_text(template, encoding="utf-8")
        deploy.sam(["build", "-t", str(file), "--base-dir", str(ROOT), "--build-dir", str(builds[kind])])
    layers = {kind: build / "DomainLayer" / "python" for kind, build in builds.items()}
    runtime = shutil.copytree(layers["plain"], folder / "runtime")
    compileall.compile_dir(runtime, quiet=1)

    packages = _PACKAGES.format(event=json.dumps(event("read_shared_report", **_NO_LINK)))
    starts = {"bare, built": (_BARE, [runtime]), "bare, plain": (_BARE, [layers["plain"]])}
    starts |= {f"packages, {kind}": (packages, [layers[kind]]) for kind in layers}
    for name, (function, source, asked) in _STARTS.items():
        code = _START.format(event=json.dumps(asked))
        built = [builds["built"] / function, layers["built"]]
        # SAM's builder takes all of CodeUri.
        plain = [builds["plain"] / function / source, layers["plain"]]
        starts |= {f"{name}, built": (code, built), f"{name}, plain": (code, plain)}
        starts[f"{name}, imports"] = ("import app", built)
    times: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name, (code, path) in starts.items():
            times[name].append(_cpu_of(code, path))
    sizes = {kind: _megabytes(layer) for kind, layer in layers.items()}
    return {name: statistics.median(found) for name, found in times.items()}, sizes


def _cpu_of(code: str, path: list[Path]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # -S: only what Lambda would have. Ended at once: what a process does at its end is no part of a start.
    code = f"import os, sys; sys.path += {[str(part) for part in path]!r}\n{code}\nos._exit(0)"
    subprocess.run([sys.executable, "-S", "-c", code], env=_ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
