"""AWS clients: what every call of theirs is held to."""

from typing import Any

from report_shares.store import clients
from tests.proof import aws_faults
from tests.world import World

MADE = (clients.dynamodb, clients.s3, clients.secretsmanager, clients.sqs)


def configs() -> dict[str, Any]:
    return {client().meta.service_model.service_name: client().meta.config for client in MADE}


def test_a_call_that_gets_no_answer_ends_within_seven_seconds(world: World) -> None:  # noqa: ARG001 # its AWS
    for service, config in configs().items():
        attempts, longest_wait = config.retries["total_max_attempts"], 1
        assert attempts == 2, service
        assert attempts * (config.connect_timeout + config.read_timeout) + longest_wait <= 7, service


def test_clients_wait_as_long_as_the_proofs_say_they_do(world: World) -> None:  # noqa: ARG001 # its AWS
    for service, config in configs().items():
        waits = (config.connect_timeout, config.read_timeout)
        assert waits == (aws_faults.CONNECT_SECONDS, aws_faults.READ_SECONDS), service


def test_a_process_has_one_client_of_each_service(world: World) -> None:  # noqa: ARG001 # its AWS
    assert [client() is client() for client in MADE] == [True] * 4
    assert list(configs()) == ["dynamodb", "s3", "secretsmanager", "sqs"]
