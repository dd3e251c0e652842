"""The share API: every route behind an API key."""

from report_shares import startup  # isort: split

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_lambda_powertools import Logger

from report_shares.api.answers import share_answer
from report_shares.api.caller import RequestCaller
from report_shares.api.idempotency import once_for, recorded, replayed
from report_shares.api.messages import Request, Response, json_response
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.api.public_url import public_base_url
from report_shares.api.rest import RestApi, Route
from report_shares.api.settings import Settings
from report_shares.store import clients
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.create_share import CreateShare, SharedLink, ShareRequest
from report_shares.use_cases.manage_shares import ManageShares
from report_shares.use_cases.once import Once
from report_shares.use_cases.share_changes import AlreadyAnswered, RecordedAnswer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

startup.imported()

_SHARES = "/v1/scheduled-reports/{scheduled_report_id}/shares"
_SHARE = f"{_SHARES}/{{share_id}}"


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    return _share_api().handle(event, context)


@cache
def _share_api() -> "ShareApi":
    return ShareApi(Settings.from_environment(needed=("TOKEN_SECRET_ID",)))


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
            [
                Route("POST", _SHARES, "createScheduledReportShare", self._replaying(self.create_share)),
                Route("GET", _SHARES, "listScheduledReportShares", self.list_shares),
                Route("DELETE", _SHARES, "revokeScheduledReportShares", self._replaying(self.revoke_shares)),
                Route("PATCH", _SHARE, "extendScheduledReportShare", self._replaying(self.extend_share)),
                Route("DELETE", _SHARE, "revokeScheduledReportShare", self._replaying(self.revoke_share)),
            ],
            Logger(),
            self._metrics,
            before_refusing=self._who,
            headers=self._caller.headers,
            log_fields=self._caller.log_fields,
        )

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, as the OpenAPI document is made from them."""
        return self._api.routes

    def handle(self, event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        with clients.one_request():
            self._caller.find(event)
            return self._api.handle(event, context)

    def create_share(self, request: Request) -> Response:
        """Create, refresh or rotate the caller's share."""
        (scheduled_report_id,) = request.ids("scheduled_report_id")
        wanted = _share_wanted(request)
        once = once_for(request, self._recorded(request), required=self._settings.require_idempotency_key)
        return self._answer(request, self._create(self._who, scheduled_report_id, wanted, once))

    def list_shares(self, request: Request) -> Response:
        """The caller's active shares."""
        (scheduled_report_id,) = request.ids("scheduled_report_id")
        links = self._manage.list(self._who, scheduled_report_id)
        return json_response({"object": "list", "data": [self._share(request, link) for link in links]})

    def extend_share(self, request: Request) -> Response:
        """Let the share expire so many days from now."""
        scheduled_report_id, share_id = request.ids("scheduled_report_id", "share_id")
        days = _days_wanted(request)
        once = once_for(request, self._recorded(request))
        return self._answer(request, self._manage.extend(self._who, scheduled_report_id, share_id, days, once))

    def revoke_share(self, request: Request) -> Response:
        """Withdraw one share of the caller's."""
        scheduled_report_id, share_id = request.ids("scheduled_report_id", "share_id")
        return self._revoke(request, scheduled_report_id, share_id)

    def revoke_shares(self, request: Request) -> Response:
        """Withdraw all of the caller's shares."""
        (scheduled_report_id,) = request.ids("scheduled_report_id")
        return self._revoke(request, scheduled_report_id, None)

    def _revoke(self, request: Request, scheduled_report_id: UUID, share_id: UUID | None) -> Response:
        answer = Response(HTTPStatus.NO_CONTENT.value)
        once: Once[None] | None = once_for(request, lambda _: recorded(answer))
        self._manage.revoke(self._who, scheduled_report_id, share_id, once)
        return answer

    def _answer(self, request: Request, link: SharedLink) -> Response:
        share = self._share(request, link)
        if link.is_existing:
            return json_response(share)
        # The request context's path has the stage, which the event's own path leaves out.
        location = f"{request.event['requestContext']['path']}/{link.share.id}"
        return json_response(share, HTTPStatus.CREATED, {"Location": location})

    def _share(self, request: Request, link: SharedLink) -> dict[str, Any]:
        return share_answer(link, public_base_url(self._settings.public_base_url, request.event))

    def _recorded(self, request: Request) -> Callable[[SharedLink], RecordedAnswer]:
        return lambda link: recorded(self._answer(request, link), link)

    def _replaying(self, handle: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            try:
                return handle(request)
            except AlreadyAnswered as answered:
                self._metrics.outcome("replayed")
                return replayed(answered.record.answer, self._secrets)

        return answer


def _share_wanted(request: Request) -> ShareRequest:
    """What the body asks for; without one, all defaults."""
    if not request.event.get("body"):
        return ShareRequest()
    # What validates bodies takes a fifth of a cold start: requests that bring none do not wait for it.
    from report_shares.contract.requests import CreateShareRequest  # noqa: PLC0415

    body = request.body(CreateShareRequest)
    if body is None:
        return ShareRequest()
    given = body.model_fields_set
    return ShareRequest(
        expiration_days=body.expiration_days if "expiration_days" in given else None,
        rotate=body.rotate,
        white_label=body.white_label_config.overrides() if body.white_label_config else None,
        replaces_white_label="white_label_config" in given,
    )


def _days_wanted(request: Request) -> int:
    from report_shares.contract.requests import ExtendShareRequest  # noqa: PLC0415

    return request.required_body(ExtendShareRequest).expiration_days
