"""What AWS answers when it cannot serve, told apart from what is our own mistake."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NoConnectionError

from report_shares.refusals import ServiceUnavailable

CONDITION_FAILED_ERROR = "ConditionalCheckFailedException"  # the code of a single write

# Codes of https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the S3 and
# Secrets Manager error lists that ask for a later try without being a 5xx.
_TRANSIENT = frozenset(
    {
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
    }
)

_SERVER_ERROR = 500


def item_of(error: ClientError) -> dict[str, Any] | None:
    """The item that failed a condition, where the call asked for it; None where there is none."""
    item: dict[str, Any] | None = error.response.get("Item")  # type: ignore[assignment] # the stubs do not know it
    return item


def code_of(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def cause_of(error: ClientError) -> str:
    """What failed and how, in AWS's words but without its message, which may quote the request."""
    return f"{error.operation_name}: {code_of(error)}"


@contextmanager
def as_service_unavailable() -> Iterator[None]:
    """Turns throttling, time-outs, lost connections and 5xx of AWS into ``ServiceUnavailable``.

    Anything else (a denied action, a malformed expression) is a defect of ours and passes through.
    """
    try:
        yield
    except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise ServiceUnavailable(cause=type(error).__name__) from error
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status >= _SERVER_ERROR or code_of(error) in _TRANSIENT:
            raise ServiceUnavailable(cause=cause_of(error)) from error
        raise
