"""Many processes of the real handlers on DynamoDB Local: whatever they saw can be true, and nothing is half done."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from report_shares.rules.shares import Share, place_of
from report_shares.store import items
from report_shares.store.share_table import ShareTable
from tests.proof import seeded_table
from tests.proof.conftest import LONG
from tests.proof.history import NEVER, Event, events_in
from tests.proof.history_checker import History
from tests.proof.load_processes import Plan
from tests.world import NOON

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAP = 50 if LONG else 8
MIXTURE = {"create": 32, "rotate": 10, "extend": 6, "rename": 6, "set live": 4, "set password": 6, "revoke": 3}
MIXTURE |= {"revoke all": 1, "list": 9, "read": 24, "count": 5}
OPERATIONS = int(os.environ.get("LONG_OPERATIONS", "22000")) if LONG else 500


@pytest.fixture
def plan(functions_environment: dict[str, str], dynamodb: "DynamoDBClient", table: str, tmp_path: Path) -> Plan:
    schedules = [uuid4() for _ in range(2 if LONG else 1)]
    seeded_table.add_schedules(dynamodb, table, schedules)
    return Plan(
        folder=str(tmp_path),
        environment=functions_environment | {"MAX_ACTIVE_SHARES": str(CAP)},
        operations=OPERATIONS,
        processes=8 if LONG else 6,
        schedules=[str(schedule) for schedule in schedules],
        keys=seeded_table.add_keys(dynamodb, table, [f"caller {number}" for number in range(60 if LONG else 10)]),
        mixture=MIXTURE,
        day_seconds=2.5 if LONG else 0.5,
        lost=30,
        killed=3 if LONG else 15,
        seed=5,
        epoch=NOON,
    )


def carried_out(plan: Plan, progress: Callable[[str], None]) -> list[Event]:
    """What the processes saw."""
    file = Path(plan.folder) / "plan.json"
    file.write_text(json.dumps(asdict(plan)))
    command = [sys.executable, "-m", "tests.proof.load_processes", str(file)]
    told = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as processes:
        for line in processes.stdout or ():
            done, killed = map(int, line.split())
            if done >= told + 1_000:
                told = done
                progress(f"{done:,} operations, {killed} processes killed")
    assert processes.returncode == 0
    return events_in(Path(plan.folder))


def test_what_many_processes_see_at_once_keeps_every_promise(
    plan: Plan, dynamodb: "DynamoDBClient", progress: Callable[[str], None]
) -> None:
    events = carried_out(plan, progress)

    history = History(events, CAP)
    assert [f"{one.rule} ({one.text}): {one.event}" for one in history.broken_promises()][:5] == []
    assert len(events) > 0.9 * OPERATIONS
    _nothing_is_half_done(plan, dynamodb, history)
    _it_was_a_trial(events, progress)


def _it_was_a_trial(events: list[Event], progress: Callable[[str], None]) -> None:
    """Everything that is to be endured did happen."""
    outcomes = Counter(f"{event.action} {event.status}" for event in events)
    progress(f"{len(events):,} operations: {dict(outcomes.most_common())}")
    replays = sum(event.replayed for event in events)
    progress(f"{replays:,} replays, {sum(event.is_unknown for event in events):,} writes with unknown outcome")
    always = ["create 201", "create 200", "rotate 201", "rename 200", "set password 200"]
    always += ["read 200", "read 401", "read 410"]
    in_the_long_run = [
        "create 400",
        "create 409",
        "extend 200",
        "rename 409",
        "set live 200",
        "create 503",
        "create None",
        "rotate 503",
    ]
    assert [outcome for outcome in always + in_the_long_run * LONG if not outcomes[outcome]] == []
    assert replays or not LONG


def _nothing_is_half_done(plan: Plan, dynamodb: "DynamoDBClient", history: History) -> None:
    """Ledgers and rows agree, and each row is one that a caller was told of or may have lost the answer of."""
    store = ShareTable(dynamodb, plan.environment["TABLE_NAME"])
    pages = dynamodb.get_paginator("scan").paginate(TableName=plan.environment["TABLE_NAME"])
    rows = [items.share_from(item) for page in pages for item in page["Items"] if item["sk"]["S"] == "SHARE"]
    end = max(event.ended for event in history.events if event.ended < NEVER)
    for schedule in plan.schedules:
        of_schedule = [row for row in rows if str(row.scheduled_report_id) == schedule]
        _, ledger = store.open_schedule(of_schedule[0].scheduled_report_id)
        active = {
            (place_of(row.principal_id, row.name), row.id, row.expires_at) for row in of_schedule if row.is_active(end)
        }
        held = {(place, one.share_id, one.expires_at) for place, one in (ledger or {}).items() if one.is_active(end)}
        assert held == active
        assert len(ledger or {}) <= CAP
    untold = [row for row in rows if str(row.id) not in history.lives and not _may_be_unheard_of(row, history)]
    assert untold == []
    told = {str(row.id) for row in rows}
    assert [life.share_id for life in history.lives.values() if life.share_id not in told] == []


def _may_be_unheard_of(row: Share, history: History) -> bool:
    peers = history.peers[str(row.scheduled_report_id), row.principal_id]
    return any(peer.is_unknown and peer.started <= row.created_at <= peer.ended for peer in peers)
