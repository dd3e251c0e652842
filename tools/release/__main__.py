"""`python -m release`: what a deployment is made of, for the workflows and by hand."""

import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local_service.environment import ROOT
from release import ephemeral, package, sam
from release.errors import ReleaseError
from release.rehearsal import Rehearsal, run_tests, wait_until_it_answers
from release.sam import Target
from sharectl import stack as stacks
from sharectl.errors import SharectlError

_Release = Annotated[Path, typer.Argument(metavar="RELEASE", help="The file that `pack` made.")]
_Digest = Annotated[str, typer.Option(metavar="DIGEST", help="What `pack` said.")]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Pack what `make build` made, and deploy it as it is: first on a stack of its own, then for good.\n\n"
    "Uses AWS_ENDPOINT_URL, AWS_PROFILE, AWS_REGION and credentials like every AWS tool.",
)


@app.command()
def pack(release: _Release) -> None:
    """Pack what was built into one file, and print its digest."""
    typer.echo(package.pack(ROOT / ".aws-sam" / "build", release))


@app.command()
def deploy(
    release: _Release,
    *,
    digest: _Digest,
    config: Annotated[str, typer.Option(help="Whose settings in samconfig.toml: dev or prod.")],
) -> None:
    """Deploy without asking, and return when the API answers."""
    session = _session()
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    if "stack_name" not in (told := settings.get(config, {}).get("deploy", {}).get("parameters", {})):
        raise ReleaseError(f"samconfig.toml has no stack for {config}")
    with _unpacked(release, digest) as folder:
        sam.deploy(folder, Target(config, session.region_name))
    wait_until_it_answers(stacks.find(session, told["stack_name"]))


@app.command()
def rehearse(
    release: _Release,
    *,
    digest: _Digest,
    stack: Annotated[str, typer.Option(metavar="NAME", help="The stack to make and to remove.")],
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the template; may be given more than once.")
    ] = None,
    tests: Annotated[bool, typer.Option(help="Whether to run `make test-deployed` on the stack, twice.")] = True,
) -> None:
    """Deploy into a stack of its own, test, change, roll back, go back, remove, deploy anew, test, remove."""
    session = _session()
    parameters = {"Stage": "dev"} | dict(text.split("=", 1) for text in parameter or [])
    target = Target("dev", session.region_name, stack, parameters)
    test = run_tests if tests else (lambda _: None)
    with _unpacked(release, digest) as folder:
        Rehearsal(session, folder, target, test, lambda line: typer.echo(f"== {line}")).run()


@app.command()
def remove(stack: Annotated[str, typer.Argument(metavar="STACK")]) -> None:
    """Remove a stack that `rehearse` made, with its table, bucket and secret."""
    for line in ephemeral.remove(_session(), stack):
        typer.echo(line)


def _session() -> boto3.Session:
    # boto3 itself reads AWS_DEFAULT_REGION and the profile's region, but not AWS_REGION.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
    if not session.region_name:
        raise ReleaseError("set AWS_REGION")
    return session


@contextmanager
def _unpacked(release: Path, digest: str) -> Iterator[Path]:
    """The release in a folder, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="report-shares-") as folder:
        unpacked = Path(folder) / "release"
        package.unpack(release, digest, unpacked)
        yield unpacked


def main() -> int:
    """Run a command; the exit code."""
    # What is said here and what the tools say that run below it stay in order, also in a workflow's log.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # what the interpreter makes of stdout
    try:
        app(prog_name="python -m release")
    except (ReleaseError, SharectlError, ClientError, BotoCoreError, OSError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {error}", style="red", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
