"""How far the proofs go: a quick form in `make test-proof`, a long one in `make test-long`."""

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from secrets import token_urlsafe

import pytest

from tests.proof import fake_s3_and_secrets, seeded_table

LONG = os.environ.get("LONG") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/proof" in item.path.as_posix():
            item.add_marker(pytest.mark.proof)
    if not LONG:
        long = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)


@pytest.fixture
def progress(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says how far a long proof is, while it runs; silent in the quick form."""

    def say(text: str) -> None:
        if LONG:
            with capsys.disabled():
                sys.stderr.write(f"    {text}\n")
                sys.stderr.flush()

    return say


@pytest.fixture
def functions_environment(engine_url: str, table: str) -> Iterator[dict[str, str]]:
    """The variables of functions on DynamoDB Local with the snapshot of ``seeded_table`` in their bucket."""
    with fake_s3_and_secrets.running(json.dumps({"current": "1", "1": token_urlsafe(48)})) as services:
        services.objects[seeded_table.SNAPSHOT_KEY] = gzip.compress(seeded_table.snapshot())
        yield {
            "AWS_ENDPOINT_URL_DYNAMODB": engine_url,
            "AWS_ENDPOINT_URL_S3": services.url,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": services.url,
            "TABLE_NAME": table,
            "BUCKET_NAME": "reports",
            "TOKEN_SECRET_ID": "tokens",
            "PUBLIC_BASE_URL": "https://reports.example.com/shared/",
        }
