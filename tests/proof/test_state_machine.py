"""Any sequence of requests, deletions and days: the service and a model of a page agree after each step."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from moto import mock_aws

from report_shares.store import clients
from report_shares.times import DAY, MINUTE, SECOND, iso
from tests.handlers.runs import run
from tests.proof.conftest import LONG
from tests.world import Answer, Clock, Json, World, reading

CAP = 3
OWNERS = ("ada", "bob", "cyd")
DEFAULT_DAYS = 30

owners = st.sampled_from(OWNERS)
days = st.sampled_from([1, 2, 30, 365])
keys = st.sampled_from([None, None, "k1", "k2"])
names = st.sampled_from([None, None, "Client A", " CLIENT\u00a0a", "Client B"])
lives = st.sampled_from([None, None, True, False])
LEFT_OUT = "left out"
passwords = st.sampled_from([LEFT_OUT, LEFT_OUT, LEFT_OUT, None, "first horse", "second horse"])


@dataclass(eq=False)
class Modelled:
    """A share as the contract describes it."""

    id: str
    token: str
    owner: str
    created_at: int
    expires_at: int
    runs: int
    white_label: Json | None
    name: str | None
    live: bool
    password: str | None
    revoked: bool = False
    wrong: list[int] = field(default_factory=list)

    def is_active(self, now: int) -> bool:
        return not self.revoked and now < self.expires_at

    def is_shut(self, now: int) -> bool:
        """Whether its gate is closed: ten wrong ones within ten minutes, the last less than ten ago."""
        last = self.wrong[-10:]
        return len(last) == 10 and last[-1] - last[0] < 10 * MINUTE and now < last[-1] + 10 * MINUTE

    def is_of(self, owner: str, name: str | None) -> bool:
        return (self.owner, same(self.name)) == (owner, same(name))


def same(name: str | None) -> str | None:
    """Equal for the spellings of one name that are tried here."""
    return name and " ".join(name.lower().split())


@dataclass
class Model:
    """What is expected, and nothing of how it is stored."""

    clock: Clock
    shares: list[Modelled] = field(default_factory=list)
    recorded: dict[tuple[str, str], tuple[object, int, str, int]] = field(default_factory=dict)
    runs: int = 0

    def active(self) -> list[Modelled]:
        return [share for share in self.shares if share.is_active(self.clock.now)]

    def of(self, owner: str) -> list[Modelled]:
        """Newest first."""
        return [share for share in self.active() if share.owner == owner][::-1]

    def called(self, owner: str, name: str | None) -> Modelled | None:
        found = [share for share in self.active() if share.is_of(owner, name)]
        assert len(found) <= 1
        return found[0] if found else None

    def owned(self, owner: str, share_id: str) -> Modelled | None:
        return next((share for share in self.of(owner) if share.id == share_id), None)


class Service(RuleBasedStateMachine):
    """The handlers over moto or DynamoDB Local, beside the model."""

    engine_url: ClassVar[str | None] = None
    steps: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(aws(self.engine_url))
        self.stack.enter_context(patch("report_shares.rules.passwords._LOG2_N", 4))
        self.world = World(cap=CAP)
        self.keys = {owner: self.world.add_key(owner) for owner in OWNERS}
        self.model = Model(self.world.clock)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.world.dynamodb.delete_table(TableName="shares")
            self.stack.close()

    def _asked(self, owner: str, key: str | None, request: object, answer: Answer) -> bool:
        """Whether the answer is still to be judged: not where it is a replay, or refused for its key."""
        kept = self.model.recorded.get((owner, key)) if key else None
        if kept is None or kept[3] <= self.model.clock.now:
            assert "Idempotent-Replayed" not in answer.headers
            return True
        same, status, text, _ = kept
        if same != request:
            assert answer.status == 409
        else:
            assert (answer.status, answer.text) == (status, text)
            assert answer.headers["Idempotent-Replayed"] == "true"
        return False

    def _keep(self, owner: str, key: str | None, request: object, answer: Answer) -> None:
        if key and answer.status < 300:
            until = self.model.clock.now + DAY
            self.model.recorded[owner, key] = (request, answer.status, answer.text, until)

    @rule(
        owner=owners,
        given=st.none() | days,
        rotate=st.booleans(),
        white_label=st.sampled_from(["left out", None, {"company_name": "Northlight"}, {"primary_color": "#123456"}]),
        name=names,
        live=lives,
        password=passwords,
        key=keys,
    )
    def create(  # noqa: PLR0917 # what the body has
        self,
        owner: str,
        given: int | None,
        rotate: bool,
        white_label: Any,
        name: str | None,
        live: bool | None,
        password: str | None,
        key: str | None,
    ) -> None:
        body: Json = {"rotate": rotate}
        body |= {} if password == LEFT_OUT else {"password": password}
        body |= {} if given is None else {"expiration_days": given}
        body |= {} if white_label == "left out" else {"white_label_config": white_label}
        body |= {} if name is None else {"name": name}
        body |= {} if live is None else {"live": live}
        answer = self.world.create(self.keys[owner], body, idempotency_key=key)
        if not self._asked(owner, key, body, answer):
            return
        now, present = self.model.clock.now, self.model.called(owner, name)
        until = now + (given or DEFAULT_DAYS) * DAY
        if present and not rotate:
            assert answer.status == 200
            present.expires_at = until if given else max(present.expires_at, until)
            present.runs = self.model.runs
            present.white_label = present.white_label if white_label == "left out" else white_label
            present.live = present.live if live is None else live
            present.password = present.password if password == LEFT_OUT else password
            self._shows(answer, present, is_existing=True)
        elif not present and len(self.model.active()) >= CAP:
            assert answer.status == 400
            assert answer.error["details"]["active_shares"] == CAP
            assert answer.error["details"]["caller_active_shares"] == len(self.model.of(owner))
        else:
            assert answer.status == 201
            if present:
                present.revoked = True
            made = answer.json
            assert made["id"] not in {share.id for share in self.model.shares}
            assert made["access_token"] not in {share.token for share in self.model.shares}
            white_label = None if white_label == "left out" else white_label
            called, was_live = (present.name, present.live) if present else (name and name.strip(), False)
            had = present.password if present else None
            new = Modelled(
                made["id"],
                made["access_token"],
                owner,
                now,
                until,
                self.model.runs,
                white_label,
                called,
                was_live if live is None else live,
                had if password == LEFT_OUT else password,
            )
            self.model.shares.append(new)
            self._shows(answer, new, is_existing=False)
        self._keep(owner, key, body, answer)

    def _shows(self, answer: Answer, share: Modelled, *, is_existing: bool) -> None:
        shown = answer.json
        assert (shown["id"], shown["access_token"], shown["is_existing"]) == (share.id, share.token, is_existing)
        assert (shown["created_at"], shown["expires_at"]) == (iso(share.created_at), iso(share.expires_at))
        assert (shown["white_label_config"], shown["name"]) == (share.white_label, share.name)
        assert (shown["live"], shown["has_password"]) == (share.live, share.password is not None)
        assert shown["views_count"] == 0

    def _some_share(self, choice: int) -> str:
        if not self.model.shares:
            return str(uuid4())
        return self.model.shares[-1 - choice % len(self.model.shares)].id

    @rule(
        owner=owners,
        choice=st.integers(0, 5),
        given=st.none() | days,
        name=st.just(LEFT_OUT) | names,
        live=lives,
        password=passwords,
        key=keys,
    )
    def change(  # noqa: PLR0917 # what the body has
        self,
        owner: str,
        choice: int,
        given: int | None,
        name: str | None,
        live: bool | None,
        password: str | None,
        key: str | None,
    ) -> None:
        share_id = self._some_share(choice)
        body: Json = {} if given is None else {"expiration_days": given}
        body |= {} if name == LEFT_OUT else {"name": name}
        body |= {} if live is None else {"live": live}
        body |= {} if password == LEFT_OUT else {"password": password}
        answer = self.world.change(self.keys[owner], share_id, body, key)
        if not body:
            assert answer.status == 422
            return
        if not self._asked(owner, key, ("change", share_id, body), answer):
            return
        present = self.model.owned(owner, share_id)
        if present is None:
            assert answer.status == 404
            return
        if name != LEFT_OUT and self.model.called(owner, name) not in {None, present}:
            assert answer.status == 409
            return
        now = self.model.clock.now
        present.expires_at = present.expires_at if given is None else now + given * DAY
        present.name = present.name if name == LEFT_OUT else name and name.strip()
        if live is False and present.live:
            present.runs = self.model.runs
        present.live = present.live if live is None else live
        present.password = present.password if password == LEFT_OUT else password
        assert answer.status == 200
        self._shows(answer, present, is_existing=True)
        self._keep(owner, key, ("change", share_id, body), answer)

    @rule(owner=owners, choice=st.integers(0, 5), key=keys)
    def revoke(self, owner: str, choice: int, key: str | None) -> None:
        share_id = self._some_share(choice)
        answer = self.world.revoke(self.keys[owner], share_id, key)
        if not self._asked(owner, key, ("revoke", share_id), answer):
            return
        present = self.model.owned(owner, share_id)
        if present is None:
            assert answer.status == 404
            return
        present.revoked = True
        assert answer.status == 204
        self._keep(owner, key, ("revoke", share_id), answer)

    @rule(owner=owners, key=keys)
    def revoke_all(self, owner: str, key: str | None) -> None:
        answer = self.world.revoke_all(self.keys[owner], key)
        if not self._asked(owner, key, "revoke all", answer):
            return
        for present in self.model.of(owner):
            present.revoked = True
        assert answer.status == 204
        self._keep(owner, key, "revoke all", answer)

    @rule(choice=st.integers(0, 5), times=st.sampled_from([1, 2, 9, 11]))
    def somebody_guesses(self, choice: int, times: int) -> None:
        """The wrong password, or any of a share that has none."""
        active = self.model.active()
        if not active:
            return
        share, now = active[choice % len(active)], self.model.clock.now
        for _ in range(times):
            answer = self._read(share, "a third horse")
            if share.password is None:
                assert answer.status == 200
            elif share.is_shut(now):
                wait = share.wrong[-1] + 10 * MINUTE - now
                assert (answer.status, answer.headers["Retry-After"]) == (429, str(-(-wait // SECOND)))
            else:
                assert answer.status == 401
                share.wrong.append(now)

    def _read(self, share: Modelled, password: str | None) -> Answer:
        return self.world.send(self.world.shared_report, reading(share.token, password))

    @rule(passed=st.sampled_from([1, 59_999, 3_600_000, DAY - 1, DAY, 31 * DAY]))
    def time_passes(self, passed: int) -> None:
        self.model.clock.now += passed

    @rule(choice=st.integers(0, 5), before=st.booleans())
    def the_moment_comes(self, choice: int, before: bool) -> None:
        """The clock stands at the very moment at which a share expires, or one millisecond before."""
        ahead = [share.expires_at for share in self.model.shares if share.is_active(self.model.clock.now)]
        if ahead:
            self.model.clock.now = max(self.model.clock.now, ahead[choice % len(ahead)] - before)

    @rule(choice=st.integers(0, 9))
    def ttl_deletes(self, choice: int) -> None:
        """One of the items that have expired, or none."""
        now = self.model.clock.now // SECOND
        expired = [item for item in self.world.items() if "ttl" in item and int(item["ttl"]["N"]) < now]
        for item in expired[choice : choice + 1]:
            self.world.dynamodb.delete_item(TableName="shares", Key={"pk": item["pk"], "sk": item["sk"]})

    @rule()
    def a_run_arrives(self) -> None:
        self.model.runs += 1
        assert self.world.put_run(run(self.model.runs)) == {"batchItemFailures": []}

    @rule()
    def the_environments_are_replaced(self) -> None:
        self.world.restart()

    @invariant()
    def every_link_and_list_is_as_the_model_says(self) -> None:
        type(self).steps += 1
        self.model.clock.now += SECOND
        for share in self.model.shares[-6:]:
            answer = self._read(share, share.password)
            if not share.is_active(self.model.clock.now):
                assert answer.status == 410
                continue
            if share.password is not None:
                assert self._read(share, None).status == 401
            if share.password is not None and share.is_shut(self.model.clock.now):
                assert answer.status == 429
                continue
            assert answer.status == 200
            assert answer.json["expires_at"] == iso(share.expires_at)
            shown = self.model.runs if share.live else share.runs
            assert (answer.json["live"], answer.json["snapshot"]["stats"]["runs_count"]) == (share.live, shown)
        for owner in OWNERS:
            listed = self.world.list(self.keys[owner]).json["data"]
            expected = [(share.id, share.name, share.password is not None) for share in self.model.of(owner)]
            assert [(one["id"], one["name"], one["has_password"]) for one in listed] == expected
        assert len(self.model.active()) <= CAP


@contextmanager
def aws(engine_url: str | None) -> Iterator[None]:
    """An AWS of its own; with an engine's address, the table lies there."""
    made = (clients.dynamodb, clients.s3, clients.secretsmanager, clients.sqs)
    for client in made:
        client.cache_clear()
    passed: Any = {"core": {"mock_credentials": False, "passthrough": {"urls": [f"{engine_url}.*"]}}}
    with (
        patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": engine_url} if engine_url else {}),
        mock_aws(config=passed if engine_url else None),
    ):
        yield
    for client in made:
        client.cache_clear()


def tried(machine: type[Service], examples: int, steps: int, progress: Callable[[str], None]) -> None:
    machine.steps = 0
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    progress(f"{machine.steps:,} steps in {examples} sequences")
    assert machine.steps > examples


def test_the_service_on_moto_agrees_with_the_model(progress: Callable[[str], None]) -> None:
    tried(Service, 40 if LONG else 3, 50 if LONG else 20, progress)


@pytest.mark.long
def test_the_service_on_dynamodb_local_agrees_with_the_model(engine_url: str, progress: Callable[[str], None]) -> None:
    tried(type("OnTheEngine", (Service,), {"engine_url": engine_url}), 100, 50, progress)
