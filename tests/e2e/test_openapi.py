"""The deployed API held against its own document, by tools that know nothing else of it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local_service.environment import TOOLS
from tests.e2e.conftest import Service
from tests.lacking import need_tools

_ROOT = Path(__file__).parents[2]
_PYTHON = TOOLS / "openapi" / "bin" / "python"
_HERE = _ROOT / "tests" / "openapi"

# Examples of each operation in each phase: on CI enough for 2,000 cases, elsewhere for a quick look.
_ON_CI = os.environ.get("CI") == "true"
_EXAMPLES, _CASES = (100, 2_000) if _ON_CI else (30, 400)
# None of the keys, which take turns, may reach its 120 requests a minute.
_KEYS = 40


@pytest.fixture(scope="module", autouse=True)
def openapi_tools() -> None:
    """A skip that says what is missing, on CI a failure."""
    need_tools("the tests of the OpenAPI document", "openapi")


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return subprocess.run(
        [str(_PYTHON), *arguments],
        cwd=folder,
        # The client generator formats with the ruff beside it.
        env=kept | {"PATH": f"{_PYTHON.parent}{os.pathsep}{os.environ['PATH']}"} | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.stack  # for it takes minutes
@pytest.mark.deployed
def test_no_generated_request_is_answered_other_than_documented(service: Service, tmp_path: Path) -> None:
    known = {
        "scheduled_report_id": service.schedule_id,
        "token": service.ready["share_url"].rpartition("/")[2],
    }

    done = run(
        *("-m", "schemathesis.cli", "--no-color", "--config-file", str(_HERE / "schemathesis.toml")),
        *("run", f"{service.base_url}/v1/openapi.json", "--url", service.base_url),
        *("--checks", "all", "--max-examples", str(_EXAMPLES)),
        folder=tmp_path,
        SCHEMATHESIS_HOOKS=str(_HERE / "schemathesis_hooks.py"),
        SHARES_API_KEYS=json.dumps(service.new_keys(_KEYS)),
        SHARES_KNOWN=json.dumps(known),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found, done.stdout
    assert int(found[1]) >= _CASES
    assert "✅ Stateful" in done.stdout


def test_a_generated_client_walks_through_the_life_of_a_share(service: Service, tmp_path: Path) -> None:
    (key,) = service.new_keys(1)
    made = run(
        *("-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", str(_ROOT / "layers/domain/report_shares/api/openapi.json")),
        *("--output-path", str(tmp_path / "shares_client"), "--fail-on-warning"),
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stdout + made.stderr

    walked = run(
        str(_HERE / "client_walk.py"),
        folder=tmp_path,
        PYTHONPATH=str(tmp_path),
        SHARES_BASE_URL=service.base_url,
        SHARES_API_KEY=key,
        SHARES_SCHEDULE=service.schedule_id,
    )

    assert walked.returncode == 0, walked.stdout + walked.stderr
    steps = ["created", "refreshed", "listed", "read", "extended", "renamed", "rotated", "revoked", "gone"]
    assert walked.stdout.split() == steps
