"""The check before a deployment: which releases it lets through, which it turns back, and what it says."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from functions.release_check import app
from functions.roll_up.app import sample_folded

from report_shares.rules.access import digest_of_bearer
from tests.handlers.calls import aws_error, failing
from tests.template.template import resource
from tests.world import Json, World

VERSIONS = {
    f"{function}_VERSION": f"arn:aws:lambda:us-east-1:123456789012:function:{function.lower()}:7"
    for function in ("SHARE_API", "SHARED_REPORT", "ROLL_UP")
}
HOOK = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}
CONTEXT = SimpleNamespace(
    aws_request_id="id", function_name="f", memory_limit_in_mb="1", invoked_function_arn="arn", get_remaining_time=None
)

type Answering = Callable[[Json], object]


@dataclass
class Release:
    """New versions behind a client of Lambda: those of the service, unless a test puts another one in place."""

    world: World
    instead: dict[str, Answering] = field(default_factory=dict)
    """What a version answers, by its ARN."""
    asked: list[tuple[str, Json]] = field(default_factory=list)
    crashes: bool = False

    def invoke(self, FunctionName: str, Payload: bytes) -> Json:  # noqa: N803 # as Lambda has it
        event = json.loads(Payload)
        self.asked.append((FunctionName, event))
        answer = self.instead.get(FunctionName, self._of_the_service(FunctionName))(event)
        crashed = self.crashes or (isinstance(answer, dict) and "errorType" in answer)
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return {"StatusCode": 200, "Payload": io.BytesIO(payload)} | ({"FunctionError": "Unhandled"} if crashed else {})

    def answer_otherwise(self, resource: str, status: int, body: str, kind: str = "application/json") -> None:
        """Has the public function answer this resource so, and every other as it does."""
        version = VERSIONS["SHARED_REPORT_VERSION"]
        right = self._of_the_service(version)
        self.instead[version] = lambda event: (
            answers(event, status, body, kind) if event["resource"] == resource else right(event)
        )

    def _of_the_service(self, version: str) -> Answering:
        context = cast("LambdaContext", SimpleNamespace(aws_request_id="6b3f7f5e-6c5b-4c9e-8d53-2f5a0e1b7c11"))
        return {
            VERSIONS["SHARE_API_VERSION"]: lambda event: self.world.share_api(event, context),
            VERSIONS["SHARED_REPORT_VERSION"]: lambda event: self.world.shared_report(event, context),
            VERSIONS["ROLL_UP_VERSION"]: lambda event: sample_folded(event["sample"], self.world.clock()),
        }[version]


@dataclass
class CodeDeploy:
    told: list[Json] = field(default_factory=list)

    def put_lifecycle_event_hook_execution_status(self, **told: str) -> None:
        self.told.append(dict(told))


@pytest.fixture
def release(world: World) -> Release:
    return Release(world)


@pytest.fixture
def deploy(release: Release, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Calls the function as CodeDeploy does, and answers what CodeDeploy is told."""
    codedeploy = CodeDeploy()
    clients = {"lambda": release, "codedeploy": codedeploy}

    def client(service: str, config: Config) -> object:
        assert (config.connect_timeout, config.read_timeout) == (app.CONNECT_SECONDS, app.ANSWER_SECONDS)  # type: ignore[attr-defined]
        assert config.retries == {"mode": "standard", "total_max_attempts": app.ATTEMPTS}  # type: ignore[attr-defined]
        return clients[service]

    monkeypatch.setattr(boto3, "client", client)
    for name, version in VERSIONS.items():
        monkeypatch.setenv(name, version)

    def called() -> str:
        app.lambda_handler(HOOK, cast("LambdaContext", CONTEXT))
        (told,) = codedeploy.told
        assert told == {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "hook-1", "status": told["status"]}
        return str(told["status"])

    return called


def failed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The checks that failed by the log, with what was found; each on its version."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"check failed"' in line]
    assert {line["version"] for line in lines} <= set(VERSIONS.values())
    return {line["check"]: line["found"] for line in lines}


def test_a_release_that_answers_as_it_must_gets_traffic_and_the_log_says_what_was_checked(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy() == "Succeeded"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"check' in line]
    said = [(line["message"], line["check"], line["version"]) for line in lines]
    share_api, shared_report, roll_up = VERSIONS.values()
    assert said == [
        ("check passed", "an unknown key, which the table is asked for", share_api),
        ("check passed", "a malformed key", share_api),
        ("check passed", "a forged token, which the secrets are read for", shared_report),
        ("check passed", "the page of a forged token", shared_report),
        ("check passed", "the style of the page, under any digest", shared_report),
        ("check passed", "the OpenAPI document", shared_report),
        ("check passed", "a path that does not exist", shared_report),
        ("check passed", "a run file, folded", roll_up),
    ]
    assert [version for version, _ in release.asked] == [version for _, _, version in said]


def test_the_unknown_key_is_one_that_could_be_a_callers() -> None:
    assert digest_of_bearer(f"Bearer {app.checks()[0].given['API_KEY']}")


def test_the_check_leaves_nothing_behind(deploy: Callable[[], str], world: World) -> None:
    before = world.items()

    deploy()

    assert world.items() == before
    assert not world.s3.list_objects_v2(Bucket="reports").get("Contents")
    assert world.buried() == []


def answers(event: Json, status: int, body: str, kind: str = "application/json") -> Json:  # noqa: ARG001 # a handler
    return {"statusCode": status, "multiValueHeaders": {"Content-Type": [kind]}, "body": body}


HANDLED_500 = '{"error": {"code": "internal_error", "message": "m"}, "request_id": "r"}'


@pytest.mark.parametrize("version", ["SHARE_API_VERSION", "SHARED_REPORT_VERSION"])
def test_a_release_that_answers_500_without_a_crash_is_turned_back(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    release.instead[VERSIONS[version]] = lambda event: answers(event, 500, HANDLED_500)

    assert deploy() == "Failed"
    assert set(failed(capsys).values()) == {500}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_release_that_crashes_is_turned_back_without_a_word_of_what_the_exception_says(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    release.instead[VERSIONS[version]] = lambda _: {"errorType": "ImportError", "errorMessage": "rp_live_x"}

    assert deploy() == "Failed"
    out = capsys.readouterr().out
    assert '"found":"ImportError"' in out
    assert "rp_live_" not in out


def test_a_release_that_crashes_is_turned_back_even_if_it_answers_well(
    deploy: Callable[[], str], release: Release
) -> None:
    release.crashes = True

    assert deploy() == "Failed"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_release_whose_answer_is_no_json_is_turned_back(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    release.instead[VERSIONS[version]] = lambda _: b"{"

    assert deploy() == "Failed"
    assert set(failed(capsys).values()) == {"JSONDecodeError"}


@pytest.mark.parametrize(("status", "kind"), [(200, "text/html"), (404, "text/plain"), (404, "text/html-like")])
def test_a_page_of_another_status_or_type_is_turned_back(
    deploy: Callable[[], str], release: Release, status: int, kind: str
) -> None:
    release.answer_otherwise("/shared/{token}", status, "<html></html>", kind)

    assert deploy() == "Failed"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_release_that_does_not_answer_in_time_is_turned_back(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str], version: str
) -> None:
    def silent(_: Json) -> object:
        raise ReadTimeoutError(endpoint_url="https://lambda")

    release.instead[VERSIONS[version]] = silent

    assert deploy() == "Failed"
    assert set(failed(capsys).values()) == {"ReadTimeoutError"}


def test_a_release_that_may_not_be_called_is_turned_back(deploy: Callable[[], str], release: Release) -> None:
    def refused(_: Json) -> object:
        raise aws_error("Invoke", "AccessDeniedException")

    release.instead[VERSIONS["ROLL_UP_VERSION"]] = refused

    assert deploy() == "Failed"


@pytest.mark.parametrize(
    "answer",
    [
        {"refused": "regions: is no list"},
        None,
        app.FOLDED | {"answers_count": 3},
        app.FOLDED | {"left_out": {}},
        {"batchItemFailures": []},
    ],
    ids=["refused", "not counted", "an answer lost", "nothing left out", "taken for messages"],
)
def test_a_release_that_does_not_fold_a_good_run_file_is_turned_back(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str], answer: object
) -> None:
    release.instead[VERSIONS["ROLL_UP_VERSION"]] = lambda _: answer

    assert deploy() == "Failed"
    told = {"None": "NoneType", "{'batchItemFailures': []}": "dict"}
    assert failed(capsys) == {"a run file, folded": told.get(str(answer), answer)}


@pytest.mark.parametrize("body", ["7", "[]", "null", "{}"])
def test_a_document_that_is_none_is_turned_back(deploy: Callable[[], str], release: Release, body: str) -> None:
    release.answer_otherwise("/v1/openapi.json", 200, body)

    assert deploy() == "Failed"


@pytest.mark.parametrize("operation", ["UpdateItem", "BatchGetItem", "GetSecretValue"])
def test_a_release_that_cannot_reach_its_data_is_turned_back(
    deploy: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    operation: str,
) -> None:
    failing(monkeypatch, operation, aws_error(operation, "AccessDeniedException"))

    assert deploy() == "Failed"
    assert set(failed(capsys).values()) <= {500, 503}


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"error": "x"}', '{"error": {"code": "not_found", "message": 1}, "request_id": "r"}']
)
def test_an_answer_of_the_right_status_that_is_not_the_envelope_is_turned_back(
    deploy: Callable[[], str], release: Release, body: str
) -> None:
    release.answer_otherwise("/{proxy+}", 404, body)

    assert deploy() == "Failed"


@pytest.mark.parametrize("answer", [None, [], "text", {}, {"statusCode": "404"}, {"statusCode": 404, "body": None}])
def test_whatever_a_version_answers_the_check_comes_to_an_end(
    deploy: Callable[[], str], release: Release, answer: object
) -> None:
    release.instead = dict.fromkeys(VERSIONS.values(), lambda _: answer)

    assert deploy() == "Failed"


def test_codedeploy_is_told_even_if_the_check_itself_breaks(
    deploy: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(CodeDeploy, "put_lifecycle_event_hook_execution_status", lambda _, **given: told.append(given))
    monkeypatch.delenv("ROLL_UP_VERSION")

    with pytest.raises(KeyError):
        deploy()

    assert [one["status"] for one in told] == ["Failed"]


def test_the_log_holds_neither_the_key_nor_the_token_that_were_tried(
    deploy: Callable[[], str], release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    release.instead[VERSIONS["SHARED_REPORT_VERSION"]] = lambda event: answers(event, 200, json.dumps(event))
    deploy()
    out = capsys.readouterr().out

    tried = {
        word.removeprefix("Bearer ")
        for _, event in release.asked
        for word in (event.get("headers", {}).get("Authorization"), (event.get("pathParameters") or {}).get("token"))
        if word
    }
    assert len(tried) == 3
    assert not [word for word in tried if word in out]


def test_no_two_checks_try_the_same_key() -> None:
    assert app.checks()[0].given != app.checks()[0].given


def test_codedeploy_hears_before_the_function_runs_out_of_time() -> None:
    an_attempt = app.CONNECT_SECONDS + app.ANSWER_SECONDS

    assert (len(app.checks()) + 1) * app.ATTEMPTS * an_attempt < resource("ReleaseCheckFunction")["Timeout"]
