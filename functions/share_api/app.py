"""The share API: every route behind an API key."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api.caller import RequestCaller
from report_shares.api.models import CreateShareRequest, ScheduledReportShare
from report_shares.api.public_url import public_base_url
from report_shares.api.rest import RestApi, json_answer
from report_shares.api.settings import Settings
from report_shares.store import clients
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.create_share import CreateShare

_SHARES = "/v1/scheduled-reports/<scheduled_report_id>/shares"


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _share_api().handle(event, context)


@cache
def _share_api() -> "ShareApi":
    return ShareApi(Settings.from_environment())


class ShareApi:
    """The function with all that it needs."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        dynamodb = clients.dynamodb()
        keys = KeyTable(dynamodb, settings.table_name)
        self._caller = RequestCaller(keys, clock, settings.rate_limit, ThreadPoolExecutor(max_workers=1))
        self._create = CreateShare(
            ShareTable(dynamodb, settings.table_name),
            SecretsManagerTokenSecrets(clients.secretsmanager(), settings.token_secret_id),
            clock,
            settings.max_active_shares,
        )
        self._public_base_url = settings.public_base_url
        self._api = RestApi(Logger(), before_refusing_input=self._caller.known, headers=self._caller.headers)
        self._api.routes.post(_SHARES)(self.create_share)
        self._api.allow_only(_SHARES, "POST")

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        self._caller.find(event)
        return self._api.handle(event, context)

    def create_share(
        self,
        scheduled_report_id: Annotated[UUID, Path()],
        body: Annotated[CreateShareRequest | None, Body()] = None,
    ) -> Response[str]:
        """Create, refresh or rotate the caller's share."""
        wanted = (body or CreateShareRequest()).to_request()
        link = self._create(self._caller.known, scheduled_report_id, wanted)
        event = self._api.routes.current_event
        share = ScheduledReportShare.of(link, public_base_url(self._public_base_url, event.raw_event))
        if link.is_existing:
            return json_answer(share)
        location = f"{event.path}/{share.id}"
        return json_answer(share, HTTPStatus.CREATED, {"Location": location})
