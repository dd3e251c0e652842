"""The share API: every route behind an API key."""

from report_shares import garbage_collection  # isort: split

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api.headers import single_header
from report_shares.api.metrics import NAMESPACE
from report_shares.api.parameters import UsualUuid, check_given_once, check_no_query, uuid_of
from report_shares.api.public_url import public_base_url
from report_shares.api.rest_api import Request, RestApi
from report_shares.api.settings import Settings
from report_shares.api.share_responses import replay_header, share_of, share_response
from report_shares.contract.requests import ChangeShareRequest, CreateShareRequest
from report_shares.contract.share import ScheduledReportShare, ScheduledReportShareList
from report_shares.refusals import IdempotencyKeyRequired
from report_shares.rules.catalog import Brand
from report_shares.rules.idempotency import IdempotencyKey
from report_shares.rules.passwords import NewPassword
from report_shares.rules.shares import ScheduleView
from report_shares.store import clients
from report_shares.store.brand_table import BrandTable
from report_shares.store.key_table import KeyTable
from report_shares.store.share_table import ShareTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.authenticate import Authenticate, Caller, CallerRateLimited, key_digest
from report_shares.use_cases.create_share import CreateShare, ShareRequest
from report_shares.use_cases.link_base import LinkBase
from report_shares.use_cases.manage_shares import ManageShares, ShareUpdate
from report_shares.use_cases.share_changes import Outcome, ShareChanges

_SHARES = "/v1/scheduled-reports/<scheduled_report_id>/shares"
_SHARE = f"{_SHARES}/<share_id>"

ScheduledReportId = Annotated[UsualUuid, Path(description="The schedule's id.")]
ShareId = Annotated[UsualUuid, Path(description="The share's id.")]
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Makes the request safe to send again for 24 hours: the same key with the same request is given "
        "the first answer again, with another request 409. A deployment can demand it on POST.",
    ),
]

garbage_collection.resume()

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)
app = APIGatewayRestResolver(enable_validation=True, response_validation_error_http_code=500)
api = RestApi(app, logger, metrics, with_json_body=("PATCH", "POST"))
api.refuse_other_methods(_SHARES, "DELETE", "GET", "POST")
api.refuse_other_methods(_SHARE, "DELETE", "GET", "PATCH")


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return answer(event, context, _service())


@cache
def _service() -> "ShareService":
    random.seed()  # environments that start from one snapshot would all wait equally long
    return ShareService(Settings.from_environment(needed=("TOKEN_SECRET_ID",)))


class ShareService:
    """The use cases of this function with all that they need."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        dynamodb = clients.dynamodb()
        self.settings = settings
        keys = KeyTable(dynamodb, settings.table_name)
        self.authenticate = Authenticate(keys, clock, settings.rate_limit, ThreadPoolExecutor(max_workers=1))
        secrets = SecretsManagerTokenSecrets(clients.secretsmanager, settings.token_secret_id, clock)
        changes = ShareChanges(ShareTable(dynamodb, settings.table_name), secrets, clock)
        self.create = CreateShare(changes, settings.max_active_shares, settings.default_expiration_days)
        self.manage = ManageShares(changes)
        self.link_base = LinkBase(BrandTable(dynamodb, settings.table_name))


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a known caller; ``view`` is the schedule that it is about, as it was when they were let in.

    ``brand`` is the schedule's, as far as it was read with it.
    """

    request: Request
    service: ShareService
    caller: Caller
    view: ScheduleView
    brand: Brand | None

    @property
    def base_url(self) -> str:
        everybodys = public_base_url(self.service.settings.public_base_url, self.request.event)
        return self.service.link_base(self.caller, self.view, self.brand, everybodys)

    def idempotency_key(self, header: str | None) -> IdempotencyKey | None:
        if header is None:
            return None
        event = self.request.event
        return IdempotencyKey.of(header, event["httpMethod"], event["path"], event.get("body") or "")

    def tell(self, outcome: Outcome) -> None:
        """Leaves what came of the request for the log and the metrics."""
        self.request.outcome = "replayed" if outcome.is_replay else outcome.kind.value
        if outcome.retries:
            self.request.measured["ConflictsRetried"] = outcome.retries
        if outcome.roll_up_age is not None:
            self.request.measured["RollUpAge"] = outcome.roll_up_age

    def answered(self, outcome: Outcome) -> Response[ScheduledReportShare]:
        self.tell(outcome)
        # The request context's path has the stage, which the event's own path leaves out.
        return share_response(outcome, self.request.event["requestContext"]["path"])


def answer(event: dict[str, Any], context: LambdaContext, service: ShareService) -> dict[str, Any]:
    """One request, start to end."""
    with clients.one_request():
        return api.answer(Request.of(event, context), context, lambda request: _let_in(request, service))


def _let_in(request: Request, service: ShareService) -> Call:
    """Who is calling comes first: nobody else learns what is wrong with a request. Raises what is refused."""
    event = request.event
    digest = key_digest(single_header(event, "Authorization"))
    try:
        caller, view, brand = service.authenticate(digest, uuid_of(event, "scheduled_report_id"))
    except CallerRateLimited as refusal:
        request.rate = refusal.rate
        raise
    request.rate, request.principal_id = caller.rate, caller.principal_id
    check_no_query(event)
    check_given_once(event, "Idempotency-Key")
    return Call(request, service, caller, view, brand)


def _call() -> Call:
    call: Call = app.context["settled"]
    return call


@app.post(
    _SHARES,
    operation_id="createScheduledReportShare",
    summary="Create, refresh or rotate a share",
    description="Makes a public link to what all completed runs of the schedule add up to.\n\n"
    "A caller who has a share of the schedule gets it back with a fresh snapshot: same id, same token, "
    "`is_existing` true. With `rotate` a new share with a new token takes its place, and the old link is dead: "
    "that is what to do when a link may have leaked.\n\n"
    "With a `name` all of this is about the caller's share of that name: one link for each client, to be told apart, "
    "refreshed, rotated and revoked on its own. What is `live` shows each new roll-up by itself.\n\n"
    "A link lives for 30 days and looks as the brand's white-label config says, unless the body says otherwise. "
    "A schedule has at most 50 active shares over all teammates and names; the next one is refused with 400 "
    "validation_error.",
    responses={
        201: {"description": "A new share, the first or in place of the one before"},
        200: {"description": "The caller's share of that name, refreshed; id and token stay"},
    },
    tags=["Shares"],
)
def create_share(
    scheduled_report_id: ScheduledReportId,
    body: Annotated[CreateShareRequest | None, Body()] = None,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response[ScheduledReportShare]:
    call = _call()
    key = call.idempotency_key(idempotency_key)
    if key is None and call.service.settings.require_idempotency_key:
        raise IdempotencyKeyRequired
    return call.answered(call.service.create(call.caller, call.view, _wanted(body), call.base_url, key))


@app.get(
    _SHARES,
    operation_id="listScheduledReportShares",
    summary="List the caller's shares of a schedule",
    description="The caller's active shares of the schedule, newest first; never a teammate's.",
    responses={200: {"description": "The caller's active shares"}},
    tags=["Shares"],
)
def list_shares(scheduled_report_id: ScheduledReportId) -> Response[ScheduledReportShareList]:
    call = _call()
    links = call.service.manage.list(call.caller, call.view, call.base_url)
    found = ScheduledReportShareList(data=[share_of(link) for link in links])
    return Response(HTTPStatus.OK, "application/json", found)


@app.get(
    _SHARE,
    operation_id="getScheduledReportShare",
    summary="Get a share",
    description="One of the caller's active shares, as in the list.",
    responses={200: {"description": "The share"}},
    tags=["Shares"],
)
def get_share(scheduled_report_id: ScheduledReportId, share_id: ShareId) -> Response[ScheduledReportShare]:
    call = _call()
    link = call.service.manage.get(call.caller, call.view, share_id, call.base_url)
    return Response(HTTPStatus.OK, "application/json", share_of(link))


@app.patch(
    _SHARE,
    operation_id="changeScheduledReportShare",
    summary="Change a share",
    description="Has the share expire the given number of days from now, gives it another name or password, makes it "
    "live or freezes it, each if the body says so. The token stays, and so does the snapshot, unless a live share is "
    "frozen. A name that the caller already uses on the schedule is refused with 409 conflict. A share that has "
    "expired or was revoked is not found: nothing brings it back.",
    responses={200: {"description": "The share as it is now"}},
    tags=["Shares"],
)
def change_share(
    scheduled_report_id: ScheduledReportId,
    share_id: ShareId,
    body: Annotated[ChangeShareRequest, Body()],
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response[ScheduledReportShare]:
    call = _call()
    key = call.idempotency_key(idempotency_key)
    change = call.service.manage.change
    return call.answered(change(call.caller, call.view, share_id, _update(body), call.base_url, key))


@app.delete(
    _SHARE,
    operation_id="revokeScheduledReportShare",
    summary="Revoke a share",
    description="Withdraws one share of the caller's. Its link answers 410 from then on.",
    responses={204: {"description": "Revoked; the link answers 410 from now on", "content": {}}},
    tags=["Shares"],
)
def revoke_share(
    scheduled_report_id: ScheduledReportId, share_id: ShareId, idempotency_key: IdempotencyKeyHeader = None
) -> Response[None]:
    return _revoked(share_id, idempotency_key)


@app.delete(
    _SHARES,
    operation_id="revokeScheduledReportShares",
    summary="Revoke the caller's shares of a schedule",
    description="Withdraws all of the caller's shares of the schedule. Their links answer 410 from then on.",
    responses={204: {"description": "Revoked; the links answer 410 from now on", "content": {}}},
    tags=["Shares"],
)
def revoke_shares(
    scheduled_report_id: ScheduledReportId, idempotency_key: IdempotencyKeyHeader = None
) -> Response[None]:
    return _revoked(None, idempotency_key)


def _revoked(share_id: UUID | None, idempotency_key: str | None) -> Response[None]:
    call = _call()
    outcome = call.service.manage.revoke(call.caller, call.view, share_id, call.idempotency_key(idempotency_key))
    call.tell(outcome)
    return Response(HTTPStatus.NO_CONTENT, headers=replay_header(outcome))


def _wanted(body: CreateShareRequest | None) -> ShareRequest:
    """What the body asks for; without one, all defaults."""
    if body is None:
        return ShareRequest()
    given = body.model_fields_set
    return ShareRequest(
        name=body.name,
        expiration_days=body.expiration_days if "expiration_days" in given else None,
        rotate=body.rotate,
        live=body.live if "live" in given else None,
        white_label=body.white_label_config.overrides() if body.white_label_config else None,
        replaces_white_label="white_label_config" in given,
        password=NewPassword(body.password) if "password" in given else None,
    )


def _update(body: ChangeShareRequest) -> ShareUpdate:
    """What the body asks to change."""
    given = body.model_fields_set
    return ShareUpdate(
        expiration_days=body.expiration_days if "expiration_days" in given else None,
        name=body.name,
        renames="name" in given,
        live=body.live if "live" in given else None,
        password=NewPassword(body.password) if "password" in given else None,
    )
