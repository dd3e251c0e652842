"""The real template, built and deployed by the SAM CLI into MiniStack."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3

from local_service.environment import REGION, ROOT, TOOLS, for_sam
from local_service.errors import LocalServiceError
from sharectl import stack as stacks

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

STACK = stacks.DEFAULT_NAME
_OUTPUT_TAIL = 4_000


def build(folder: Path = Path(".aws-sam") / "build") -> None:
    """`sam build`, as `make build` does it: the layer with its dependencies, and the functions."""
    architecture = os.environ.get("ARCHITECTURE") or "x86_64"
    sam(["build", "--build-dir", str(folder), "--parameter-overrides", f"Architecture={architecture}"])


def deploy() -> tuple[stacks.Stack, str]:
    """`sam deploy`, and an update with the address that is only known then.

    Returns the stack and its base URL: what stands before ``/v1/...``.
    """
    sam(["deploy", "--config-env", "local", "--stack-name", STACK, "--region", REGION, "--no-progressbar"])
    session = boto3.Session()
    stack = stacks.find(session, STACK)
    address = base_url(stack)
    _set_parameter(session, "PublicBaseUrl", f"{address}/shared/")
    return stack, address


def base_url(stack: stacks.Stack) -> str:
    """What stands before ``/v1/...``: the API's own address, or the one that MiniStack serves it under."""
    endpoint_url = stack.dynamodb.meta.endpoint_url
    if is_aws(endpoint_url):
        return stack.api_url
    stage = urlsplit(stack.api_url).path.strip("/")
    # The style without a host name per API: *.localhost does not resolve everywhere.
    return f"{endpoint_url}/restapis/{stack.api_id}/{stage}/_user_request_"


def is_aws(endpoint_url: str) -> bool:
    """Whether AWS itself answers there, and not something that speaks like it."""
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


@contextmanager
def exclusive() -> Iterator[None]:
    """One build at a time in this folder: a second one waits for the first."""
    directory = ROOT / ".aws-sam"
    directory.mkdir(exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _set_parameter(session: boto3.Session, name: str, value: str) -> None:
    """Update the stack in place: all that was deployed, with one parameter changed."""
    client: CloudFormationClient = session.client("cloudformation")
    present = client.describe_stacks(StackName=STACK)["Stacks"][0].get("Parameters", [])
    others: list[ParameterTypeDef] = [
        {"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
        for parameter in present
        if parameter["ParameterKey"] != name
    ]
    client.update_stack(
        StackName=STACK,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value}, *others],
    )
    waiter = client.get_waiter("stack_update_complete")
    waiter.wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def sam(arguments: Sequence[str]) -> None:
    """Run the SAM CLI in the project's folder. Raises ``LocalServiceError`` with the end of what it said."""
    python = TOOLS / "sam" / "bin" / "python"
    if not python.exists():
        raise LocalServiceError("the SAM CLI is not installed: run `make setup`")
    process = subprocess.Popen(
        [str(python), "-m", "samcli", *arguments],
        cwd=ROOT,
        env=for_sam(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that all of it can be ended, pip's processes too
    )
    try:
        output, _ = process.communicate()
    except BaseException:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        raise LocalServiceError(f"`sam {' '.join(arguments)}` failed:\n{output[-_OUTPUT_TAIL:].strip()}")
