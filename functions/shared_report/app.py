"""The public side: whoever has a link can read its report, and do nothing else."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api.rest import RestApi, json_answer
from report_shares.api.settings import Settings
from report_shares.store import clients
from report_shares.store.objects import Objects
from report_shares.store.report_table import ReportTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.times import Clock, system_clock
from report_shares.use_cases.read_shared_report import ReadSharedReport

_JSON_LINK = "/v1/shared/<token>"
# Where share_url points. It answers the JSON until the report page takes its place.
_PAGE_LINK = "/shared/<token>"
_OPENAPI = "/v1/openapi.json"

_PUBLIC = {"Cache-Control": "public, max-age=300"}
_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


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
    api = RestApi(Logger(), headers=lambda: _PRIVATE)

    def read_shared_report(token: Annotated[str, Path()]) -> Response[str]:
        """The report behind a link, as JSON."""
        return json_answer(read(token))

    def read_openapi() -> Response[str]:
        """What this API is, for machines."""
        return Response(HTTPStatus.OK.value, "application/json", _openapi_document(), dict(_PUBLIC))

    for path, handler, name in (
        (_JSON_LINK, read_shared_report, "SharedReport"),
        (_PAGE_LINK, read_shared_report, "SharedReportPage"),
        (_OPENAPI, read_openapi, "OpenApi"),
    ):
        api.routes.get(path, operation_id=f"get{name}")(handler)
        api.routes.head(path, operation_id=f"head{name}")(handler)
        api.allow_only(path, "GET", "HEAD")
    return api


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
