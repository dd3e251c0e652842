"""The demo data, the isolated environment, the port check, and the Makefile's help."""

import json
import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID

import pytest

from local_service import demo, events
from local_service.environment import for_ministack, isolated
from local_service.errors import LocalServiceError
from local_service.ministack import check_port
from local_service.sam_local import ENV_FILE
from report_shares.rules.run_files import RunFileUpload, key_of, read_run
from report_shares.times import milliseconds
from sharectl import documents, keys

ROOT = Path(__file__).parents[2]
LAST = datetime(2026, 4, 20, 6, tzinfo=UTC)


def answers(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer for region in run["regions"] for answer in region["answers"]]


def visibility(run: dict[str, Any]) -> float:
    return mean(float(answer["brand_appears"]) for answer in answers(run))


@pytest.mark.parametrize("name", ["nope", "env", "../samconfig", ""])
def test_what_is_no_event_is_told_those_that_are(name: str) -> None:
    with pytest.raises(LocalServiceError) as told:
        events.text_of(name)

    offered = str(told.value).partition("; there are ")[2].split(", ")
    assert offered == sorted(path.stem for path in events.EVENTS.glob("*.json") if path != ENV_FILE)


def test_the_same_seed_makes_the_same_runs() -> None:
    first, again = (list(demo.generate_runs(7, 3, last=LAST)) for _ in range(2))
    (other,) = demo.generate_runs(8, 1, last=LAST)

    assert first == again
    assert other["id"] not in {run["id"] for run in first}


def test_a_run_is_of_realistic_size_and_valid() -> None:
    (run,) = demo.generate_runs(runs=1, last=LAST)
    text = json.dumps(run).encode()

    assert len(answers(run)) == 30 * 8 * 3
    assert 1_000_000 < len(text) < 1_700_000
    upload = RunFileUpload.of(key_of(UUID(run["scheduled_report_id"]), UUID(run["id"])), "etag")
    read = read_run(text, upload, UUID(run["brand_id"]), milliseconds(LAST))
    assert read is not None
    assert not read.left_out


@cache
def a_year() -> list[dict[str, Any]]:
    return list(demo.generate_runs(last=LAST))


def test_a_year_ends_where_it_is_told_to_and_trends_upwards() -> None:
    year = a_year()
    scores = [visibility(run) for run in year]

    assert len({run["id"] for run in year}) == len(year) == 52
    assert [run["started_at"] for run in year] == sorted(run["started_at"] for run in year)
    assert year[-1]["started_at"] == "2026-04-20T06:00:00.000Z"
    assert mean(scores[-8:]) > mean(scores[:8]) + 0.2
    # With noise: not every week is better than the one before.
    assert any(later < earlier for earlier, later in pairwise(scores))


def test_a_year_has_what_a_report_has_to_tell() -> None:
    earlier, before, last = (a_year()[at] for at in (-7, -2, -1))

    assert [region["status"] for region in earlier["regions"]].count("failed") == 1
    assert {answer["platform"] for answer in answers(last)} > {answer["platform"] for answer in answers(before)}
    assert len(answers(last)) == 30 * 9 * 3
    assert all(answer["answer_text"] and answer["model"] and answer["answered_at"] for answer in answers(last))


def test_an_answer_says_what_is_told_of_it() -> None:
    (run,) = demo.generate_runs(runs=1, last=LAST)

    for answer in answers(run):
        places = [answer["answer_text"].find(business["name"]) for business in answer["businesses"]]
        assert places == sorted(places)
        assert -1 not in places


def test_ranks_and_businesses_agree() -> None:
    (run,) = demo.generate_runs(runs=1, last=LAST)

    for answer in answers(run):
        own = [business for business in answer["businesses"] if "acme" in business["name"].casefold()]
        assert [business["rank"] for business in own] == ([answer["rank"]] if answer["brand_appears"] else [])
        assert [business["rank"] for business in answer["businesses"]] == [*range(1, len(answer["businesses"]) + 1)]


def test_the_demo_document_is_one_that_sharectl_takes() -> None:
    document = documents.validate(demo.demo().document(keys.mint()))

    assert document.schedules[0].id == next(iter(demo.generate_runs(runs=1, last=LAST)))["scheduled_report_id"]


@pytest.mark.parametrize("days", range(8))
def test_the_latest_monday_lies_in_the_past_week(days: int) -> None:
    now = LAST + timedelta(days=days, minutes=1)

    monday = demo.latest_monday(now)

    assert monday.weekday() == 0
    assert timedelta() < now - monday <= timedelta(days=7)


def test_nothing_of_the_users_aws_settings_is_left() -> None:
    users = {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "secret",
        "aws_ca_bundle": "x",
        "HOME": "/home/ada",
        "PATH": "/",
    }

    here = isolated(users, "http://localhost:1")
    there = for_ministack(here, "127.0.0.1", 1, Path("/private"))

    assert "work" not in here.values()
    assert "secret" not in here.values()
    assert here["AWS_ENDPOINT_URL"] == "http://localhost:1"
    assert here["AWS_CONFIG_FILE"] == here["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert there["HOME"] == there["TMPDIR"] == "/private"
    assert there["BIND_HOST"] == "127.0.0.1"


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalServiceError, match=f"port {port} is in use"):
            check_port(port)
    check_port(port)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
def test_make_alone_lists_the_targets() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607

    for target in ("setup", "run", "test", "build", "lint", "check", "lock", "clean"):
        assert f"  make {target} " in shown
