"""The service's functions over an AWS of their own, with a clock that a test sets."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID, uuid4

from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from functions.roll_up.app import RollUpService
from functions.share_api import app as share_api
from functions.shared_report import app as shared_report

from local_service import events
from local_service.table import create_table
from report_shares.api.settings import Settings
from report_shares.rules.access import ApiKey, digest_of
from report_shares.rules.catalog import Brand, Schedule
from report_shares.store import clients, items

BRAND_ID = UUID("3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04")
SCHEDULE_ID = UUID(events.SCHEDULE_ID)
WORKSPACE = "northlight"
PUBLIC_BASE_URL = "https://reports.example.com/shared/"
NOON = 1_776_698_584_512  # 2026-04-20T15:23:04.512Z, the seed's example

type Json = dict[str, Any]
type Function = Callable[[Json, LambdaContext], Json]


@dataclass
class FakeContext:
    aws_request_id: str


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    request_id: str

    @property
    def json(self) -> Json:
        value: Json = json.loads(self.text)
        return value

    @property
    def error(self) -> Json:
        value: Json = self.json["error"]
        return value


@dataclass
class Clock:
    now: int = NOON

    def __call__(self) -> int:
        return self.now


def event(name: str, **values: str) -> Json:
    """An event of the ``events`` folder with values for its ``${PLACEHOLDERS}``."""
    text = (events.EVENTS / f"{name}.json").read_text()
    for placeholder, value in values.items():
        text = text.replace("${" + placeholder + "}", value)
    loaded: Json = json.loads(text)
    return loaded


def arrival_of(key: str) -> str:
    """The message that announces a file."""
    (record,) = event("run_file_arrived", BUCKET="reports")["Records"]
    arrival = json.loads(record["body"])
    arrival["detail"]["object"]["key"] = key
    return json.dumps(arrival)


def request(
    name: str,
    key: str = "",
    body: object = None,
    idempotency_key: str | None = None,
    *,
    schedule_id: object = SCHEDULE_ID,
    share_id: object = "",
) -> Json:
    """An event of the ``events`` folder that asks this; a string as body is sent as it is, anything else as JSON."""
    asked = event(name, API_KEY=key, SHARE_ID=str(share_id))
    asked["path"] = asked["path"].replace(str(SCHEDULE_ID), str(schedule_id))
    asked["pathParameters"]["scheduled_report_id"] = str(schedule_id)
    if body is not None:
        asked["body"] = body if isinstance(body, str) else json.dumps(body)
    if idempotency_key is not None:
        asked["headers"]["Idempotency-Key"] = idempotency_key
        asked["multiValueHeaders"]["Idempotency-Key"] = [idempotency_key]
    return asked


def reading(token: str, password: str | None = None) -> Json:
    """The event of a reader of the JSON, who gives a password."""
    asked = event("read_shared_report", TOKEN=token)
    if password is not None:
        asked["multiValueHeaders"]["X-Share-Password"] = [quote(password)]
    return asked


def http_functions(settings: Settings, clock: Callable[[], int]) -> tuple[Function, Function]:
    """The share API and the public side, as new execution environments."""
    shares, reports = share_api.ShareService(settings, clock), shared_report.ReportService(settings, clock)
    return (
        lambda event, context: share_api.answer(event, context, shares),
        lambda event, context: shared_report.answer(event, context, reports),
    )


@dataclass
class World:
    """Table, bucket, queue and secret with one brand and one schedule in them, and the functions over it."""

    cap: int = 50
    rate_limit: int = 120
    default_expiration_days: int = 30
    public_base_url: str = PUBLIC_BASE_URL
    custom_domain: str = ""
    stage: str = "local"
    require_idempotency_key: bool = False
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.dynamodb = clients.dynamodb()
        self.s3 = clients.s3()
        self.sqs = clients.sqs()
        self.secrets = clients.secretsmanager()
        create_table(self.dynamodb, "shares")
        self.s3.create_bucket(Bucket="reports")
        self.secrets.create_secret(Name="tokens", SecretString=json.dumps({"current": "1", "1": token_urlsafe(48)}))
        self.dead_letters = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.add_brand()
        self.add_schedule()
        self.restart()

    def restart(self) -> None:
        """Fresh execution environments, which remember nothing."""
        settings = Settings.from_environment(
            {
                "TABLE_NAME": "shares",
                "BUCKET_NAME": "reports",
                "TOKEN_SECRET_ID": "tokens",
                "PUBLIC_BASE_URL": self.public_base_url,
                "CUSTOM_DOMAIN": self.custom_domain,
                "STAGE": self.stage,
                "MAX_ACTIVE_SHARES": str(self.cap),
                "RATE_LIMIT": str(self.rate_limit),
                "DEFAULT_EXPIRATION_DAYS": str(self.default_expiration_days),
                "REQUIRE_IDEMPOTENCY_KEY": str(self.require_idempotency_key),
                "DEAD_LETTER_QUEUE_URL": self.dead_letters,
            }
        )
        self.share_api, self.shared_report = http_functions(settings, self.clock)
        self.roll_up = RollUpService(settings, self.clock)

    def change_secrets(self, changes: Mapping[str, str | None]) -> None:
        """Changes what the token secret holds: the ``current`` key id, and secrets by key id, None for one to drop."""
        secrets = json.loads(self.secrets.get_secret_value(SecretId="tokens")["SecretString"]) | changes
        kept = {name: secret for name, secret in secrets.items() if secret is not None}
        self.secrets.put_secret_value(SecretId="tokens", SecretString=json.dumps(kept))

    # ---- what an operator puts in --------------------------------------------------------------------------------

    def add_brand(self, brand_id: UUID = BRAND_ID, white_label: Json | None = None) -> None:
        brand = Brand(
            brand_id, WORKSPACE, "Acme Coffee Roasters", ("Acme Coffee",), ("acme.example",), white_label or {}
        )
        self.dynamodb.put_item(TableName="shares", Item=items.brand_item(brand))

    def add_schedule(self, schedule_id: UUID = SCHEDULE_ID, workspace: str = WORKSPACE) -> None:
        schedule = Schedule(schedule_id, BRAND_ID, workspace, "Weekly visibility", "weekly")
        self.dynamodb.put_item(TableName="shares", Item=items.schedule_item(schedule))

    def add_key(
        self,
        principal: str = "ada",
        scopes: tuple[str, ...] = ("write:scheduled",),
        workspace: str = WORKSPACE,
        **more: Any,
    ) -> str:
        """Mints an API key; ``more`` are further fields of ``ApiKey``."""
        key = f"rp_live_{token_urlsafe(32)}"
        known = ApiKey(principal, workspace, frozenset(scopes), **more)
        self.dynamodb.put_item(TableName="shares", Item=items.api_key_item(digest_of(key), known))
        return key

    def items(self) -> Sequence[Json]:
        """Everything in the table."""
        return cast("Sequence[Json]", self.dynamodb.scan(TableName="shares")["Items"])

    def uncounted(self) -> Sequence[Json]:
        """Everything in the table but how often keys were used."""
        return [item for item in self.items() if not item["pk"]["S"].startswith("REQUESTS#")]

    # ---- what a caller does --------------------------------------------------------------------------------------

    @staticmethod
    def send(function: Function, request: Json) -> Answer:
        context = FakeContext(str(uuid4()))
        answer = function(deepcopy(request), cast("LambdaContext", context))
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], headers, answer["body"], context.aws_request_id)

    def create(
        self, key: str, body: object = None, schedule_id: object = SCHEDULE_ID, idempotency_key: str | None = None
    ) -> Answer:
        return self._ask(request("create_share", key, body, idempotency_key, schedule_id=schedule_id))

    def list(self, key: str, schedule_id: object = SCHEDULE_ID) -> Answer:
        return self._ask(request("list_shares", key, schedule_id=schedule_id))

    def get(self, key: str, share_id: object) -> Answer:
        return self._ask(request("get_share", key, share_id=share_id))

    def change(self, key: str, share_id: object, body: object, idempotency_key: str | None = None) -> Answer:
        return self._ask(request("extend_share", key, body, idempotency_key, share_id=share_id))

    extend = change  # where the body asks for no more

    def revoke(self, key: str, share_id: object, idempotency_key: str | None = None) -> Answer:
        return self._ask(request("revoke_share", key, None, idempotency_key, share_id=share_id))

    def revoke_all(self, key: str, idempotency_key: str | None = None) -> Answer:
        return self._ask(request("revoke_shares", key, None, idempotency_key))

    def _ask(self, request: Json) -> Answer:
        return self.send(self.share_api, request)

    def read(self, token: str, name: str = "read_shared_report") -> Answer:
        return self.send(self.shared_report, event(name, TOKEN=token))

    def put_run(self, run: Json | bytes, key: str | None = None) -> Mapping[str, object]:
        """Puts a run file into the bucket and folds it; answers what the function tells SQS."""
        body = run if isinstance(run, bytes) else json.dumps(run).encode()
        if key is None:
            assert isinstance(run, dict)
            key = f"runs/{run['scheduled_report_id']}/{run['id']}.json"
        self.s3.put_object(Bucket="reports", Key=key, Body=body)
        return self.fold(key)

    def fold(self, *keys: str) -> Mapping[str, object]:
        """The arrival of these files, in one batch."""
        return self.deliver(*map(arrival_of, keys))

    def deliver(self, *bodies: str) -> Mapping[str, object]:
        """Messages with these bodies, in one batch; their ids count from 0."""
        (record,) = event("run_file_arrived")["Records"]
        records = [record | {"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        return self.roll_up(SQSEvent({"Records": records}))

    def buried(self) -> Sequence[Json]:
        """The dead letters, oldest first, taken off the queue."""
        messages = self.sqs.receive_message(QueueUrl=self.dead_letters, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.dead_letters, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]
