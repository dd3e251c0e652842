"""The public side: whoever has a link can read its report, and do nothing else."""

from report_shares import garbage_collection  # isort: split

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Annotated, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api import html, shared_report
from report_shares.api.headers import header_values
from report_shares.api.metrics import NAMESPACE
from report_shares.api.rest_api import Request, RestApi
from report_shares.api.settings import Settings
from report_shares.contract.limits import TOKEN_PATTERN
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import Refusal
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
        if not request.event["resource"].startswith(_PAGES):
            return None
        if isinstance(refusal, DeadLink):
            return html.gone_response(service.read.brand_of(refusal), service.frame_ancestors)
        return html.refusal_response(refusal, request.id, service.frame_ancestors)

    with clients.one_request():
        return api.answer(Request.of(event, context), context, lambda _: service, as_page)


def _service_in_use() -> ReportService:
    service: ReportService = app.context["settled"]
    return service


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
    description="The frozen roll-up behind a link, as JSON. A link that has expired, was revoked or was rotated away "
    "answers 410.",
    responses={200: {"description": "The report", "content": {"application/json": {"model": SharedReport}}}},
    enable_validation=False,  # frozen text is handed on; its model is for the document
)
def read_json(token: Token) -> Response[str]:
    report = _service_in_use().read(token)
    return Response(HTTPStatus.OK, "application/json", shared_report.text_of(report), _ANY_ORIGIN)


@_readable(
    "/shared/<token>",
    "SharedReportPage",
    summary="Open a shared report",
    description="Where `share_url` points: the report as a page. Refusals are pages too; that of a dead link says whom "
    "to ask.",
    responses={
        200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}},
        304: {"description": "The page is as If-None-Match has it", "content": {}},
    },
)
def read_page(token: Token) -> Response[str]:
    service = _service_in_use()
    asked = ", ".join(header_values(app.current_event.raw_event, "If-None-Match"))
    return html.report_response(service.read(token), asked, service.frame_ancestors)


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
    headers = {"Cache-Control": "public, max-age=300", **_ANY_ORIGIN}
    return Response(HTTPStatus.OK, "application/json", _openapi_document(), headers)


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
