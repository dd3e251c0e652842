"""The synthetic check: a share's life over HTTP against the service's own functions, and against broken ones."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Literal, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from functions.synthetic_check import app

from report_shares.api import metrics
from sharectl import catalog, documents
from sharectl.stack import Stack
from tests.template.template import TEMPLATE, resource
from tests.world import Answer, Json, World, event

DOCUMENT = TEMPLATE.parent / "docs" / "synthetic-check.json"
CONTEXT = SimpleNamespace(
    aws_request_id="id", function_name="f", memory_limit_in_mb="1", invoked_function_arn="arn:aws:lambda:f"
)
STEPS = ["create", "open as JSON", "open as a page", "revoke", "find the JSON gone", "find the page gone"]
_SHARES = "/v1/scheduled-reports/(?P<scheduled_report_id>[^/]+)/shares"
ROUTES = [
    ("POST", re.compile(_SHARES), "create_share"),
    ("DELETE", re.compile(f"{_SHARES}/(?P<share_id>.+)"), "revoke_share"),
    ("GET", re.compile(r"/v1/shared/(?P<token>.+)"), "read_shared_report"),
    ("GET", re.compile(r"/shared/(?P<token>.+)"), "read_shared_page"),
]


@dataclass
class Api:
    """An API Gateway in front of the service's functions; step ``broken`` is answered as ``answer`` says."""

    world: World
    broken: int | None = None
    answer: Callable[[Answer], tuple[int, str]] = lambda right: (right.status, right.text)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
        self.asked.append((method, path, headers))
        self.bodies.append(body)
        match, name = next(
            (found, name) for verb, pattern, name in ROUTES if verb == method and (found := pattern.fullmatch(path))
        )
        request = event(name) | {"path": path, "pathParameters": match.groupdict(), "body": body or None}
        request["headers"] = headers
        request["multiValueHeaders"] = {header: [value] for header, value in headers.items()}
        is_public = "token" in match.groupdict()
        right = self.world.send(self.world.shared_report if is_public else self.world.share_api, request)
        return self.answer(right) if len(self.asked) - 1 == self.broken else (right.status, right.text)


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    """Served on this machine, with the share API's links pointing there, and the check's key in its secret."""
    api = Api(world)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, text = api(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    world.public_base_url = f"http://127.0.0.1:{server.server_port}/shared/"
    world.restart()
    yield api
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def key(world: World) -> str:
    """The key that `sharectl apply docs/synthetic-check.json` mints."""
    stack = cast("Stack", SimpleNamespace(dynamodb=world.dynamodb, table="shares"))
    (minted,) = [one.key for one in catalog.apply(stack, documents.parse(DOCUMENT.read_bytes())) if one.key]
    return minted


@pytest.fixture
def check(api: Api, key: str, world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """One check, as the schedule starts it, but not over TLS."""
    (schedule,) = documents.parse(DOCUMENT.read_bytes()).schedules
    secret = json.dumps({"scheduled_report_id": schedule.id, "api_key": key})
    world.secrets.create_secret(Name="synthetic-check", SecretString=secret)
    monkeypatch.setenv("SYNTHETIC_CHECK_SECRET", "synthetic-check")
    monkeypatch.setenv("API_URL", world.public_base_url.removesuffix("/shared/"))
    monkeypatch.setattr(app, "Caller", partial(app.Caller, connect=HTTPConnection))
    assert api.asked == []
    return lambda: app.lambda_handler({}, cast("LambdaContext", CONTEXT))


def lines(capsys: pytest.CaptureFixture[str]) -> list[Json]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metric(said: list[Json]) -> Json:
    (line,) = [line for line in said if app.PASSED in line]
    return line


def failure(said: list[Json]) -> tuple[str, object]:
    (line,) = [line for line in said if line.get("message") == "synthetic check failed"]
    return line["step"], line["found"]


def test_a_share_lives_and_dies_and_the_check_passes(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    check()

    said = lines(capsys)
    assert [line["message"] for line in said if "message" in line] == ["synthetic check passed"]
    line = metric(said)
    assert line["SyntheticCheckPassed"] == [1]
    assert line["SyntheticCheckDuration"][0] > 0
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == (metrics.NAMESPACE, [["service"]])
    assert directive["Metrics"] == [
        {"Name": app.PASSED, "Unit": "Count"},
        {"Name": app.DURATION, "Unit": "Milliseconds"},
    ]
    assert [method for method, _, _ in api.asked] == ["POST", "GET", "GET", "DELETE", "GET", "GET"]


def test_how_long_the_check_takes_is_told_in_milliseconds(
    check: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter([100.0, 100.25])
    monkeypatch.setattr(app, "monotonic", lambda: next(seconds))

    check()

    assert metric(lines(capsys))[app.DURATION] == [250.0]


def test_the_secret_is_waited_for_as_long_as_the_check_has(
    check: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_with: list[Config] = []
    client = boto3.client

    def noticed(service: Literal["secretsmanager"], config: Config) -> object:
        asked_with.append(config)
        return client(service, config=config)

    monkeypatch.setattr(boto3, "client", noticed)

    check()

    (config,) = asked_with
    assert (config.connect_timeout, config.read_timeout) == (2, 3)  # type: ignore[attr-defined]
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}  # type: ignore[attr-defined]


def test_the_check_leaves_no_open_share_and_can_be_repeated(
    check: Callable[[], None], capsys: pytest.CaptureFixture[str], world: World
) -> None:
    for _ in range(3):
        check()

    assert [line[app.PASSED] for line in lines(capsys) if app.PASSED in line] == [[1]] * 3
    (ledger,) = [item for item in world.items() if item["pk"]["S"].startswith("LEDGER#") and "7b9d2c34" in str(item)]
    assert ledger["active"] == {"M": {}}


def test_a_share_that_an_earlier_check_left_is_taken_back_by_the_next(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    api.broken, api.answer = 1, lambda right: (503, right.text)
    check()
    api.broken = None
    lines(capsys)

    check()

    assert metric(lines(capsys))[app.PASSED] == [1]


def test_the_check_passes_where_a_deployment_demands_idempotency_keys(
    check: Callable[[], None], capsys: pytest.CaptureFixture[str], world: World
) -> None:
    world.require_idempotency_key = True
    world.restart()

    check()
    check()

    assert [line[app.PASSED] for line in lines(capsys) if app.PASSED in line] == [[1]] * 2


@pytest.mark.parametrize("number", range(len(STEPS)), ids=STEPS)
@pytest.mark.parametrize("status", [500, 302, 404])
def test_a_step_that_is_answered_otherwise_fails_the_check_and_is_named(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str], number: int, status: int
) -> None:
    api.broken, api.answer = number, lambda right: (status, right.text)

    check()

    said = lines(capsys)
    assert metric(said)[app.PASSED] == [0]
    assert failure(said) == (STEPS[number], status)


@pytest.mark.parametrize("number", [4, 5])
def test_a_link_that_opens_after_it_was_revoked_fails_the_check(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    api.broken, api.answer = number, lambda right: (200, right.text)

    check()

    assert failure(lines(capsys)) == (STEPS[number], 200)


@pytest.mark.parametrize(("number", "text"), [(0, "{"), (0, "[]"), (0, '{"id": 1}'), (1, "{}"), (2, "<html>")], ids=str)
def test_an_answer_without_what_it_should_hold_fails_the_check(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str], number: int, text: str
) -> None:
    api.broken, api.answer = number, lambda right: (right.status, text)

    check()

    assert failure(lines(capsys)) == (STEPS[number], ["no share", "no report", "no page"][number])


def test_only_a_create_has_a_body_and_asks_for_a_share_of_a_day(check: Callable[[], None], api: Api) -> None:
    check()

    assert api.bodies == ['{"expiration_days": 1}', "", "", "", "", ""]
    sent = [headers for _, _, headers in api.asked]
    assert [headers.get("Content-Type") for headers in sent] == ["application/json", None, None, None, None, None]
    assert ["Idempotency-Key" in headers for headers in sent] == [True, False, False, True, False, False]
    assert {headers["Accept"] for headers in sent} == {"*/*"}


def test_no_connection_is_waited_for_longer_than_a_step_may_take(
    check: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def noticed(host: str, timeout: float) -> HTTPConnection:
        waited.append(timeout)
        return HTTPConnection(host, timeout=timeout)

    monkeypatch.setattr(app, "Caller", partial(app.Caller, connect=noticed))

    check()

    assert waited == [app.STEP_SECONDS] * len(STEPS)


def test_no_more_of_an_answer_is_read_than_a_report_can_have(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    api.broken, api.answer = 1, lambda right: (right.status, " " * 10_000_000 + right.text)

    check()

    assert failure(lines(capsys)) == ("open as JSON", "no report")


def test_an_answer_that_is_no_http_fails_the_check(
    check: Callable[[], None], api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    api.broken, api.answer = 0, lambda right: (0, right.text)

    check()

    assert failure(lines(capsys)) == ("create", "BadStatusLine")


def test_an_address_that_nobody_answers_fails_the_check(
    check: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")

    check()

    said = lines(capsys)
    assert (metric(said)[app.PASSED], failure(said)) == ([0], ("create", "ConnectionRefusedError"))


@pytest.mark.parametrize("secret", ["", "{}", "rp_live_x", '{"api_key": "rp_live_x"}'])
def test_a_secret_that_cannot_be_used_counts_as_a_failed_check(
    check: Callable[[], None], world: World, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    world.secrets.put_secret_value(SecretId="synthetic-check", SecretString=secret or " ")

    with pytest.raises((ValueError, KeyError)) as error:
        check()

    assert "rp_live_" not in str(error.value)
    assert metric(lines(capsys))[app.PASSED] == [0]


def test_a_key_that_no_header_can_carry_fails_the_check_without_being_told(
    check: Callable[[], None], world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever refuses such a header quotes it."""
    secret = {"scheduled_report_id": "s", "api_key": "rp_live_x\nrp_live_y"}
    world.secrets.put_secret_value(SecretId="synthetic-check", SecretString=json.dumps(secret))

    check()

    out = capsys.readouterr().out
    assert "ValueError" in out
    assert "rp_live_" not in out


@pytest.mark.parametrize("broken", [None, *range(len(STEPS))])
def test_no_log_holds_the_key_or_the_token(
    check: Callable[[], None], api: Api, key: str, capsys: pytest.CaptureFixture[str], broken: int | None
) -> None:
    api.broken, api.answer = broken, lambda right: (500, right.text)

    check()

    out = capsys.readouterr().out
    tokens = {path.rpartition("/")[2] for _, path, _ in api.asked if "/shared/" in path}
    assert not [secret for secret in {key, *tokens} if secret in out]


def test_a_reader_sends_no_key(check: Callable[[], None], api: Api, key: str) -> None:
    check()

    for method, _, headers in api.asked:
        assert (headers.get("Authorization") == f"Bearer {key}") == (method != "GET")


def test_the_check_speaks_tls_unless_a_test_says_otherwise() -> None:
    assert app.Caller("https://api.example.com", "a schedule", "a key").connect is HTTPSConnection


def test_a_caller_does_not_show_its_key() -> None:
    assert "a key" not in repr(app.Caller("https://api.example.com", "a schedule", "a key"))


def test_the_check_ends_before_its_function_does() -> None:
    secret_seconds = 2 * (2 + 3)

    assert len(STEPS) * app.STEP_SECONDS + secret_seconds < resource("SyntheticCheckFunction")["Timeout"]


def test_the_namespace_is_that_of_the_service() -> None:
    assert app.NAMESPACE == metrics.NAMESPACE


def test_the_secret_is_read_anew_each_time(
    check: Callable[[], None], world: World, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A replaced key is used from the next check on."""
    check()
    client = boto3.client("secretsmanager")
    known = json.loads(client.get_secret_value(SecretId="synthetic-check")["SecretString"])
    world.secrets.put_secret_value(SecretId="synthetic-check", SecretString=json.dumps(known | {"api_key": f"{key}x"}))
    lines(capsys)

    check()

    assert failure(lines(capsys)) == ("create", 401)
