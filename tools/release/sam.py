"""A release deployed by the SAM CLI, into the account and region that the caller's AWS settings name."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_service.environment import ROOT, TOOLS, for_sam
from release.errors import ReleaseError


@dataclass(frozen=True)
class Target:
    """Where a release goes: what ``samconfig.toml`` has for ``config`` (``dev``, ``prod``), but for what is given.

    Parameters that are given take the place of all those of ``samconfig.toml``.
    """

    config: str
    region: str
    stack: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """What `sam deploy` is told."""
        told = ["--config-file", str(ROOT / "samconfig.toml"), "--config-env", self.config, "--region", self.region]
        if self.stack:
            told += ["--stack-name", self.stack]
        for option, values in (("--parameter-overrides", self.parameters), ("--tags", self.tags)):
            if values:
                told += [option, *(f"{name}={value}" for name, value in values.items())]
        return told


def deploy(release: Path, target: Target) -> None:
    """`sam deploy` of an unpacked release, without asking. Raises ``ReleaseError`` if it fails."""
    python = TOOLS / "sam" / "bin" / "python"
    if not python.exists():
        raise ReleaseError("the SAM CLI is not installed: run `make setup`")
    command = [str(python), "-m", "samcli", "deploy", "--template-file", str((release / "template.yaml").resolve())]
    command += ["--no-confirm-changeset", "--no-progressbar", *target.arguments()]
    done = subprocess.run(command, cwd=ROOT, env=for_sam(os.environ), stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"deploying {target.stack or target.config} failed; what SAM says stands above")
