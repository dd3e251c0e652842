"""What one of many processes does that try passwords of one share at once on DynamoDB Local, and what it saw."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3

from report_shares.rules import passwords
from report_shares.rules.gate import WINDOW, NoPlace
from report_shares.rules.shares import Share
from report_shares.store.gate_table import GateTable
from report_shares.times import SECOND
from report_shares.use_cases.try_password import TryPassword
from tests.passwords import PASSWORD

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Plan:
    """``share`` is tried so many times by each process; whenever one looks at the clock, ``tick`` ms have passed."""

    engine_url: str
    table: str
    share: Share
    tries: int
    tick: int

    def clock(self) -> int:
        """Epoch milliseconds, the same in all processes, and no quicker where the machine is slow."""
        with _passed[0].get_lock():
            _passed[0].value += self.tick
            passed: int = _passed[0].value
        return self.share.created_at + passed


@dataclass(frozen=True)
class Seen:
    """When this process had hashed a wrong password, how often it was let in, and what it was refused with."""

    wrong: list[int]
    right: int
    closed_for: list[int]
    busy: int


_passed: list[Any] = []


def ready(passed: "Synchronized[int]") -> None:
    """Begins a process that shares this clock."""
    _passed[:] = [passed]


@cache
def _client(engine_url: str) -> "DynamoDBClient":
    return boto3.client("dynamodb", endpoint_url=engine_url)


def tried(plan: Plan, number: int) -> Seen:
    """Mostly wrong ones."""
    chance = random.Random(number)  # noqa: S311 # repeatable, no secret
    try_password = TryPassword(GateTable(_client(plan.engine_url), plan.table), plan.clock)
    wrong: list[int] = []
    closed_for: list[int] = []
    right = busy = 0

    def outcome(password: str) -> bool | None:
        nonlocal busy
        try:
            return try_password(plan.share, password)
        except NoPlace as no_place:
            busy += not no_place.is_closed
            closed_for.extend([no_place.retry_after * SECOND] * no_place.is_closed)
            return None

    with patch.object(passwords, "is_right", _noting(wrong, plan.clock)):
        for _ in range(plan.tries):
            right += outcome(PASSWORD if chance.random() < 0.2 else "wrong") is True
    return Seen(wrong, right, closed_for, busy)


def got_in(plan: Plan, _: int) -> bool:
    """Whether the right password gets in before long, once nobody tries wrong ones any more."""
    try_password = TryPassword(GateTable(_client(plan.engine_url), plan.table), plan.clock)
    for _try in range(2 * WINDOW // plan.tick):
        with suppress(NoPlace):
            return try_password(plan.share, PASSWORD)
    return False


def _noting(wrong: list[int], clock: Callable[[], int]) -> Callable[[str, str], bool]:
    is_right = passwords.is_right

    def hashed(password: str, kept: str) -> bool:
        found = is_right(password, kept)
        if not found:
            wrong.append(clock())
        return found

    return hashed
