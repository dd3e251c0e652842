"""AWS clients: what every call of theirs is held to."""

from collections.abc import Callable
from typing import Any

import pytest

from report_shares.store import clients
from tests.proof import aws_faults
from tests.world import World

MADE = (clients.dynamodb, clients.s3, clients.secretsmanager, clients.sqs)


def configs() -> dict[str, Any]:
    return {client().meta.service_model.service_name: client().meta.config for client in MADE}


def test_a_call_that_gets_no_answer_ends_within_seven_seconds(world: World) -> None:  # noqa: ARG001 # its AWS
    for service, config in configs().items():
        assert config.retries == {"mode": "standard", "total_max_attempts": 2}, service
        attempts, longest_wait = 2, 1
        assert attempts * (config.connect_timeout + config.read_timeout) + longest_wait <= 7, service


def test_clients_wait_as_long_as_the_proofs_say_they_do(world: World) -> None:  # noqa: ARG001 # its AWS
    for service, config in configs().items():
        waits = (config.connect_timeout, config.read_timeout)
        assert waits == (aws_faults.CONNECT_SECONDS, aws_faults.READ_SECONDS), service


def test_no_call_is_sent_once_a_request_has_taken_its_time(
    world: World,  # noqa: ARG001 # its AWS
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(clients, "monotonic", lambda: now[0])
    for client in MADE:
        client.cache_clear()
    calls: list[Callable[[], object]] = [
        clients.dynamodb().list_tables,
        clients.s3().list_buckets,
        clients.secretsmanager().list_secrets,
        clients.sqs().list_queues,
    ]

    with clients.one_request():
        now[0] = clients.REQUEST_SECONDS - 0.1
        for call in calls:
            call()
        now[0] = clients.REQUEST_SECONDS
        for call in calls:
            with pytest.raises(clients.TimeIsUp):
                call()
    for call in calls:
        call()


def test_a_process_has_one_client_of_each_service(world: World) -> None:  # noqa: ARG001 # its AWS
    assert [client() is client() for client in MADE] == [True] * 4
    assert list(configs()) == ["dynamodb", "s3", "secretsmanager", "sqs"]
