"""AWS clients: what every call of theirs is held to."""

import pytest

from report_shares.store import clients
from tests.proof import aws_faults
from tests.world import World

EACH = pytest.mark.parametrize("name", ["dynamodb", "s3", "secretsmanager", "sqs"])


@EACH
def test_a_call_that_gets_no_answer_ends_within_seven_seconds(world: World, name: str) -> None:  # noqa: ARG001 # AWS
    config = getattr(clients, name)().meta.config

    attempts, longest_wait = config.retries["total_max_attempts"], 1
    assert attempts == 2
    assert attempts * (config.connect_timeout + config.read_timeout) + longest_wait <= 7


@EACH
def test_what_the_wire_of_the_proofs_takes_is_what_a_client_waits_for(world: World, name: str) -> None:  # noqa: ARG001
    config = getattr(clients, name)().meta.config

    assert (config.connect_timeout, config.read_timeout) == (aws_faults.CONNECT_SECONDS, aws_faults.READ_SECONDS)
