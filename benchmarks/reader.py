"""The service over DynamoDB Local; as a script, a reader of the demo's report: ``python -P reader.py URL``.

The script runs on whatever tree is first on its path, that of an earlier commit too (``earlier.py``), so it knows
nothing of the service but ``World``.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch
from uuid import uuid4

import boto3
from botocore.config import Config
from moto import mock_aws
from tests.world import BRAND_ID, SCHEDULE_ID, World

from local_service import demo
from report_shares.store import clients

RUNS = 52  # of the demo's report


@contextmanager
def world_on(url: str) -> Iterator[World]:
    """A service of its own: its table on DynamoDB Local, which has one for each access key, the rest on moto."""
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=uuid4().hex,
        aws_secret_access_key="none",  # noqa: S106 # no secret
        config=Config(max_pool_connections=250),
    )
    secrets = _SecretsManager()
    with (
        mock_aws(config={"core": {"passthrough": {"urls": [url]}}}),
        patch.object(clients, "dynamodb", lambda: dynamodb),
        patch.object(clients, "secretsmanager", lambda: secrets),
    ):
        yield World()


class _SecretsManager:
    """One secret, at no cost: a clock that leaps makes a function fetch it again for each request."""

    def create_secret(self, **secret: str) -> None:
        self._secret = secret

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return self._secret


def main(url: str) -> None:
    """Reads the report as often as it is told to: a line in is an event's name, a line out the CPU time in ms.

    ``again`` behind the name: the share that was read last.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # each request prints lines of its own
    with world_on(url) as world:
        for run in demo.generate_runs(runs=RUNS, last=datetime(2026, 4, 1, tzinfo=UTC)):
            world.put_run(run | {"scheduled_report_id": str(SCHEDULE_ID), "brand_id": str(BRAND_ID)})
        key = world.add_key()
        token = ""
        for line in sys.stdin:
            event, *again = line.split()
            if not again:
                # Another share each time: a function remembers the pages that it has made.
                world.clock.now += 60_000
                token = world.create(key, {"rotate": True}).json["access_token"]
            started = time.process_time()
            answer = world.read(token, event)
            cpu_ms = (time.process_time() - started) * 1_000
            assert answer.status == 200, answer
            print(json.dumps(cpu_ms), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
