"""Run files that arrived in the bucket, by way of EventBridge and a queue, into their schedules' roll-ups."""

from report_shares import startup  # isort: split

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_lambda_powertools import Logger

from report_shares.api.metrics import EmbeddedMetrics
from report_shares.api.settings import Settings
from report_shares.refusals import ServiceUnavailable
from report_shares.rules.run_files import RunFileRejected
from report_shares.store import clients
from report_shares.store.bucket import Objects
from report_shares.store.dead_letters import DeadLetters
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import Clock, system_clock
from report_shares.use_cases.roll_up_runs import RollUpRuns, RunFile
from report_shares.use_cases.share_changes import StaleView

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

startup.imported()


def lambda_handler(event: dict[str, Any], _: "LambdaContext") -> dict[str, Any]:
    return _roll_up()(event)


@cache
def _roll_up() -> "RollUp":
    return RollUp(Settings.from_environment(needed=("DEAD_LETTER_QUEUE_URL",)))


class RollUp:
    """The function with all that it needs: answers SQS with the messages that must come again."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        objects = Objects(clients.s3(), settings.bucket_name)
        self._roll_up = RollUpRuns(RollUpTable(clients.dynamodb(), settings.table_name, objects), clock)
        self._dead_letters = DeadLetters(clients.sqs(), settings.dead_letter_queue_url)
        self._clock = clock
        self._logger = Logger()
        self._metrics = EmbeddedMetrics(settings.stage, clock)

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        schedules: dict[UUID, list[tuple[RunFile, dict[str, Any]]]] = defaultdict(list)
        for record in event["Records"]:
            arrival = _arrival_of(record["body"])
            try:
                file = _file_of(arrival)
            except RunFileRejected as refusal:
                self._bury(arrival, str(refusal))
                self._metrics.folded(["rejected"], [])
            else:
                schedules[file.scheduled_report_id].append((file, record))
        return {
            "batchItemFailures": [
                {"itemIdentifier": message_id}
                for scheduled_report_id, arrivals in schedules.items()
                for message_id in self._fold(scheduled_report_id, arrivals)
            ]
        }

    def _fold(self, scheduled_report_id: UUID, arrivals: list[tuple[RunFile, dict[str, Any]]]) -> list[str]:
        """The ids of the messages that must come again."""
        try:
            outcomes = self._roll_up(scheduled_report_id, [file for file, _ in arrivals])
            for outcome, (_, record) in zip(outcomes, arrivals, strict=True):
                if outcome.reason is not None:
                    self._bury(_arrival_of(record["body"]), outcome.reason)
        except (StaleView, ServiceUnavailable):
            self._logger.warning("will be tried again", scheduled_report_id=str(scheduled_report_id))
        except Exception:
            # One file's trouble is not another's; SQS brings its message again and then buries it.
            self._logger.exception("unexpected error", scheduled_report_id=str(scheduled_report_id))
            if len(arrivals) > 1:
                return [message_id for arrival in arrivals for message_id in self._fold(scheduled_report_id, [arrival])]
        else:
            statuses = [outcome.status for outcome in outcomes]
            self._logger.info("folded", scheduled_report_id=str(scheduled_report_id), statuses=statuses)
            waited = [self._clock() - _uploaded_at(record) for _, record in arrivals]
            self._metrics.folded(statuses, waited)
            return []
        return [record["messageId"] for _, record in arrivals]

    def _bury(self, arrival: object, reason: str) -> None:
        key = _key_of(arrival)
        self._logger.warning("run file refused", key=key, reason=reason)
        self._dead_letters.put(arrival, key, reason, self._clock())


def _uploaded_at(record: dict[str, Any]) -> int:
    """When the message was sent, which is when S3 announced the file (epoch milliseconds)."""
    return int(record["attributes"]["SentTimestamp"])


def _arrival_of(message: str) -> object:
    """The event in a message; a dead letter of our own that was moved back to the queue holds it with its reason."""
    try:
        content = json.loads(message)
    except (ValueError, RecursionError):
        return message
    return content.get("event", content) if isinstance(content, dict) else content


def _file_of(arrival: object) -> RunFile:
    match arrival:
        case {"detail": {"object": {"key": str(key), "etag": str(etag)}}}:
            return RunFile.parse(key, etag)
        case _:
            raise RunFileRejected("the message is not the arrival of a file")


def _key_of(arrival: object) -> str | None:
    match arrival:
        case {"detail": {"object": {"key": str(key)}}}:
            return key
        case _:
            return None
