"""`make invoke`: one event of ``events/``, one container, and all that it needs around it."""

import json
import subprocess
import sys

import pytest

from local_service.environment import ROOT
from local_service.events import EVENTS


def invoke(event: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local_service.replay", "--in-container", event],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("containers")
def test_an_event_is_answered_with_nothing_else_running() -> None:
    done = invoke("create_share")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["is_existing"] is False


def test_an_event_that_there_is_not_is_one_sentence_which_names_those_there_are() -> None:
    done = invoke("create_shares")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: there is no event create_shares; there are ")
    assert done.stderr.count("\n") == 1
    assert all(path.stem in done.stderr for path in EVENTS.glob("*.json") if path.stem != "env")
