"""The whole service on this machine: `make run`.

Starts MiniStack, builds and deploys the template, loads the demo data, creates a share over HTTP, then stays until
Ctrl-C and takes everything down again.
"""

import gzip
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import batched
from types import FrameType
from typing import NoReturn

import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from local_service import demo, deploy
from local_service.environment import isolate, port_of
from local_service.errors import LocalServiceError
from local_service.ministack import check_port, ministack
from local_service.table import apply_document
from report_shares.use_cases.roll_up_store import RunStatus
from sharectl import keys, uploads
from sharectl.errors import SharectlError
from sharectl.output import Output
from sharectl.stack import Stack

_ROLL_UP_SECONDS = 120.0
_REQUEST_SECONDS = 60.0
_RUNS_AT_ONCE = 4


def main() -> int:
    """Run until Ctrl-C; the exit code."""
    # A parent that runs in the background leaves SIGINT ignored; it is how this ends, so listen in any case.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    console = Console(highlight=False, soft_wrap=True)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        _serve(console, port_of(os.environ))
    except KeyboardInterrupt:
        console.print("Stopped: nothing is left running.")
        return 0
    except (LocalServiceError, SharectlError, ClientError, BotoCoreError, httpx.HTTPError) as error:
        errors.print(f"error: {error}", style="red", markup=False)
        return 1
    return 0


def _serve(console: Console, port: int) -> None:
    check_port(port)
    endpoint_url = f"http://localhost:{port}"
    isolate(os.environ, endpoint_url)
    with ExitStack() as cleanup:
        with _step(console, "MiniStack, the AWS on this machine"):
            server = cleanup.enter_context(ministack(port))
        with deploy.exclusive():
            with _step(console, "sam build: layer and functions"):
                deploy.build()
            with _step(console, "sam deploy: the stack"):
                stack, base_url = deploy.deploy()
        api_key = keys.mint()
        scheduled_report_id = demo.demo().scheduled_report_id
        shares_url = f"{base_url}/v1/scheduled-reports/{scheduled_report_id}/shares"
        with _step(console, "demo data: a brand, a schedule, an API key"):
            apply_document(stack, demo.demo().document(api_key))
        with _step(console, f"demo data: {demo.RUNS} weekly runs, rolled up as they arrive"):
            _load_runs(stack)
        with _step(console, "a share, created over HTTP"):
            share_url = _create_share(shares_url, api_key)
        ready = {
            "base_url": base_url,
            "api_key": api_key,
            "scheduled_report_id": scheduled_report_id,
            "share_url": share_url,
            "stack": deploy.STACK,
            "endpoint_url": endpoint_url,
        }
        typer.echo(f"""
The shared report:
  {share_url}
Read it as JSON, refresh the share, end with Ctrl-C:
  curl {base_url}/v1/shared/{share_url.rpartition("/")[2]}
  curl -X POST -H 'Authorization: Bearer {api_key}' {shares_url}

READY {json.dumps(ready)}""")
        server.wait()


def _load_runs(stack: Stack) -> None:
    """Make the run files, put them into the bucket and wait until they are rolled up."""
    with Output(as_json=False).progress() as progress:
        for upload in progress.track(_rolled_up(stack), demo.RUNS, description="  rolled up"):
            if upload.status is not RunStatus.ROLLED_UP:
                raise LocalServiceError(f"{upload.file.key}: {upload.reason or upload.status}")


def _rolled_up(stack: Stack) -> Iterator[uploads.Upload]:
    # All at once would work too, but a dozen functions at once are slower than two on a small machine.
    for files in batched(_run_files(), _RUNS_AT_ONCE, strict=False):
        yield from uploads.wait(stack, list(uploads.put(stack, files)), _ROLL_UP_SECONDS)


def _run_files() -> Iterator[uploads.LocalFile]:
    for run in demo.generate_runs(last=demo.latest_monday(datetime.now(UTC))):
        name = f"run of {run['started_at']}"
        yield uploads.recognise(name, gzip.compress(json.dumps(run).encode(), compresslevel=5))


def _create_share(shares_url: str, api_key: str) -> str:
    headers = {"Authorization": f"Bearer {api_key}"}
    # Only to this machine, so no proxy of the user's is asked.
    answer = httpx.post(shares_url, headers=headers, timeout=_REQUEST_SECONDS, trust_env=False)
    if answer.status_code != httpx.codes.CREATED:
        raise LocalServiceError(f"creating a share answered {answer.status_code}: {answer.text[:500]}")
    return str(answer.json()["share_url"])


@contextmanager
def _step(console: Console, title: str) -> Iterator[None]:
    """Show that something is going on, and how long it took."""
    started = time.monotonic()
    console.print(f"{title} ...", markup=False)
    yield
    console.print(f"{title}: done in {time.monotonic() - started:.1f} s", markup=False)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    # Only the first one counts: those that follow must not end the cleaning up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
