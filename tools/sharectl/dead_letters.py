"""Run files that could not be rolled up: the dead-letter queue, and the way back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_NOT_PROCESSED = "not processed after several attempts"
_VISIBILITY_SECONDS = 30
_BATCH = 10


@dataclass(frozen=True)
class DeadLetter:
    """One message of the dead-letter queue."""

    message_id: str
    key: str | None
    reason: str
    failed_at: str | None
    event: dict[str, Any] | None
    """The event that announced the file; None where the message holds none, so that it cannot be replayed."""
    receipt: str


def receive(stack: Stack) -> Iterator[DeadLetter]:
    """Every dead letter once. They stay hidden for a while: give back or remove each."""
    seen: set[str] = set()
    while True:
        answer = stack.sqs.receive_message(
            QueueUrl=stack.dead_letter_queue_url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_VISIBILITY_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        new = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not new:
            return
        seen.update(message["MessageId"] for message in new)
        yield from map(_parse, new)


def give_back(stack: Stack, letter: DeadLetter) -> None:
    """Make it visible again for whoever looks next."""
    stack.sqs.change_message_visibility(
        QueueUrl=stack.dead_letter_queue_url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
    )


def replay(stack: Stack, letter: DeadLetter) -> bool:
    """Announce the file once more and remove the dead letter; False if it holds no event."""
    if letter.event is None:
        return False
    # In this order: a crash in between announces the file twice, which does no harm, and never loses it.
    stack.sqs.send_message(QueueUrl=stack.run_queue_url, MessageBody=json.dumps(letter.event))
    stack.sqs.delete_message(QueueUrl=stack.dead_letter_queue_url, ReceiptHandle=letter.receipt)
    return True


def _parse(message: "MessageTypeDef") -> DeadLetter:
    message_id, receipt = message["MessageId"], message["ReceiptHandle"]
    sent_at = _sent_at(message)
    try:
        body = json.loads(message["Body"])
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and isinstance(body.get("event"), dict) and "reason" in body:
        key = body.get("key") or _key_of(body["event"])
        return DeadLetter(
            message_id, key, str(body["reason"]), body.get("failed_at") or sent_at, body["event"], receipt
        )
    if isinstance(body, dict) and (key := _key_of(body)) is not None:
        return DeadLetter(message_id, key, _NOT_PROCESSED, sent_at, body, receipt)
    return DeadLetter(message_id, None, "the message is not about a run file", sent_at, None, receipt)


def _key_of(event: dict[str, Any]) -> str | None:
    try:
        key = event["detail"]["object"]["key"]
    except (KeyError, TypeError):
        return None
    return key if isinstance(key, str) else None


def _sent_at(message: "MessageTypeDef") -> str | None:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    if sent is None:
        return None
    return datetime.fromtimestamp(int(sent) / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
