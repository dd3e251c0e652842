"""Token secrets in Secrets Manager: how long they are remembered, and when they are searched."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from report_shares.refusals import ServiceUnavailable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import MINUTE, SECOND
from tests.handlers.calls import aws_error

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEY = "k" * 32


@dataclass
class SecretsManager:
    """Answers with a document, or fails; counts how often it is asked."""

    document: dict[str, str] = field(default_factory=lambda: {"current": "1", "1": KEY})
    fails: bool = False
    asked: int = 0

    def get_secret_value(self, **_: str) -> dict[str, str]:
        self.asked += 1
        if self.fails:
            raise aws_error("GetSecretValue", "InternalServiceError", 500)
        return {"SecretString": json.dumps(self.document)}


@dataclass
class Held:
    """The secrets as a function holds them, with a clock that begins at 0."""

    manager: SecretsManager = field(default_factory=SecretsManager)
    now: int = 0

    def __post_init__(self) -> None:
        self.secrets = SecretsManagerTokenSecrets(
            lambda: cast("SecretsManagerClient", self.manager), "tokens", lambda: self.now
        )


def test_secrets_are_read_once_in_five_minutes() -> None:
    held = Held()
    held.secrets.current()
    held.now = 5 * MINUTE - 1
    held.secrets.current()
    assert held.manager.asked == 1

    held.now += 1
    held.secrets.current()
    assert held.manager.asked == 2


def test_an_owners_search_is_never_put_off() -> None:
    held = Held()
    held.secrets.searched_for(7)
    held.secrets.searched_for(7, always=True)

    assert held.manager.asked == 3


def test_a_search_for_an_invented_key_id_is_made_every_ten_seconds_at_most() -> None:
    held = Held()
    for held.now in (0, 1, 10 * SECOND - 1, 10 * SECOND):
        held.secrets.searched_for(7)

    assert held.manager.asked == 3


def test_a_missing_secret_is_unknown_only_where_secrets_manager_says_so() -> None:
    held = Held()
    assert 7 not in held.secrets.searched_for(7).by_key_id
    held.now = 10 * SECOND
    held.manager.fails = True

    with pytest.raises(ServiceUnavailable) as unknown:
        held.secrets.searched_for(7)
    assert unknown.value.cause == "the token secrets could not be read anew"
    assert 1 in held.secrets.searched_for(1).by_key_id


def test_a_secret_that_is_found_anew_is_there() -> None:
    held = Held()
    held.secrets.current()
    held.manager.document["7"] = KEY

    assert 7 in held.secrets.searched_for(7).by_key_id


def test_without_any_secrets_a_failing_secrets_manager_is_unavailability() -> None:
    with pytest.raises(ServiceUnavailable):
        Held(SecretsManager(fails=True)).secrets.current()


def test_secrets_outlive_a_failing_secrets_manager_by_less_than_an_hour() -> None:
    held = Held()
    held.secrets.current()
    held.manager.fails = True
    held.now = 60 * MINUTE - 1
    assert held.secrets.current().current == 1

    held.now = 60 * MINUTE + 5 * MINUTE
    with pytest.raises(ServiceUnavailable):
        held.secrets.current()


def test_after_just_an_hour_remembered_secrets_serve_no_more() -> None:
    held = Held()
    held.secrets.current()
    held.manager.fails = True
    held.now = 60 * MINUTE

    with pytest.raises(ServiceUnavailable):
        held.secrets.current()
