"""Run files that could not be rolled up: the dead-letter queue, and the way back."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from report_shares.times import iso
from sharectl.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import ChangeMessageVisibilityBatchRequestEntryTypeDef, MessageTypeDef

_NOT_PROCESSED = "not processed after several attempts"
# Long enough to receive 100,000 of them. What a command that was killed did not give back stays hidden that long.
HIDDEN_MINUTES = 10
_BATCH = 10
WAIT_SECONDS = 1
"""With any wait SQS asks all of its servers, so that no answer without messages means that there are none."""
_VISIBLE_ALREADY = "MessageNotInflight"  # SQS puts a prefix before it


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

    @property
    def name(self) -> str:
        """What it is listed as and dropped by: the file's key, or the message's id where it names no file."""
        return self.key or self.message_id


def receive(stack: Stack) -> Iterator[DeadLetter]:
    """Every dead letter. One that became visible again meanwhile comes twice; its later receipt is the valid one.

    They stay hidden for ``HIDDEN_MINUTES``: give back or remove each.
    """
    while True:
        answer = stack.sqs.receive_message(
            QueueUrl=stack.dead_letter_queue_url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=HIDDEN_MINUTES * 60,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        yield from map(_parse, messages)


def give_back(stack: Stack, letters: Sequence[DeadLetter]) -> list[str]:
    """Make them visible again for whoever looks next. Returns why, for each one that stays hidden."""
    reasons: list[str] = []
    for batch in batched(letters, _BATCH, strict=False):
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for number, letter in enumerate(batch)
        ]
        try:
            answer = stack.sqs.change_message_visibility_batch(QueueUrl=stack.dead_letter_queue_url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            reasons += [str(error)] * len(batch)
        else:
            codes = [failed["Code"] for failed in answer.get("Failed", [])]
            reasons += [code for code in codes if not code.endswith(_VISIBLE_ALREADY)]
    return reasons


def hidden(stack: Stack) -> int:
    """Roughly how many dead letters someone has received and neither given back nor removed."""
    name: QueueAttributeNameType = "ApproximateNumberOfMessagesNotVisible"
    answer = stack.sqs.get_queue_attributes(QueueUrl=stack.dead_letter_queue_url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def replay(stack: Stack, letter: DeadLetter) -> bool:
    """Announce the file once more and remove the dead letter; False if it holds no event."""
    if letter.event is None:
        return False
    # In this order: a crash in between announces the file twice, which does no harm, and never loses it.
    stack.sqs.send_message(QueueUrl=stack.run_queue_url, MessageBody=json.dumps(letter.event))
    drop(stack, letter)
    return True


def drop(stack: Stack, letter: DeadLetter) -> None:
    """Remove the dead letter; the file, if there is one, stays in the bucket."""
    stack.sqs.delete_message(QueueUrl=stack.dead_letter_queue_url, ReceiptHandle=letter.receipt)


def _parse(message: "MessageTypeDef") -> DeadLetter:
    message_id, receipt = message["MessageId"], message["ReceiptHandle"]
    sent_at = _sent_at(message)
    try:
        body = json.loads(message["Body"])
    except (ValueError, RecursionError):
        body = None
    # Anything may lie in the queue, so nothing is taken for granted.
    match body:
        case {"event": dict(event), "reason": str(reason)}:
            key = _text(body.get("key")) or _key_of(event)
            return DeadLetter(message_id, key, reason, _text(body.get("failed_at")) or sent_at, event, receipt)
        case dict(event) if (key := _key_of(event)) is not None:
            return DeadLetter(message_id, key, _NOT_PROCESSED, sent_at, event, receipt)
    return DeadLetter(message_id, None, "the message is not about a run file", sent_at, None, receipt)


def _key_of(event: dict[str, Any]) -> str | None:
    match event:
        case {"detail": {"object": {"key": str(key)}}}:
            return key
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _sent_at(message: "MessageTypeDef") -> str | None:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    return None if sent is None else iso(int(sent))
