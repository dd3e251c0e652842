"""Token secrets are added, switched and withdrawn while functions run: no link is lost or doubled by it."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest

from report_shares.rules import tokens
from report_shares.times import MINUTE, SECOND
from tests.handlers.answers import assert_refused
from tests.handlers.calls import aws_error, before_each_call, failing, recorded
from tests.world import World


def key_id_of(token: str) -> int:
    return base64.urlsafe_b64decode(token + "=")[0]


def test_links_stay_open_while_their_secret_is_kept_and_new_ones_use_the_new_secret(world: World) -> None:
    key = world.add_key()
    old = world.create(key).json["access_token"]
    world.change_secrets({"current": "2", "2": "n" * 64})
    world.clock.now += 5 * MINUTE

    refreshed = world.create(key).json["access_token"]
    new = world.create(world.add_key("bob")).json["access_token"]

    assert refreshed == old
    assert world.read(old).status == 200
    assert world.read(new).status == 200
    assert key_id_of(new) == 2


def test_a_link_of_a_new_secret_opens_at_once_in_a_function_that_knew_only_the_old_one(world: World) -> None:
    world.read(world.create(world.add_key()).json["access_token"])
    world.change_secrets({"current": "2", "2": "n" * 64})
    warm_reader = world.shared_report
    world.restart()
    new = world.create(world.add_key("bob")).json["access_token"]
    world.shared_report = warm_reader

    assert world.read(new).status == 200


def test_a_caller_is_shown_links_of_secrets_that_are_new_one_after_the_other_to_a_function(world: World) -> None:
    """Unlike a reader's token, a share that is stored is never of an invented secret."""
    ada, bob, eve = (world.add_key(principal) for principal in ("ada", "bob", "eve"))
    world.create(ada)
    warm = world.share_api
    for number, key in ((2, bob), (3, eve)):
        world.change_secrets({"current": str(number), str(number): str(number) * 64})
        world.restart()
        token = world.create(key).json["access_token"]
        world.share_api = warm

        assert [share["access_token"] for share in world.list(key).json["data"]] == [token]


def test_a_function_knows_an_idempotency_key_again_though_the_secret_of_its_record_is_new_to_it(world: World) -> None:
    keys = [world.add_key(principal) for principal in ("ada", "bob", "eve")]
    share_id = world.create(keys[0]).json["id"]
    warm = world.share_api
    for number, key in ((2, keys[1]), (3, keys[2])):
        world.change_secrets({"current": str(number), str(number): str(number) * 64})
        world.restart()
        world.create(key)
        first = world.revoke_all(key, "once")
        world.share_api = warm

        again = world.revoke_all(key, "once")

        assert (first.status, again.status, again.headers.get("Idempotent-Replayed")) == (204, 204, "true")
    assert world.list(keys[0]).json["data"][0]["id"] == share_id


def test_tokens_with_invented_key_ids_cannot_make_the_service_ask_for_the_secret_each_time(world: World) -> None:
    world.read(world.create(world.add_key()).json["access_token"])
    invented = [tokens.mint(tokens.TokenSecrets(9, {9: b"x" * 32}), uuid4(), 9) for _ in range(5)]

    with recorded() as calls:
        answers = [world.read(token) for token in invented]
    assert {answer.status for answer in answers} == {404}
    assert calls == ["GetSecretValue"]

    world.clock.now += 10 * SECOND
    with recorded() as calls:
        world.read(invented[0])
    assert calls == ["GetSecretValue"]


def test_a_function_that_knew_only_the_old_secret_refreshes_a_share_of_the_new_one(world: World) -> None:
    key = world.add_key()
    world.create(world.add_key("bob"))
    warm = world.share_api
    world.change_secrets({"current": "2", "2": "n" * 64})
    world.restart()
    made = world.create(key).json
    world.share_api = warm

    refreshed = world.create(key)

    assert (refreshed.status, refreshed.json["access_token"]) == (200, made["access_token"])
    assert [share["id"] for share in world.list(key).json["data"]] == [made["id"]]


def test_a_share_whose_secret_was_withdrawn_is_as_good_as_revoked(world: World) -> None:
    key = world.add_key()
    made = world.create(key).json
    world.change_secrets({"current": "2", "1": None, "2": "n" * 64})
    world.restart()

    assert_refused(world.read(made["access_token"]), 404, "not_found")
    assert world.list(key).json["data"] == []
    assert_refused(world.extend(key, made["id"], {"expiration_days": 5}), 404, "not_found")

    replaced = world.create(key)

    assert (replaced.status, replaced.json["is_existing"]) == (201, False)
    assert world.read(replaced.json["access_token"]).status == 200


def test_a_withdrawn_secret_that_is_put_back_does_not_open_a_link_whose_place_was_given_anew(world: World) -> None:
    key = world.add_key()
    made = world.create(key).json
    document = json.loads(world.secrets.get_secret_value(SecretId="tokens")["SecretString"])
    world.change_secrets({"current": "2", "1": None, "2": "n" * 64})
    world.restart()
    world.create(key)

    world.change_secrets({"1": document["1"]})
    world.restart()

    assert_refused(world.read(made["access_token"]), 410, "gone")


def test_a_share_whose_secret_was_withdrawn_can_be_revoked(world: World) -> None:
    key = world.add_key()
    made = world.create(key).json
    world.change_secrets({"current": "2", "1": None, "2": "n" * 64})
    world.restart()

    assert world.revoke(key, made["id"]).status == 204


def test_an_answer_whose_link_is_of_a_withdrawn_secret_cannot_be_replayed(world: World) -> None:
    key = world.add_key()
    world.create(key, idempotency_key="once")
    world.change_secrets({"current": "2", "1": None, "2": "n" * 64})
    world.restart()

    assert_refused(world.create(key, idempotency_key="once"), 409, "conflict")


def test_links_stay_open_for_a_while_when_secrets_manager_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = world.create(world.add_key()).json["access_token"]
    world.read(token)
    failing(monkeypatch, "GetSecretValue", aws_error("GetSecretValue", "InternalServiceError", 500))

    world.clock.now += 30 * MINUTE
    assert world.read(token).status == 200

    world.clock.now += 31 * MINUTE
    assert_refused(world.read(token), 503, "service_unavailable")


def test_a_failing_secrets_manager_is_not_asked_for_every_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = world.create(world.add_key()).json["access_token"]
    world.read(token)
    asked: list[str] = []

    def fail(name: str, _: Any) -> None:
        if name == "GetSecretValue":
            asked.append(name)
            raise aws_error(name, "InternalServiceError", 500)

    before_each_call(monkeypatch, fail)
    world.clock.now += 30 * MINUTE
    for _ in range(5):
        world.read(token)

    assert len(asked) == 1
