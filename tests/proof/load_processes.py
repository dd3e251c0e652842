"""Many processes that call the real functions at once, and write down what they saw.

``python -m tests.proof.load_processes plan.json`` forks the processes of the plan, each an execution environment with
connections of its own, and replaces those that die. Their clock is one and the same, and fast: a day passes in seconds,
so that shares expire while everybody is at work.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID

import botocore.endpoint
from botocore.exceptions import ReadTimeoutError

from report_shares.api.settings import Settings
from report_shares.rules import passwords
from report_shares.store import clients
from report_shares.store.share_table import ShareTable
from tests.passwords import cheap_hash
from tests.proof.history import CHANGES, WRITES, Action, Event, line
from tests.world import Answer, World, http_functions, reading, request

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

_NAMES = {
    Action.CREATE: "create_share",
    Action.ROTATE: "create_share",
    **dict.fromkeys(CHANGES, "extend_share"),
    Action.REVOKE: "revoke_share",
    Action.REVOKE_ALL: "revoke_shares",
    Action.LIST: "list_shares",
}
_DAYS = (1, 1, 2, 3, 5, 10, 30, None, None)
_RECIPIENTS = (None, None, None, "client a", "client a", "client b")
_PASSWORDS = (None, None, None, None, None, "", "first of them", "second of them")
_SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, str.title, lambda name: f" {name}\u00a0")


@dataclass(frozen=True)
class Plan:
    """What is done: ``operations`` in all, by ``processes``, on ``schedules`` (ids) as ``keys`` (caller -> API key).

    ``environment`` is that of the functions. ``day_seconds``: how long a day of the shared clock takes. ``lost`` and
    ``killed`` are how many of a thousand writes lose their answer or their process. ``mixture`` weighs the actions.
    """

    folder: str
    environment: dict[str, str]
    operations: int
    processes: int
    schedules: list[str]
    keys: dict[str, str]
    mixture: dict[str, int]
    day_seconds: float
    lost: int
    killed: int
    seed: int
    epoch: int
    started_at: int = 0

    def clock(self) -> int:
        """Epoch milliseconds, the same in all processes: the monotonic clock is the machine's."""
        passed = time.monotonic_ns() - self.started_at
        return self.epoch + int(passed * 86_400 / self.day_seconds / 1_000_000)


class Lossy:
    """Lets the next transaction lose its answer, or its process before or after it was carried out."""

    def __init__(self) -> None:
        self.next: str | None = None
        self._respond = botocore.endpoint.Endpoint._do_get_response  # type: ignore[attr-defined]

    def __call__(self, endpoint: Any, request: Any, operation_model: Any, context: Any) -> Any:
        if self.next is None or operation_model.name != "TransactWriteItems":
            return self._respond(endpoint, request, operation_model, context)
        if self.next == "killed before":
            os._exit(9)
        self._respond(endpoint, request, operation_model, context)
        if self.next == "killed after":
            os._exit(9)
        if self.next == "lost once":
            self.next = None
        return None, ReadTimeoutError(endpoint_url="DynamoDB")


class LoadProcess:
    """One process: its functions, the links it has seen, and its part of the history."""

    def __init__(self, plan: Plan, number: str) -> None:
        self.plan = plan
        self.number = number
        self.random = random.Random(f"{plan.seed} {number}")  # noqa: S311 # repeatable, no secret
        os.environ.update(plan.environment)
        settings = Settings.from_environment()
        self.share_api, self.shared_report = http_functions(settings, plan.clock)
        self.table = ShareTable(clients.dynamodb(), settings.table_name)
        self.lossy = Lossy()
        self.links: list[tuple[str, str, str, str]] = []  # schedule, caller, share, token
        self.file = (Path(plan.folder) / f"{number}.jsonl").open("a", buffering=1)
        self.done = 0

    def work(self, taken: "Synchronized[int]") -> None:
        """Calls until the operations of the plan are used up."""
        actions, weights = [Action(action) for action in self.plan.mixture], list(self.plan.mixture.values())
        respond = lambda *attempt: self.lossy(*attempt)  # noqa: E731, PLW0108 # a method, as an instance is not
        with (
            patch.object(botocore.endpoint.Endpoint, "_do_get_response", respond),
            patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None)),
            patch.object(passwords, "hash_of", cheap_hash),
        ):
            while True:
                with taken.get_lock():
                    if taken.value >= self.plan.operations:
                        return
                    taken.value += 1
                self.call(self.random.choices(actions, weights)[0])

    def call(self, action: Action) -> None:
        about = Event(
            action,
            self.random.choice(self.plan.schedules),
            self.random.choice(list(self.plan.keys)),
            started=0,
            days=self.random.choice(_DAYS),
            name=self.random.choice(_RECIPIENTS),
            live=self.random.choice((None, None, None, True, False)),
            password=self.random.choice(_PASSWORDS),
        )
        if action in CHANGES | {Action.REVOKE, Action.READ}:
            if not self.links:
                return
            schedule, caller, share_id, token = self.random.choice(self.links[-40:])
            about = replace(about, schedule=schedule, caller=caller, share_id=share_id, token=token)
        if action in CHANGES:
            about = replace(
                about,
                days=(about.days or 7) if action is Action.EXTEND else None,
                live=bool(about.live) if action is Action.SET_LIVE else None,
                password=(about.password or "") if action is Action.SET_PASSWORD else None,
            )
        if action is Action.COUNT:
            self._finish(self._start(about), self._counted)
            return
        if action in WRITES:
            about = self._with_fault(self._with_key(about))
        self._finish(self._start(about), self._answered)
        self.lossy.next = None

    def _send(self, about: Event) -> Answer:
        if about.action is Action.READ:
            return World.send(self.shared_report, reading(about.token or "", about.password or None))
        body: dict[str, Any] | None = None
        if about.action in (Action.CREATE, Action.ROTATE):
            body = {"white_label_config": {"company_name": about.caller}, "rotate": about.action is Action.ROTATE}
        if about.action in (Action.CREATE, Action.ROTATE, Action.EXTEND) and about.days:
            body = (body or {}) | {"expiration_days": about.days}
        if about.action in (Action.CREATE, Action.ROTATE, Action.SET_LIVE) and about.live is not None:
            body = (body or {}) | {"live": about.live}
        if about.action in (Action.CREATE, Action.ROTATE, Action.SET_PASSWORD) and about.password is not None:
            body = (body or {}) | {"password": about.password or None}
        if about.action in (Action.CREATE, Action.ROTATE, Action.RENAME):
            spelled = self.random.choice(_SPELLINGS) if about.key is None else str
            body = (body or {}) | {"name": spelled(about.name) if about.name else None}
        key, ids = self.plan.keys[about.caller], {"schedule_id": about.schedule, "share_id": about.share_id or ""}
        return World.send(self.share_api, request(_NAMES[about.action], key, body, about.key, **ids))

    def _with_key(self, about: Event) -> Event:
        """A third of the writes may be retries: few keys, and mostly one request for each."""
        if self.random.random() > 0.3:
            return about
        if self.random.random() < 0.05:
            return replace(about, key="any")
        name = "client a" if about.action is Action.RENAME else None
        live = True if about.action is Action.SET_LIVE else None
        password = "first of them" if about.action is Action.SET_PASSWORD else None
        return replace(about, key=str(about.action).replace(" ", "-"), days=3, name=name, live=live, password=password)

    def _with_fault(self, about: Event) -> Event:
        chance = self.random.randrange(1000)
        if chance < self.plan.killed:
            self.lossy.next = self.random.choice(["killed before", "killed after"])
        elif chance < self.plan.killed + self.plan.lost:
            self.lossy.next = self.random.choice(["lost once", "lost"])
        return replace(about, faulty=self.lossy.next is not None)

    def _start(self, about: Event) -> Event:
        self.done += 1
        about = replace(about, started=self.plan.clock())
        self.file.write(line(f"{self.number}-{self.done}", about))
        return about

    def _finish(self, about: Event, answer: Callable[[Event], Event]) -> None:
        found = answer(about)
        self.file.write(line(f"{self.number}-{self.done}", found))

    def _counted(self, about: Event) -> Event:
        _, ledger = self.table.open_schedule(UUID(about.schedule))
        now = self.plan.clock()
        active = sum(now < entry.expires_at for entry in (ledger or {}).values())
        return replace(about, status=200, ended=now, count=active)

    def _answered(self, about: Event) -> Event:
        answer = self._send(about)
        found = replace(
            about,
            ended=self.plan.clock(),
            status=answer.status,
            replayed=answer.headers.get("Idempotent-Replayed") == "true",
            body=answer.text if about.key else "",
        )
        return self._with_contents(found, answer.json) if answer.status in (200, 201) else found

    def _with_contents(self, found: Event, body: dict[str, Any]) -> Event:
        if found.action is Action.READ:
            return replace(found, shown=body["white_label"]["company_name"], told_live=body["live"])
        shares = body["data"] if found.action is Action.LIST else [body]
        self.links += [(found.schedule, found.caller, share["id"], share["access_token"]) for share in shares]
        if found.action is Action.LIST:
            return replace(found, listed=tuple((share["id"], _recipient(share)) for share in shares))
        return replace(
            found,
            share_id=body["id"],
            token=body["access_token"],
            expires_at=_milliseconds(body["expires_at"]),
            created_at=_milliseconds(body["created_at"]),
            is_existing=body["is_existing"],
            told_name=_recipient(body),
            told_live=body["live"],
            told_protected=body["has_password"],
        )


def _recipient(share: dict[str, Any]) -> str | None:
    """The share's name in one spelling."""
    return share["name"] and " ".join(share["name"].lower().split())


def _milliseconds(time_of_day: str) -> int:
    return round(datetime.fromisoformat(time_of_day).timestamp() * 1000)


def _work(plan: Plan, number: str, taken: "Synchronized[int]") -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the functions' log
    LoadProcess(plan, number).work(taken)


def run(plan: Plan) -> int:
    """Lets the processes work; how many had to be replaced."""
    fork = get_context("fork")
    taken = fork.Value("q", 0)
    numbers = count()

    def started() -> tuple[str, Any]:
        number = f"p{next(numbers)}"
        process = fork.Process(target=_work, args=(plan, number, taken))
        process.start()
        return number, process

    living = dict(started() for _ in range(plan.processes))
    killed = 0
    while living:
        time.sleep(0.02)
        for number in [number for number, process in living.items() if not process.is_alive()]:
            code = living.pop(number).exitcode
            if code == 9:
                killed += 1
                _record_death(plan, number)
                living |= [started()]
            elif code:
                return -1
        sys.stdout.write(f"{taken.value} {killed}\n")
        sys.stdout.flush()
    return killed


def _record_death(plan: Plan, number: str) -> None:
    """The call under way has no answer, and ended at the latest now."""
    file = Path(plan.folder) / f"{number}.jsonl"
    last = json.loads(file.read_text().splitlines()[-1])
    with file.open("a") as out:
        out.write(json.dumps(last | {"ended": plan.clock()}) + "\n")


if __name__ == "__main__":
    read = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    started = replace(read, started_at=time.monotonic_ns())
    Path(sys.argv[1]).with_suffix(".started").write_text(json.dumps(asdict(started)))
    sys.exit(1 if run(started) < 0 else 0)
