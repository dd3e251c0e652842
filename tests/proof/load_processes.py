"""Many processes that call the real handlers at once, and write down what they saw.

``python -m tests.proof.crowd plan.json`` forks the processes of the plan, each an execution environment of its own
with its own handlers and connections, and replaces those that die. Their clock is one and the same, and fast: a day
passes in seconds, so that shares expire while everybody is at work.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partialmethod
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch
from uuid import UUID

import botocore.endpoint
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ReadTimeoutError
from functions.share_api.app import ShareApi
from functions.shared_report.app import shared_report_api

from report_shares.api.settings import Settings
from report_shares.rules.tokens import TokenSecrets, verify
from report_shares.store import clients
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import parse_token_secrets
from tests.proof.history import WRITES, Event, Kind, line
from tests.world import SCHEDULE_ID, FakeContext, event

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

_NAMES = {
    Kind.CREATE: "create_share",
    Kind.ROTATE: "create_share",
    Kind.EXTEND: "extend_share",
    Kind.REVOKE: "revoke_share",
    Kind.REVOKE_ALL: "revoke_shares",
    Kind.LIST: "list_shares",
    Kind.READ: "read_shared_report",
}
_DAYS = (1, 1, 2, 3, 5, 10, 30, None, None)


@dataclass(frozen=True)
class Plan:
    """What is done: ``operations`` in all, by ``processes``, on ``schedules`` (ids) as ``keys`` (caller -> API key).

    ``day_seconds``: how long a day of the shared clock takes. ``lost`` and ``killed`` are how many of a thousand
    writes lose their answer or their process. ``mixture`` weighs the kinds.
    """

    folder: str
    dynamodb_url: str
    services_url: str
    table: str
    secret: str
    cap: int
    operations: int
    processes: int
    schedules: list[str]
    keys: dict[str, str]
    mixture: dict[str, int]
    day_seconds: float
    lost: int
    killed: int
    seed: int
    started_at: int = 0
    epoch: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb_url,
            "AWS_ENDPOINT_URL_S3": self.services_url,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.services_url,
            "TABLE_NAME": self.table,
            "BUCKET_NAME": "reports",
            "TOKEN_SECRET_ID": "tokens",
            "PUBLIC_BASE_URL": "https://reports.example.com/shared/",
            "MAX_ACTIVE_SHARES": str(self.cap),
        }

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


def _respond(endpoint: Any, lossy: Lossy, request: Any, operation_model: Any, context: Any) -> Any:
    return lossy(endpoint, request, operation_model, context)


class Member:
    """One process: its handlers, what it has seen, and its part of the history."""

    def __init__(self, plan: Plan, number: str) -> None:
        self.plan = plan
        self.number = number
        self.random = random.Random(f"{plan.seed} {number}")  # noqa: S311 # repeatable, no secret
        os.environ.update(plan.environment)
        settings = Settings.from_environment()
        self.share_api = ShareApi(settings, plan.clock)
        self.shared_report = shared_report_api(settings, plan.clock)
        self.table = ShareTable(clients.dynamodb(), plan.table)
        self.secrets: TokenSecrets = parse_token_secrets(plan.secret)
        self.lossy = Lossy()
        self.tokens: list[tuple[str, str, str]] = []  # schedule, caller, token
        self.file = (Path(plan.folder) / f"{number}.jsonl").open("a", buffering=1)
        self.done = 0

    def work(self, taken: "Synchronized[int]") -> None:
        """Calls until the operations of the plan are used up."""
        kinds = [Kind(kind) for kind in self.plan.mixture]
        weights = list(self.plan.mixture.values())
        with (
            patch.object(botocore.endpoint.Endpoint, "_do_get_response", partialmethod(_respond, self.lossy)),
            patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None)),
        ):
            while True:
                with taken.get_lock():
                    if taken.value >= self.plan.operations:
                        return
                    taken.value += 1
                self.call(self.random.choices(kinds, weights)[0])

    def call(self, kind: Kind) -> None:
        about = Event(
            kind,
            self.random.choice(self.plan.schedules),
            self.random.choice(list(self.plan.keys)),
            started=0,
            days=self.random.choice(_DAYS),
        )
        if kind in (Kind.EXTEND, Kind.REVOKE, Kind.READ):
            if not self.tokens:
                return
            schedule, caller, token = self.random.choice(self.tokens[-40:])
            share_id = str(verify(self.secrets, token))
            about = replace(about, schedule=schedule, caller=caller, token=token, share_id=share_id)
        if kind is Kind.EXTEND:
            about = replace(about, days=about.days or 7)
        if kind is Kind.LOOK:
            self._finish(self._start(about), self._look)
            return
        if kind in WRITES:
            about = self._with_fault(self._with_key(about))
        request = self._request(about)
        function = self.shared_report if kind is Kind.READ else self.share_api
        self._finish(self._start(about), lambda one: self._answered(one, function, request))
        self.lossy.next = None

    def _request(self, about: Event) -> dict[str, Any]:
        key = self.plan.keys[about.caller]
        request = event(_NAMES[about.kind], API_KEY=key, SHARE_ID=about.share_id or "", TOKEN=about.token or "")
        request["path"] = request["path"].replace(str(SCHEDULE_ID), about.schedule)
        request["pathParameters"]["scheduled_report_id"] = about.schedule
        if about.key:
            request["multiValueHeaders"]["Idempotency-Key"] = [about.key]
        if about.kind in (Kind.CREATE, Kind.ROTATE):
            body: dict[str, Any] = {"white_label_config": {"company_name": about.caller}}
            body |= {"rotate": True} if about.kind is Kind.ROTATE else {}
            body |= {"expiration_days": about.days} if about.days else {}
            request["body"] = json.dumps(body)
        if about.kind is Kind.EXTEND:
            request["body"] = json.dumps({"expiration_days": about.days})
        return request

    def _with_key(self, about: Event) -> Event:
        """A third of the writes may be retries: few keys, and mostly one request for each."""
        if self.random.random() > 0.3:
            return about
        if self.random.random() < 0.05:
            return replace(about, key="any")
        return replace(about, key=str(about.kind).replace(" ", "-"), days=3)

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
        ended = found.ended if found.ended < about.started + (1 << 59) else self.plan.clock()
        self.file.write(line(f"{self.number}-{self.done}", replace(found, ended=ended)))

    def _look(self, about: Event) -> Event:
        _, ledger = self.table.open_schedule(UUID(about.schedule))
        now = self.plan.clock()
        active = sum(now < entry.expires_at for entry in (ledger or {}).values())
        return replace(about, status=200, ended=now, count=active)

    def _answered(self, about: Event, function: Any, request: dict[str, Any]) -> Event:
        answer = function.handle(
            request, cast("LambdaContext", FakeContext(str(UUID(int=self.random.getrandbits(128), version=4))))
        )
        ended = self.plan.clock()
        headers, body = answer["headers"], answer["body"]
        found = replace(
            about,
            ended=ended,
            status=answer["statusCode"],
            replayed=headers.get("Idempotent-Replayed") == "true",
            body=body if about.key else "",
        )
        if answer["statusCode"] not in (200, 201):
            return found
        return self._seen(found, json.loads(body))

    def _seen(self, found: Event, body: dict[str, Any]) -> Event:
        if found.kind is Kind.READ:
            return replace(found, shown=body["white_label"]["company_name"])
        if found.kind is Kind.LIST:
            for share in body["data"]:
                self.tokens.append((found.schedule, found.caller, share["access_token"]))
            return replace(found, listed=tuple(share["id"] for share in body["data"]))
        self.tokens.append((found.schedule, found.caller, body["access_token"]))
        return replace(
            found,
            share_id=body["id"],
            token=body["access_token"],
            expires_at=_milliseconds(body["expires_at"]),
            created_at=_milliseconds(body["created_at"]),
            is_existing=body["is_existing"],
        )


def _milliseconds(time_of_day: str) -> int:
    return round(datetime.fromisoformat(time_of_day).timestamp() * 1000)


def _member(plan: Plan, number: str, taken: "Synchronized[int]") -> None:
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 # the handlers' log, for as long as the process lives
    Member(plan, number).work(taken)


def run(plan: Plan) -> int:
    """Lets the processes work; how many had to be replaced."""
    fork = get_context("fork")
    taken = fork.Value("q", 0)
    births = iter(range(1_000_000))

    def born() -> tuple[str, Any]:
        number = f"p{next(births)}"
        process = fork.Process(target=_member, args=(plan, number, taken))
        process.start()
        return number, process

    living = dict(born() for _ in range(plan.processes))
    killed = 0
    while living:
        time.sleep(0.02)
        for number, process in list(living.items()):
            if process.is_alive():
                continue
            del living[number]
            if process.exitcode == 9:
                killed += 1
                _write_down_the_death(plan, number)
                reborn, another = born()
                living[reborn] = another
            elif process.exitcode:
                return -1
        sys.stdout.write(f"{taken.value} {killed}\n")
        sys.stdout.flush()
    return killed


def _write_down_the_death(plan: Plan, number: str) -> None:
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
