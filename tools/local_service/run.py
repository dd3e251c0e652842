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
from local_service.deploy import Deployment
from local_service.environment import isolate, port_of
from local_service.errors import LocalServiceError
from local_service.ministack import MiniStack, check_port
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
    ministack = MiniStack(port)
    check_port(port)
    isolate(os.environ, ministack.endpoint_url)
    with ExitStack() as cleanup:
        with _step(console, "MiniStack, the AWS on this machine"):
            cleanup.enter_context(ministack)
        with deploy.exclusive():
            with _step(console, "sam build: layer and functions"):
                deploy.build()
            with _step(console, "sam deploy: the stack"):
                deployment = deploy.deploy(ministack.endpoint_url)
        api_key = keys.mint()
        subject = demo.demo()
        with _step(console, "demo data: a brand, a schedule, an API key"):
            apply_document(deployment.stack, subject.document(api_key))
        with _step(console, f"demo data: {demo.RUNS} weekly runs, rolled up as they arrive"):
            _load_runs(deployment.stack)
        with _step(console, "a share, created over HTTP"):
            share_url = _create_share(deployment, subject.scheduled_report_id, api_key)
        _show(console, deployment, share_url, subject.scheduled_report_id, api_key)
        ready = {
            "base_url": deployment.base_url,
            "api_key": api_key,
            "scheduled_report_id": subject.scheduled_report_id,
            "share_url": share_url,
            "stack": deploy.STACK,
            "endpoint_url": ministack.endpoint_url,
        }
        typer.echo(f"READY {json.dumps(ready)}")
        sys.stdout.flush()
        while True:
            ministack.check_alive()
            time.sleep(1)


def _load_runs(stack: Stack) -> None:
    """Make the run files, put them into the bucket a few at a time and wait until they are rolled up."""
    with Output(as_json=False).progress() as progress:
        uploading = progress.add_task("  uploaded", total=demo.RUNS)
        rolling_up = progress.add_task("  rolled up", total=demo.RUNS)
        # All at once would work too, but a dozen functions at once are slower than two on a small machine.
        for files in batched(_run_files(), _RUNS_AT_ONCE, strict=False):
            uploaded: list[uploads.Upload] = []
            for upload in uploads.put(stack, files):
                uploaded.append(upload)
                progress.advance(uploading)
            for outcome in uploads.wait(stack, uploaded, _ROLL_UP_SECONDS):
                if outcome.status is not RunStatus.ROLLED_UP:
                    raise LocalServiceError(f"{outcome.upload.file.key}: {outcome.reason or outcome.status}")
                progress.advance(rolling_up)


def _run_files() -> Iterator[uploads.LocalFile]:
    for run in demo.generate_runs(last=demo.latest_monday(datetime.now(UTC))):
        name = f"run of {run['started_at']}"
        yield uploads.recognise(name, gzip.compress(json.dumps(run).encode(), compresslevel=5))


def _create_share(deployment: Deployment, scheduled_report_id: str, api_key: str) -> str:
    url = f"{deployment.base_url}/v1/scheduled-reports/{scheduled_report_id}/shares"
    headers = {"Authorization": f"Bearer {api_key}"}
    # Only to this machine, so no proxy of the user's is asked.
    answer = httpx.post(url, headers=headers, timeout=_REQUEST_SECONDS, trust_env=False)
    if answer.status_code != httpx.codes.CREATED:
        raise LocalServiceError(f"creating a share answered {answer.status_code}: {answer.text[:500]}")
    return str(answer.json()["share_url"])


def _show(console: Console, deployment: Deployment, share_url: str, scheduled_report_id: str, api_key: str) -> None:
    shares = f"{deployment.base_url}/v1/scheduled-reports/{scheduled_report_id}/shares"
    token = share_url.rpartition("/")[2]
    for line in (
        "",
        "The shared report:",
        f"  {share_url}",
        "Read it as JSON, refresh the share, end with Ctrl-C:",
        f"  curl {deployment.base_url}/v1/shared/{token}",
        f"  curl -X POST -H 'Authorization: Bearer {api_key}' {shares}",
        "",
    ):
        console.print(line, markup=False)


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
