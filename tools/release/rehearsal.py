"""A release rehearsed on a stack of its own: deployed, tested, changed, rolled back, gone back from, removed, deployed
anew. Nothing of it is left."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import boto3
import httpx

from local_service import demo
from local_service.deploy import base_url, is_aws
from local_service.environment import ROOT
from local_service.table import apply_document
from release import ephemeral
from release.errors import ReleaseError
from release.sam import Target, deploy
from sharectl import keys
from sharectl import stack as stacks

_CHANGED_LIMIT, _FAILED_LIMIT = 240, 360
# CloudWatch refuses an alarm without a metric; it comes after the functions have been changed.
BROKEN_ALARM = """  BrokenAlarm:
    Type: AWS::CloudWatch::Alarm
    DependsOn: [SharedReportFunctionAliaslive, ShareApiFunctionAliaslive]
    Properties:
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
"""
_SETTLE_SECONDS = 120.0


@dataclass(frozen=True)
class Rehearsal:
    """What is rehearsed and where.

    ``test`` runs the tests on the stack of that name, and raises if they fail; ``say`` is told each step.
    """

    session: boto3.Session
    release: Path
    target: Target
    test: Callable[[str], None]
    say: Callable[[str], object]

    def run(self) -> None:
        """Rehearse. Raises ``ReleaseError`` at the first step that fails; the stack is removed in any case."""
        try:
            self._rehearse()
        finally:
            self._remove()

    def _rehearse(self) -> None:
        self.say("Deploy from nothing")
        target = self._deploy_from_nothing()
        self.say("Test")
        self.test(self._name)

        link = Link.made_on(self._stack())
        before = link.rate_limit()
        self.say(f"Change a parameter: RateLimit from {before} to {_CHANGED_LIMIT}")
        changed = _with_rate_limit(target, _CHANGED_LIMIT)
        deploy(self.release, changed)
        link.must_open_under(_CHANGED_LIMIT)
        self.say("Deploy a change that fails, which CloudFormation rolls back")
        self._fail(changed)
        link.must_open_under(_CHANGED_LIMIT)
        self.say(f"Go back to RateLimit {before}")
        deploy(self.release, _with_rate_limit(target, before))
        link.must_open_under(before)

        self._remove()
        _eventually(lambda: not _answers(link.base_url), "the removed API no longer answers")
        self.say("Deploy from nothing once more")
        self._deploy_from_nothing()
        self.say("Test")
        self.test(self._name)

    def _remove(self) -> None:
        self.say("Remove")
        for line in ephemeral.remove(self.session, self._name):
            self.say(line)

    @property
    def _name(self) -> str:
        if not self.target.stack:
            raise ReleaseError("a rehearsal needs a stack of its own")
        return self.target.stack

    def _stack(self) -> stacks.Stack:
        return stacks.find(self.session, self._name)

    def _deploy_from_nothing(self) -> Target:
        """Returns the target with what became known by it."""
        target = replace(self.target, tags={**self.target.tags, **ephemeral.TAGS})
        deploy(self.release, target)
        stack = self._stack()
        if not is_aws(stack.dynamodb.meta.endpoint_url):
            # A local API is not at the address that it believes to be at.
            links = {"PublicBaseUrl": f"{base_url(stack)}/shared/"}
            target = replace(target, parameters={**target.parameters, **links})
            deploy(self.release, target)
        wait_until_it_answers(stack)
        return target

    def _fail(self, target: Target) -> None:
        with tempfile.TemporaryDirectory() as folder:
            broken = Path(folder) / "release"
            shutil.copytree(self.release, broken)
            template = broken / "template.yaml"
            text = template.read_text(encoding="utf-8")
            template.write_text(text.replace("\nResources:\n", f"\nResources:\n{BROKEN_ALARM}", 1), encoding="utf-8")
            try:
                deploy(broken, _with_rate_limit(target, _FAILED_LIMIT))
            except ReleaseError:
                pass
            else:
                raise ReleaseError("a change that has to fail was deployed")
        status = ephemeral.settle(self.session.client("cloudformation"), self._name)
        if status != "UPDATE_ROLLBACK_COMPLETE":
            raise ReleaseError(f"the change that failed left the stack {status}")


@dataclass(frozen=True)
class Link:
    """A teammate's share, which has to open whatever is deployed meanwhile."""

    base_url: str
    share_url: str
    shares_url: str
    api_key: str

    @classmethod
    def made_on(cls, stack: stacks.Stack) -> "Link":
        """A share of a schedule of its own."""
        subject, api_key = demo.demo(uuid4().int), keys.mint()
        apply_document(stack, subject.document(api_key))
        api = base_url(stack)
        shares_url = f"{api}/v1/scheduled-reports/{subject.scheduled_report_id}/shares"
        made = _ask("POST", shares_url, api_key)
        if made.status_code != httpx.codes.CREATED:
            raise ReleaseError(f"creating a share answered {made.status_code}")
        return cls(api, made.json()["share_url"], shares_url, api_key)

    def rate_limit(self) -> int:
        """How many requests a minute the service says that it allows; 0 where it does not say."""
        return int(_ask("GET", self.shares_url, self.api_key).headers.get("RateLimit-Limit", 0))

    def must_open_under(self, limit: int) -> None:
        """Raises ``ReleaseError`` unless the parameter is in force and the link opens."""
        _eventually(lambda: self.rate_limit() == limit, f"RateLimit is {limit}")
        opened = _ask("GET", self.share_url)
        if opened.status_code != httpx.codes.OK:
            raise ReleaseError(f"the link that was made before answers {opened.status_code}")


def run_tests(stack: str) -> None:
    """`make test-deployed` on the stack. Raises ``ReleaseError`` if a test fails."""
    command = ["make", "--no-print-directory", "test-deployed", f"REPORT_SHARES_STACK={stack}"]
    if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise ReleaseError(f"tests failed on {stack}")


def wait_until_it_answers(stack: stacks.Stack) -> None:
    """A new API takes a moment until it answers. Raises ``ReleaseError`` if it is more than that."""
    _eventually(lambda: _answers(base_url(stack)), "the API answers")


def _with_rate_limit(target: Target, limit: int) -> Target:
    return replace(target, parameters={**target.parameters, "RateLimit": str(limit)})


def _ask(method: str, url: str, api_key: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return httpx.request(method, url, headers=headers, timeout=60)


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/v1/openapi.json", timeout=60).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _eventually(look: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while not look():
        if time.monotonic() > deadline:
            raise ReleaseError(f"not within {_SETTLE_SECONDS:.0f} s: {what}")
        time.sleep(1)
