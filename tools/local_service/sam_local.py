"""The built functions in containers of their own, as `sam local` runs them, on an AWS of this machine."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_service import deploy
from local_service.environment import ROOT, TOOLS, for_sam, isolated
from local_service.errors import LocalServiceError
from local_service.ministack import LOOPBACK
from local_service.processes import serving

ENV_FILE = ROOT / "events" / "env.json"

_BUILD = Path(".aws-sam") / "local"  # not where `make run` builds, which may be at it at the same time
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")
_HOST = "host.docker.internal"
_IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
_BRIDGE = "{{with index .IPAM.Config 0}}{{.Subnet}} {{.Gateway}}{{end}}"
_ENGINE_SECONDS = 20
_INVOKE_SECONDS = 120

type Json = dict[str, Any]


def _docker(*arguments: str) -> str | None:
    """What the container engine answers; None where there is none, or none that does what it is told."""
    try:
        return subprocess.run(
            ["docker", *arguments],  # noqa: S607 # wherever the user has it
            capture_output=True,
            text=True,
            timeout=_ENGINE_SECONDS,
            check=True,
        ).stdout
    except (FileNotFoundError, subprocess.SubprocessError):
        return None


def check_engine() -> None:
    """Raises ``LocalServiceError`` where containers cannot be run."""
    if shutil.which("docker") is None:
        raise LocalServiceError("no container engine: `docker` is missing")
    if not _docker("info", "--format", "{{.ServerVersion}}"):
        raise LocalServiceError("no container engine answers `docker info`")


def host_address() -> str:
    """The address of this machine that a container can reach, and that a server for it must listen on.

    On Linux that of the engine's bridge. Elsewhere the engine runs in a virtual machine, which forwards
    ``host.docker.internal`` to this machine's own loopback.
    """
    found = (_docker("network", "inspect", "bridge", "--format", _BRIDGE) or "").split()
    # An engine may leave the gateway out; then it is the first address of the network.
    bridge = found[-1] if len(found) == 2 else f"{found[0].rpartition('.')[0]}.1" if found else LOOPBACK
    with socket.socket() as probe:
        try:
            probe.bind((bridge, 0))
        except OSError:
            return LOOPBACK
    return bridge


def build() -> None:
    """`sam build`, and the copy of the built template that `sam local` reads.

    `sam local` sets only those variables of a function that the template declares. The deployed functions have no
    endpoint to be told, so the template declares none, and the copy of it does.
    """
    with deploy.exclusive():
        deploy.build(_BUILD)
        template: Json = yaml.safe_load((ROOT / _BUILD / "template.yaml").read_text(encoding="utf-8"))
        template["Globals"]["Function"]["Environment"]["Variables"] |= dict.fromkeys(_ENDPOINTS, "")
        (ROOT / _BUILD / "local.yaml").write_text(yaml.safe_dump(template), encoding="utf-8")


@dataclass(frozen=True)
class SamLocal:
    """`sam local` on the built functions.

    An AWS on this machine listens on ``address`` (see ``host_address()``) and ``port``; ``dynamodb_port`` is that of
    another server for DynamoDB there.
    """

    address: str
    port: int
    dynamodb_port: int

    def invoke(self, function: str, event: str) -> Any:
        """What the function answers. Raises ``LocalServiceError`` where `sam local invoke` fails."""
        with tempfile.TemporaryDirectory() as folder:
            command = [*self._command("invoke", Path(folder)), function, "--event", "-"]
            done = subprocess.run(
                command,
                input=event,
                cwd=folder,
                env=self._environment(),
                capture_output=True,
                text=True,
                timeout=_INVOKE_SECONDS,
                check=False,
            )
        answer = done.stdout.strip().rpartition("\n")[2]
        if done.returncode != 0 or not answer:
            raise LocalServiceError(f"`sam local invoke {function}` failed:\n{done.stderr[-4000:].strip()}")
        return json.loads(answer)

    @contextmanager
    def api(self, port: int) -> Iterator[str]:
        """`sam local start-api`: yields its address."""
        base_url = f"http://{LOOPBACK}:{port}"
        folder = Path(tempfile.mkdtemp(prefix="report-shares-"))
        command = self._command("start-api", folder, PUBLIC_BASE_URL=f"{base_url}/shared/")
        command += ["--port", str(port), "--warm-containers", "LAZY"]
        with serving("start-api", command, base_url, folder, self._environment()):
            yield base_url

    def _command(self, command: str, folder: Path, **variables: str) -> list[str]:
        """`sam local` with the variables of ``events/env.json``, the ports of these servers, and those given."""
        content: Json = json.loads(ENV_FILE.read_text(encoding="utf-8"))
        found = content["Parameters"]
        for name, value in found.items():
            port = self.dynamodb_port if name.endswith("_DYNAMODB") else self.port
            found[name] = value.replace(f"{_HOST}:4566", f"{_HOST}:{port}")
        found.update(variables)
        env_file = folder / "env.json"
        env_file.write_text(json.dumps(content), encoding="utf-8")
        options = ["--template", str(ROOT / _BUILD / "local.yaml"), "--env-vars", str(env_file)]
        if self.address != LOOPBACK:
            options += ["--add-host", f"{_HOST}:{self.address}"]
        if _docker("image", "inspect", _IMAGE):
            options.append("--skip-pull-image")  # so that no registry is asked
        return [str(TOOLS / "sam" / "bin" / "python"), "-m", "samcli", "local", command, *options]

    def _environment(self) -> dict[str, str]:
        """SAM asks for the account's number; here nobody but the local AWS is asked."""
        return for_sam(isolated(os.environ, f"http://{self.address}:{self.port}"))
