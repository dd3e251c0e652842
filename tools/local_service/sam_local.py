"""The built functions in containers of their own, as `sam local` runs them, on an AWS of this machine."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_service import deploy
from local_service.environment import ROOT, TOOLS, for_sam, isolated
from local_service.errors import LocalServiceError

ENV_FILE = ROOT / "events" / "env.json"

_BUILD = Path(".aws-sam") / "local"  # not where `make run` builds, which may be at it at the same time
_DECLARE = Path(__file__).with_name("declare_endpoints.py")
_HOST = "host.docker.internal"
_LOOPBACK = "127.0.0.1"
_BRIDGE = "{{with index .IPAM.Config 0}}{{.Subnet}} {{.Gateway}}{{end}}"
_ENGINE_SECONDS = 20
_INVOKE_SECONDS = 120
_START_SECONDS = 60

type Json = dict[str, Any]


def missing_engine() -> str | None:
    """Why containers cannot be run here; None if they can."""
    try:
        answer = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"],  # noqa: S607 # wherever the user has it
            capture_output=True,
            text=True,
            timeout=_ENGINE_SECONDS,
            check=False,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return "no container engine: `docker` is missing"
    return None if answer.returncode == 0 else "no container engine answers `docker info`"


def check_engine() -> None:
    """Raises ``LocalServiceError`` where containers cannot be run."""
    if missing := missing_engine():
        raise LocalServiceError(missing)


def host_address() -> str:
    """The address of this machine that a container can reach, and that a server for it must listen on.

    On Linux that of the engine's bridge. Elsewhere the engine runs in a virtual machine, which forwards
    ``host.docker.internal`` to this machine's own loopback.
    """
    found = subprocess.run(
        ["docker", "network", "inspect", "bridge", "--format", _BRIDGE],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    # An engine may leave the gateway out; then it is the first address of the network.
    bridge = found[-1] if len(found) == 2 else f"{found[0].rpartition('.')[0]}.1" if found else _LOOPBACK
    with socket.socket() as probe:
        try:
            probe.bind((bridge, 0))
        except OSError:
            return _LOOPBACK
    return bridge


def build() -> None:
    """`sam build`, and the copy of the built template that `sam local` reads."""
    with deploy.exclusive():
        deploy.build(_BUILD)
        subprocess.run(
            [str(TOOLS / "sam" / "bin" / "python"), str(_DECLARE), "template.yaml", "local.yaml"],
            cwd=ROOT / _BUILD,
            check=True,
        )


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
        with self._env_file({}) as env_file:
            command = [*self._command("invoke", env_file), function, "--event", "-"]
            done = subprocess.run(
                command,
                input=event,
                cwd=ROOT / _BUILD,
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
    def api(self, port: int, log: Path) -> Iterator[str]:
        """`sam local start-api`: yields its address."""
        base_url = f"http://127.0.0.1:{port}"
        public = {"PUBLIC_BASE_URL": f"{base_url}/shared/"}
        with self._env_file(public) as env_file, log.open("wb") as output:
            command = [*self._command("start-api", env_file), "--port", str(port), "--warm-containers", "LAZY"]
            server = subprocess.Popen(
                command,
                cwd=ROOT / _BUILD,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                _wait_for(port, server, log)
                yield base_url
            finally:
                server.terminate()  # it removes its containers
                try:
                    server.wait(_START_SECONDS)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()

    def _command(self, command: str, env_file: Path) -> list[str]:
        python = TOOLS / "sam" / "bin" / "python"
        found = [str(python), "-m", "samcli", "local", command, "--template", "local.yaml", "--env-vars", str(env_file)]
        if self.address != _LOOPBACK:
            found += ["--add-host", f"{_HOST}:{self.address}"]
        if _has_image():
            found += ["--skip-pull-image"]
        return found

    def _environment(self) -> dict[str, str]:
        """SAM asks for the account's number; here nobody but the local AWS is asked."""
        return for_sam(isolated(os.environ, f"http://{self.address}:{self.port}"))

    @contextmanager
    def _env_file(self, variables: Mapping[str, str]) -> Iterator[Path]:
        """The variables of ``events/env.json`` with the ports of these servers, and those given over them."""
        content: Json = json.loads(ENV_FILE.read_text(encoding="utf-8"))
        found = content["Parameters"]
        for name, value in found.items():
            port = self.dynamodb_port if name.endswith("_DYNAMODB") else self.port
            found[name] = value.replace(f"{_HOST}:4566", f"{_HOST}:{port}")
        found.update(variables)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "env.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            yield path


def _has_image() -> bool:
    """Whether Lambda's image is there already; then no registry is asked."""
    name = "public.ecr.aws/lambda/python:3.13-x86_64"
    found = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False)  # noqa: S607
    return found.returncode == 0


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise LocalServiceError(f"`sam local start-api` did not start:\n{log.read_text(errors='replace')[-4000:]}")
