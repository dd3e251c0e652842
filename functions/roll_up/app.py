"""Run files that arrived in the bucket, announced by EventBridge through a queue, into their schedules' roll-ups."""

from report_shares import garbage_collection  # isort: split

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_json

from report_shares.api.metrics import NAMESPACE
from report_shares.api.settings import Settings
from report_shares.refusals import ServiceUnavailable
from report_shares.rules.brand_identity import BrandIdentity
from report_shares.rules.run_files import RunFileRejected, RunFileUpload
from report_shares.store import clients
from report_shares.store.bucket import Bucket
from report_shares.store.dead_letters import DeadLetters
from report_shares.store.roll_up_table import RollUpTable
from report_shares.times import Clock, system_clock
from report_shares.use_cases.fold_sample import fold_sample
from report_shares.use_cases.roll_up_runs import RollUpRuns
from report_shares.use_cases.roll_up_store import Overtaken, RunStatus

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

# Of a fold that ended in an unexpected error: its file comes again. Not an outcome that is recorded.
_FAILED = "failed"

garbage_collection.resume()

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _: LambdaContext) -> "PartialItemFailureResponse | dict[str, Any] | None":
    """A batch of SQS; or ``{"sample": ...}``, by which the release check asks whether this version folds a run file."""
    service = _service()
    if "sample" in event:
        return sample_folded(event["sample"], system_clock())
    return service(SQSEvent(event))


@cache
def _service() -> "RollUpService":
    return RollUpService(Settings.from_environment(needed=("DEAD_LETTER_QUEUE_URL",)))


class RollUpService:
    """The function with all that it needs; answers SQS with the messages that must come again.

    Powertools' batch processors hand over one record at a time, but all files of a schedule are folded in one go. Their
    module also loads every model of the parser once pydantic is there: 0.17 s, as much as boto3 and a client.
    """

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        bucket = Bucket(clients.s3, settings.bucket_name)
        self._roll_up = RollUpRuns(RollUpTable(clients.dynamodb(), settings.table_name, bucket), clock)
        self._dead_letters = DeadLetters(clients.sqs, settings.dead_letter_queue_url)
        self._clock = clock

    def __call__(self, event: SQSEvent) -> "PartialItemFailureResponse":
        schedules: dict[UUID, list[tuple[RunFileUpload, SQSRecord]]] = defaultdict(list)
        for record in event.records:
            try:
                upload = _upload_in(record)
            except RunFileRejected as refusal:
                self._bury(record, str(refusal))
                _count_outcomes([RunStatus.REJECTED])
            else:
                schedules[upload.scheduled_report_id].append((upload, record))
        again = [
            record
            for scheduled_report_id, arrivals in schedules.items()
            for record in self._fold(scheduled_report_id, arrivals)
        ]
        return {"batchItemFailures": [{"itemIdentifier": record.message_id} for record in again]}

    def _fold(
        self, scheduled_report_id: UUID, arrivals: Sequence[tuple[RunFileUpload, SQSRecord]]
    ) -> Sequence[SQSRecord]:
        """The messages that must come again."""
        records = [record for _, record in arrivals]
        try:
            outcomes = self._roll_up(scheduled_report_id, [upload for upload, _ in arrivals])
            for outcome, record in zip(outcomes, records, strict=True):
                if outcome.reason is not None:
                    self._bury(record, outcome.reason)
        except (Overtaken, ServiceUnavailable):
            logger.warning("will be tried again", scheduled_report_id=str(scheduled_report_id))
            return records
        except Exception:
            # One file's trouble is not another's; SQS brings its message again and finally buries it.
            logger.exception("unexpected error", scheduled_report_id=str(scheduled_report_id))
            if len(arrivals) == 1:
                _count_outcomes([_FAILED])
                return records
            return [record for arrival in arrivals for record in self._fold(scheduled_report_id, [arrival])]
        statuses = [outcome.status for outcome in outcomes]
        left_out: Counter[str] = Counter()
        for outcome in outcomes:
            left_out.update(outcome.left_out)
        logger.info("folded", scheduled_report_id=str(scheduled_report_id), statuses=statuses, left_out=dict(left_out))
        _count_outcomes(statuses)
        _count("RunFilePartsLeftOut", "reason", left_out)
        for record in records:
            # A message is sent when S3 announces the file.
            lag = self._clock() - int(record.attributes.sent_timestamp)
            metrics.add_metric(name="RollUpLag", unit=MetricUnit.Milliseconds, value=lag)
        # All reasons together, since an alarm takes no search for metrics.
        metrics.add_metric(name="RunFilePartsLeftOut", unit=MetricUnit.Count, value=left_out.total())
        metrics.flush_metrics()
        return []

    def _bury(self, record: SQSRecord, reason: str) -> None:
        announcement = _announcement_in(record)
        key = _key_in(announcement)
        logger.warning("run file refused", key=key, reason=reason)
        self._dead_letters.put(announcement, key, reason, self._clock())


def sample_folded(sample: dict[str, Any], now: int) -> dict[str, Any] | None:
    """What the sample adds up to, or why its run file would be refused."""
    brand = sample["brand"]
    identity = BrandIdentity(brand["name"], tuple(brand["aliases"]), tuple(brand["domains"]))
    try:
        upload = RunFileUpload.of(sample["key"], etag="")
        folded = fold_sample(to_json(sample["run_file"]), upload, UUID(brand["id"]), identity, now)
    except RunFileRejected as refusal:
        return {"refused": str(refusal)}
    return asdict(folded) if folded else None


def _count_outcomes(outcomes: Sequence[str]) -> None:
    """What became of run files, told apart; and, since an alarm takes no search, how many were not folded at all."""
    _count("RunFiles", "outcome", Counter(outcomes))
    not_folded = sum(outcome in (RunStatus.REJECTED, _FAILED) for outcome in outcomes)
    if not_folded:
        metrics.add_metric(name="RunFilesNotFolded", unit=MetricUnit.Count, value=not_folded)
        metrics.flush_metrics()


def _count(name: str, told_apart_by: str, numbers: Mapping[str, int]) -> None:
    """Sends a metric told apart by this dimension: a line for each value, whose metrics all have its dimensions."""
    for value, number in numbers.items():
        with single_metric(name=name, unit=MetricUnit.Count, value=number, namespace=NAMESPACE) as metric:
            metric.add_dimension(name=told_apart_by, value=value)


def _announcement_in(record: SQSRecord) -> object:
    """The event in a message, or the text of one that is not JSON.

    A dead letter of our own that was moved back to the queue holds the event beside its reason.
    """
    try:
        content = record.json_body
    except (ValueError, RecursionError):
        return record.body
    return content.get("event", content) if isinstance(content, dict) else content


# Anything may lie in the queue, so nothing is taken for granted. Powertools' class for these events would also decode
# the key, which EventBridge, unlike S3's own notifications, does not encode.
def _upload_in(record: SQSRecord) -> RunFileUpload:
    match _announcement_in(record):
        case {"detail": {"object": {"key": str(key), "etag": str(etag)}}}:
            return RunFileUpload.of(key, etag)
        case _:
            raise RunFileRejected("the message is not the arrival of a file")


def _key_in(announcement: object) -> str | None:
    match announcement:
        case {"detail": {"object": {"key": str(key)}}}:
            return key
        case _:
            return None
