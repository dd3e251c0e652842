"""The environment of the local service: it has none of the user's AWS settings, so nothing reaches AWS."""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from local_service.errors import LocalServiceError

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
REGION = "us-east-1"

_DEFAULT_PORT = 4566

_KEPT_FOR_MINISTACK = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LOG_LEVEL")
_NOBODY = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Credentials that mean nothing to AWS, and nowhere to look for others."""


def port_of(environment: Mapping[str, str]) -> int:
    """The port of the local service, ``PORT``. Raises ``LocalServiceError`` if it is not a port."""
    text = environment.get("PORT") or str(_DEFAULT_PORT)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise LocalServiceError(f"PORT must be a number from 1 to 65535, not {text}")
    return int(text)


def isolated(environment: Mapping[str, str], endpoint_url: str) -> dict[str, str]:
    """The environment without a trace of the user's AWS settings, every call going to ``endpoint_url``."""
    kept = {name: value for name, value in environment.items() if not name.upper().startswith("AWS_")}
    # Calls to this machine must not go through the user's proxy.
    no_proxy = ",".join(filter(None, [kept.get("NO_PROXY") or kept.get("no_proxy"), "localhost,127.0.0.1"]))
    return {
        **kept,
        **_NOBODY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def for_sam(environment: Mapping[str, str]) -> dict[str, str]:
    """For the SAM CLI: no telemetry, own settings folder, a ``python3.13`` with pip first on the PATH."""
    return {**environment} | {
        "PATH": os.pathsep.join([str(TOOLS / "sam" / "bin"), environment.get("PATH", os.defpath)]),
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(TOOLS / "sam-home"),
    }


def for_ministack(environment: Mapping[str, str], host: str, port: int, directory: Path) -> dict[str, str]:
    """For MiniStack: only what it needs, since it hands its environment on to the Lambda functions."""
    kept = {name: environment[name] for name in _KEPT_FOR_MINISTACK if name in environment}
    return {
        "LOG_LEVEL": "WARNING",
        **kept,
        **_NOBODY,
        "BIND_HOST": host,
        "GATEWAY_PORT": str(port),
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
    }


def isolate(environment: MutableMapping[str, str], endpoint_url: str) -> None:
    """Replace the environment by the isolated one."""
    values = isolated(environment, endpoint_url)
    environment.clear()
    environment.update(values)
