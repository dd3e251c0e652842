"""What is asked of DynamoDB, and what its refusals are taken for, where no answer of an emulator tells a difference."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)

from report_shares.refusals import ServiceUnavailable
from report_shares.store import clients
from report_shares.store.aws_errors import as_service_unavailable
from report_shares.times import DAY
from tests.handlers.calls import aws_error, before_each_call
from tests.handlers.runs import run
from tests.world import Json, World

URL = "https://aws.example"


@contextmanager
def asked() -> Iterator[list[tuple[str, Json]]]:
    """The calls that are made meanwhile, with their arguments."""
    calls: list[tuple[str, Json]] = []
    with pytest.MonkeyPatch.context() as patched:
        before_each_call(patched, lambda operation, arguments: calls.append((operation, arguments)))
        yield calls


def reads_in(calls: list[tuple[str, Json]]) -> list[bool]:
    """Whether each read of an item asks for strong consistency."""
    found = []
    for operation, arguments in calls:
        if operation == "GetItem":
            found.append(arguments.get("ConsistentRead", False))
        if operation == "BatchGetItem":
            found += [table.get("ConsistentRead", False) for table in arguments["RequestItems"].values()]
    return found


def test_every_read_is_strongly_consistent_but_for_whose_a_link_is(world: World) -> None:
    """Who opens a link need not know to the second to which schedule and brand it belongs; see ReportTable."""
    key = world.add_key()

    with asked() as calls:
        world.put_run(run(1))
        share = world.create(key, idempotency_key="1").json
        world.create(key)
        world.list(key)
        world.extend(key, share["id"], {"expiration_days": 3})
        world.revoke(key, share["id"])
        world.revoke(key, share["id"], "2")
        world.extend(key, share["id"], {"expiration_days": 3}, "2")

    reads = reads_in(calls)
    assert len(reads) >= 15
    assert all(reads)
    with asked() as calls:
        world.read(share["access_token"])
    assert reads_in(calls) == [True]
    link = world.create(key).json["access_token"]
    with asked() as calls:
        world.read(link)
    assert reads_in(calls) == [True, False]


def test_every_commit_has_a_client_token_of_its_own(world: World) -> None:
    key = world.add_key()

    with asked() as calls:
        for _ in range(3):
            world.create(key)

    tokens = [arguments["ClientRequestToken"] for name, arguments in calls if name == "TransactWriteItems"]
    assert len(set(tokens)) == 3


def test_ttl_deletes_a_share_at_the_end_of_the_second_in_which_it_expires(world: World) -> None:
    world.clock.now += 1
    world.create(world.add_key(), idempotency_key="1")

    (share,) = [item for item in world.items() if item["sk"]["S"] == "SHARE"]
    (record,) = [item for item in world.items() if "fingerprint" in item]
    for item in (share, record):
        expires_at = int(item["expires_at"]["N"])
        assert 0 < int(item["ttl"]["N"]) * 1000 - expires_at < 1000
    assert int(record["expires_at"]["N"]) == world.clock.now + DAY


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html, S3's and Secrets Manager's
TRANSIENT = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
]


def raised(error: Exception) -> None:
    with as_service_unavailable():
        raise error


@pytest.mark.parametrize("code", TRANSIENT)
def test_a_refusal_that_asks_for_a_later_try_is_unavailable_and_says_which(code: str) -> None:
    with pytest.raises(ServiceUnavailable) as unavailable:
        raised(aws_error("GetItem", code))

    assert unavailable.value.cause == f"GetItem: {code}"


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_5xx_is_unavailable(status: int) -> None:
    with pytest.raises(ServiceUnavailable):
        raised(aws_error("GetItem", "Anything", status))


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
        clients.TimeIsUp(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_answer_is_unavailable_and_says_why(error: Exception) -> None:
    with pytest.raises(ServiceUnavailable) as unavailable:
        raised(error)

    assert unavailable.value.cause == type(error).__name__


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_what_is_a_defect_of_ours_is_not_hidden(code: str) -> None:
    with pytest.raises(ClientError):
        raised(aws_error("GetItem", code, 499))
