"""The README's walk through the API, typed as it stands there."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local_service.environment import ROOT, isolated
from tests.e2e.conftest import Service

pytestmark = pytest.mark.make_run


def walk() -> str:
    """The block that says what to do in another terminal while `make run` runs."""
    blocks: list[str] = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [block for block in blocks if "READY" in block]
    return found


def test_each_line_of_the_walk_runs_as_typed(service: Service, tmp_path: Path) -> None:
    caller = service.new_caller()  # the share that others look at must not be rotated
    ready = service.ready | {"api_key": caller.key, "share_url": caller.post().json()["share_url"]}
    (tmp_path / "run.log").write_text(f"READY {json.dumps(ready)}\n")

    done = subprocess.run(
        ["bash", "-eu", "-c", walk()],  # noqa: S607 # wherever the user has it
        cwd=tmp_path,
        env=isolated(os.environ, ready["endpoint_url"]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = filter(None, map(str.strip, done.stdout.splitlines()))
    refreshed, restyled, rotated, link, report, table, listed, one, extended, revoked, gone, renamed, *protected = lines
    asked, opened, entered, cookie = protected
    assert json.loads(refreshed)["is_existing"] is True
    assert json.loads(restyled)["white_label_config"]["company_name"] == "Northlight Search"
    assert rotated.startswith("HTTP/1.1 410")
    assert link.startswith(f"{service.base_url}/shared/")
    assert report.startswith('{"object":"shared_report"')
    assert re.fullmatch(r"\./[\w-]+-\d{4}-\d\d-\d\d-competitors\.csv", table)
    (downloaded,) = tmp_path.glob("*.csv")
    assert downloaded.read_text(encoding="utf-8-sig").startswith('"name","mentions_count","share_of_voice"')
    assert [share["share_url"] for share in json.loads(listed)["data"]] == [link]
    assert json.loads(one) == json.loads(listed)["data"][0]
    assert json.loads(extended)["expires_at"] > json.loads(one)["expires_at"]
    assert revoked.startswith("HTTP/1.1 204")
    assert (json.loads(renamed)["name"], json.loads(renamed)["live"]) == ("Client A, London", False)
    assert json.loads(gone)["error"]["code"] == "gone"
    assert json.loads(asked)["error"]["code"] == "password_required"
    assert opened.startswith('{"object":"shared_report"')
    assert entered.startswith("HTTP/1.1 303")
    assert cookie.lower().startswith("set-cookie: report-")
