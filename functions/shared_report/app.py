"""The public side: whoever has a link can read its report, and do nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api import html
from report_shares.api.headers import header_values
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.api.rest import RestApi, json_answer
from report_shares.api.settings import Settings
from report_shares.errors import Gone, ServiceError
from report_shares.store import clients
from report_shares.store.objects import Objects
from report_shares.store.report_table import ReportTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.read_shared_report import ReadSharedReport

_JSON_LINK = "/v1/shared/<token>"
_PAGE_LINK = "/shared/<token>"
_ASSET = "/assets/<name>"
_OPENAPI = "/v1/openapi.json"

_PUBLIC = {"Cache-Control": "public, max-age=300"}
# Also on assets: the address of the page that asks for them is a link.
_ALWAYS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _shared_report_api().handle(event, context)


@cache
def _shared_report_api() -> RestApi:
    return shared_report_api(Settings.from_environment())


def shared_report_api(settings: Settings, clock: Clock = system_clock) -> RestApi:
    """The function with all that it needs."""
    read = ReadSharedReport(
        ReportTable(clients.dynamodb(), settings.table_name, Objects(clients.s3(), settings.bucket_name)),
        SecretsManagerTokenSecrets(clients.secretsmanager(), settings.token_secret_id, clock),
        clock,
        ThreadPoolExecutor(max_workers=1),
    )

    def as_page(resource: str, refusal: ServiceError, request_id: str) -> Response[str] | None:
        if not resource.startswith("/shared/"):
            return None
        return html.refusal_answer(refusal, request_id, settings.frame_ancestors)

    api = RestApi(
        Logger(),
        EmbeddedMetrics(settings.stage, clock),
        within=clients.one_request,
        headers=lambda: _ALWAYS,
        present=as_page,
    )

    def read_json(token: Annotated[str, Path()]) -> Response[str]:
        """The report behind a link, as JSON."""
        return json_answer(read(token).document)

    def read_page(token: Annotated[str, Path()]) -> Response[str]:
        """The report behind a link, as the page that people open."""
        try:
            report = read(token)
        except Gone:
            return html.gone_answer(read.look_of_gone(token), settings.frame_ancestors)
        asked = header_values(api.routes.current_event.raw_event, "If-None-Match")
        return html.report_answer(report, ", ".join(asked), settings.frame_ancestors)

    def read_asset(name: Annotated[str, Path()]) -> Response[str]:
        """A style sheet or script of the page."""
        return html.asset_answer(name)

    def read_openapi() -> Response[str]:
        """What this API is, for machines."""
        return Response(HTTPStatus.OK.value, "application/json", _openapi_document(), dict(_PUBLIC))

    routes: tuple[tuple[str, Callable[..., Response[str]], str], ...] = (
        (_JSON_LINK, read_json, "SharedReport"),
        (_PAGE_LINK, read_page, "SharedReportPage"),
        (_ASSET, read_asset, "Asset"),
        (_OPENAPI, read_openapi, "OpenApi"),
    )
    for path, handler, name in routes:
        api.routes.get(path, operation_id=f"get{name}")(handler)
        api.routes.head(path, operation_id=f"head{name}")(handler)
        api.allow_only(path, "GET", "HEAD")
    return api


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
