"""The public side: whoever has a link can read its report, and do nothing else."""

from report_shares import startup  # isort: split

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from report_shares.api import html
from report_shares.api.headers import header_values
from report_shares.api.messages import Request, Response, json_text_response
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.api.rest import RestApi, Route
from report_shares.api.settings import Settings
from report_shares.refusals import Gone, Refusal
from report_shares.store import clients
from report_shares.store.bucket import Bucket
from report_shares.store.report_table import ReportTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.read_shared_report import ReadSharedReport

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

startup.imported()

_JSON_LINK = "/v1/shared/{token}"
_PAGE_LINK = "/shared/{token}"
_ASSET = "/assets/{name}"
_OPENAPI = "/v1/openapi.json"

_OPENAPI_HEADERS = {"Cache-Control": "public, max-age=300"}
# Also on assets: the address of the page that asks for them is a link.
_ALWAYS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    return _shared_report_api().handle(event, context)


@cache
def _shared_report_api() -> RestApi:
    return shared_report_api(Settings.from_environment(needed=("TOKEN_SECRET_ID",)))


def shared_report_api(settings: Settings, clock: Clock = system_clock) -> RestApi:
    """The function with all that it needs."""
    read = ReadSharedReport(
        ReportTable(clients.dynamodb(), settings.table_name, Bucket(clients.s3(), settings.bucket_name)),
        SecretsManagerTokenSecrets(clients.secretsmanager(), settings.token_secret_id, clock),
        clock,
        ThreadPoolExecutor(max_workers=1),
    )

    def as_page(resource: str, refusal: Refusal, request_id: str) -> Response | None:
        if not resource.startswith("/shared/"):
            return None
        return html.refusal_answer(refusal, request_id, settings.frame_ancestors)

    def read_json(request: Request) -> Response:
        """The report behind a link, as JSON."""
        return json_text_response(read(request.place("token")).document_text)

    def read_page(request: Request) -> Response:
        """The report behind a link, as the page that people open."""
        token = request.place("token")
        try:
            report = read(token)
        except Gone:
            return html.gone_answer(read.look_of_gone(token), settings.frame_ancestors)
        asked = header_values(request.event, "If-None-Match")
        return html.report_answer(report, ", ".join(asked), settings.frame_ancestors)

    def read_asset(request: Request) -> Response:
        """A style sheet or script of the page."""
        return html.asset_answer(request.place("name"))

    def read_openapi(_: Request) -> Response:
        """What this API is, for machines."""
        return json_text_response(_openapi_document(), headers=_OPENAPI_HEADERS)

    resources_read = (
        (_JSON_LINK, "SharedReport", read_json),
        (_PAGE_LINK, "SharedReportPage", read_page),
        (_ASSET, "Asset", read_asset),
        (_OPENAPI, "OpenApi", read_openapi),
    )
    return RestApi(
        [
            Route(method, resource, method.lower() + name, answer)
            for resource, name, answer in resources_read
            for method in ("GET", "HEAD")
        ],
        Logger(),
        EmbeddedMetrics(settings.stage, clock),
        within=clients.one_request,
        headers=lambda: _ALWAYS,
        present=as_page,
    )


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
