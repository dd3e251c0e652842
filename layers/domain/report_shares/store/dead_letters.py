"""The queue of run files that were refused, each with its reason."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from report_shares.store.aws_errors import as_service_unavailable
from report_shares.times import iso

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class DeadLetters:
    def __init__(self, client: Callable[[], "SQSClient"], queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, event: object, key: str | None, reason: str, failed_at: int) -> None:
        """Keeps the event as it came, so that it can be replayed; ``key`` is None if the event names no file."""
        letter = {"reason": reason, "key": key, "failed_at": iso(failed_at), "event": event}
        with as_service_unavailable():
            self._client().send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(letter))
