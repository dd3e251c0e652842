"""The public side: whoever has a link can read its report, and do nothing else."""

from report_shares import garbage_collection  # isort: split

import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api import html, shared_report
from report_shares.api.headers import header_values
from report_shares.api.metrics import NAMESPACE
from report_shares.api.rest_api import Request, RestApi, is_to_the_letter
from report_shares.api.settings import Settings
from report_shares.contract.limits import TOKEN_PATTERN
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import NotFound, Refusal
from report_shares.rules import links
from report_shares.store import clients
from report_shares.store.bucket import Bucket
from report_shares.store.report_table import ReportTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.read_shared_report import DeadLink, ReadSharedReport

# Also on assets: the address of the page that asks for them is a link.
_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_PAGES = "/shared/"
_ELSEWHERE = "/{proxy+}"
# In whatever case it is spelled.
_BELOW_SHARED = re.compile(r"/*shared\b", re.IGNORECASE)

# What a token looks like is for the document: a malformed one is a link that leads nowhere, not a bad request.
Token = Annotated[str, Path(description="A share's access token.", json_schema_extra={"pattern": TOKEN_PATTERN})]
AssetName = Annotated[str, Path(description="The asset's name, as the page has it.")]


garbage_collection.resume()

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)
app = APIGatewayRestResolver(enable_validation=True, response_validation_error_http_code=500)
api = RestApi(app, logger, metrics, headers=_PRIVATE)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return answer(event, context, _service())


@cache
def _service() -> "ReportService":
    random.seed()  # environments that start from one snapshot would all wait equally long
    return ReportService(Settings.from_environment(needed=("TOKEN_SECRET_ID",)))


class ReportService:
    """The use case of this function with all that it needs."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        self.frame_ancestors = settings.frame_ancestors
        self.read = ReadSharedReport(
            ReportTable(clients.dynamodb(), settings.table_name, Bucket(clients.s3, settings.bucket_name)),
            SecretsManagerTokenSecrets(clients.secretsmanager, settings.token_secret_id, clock),
            clock,
            ThreadPoolExecutor(max_workers=1),
        )


def answer(event: dict[str, Any], context: LambdaContext, service: ReportService) -> dict[str, Any]:
    """One request, start to end."""

    def as_page(refusal: Refusal, request: Request) -> Response[str] | None:
        if not _is_for_a_browser(request.event):
            return None
        if isinstance(refusal, DeadLink):
            return html.gone_response(service.read.brand_of(refusal), service.frame_ancestors)
        return html.refusal_response(refusal, request.id, service.frame_ancestors)

    def opening(request: Request) -> Opening:
        if not (_is_for_a_browser(request.event) or is_to_the_letter(request.event)):
            raise NotFound
        return Opening(service, request.event)

    with clients.one_request():
        return api.answer(Request.of(event, context), context, opening, as_page)


def _is_for_a_browser(event: dict[str, Any]) -> bool:
    """Whether this is about an address below ``/shared``, where people get pages, whatever they ask for."""
    path = _elsewhere(event) if event["resource"] == _ELSEWHERE else event["resource"]
    return _BELOW_SHARED.match(unquote(path)) is not None


def _elsewhere(event: dict[str, Any]) -> str:
    """The path of what API Gateway has no resource for, without a custom domain's base."""
    return (event.get("pathParameters") or {}).get("proxy") or ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A request for a link, as it came: the resolver is shown the path that API Gateway matched."""

    service: ReportService
    event: dict[str, Any]

    def page(self) -> Response[str]:
        """The report, or the way to it where more than its token stands in the address. Raises ``NotFound``."""
        address = self.event["path"].partition(_PAGES)[2]
        token = links.token_in(address)
        if token is None:
            raise NotFound
        if token != address:
            self.service.read.check(token)
            return html.moved_response(links.way_back(address, token))
        seen = ", ".join(header_values(self.event, "If-None-Match"))
        return html.report_response(self.service.read(token), seen, self.service.frame_ancestors)


def _opening() -> Opening:
    opening: Opening = app.context["settled"]
    return opening


def _readable[R: Callable[..., Any]](rule: str, name: str, **documented: Any) -> Callable[[R], R]:
    """GET and HEAD of a resource, which is all that the public side answers."""

    def register(read: R) -> R:
        for method in ("GET", "HEAD"):
            route = app.route(rule, method, operation_id=f"{method.lower()}{name}", tags=["Public"], **documented)
            route(read)
        api.refuse_other_methods(rule, "GET", "HEAD")
        return read

    return register


@_readable(
    "/v1/shared/<token>",
    "SharedReport",
    summary="Read a shared report",
    description="The roll-up behind a link, as JSON: as it was shared, or, where `live` is true, as it is now. A link "
    "that has expired, was revoked or was rotated away answers 410.",
    responses={200: {"description": "The report", "content": {"application/json": {"model": SharedReport}}}},
    enable_validation=False,  # frozen text is handed on; its model is for the document
)
def read_json(token: Token) -> Response[str]:
    report = _opening().service.read(token)
    return Response(HTTPStatus.OK, "application/json", shared_report.text_of(report), _ANY_ORIGIN)


@_readable(
    "/shared/<token>",
    "SharedReportPage",
    summary="Open a shared report",
    description="Where `share_url` points: the report as a page. Refusals are pages too; that of a dead link says whom "
    "to ask.",
    responses={
        200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}},
        308: {
            "description": "Where the page is: a slash, a full stop or the like was left behind its link",
            "content": {},
        },
        304: {"description": "The page is as If-None-Match has it", "content": {}},
    },
)
def read_page(token: Token) -> Response[str]:  # for the document; see Opening
    return _opening().page()


@app.route("/<proxy>", ["GET", "HEAD"], include_in_schema=False, enable_validation=False)
def read_elsewhere(proxy: str) -> Response[str]:  # as the resolver has it, with its slashes encoded
    """What API Gateway has no resource for, among it links with slashes around their token."""
    if not _elsewhere(_opening().event).startswith(_PAGES.lstrip("/")):
        raise NotFound
    return _opening().page()


@_readable(
    "/assets/<name>",
    "Asset",
    summary="Get an asset of the page",
    description="A style sheet or script; its name carries the digest of its content.",
    responses={200: {"description": "The asset", "content": {"text/*": {"schema": {"type": "string"}}}}},
)
def read_asset(name: AssetName) -> Response[str]:
    return html.asset_response(name)


@_readable(
    "/v1/openapi.json",
    "OpenApi",
    summary="Read this document",
    description="The OpenAPI 3.1 document of this API.",
    responses={200: {"description": "The document", "content": {"application/json": {"schema": {"type": "object"}}}}},
)
def read_openapi() -> Response[str]:
    headers = {"Cache-Control": "public, max-age=300", **html.AS_ACCEPTED, **_ANY_ORIGIN}
    return Response(HTTPStatus.OK, "application/json", _openapi_document(), headers)


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
