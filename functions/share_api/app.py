"""The share API: every route behind an API key."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BeforeValidator

from report_shares.api.caller import RequestCaller
from report_shares.api.idempotency import once_for, recorded, replayed
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.api.models import (
    CreateShareRequest,
    ExtendShareRequest,
    ScheduledReportShare,
    ScheduledReportShareList,
    canonical_uuid,
)
from report_shares.api.public_url import public_base_url
from report_shares.api.rest import RestApi, json_answer
from report_shares.api.settings import Settings
from report_shares.store import clients
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.create_share import CreateShare, SharedLink
from report_shares.use_cases.manage_shares import ManageShares
from report_shares.use_cases.once import Once
from report_shares.use_cases.ports import AlreadyAnswered, RecordedAnswer

_SHARES = "/v1/scheduled-reports/<scheduled_report_id>/shares"
_SHARE = f"{_SHARES}/<share_id>"

type ScheduleId = Annotated[UUID, BeforeValidator(canonical_uuid), Path()]
type ShareId = Annotated[UUID, BeforeValidator(canonical_uuid), Path()]


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _share_api().handle(event, context)


@cache
def _share_api() -> "ShareApi":
    return ShareApi(Settings.from_environment())


class ShareApi:
    """The function with all that it needs."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        dynamodb = clients.dynamodb()
        store = ShareTable(dynamodb, settings.table_name)
        keys = KeyTable(dynamodb, settings.table_name)
        self._settings = settings
        self._secrets = SecretsManagerTokenSecrets(clients.secretsmanager(), settings.token_secret_id, clock)
        self._metrics = EmbeddedMetrics(settings.stage, clock)
        self._create = CreateShare(
            store,
            self._secrets,
            clock,
            settings.max_active_shares,
            settings.default_expiration_days,
            meter=self._metrics,
        )
        self._manage = ManageShares(store, self._secrets, clock, self._metrics)
        self._caller = RequestCaller(keys, clock, settings.rate_limit, ThreadPoolExecutor(max_workers=1))
        self._who = self._caller.known
        self._api = RestApi(
            Logger(),
            self._metrics,
            before_refusing=self._who,
            headers=self._caller.headers,
            log_fields=self._caller.log_fields,
        )

        routes = self._api.routes
        routes.exception_handler(AlreadyAnswered)(self._replay)
        routes.post(_SHARES, operation_id="createScheduledReportShare")(self.create_share)
        routes.get(_SHARES, operation_id="listScheduledReportShares")(self.list_shares)
        routes.delete(_SHARES, operation_id="revokeScheduledReportShares")(self.revoke_shares)
        routes.patch(_SHARE, operation_id="extendScheduledReportShare")(self.extend_share)
        routes.delete(_SHARE, operation_id="revokeScheduledReportShare")(self.revoke_share)
        self._api.allow_only(_SHARES, "DELETE", "GET", "POST")
        self._api.allow_only(_SHARE, "DELETE", "PATCH")

    @property
    def routes(self) -> APIGatewayRestResolver:
        """The routes, as the OpenAPI document is made from them."""
        return self._api.routes

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        with clients.one_request():
            self._caller.find(event)
            return self._api.handle(event, context)

    def create_share(
        self, scheduled_report_id: ScheduleId, body: Annotated[CreateShareRequest | None, Body()] = None
    ) -> Response[str]:
        """Create, refresh or rotate the caller's share."""
        wanted = (body or CreateShareRequest()).to_request()
        once = once_for(self._event, self._recorded, required=self._settings.require_idempotency_key)
        return self._answer(self._create(self._who, scheduled_report_id, wanted, once))

    def list_shares(self, scheduled_report_id: ScheduleId) -> Response[str]:
        """The caller's active shares."""
        links = self._manage.list(self._who, scheduled_report_id)
        return json_answer(ScheduledReportShareList(data=[self._share(link) for link in links]))

    def extend_share(
        self, scheduled_report_id: ScheduleId, share_id: ShareId, body: Annotated[ExtendShareRequest, Body()]
    ) -> Response[str]:
        """Let the share expire so many days from now."""
        once = once_for(self._event, self._recorded)
        link = self._manage.extend(self._who, scheduled_report_id, share_id, body.expiration_days, once)
        return self._answer(link)

    def revoke_share(self, scheduled_report_id: ScheduleId, share_id: ShareId) -> Response[str]:
        """Withdraw one share of the caller's."""
        return self._revoke(scheduled_report_id, share_id)

    def revoke_shares(self, scheduled_report_id: ScheduleId) -> Response[str]:
        """Withdraw all of the caller's shares."""
        return self._revoke(scheduled_report_id, None)

    def _revoke(self, scheduled_report_id: UUID, share_id: UUID | None) -> Response[str]:
        answer = Response(HTTPStatus.NO_CONTENT.value, body="")
        once: Once[None] | None = once_for(self._event, lambda _: recorded(answer))
        self._manage.revoke(self._who, scheduled_report_id, share_id, once)
        return answer

    @property
    def _event(self) -> dict[str, Any]:
        return self._api.routes.current_event.raw_event

    def _answer(self, link: SharedLink) -> Response[str]:
        share = self._share(link)
        if link.is_existing:
            return json_answer(share)
        # The request context's path has the stage, which the event's own path leaves out.
        location = f"{self._event['requestContext']['path']}/{share.id}"
        return json_answer(share, HTTPStatus.CREATED, {"Location": location})

    def _share(self, link: SharedLink) -> ScheduledReportShare:
        return ScheduledReportShare.of(link, public_base_url(self._settings.public_base_url, self._event))

    def _recorded(self, link: SharedLink) -> RecordedAnswer:
        return recorded(self._answer(link), link)

    def _replay(self, answered: AlreadyAnswered) -> Response[str]:
        self._metrics.outcome("replayed")
        return replayed(answered.record.answer, self._secrets)
