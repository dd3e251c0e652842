"""What a deployment decides is checked when a function starts, and nothing of its environment is shown."""

import json
import random
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import cast
from uuid import uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from functions.roll_up import app as roll_up
from functions.share_api import app as share_api
from functions.shared_report import app as shared_report

from report_shares.api.settings import InvalidSettings, Settings
from tests.world import World, event

NEEDED = {"TABLE_NAME": "shares", "BUCKET_NAME": "reports"}


@pytest.fixture(autouse=True)
def _new_execution_environments() -> None:
    for function in (share_api, shared_report, roll_up):
        function._service.cache_clear()


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("given", [True, False], ids=["empty", "unset"])
def test_a_missing_setting_is_named_and_nothing_of_the_environment_is_shown(name: str, *, given: bool) -> None:
    environment = {**NEEDED, "AWS_SECRET_ACCESS_KEY": "a credential", name: ""}
    if not given:
        del environment[name]

    with pytest.raises(InvalidSettings, match=f"{name} is not set") as refusal:
        Settings.from_environment(environment)

    assert "a credential" not in str(refusal.value)


@pytest.mark.parametrize(
    ("start", "needed"),
    [
        (share_api._service, "TOKEN_SECRET_ID"),
        (shared_report._service, "TOKEN_SECRET_ID"),
        (roll_up._service, "DEAD_LETTER_QUEUE_URL"),
    ],
    ids=["share_api", "shared_report", "roll_up"],
)
def test_a_function_does_not_start_without_what_it_needs_of_its_own(
    start: Callable[[], object], needed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(needed, raising=False)

    with pytest.raises(InvalidSettings, match=f"{needed} is not set"):
        start()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_ACTIVE_SHARES", "0"),
        ("MAX_ACTIVE_SHARES", "99"),
        ("DEFAULT_EXPIRATION_DAYS", "0"),
        ("DEFAULT_EXPIRATION_DAYS", "366"),
        ("RATE_LIMIT", "0"),
        ("RATE_LIMIT", "1001"),
        ("RATE_LIMIT", "-5"),
        ("RATE_LIMIT", "many"),
        ("RATE_LIMIT", "60.5"),
        ("RATE_LIMIT", ""),
        ("REQUIRE_IDEMPOTENCY_KEY", "perhaps"),
    ],
)
def test_a_setting_that_is_out_of_bounds_or_malformed_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        Settings.from_environment({**NEEDED, name: value})


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("MAX_ACTIVE_SHARES", "1", "max_active_shares", 1),
        ("MAX_ACTIVE_SHARES", "98", "max_active_shares", 98),
        ("DEFAULT_EXPIRATION_DAYS", "365", "default_expiration_days", 365),
        ("RATE_LIMIT", "1000", "rate_limit", 1000),
        ("RATE_LIMIT", "1", "rate_limit", 1),
        ("RATE_LIMIT", "60.0", "rate_limit", 60),
        ("REQUIRE_IDEMPOTENCY_KEY", "true", "require_idempotency_key", True),
        ("REQUIRE_IDEMPOTENCY_KEY", "false", "require_idempotency_key", False),
    ],
)
def test_a_setting_within_bounds_is_taken(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(Settings.from_environment({**NEEDED, name: value}), field) == expected


def test_each_variable_of_the_template_is_taken_as_it_is_given() -> None:
    given = {
        **NEEDED,
        "STAGE": "prod",
        "TOKEN_SECRET_ID": "tokens",
        "PUBLIC_BASE_URL": "https://reports.example.com/",
        "CUSTOM_DOMAIN": "api.example.com",
        "FRAME_ANCESTORS": "https://intranet.example.com",
        "MAX_ACTIVE_SHARES": "7",
        "DEFAULT_EXPIRATION_DAYS": "8",
        "RATE_LIMIT": "9",
        "REQUIRE_IDEMPOTENCY_KEY": "True",
        "DEAD_LETTER_QUEUE_URL": "https://sqs.example.com/dead",
    }

    assert Settings.from_environment(given) == Settings(
        table_name="shares",
        bucket_name="reports",
        stage="prod",
        token_secret_id="tokens",  # noqa: S106 # its name
        public_base_url="https://reports.example.com/",
        custom_domain="api.example.com",
        frame_ancestors="https://intranet.example.com",
        max_active_shares=7,
        default_expiration_days=8,
        rate_limit=9,
        require_idempotency_key=True,
        dead_letter_queue_url="https://sqs.example.com/dead",
    )


def test_what_a_deployment_does_not_decide_is_as_the_contract_has_it() -> None:
    settings = Settings.from_environment(NEEDED)

    assert (settings.stage, settings.custom_domain, settings.frame_ancestors) == ("local", "", "'none'")
    assert (settings.token_secret_id, settings.public_base_url, settings.dead_letter_queue_url) == ("", "", "")

    assert (settings.max_active_shares, settings.default_expiration_days, settings.rate_limit) == (50, 30, 120)
    assert not settings.require_idempotency_key


@pytest.mark.parametrize("function", [share_api, shared_report], ids=["share_api", "shared_report"])
def test_environments_that_start_from_one_snapshot_do_not_draw_the_same_random_numbers(
    function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**NEEDED, "TOKEN_SECRET_ID": "tokens"}.items():
        monkeypatch.setenv(name, value)

    def drawn() -> float:
        random.seed(1)  # as the snapshot has it
        function._service.cache_clear()
        function._service()
        return random.random()  # noqa: S311 # what is tested

    try:
        assert drawn() != drawn()
    finally:
        function._service.cache_clear()


def test_a_function_answers_and_logs_as_the_invocation_that_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**NEEDED, "TOKEN_SECRET_ID": "tokens"}.items():
        monkeypatch.setenv(name, value)
    invocation = str(uuid4())
    context = SimpleNamespace(
        function_name="f", memory_limit_in_mb=1024, invoked_function_arn="arn", aws_request_id=invocation
    )

    made = share_api.lambda_handler(event("create_share", API_KEY=world.add_key()), cast("LambdaContext", context))
    token = json.loads(made["body"])["access_token"]
    read = shared_report.lambda_handler(event("read_shared_report", TOKEN=token), cast("LambdaContext", context))

    assert (made["statusCode"], read["statusCode"]) == (201, 200)
    for answer in (made, read):
        assert answer["multiValueHeaders"]["X-Correlation-ID"] == [invocation]
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["correlation_id"] for line in logged] == [invocation] * 2
