"""The public side: whoever has a link, and its password where it has one, can read its report.

All that it writes is who tries a password, and how often a page was looked at.
"""

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
from aws_lambda_powertools.event_handler.openapi.params import Header, Path
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from report_shares.api import downloads, html, share_password, shared_report
from report_shares.api.headers import cookies, header_values
from report_shares.api.metrics import NAMESPACE
from report_shares.api.public_url import foreign_host
from report_shares.api.rest_api import Request, RestApi, is_to_the_letter
from report_shares.api.settings import Settings
from report_shares.contract.downloads import FILES
from report_shares.contract.limits import TOKEN_PATTERN
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import NotFound, Refusal
from report_shares.rules import links
from report_shares.store import clients
from report_shares.store.bucket import Bucket
from report_shares.store.gate_table import GateTable
from report_shares.store.report_table import ReportTable
from report_shares.store.token_secrets import SecretsManagerTokenSecrets
from report_shares.store.view_table import ViewTable
from report_shares.times import Clock, system_clock
from report_shares.use_cases.count_view import CountView
from report_shares.use_cases.read_shared_report import (
    DeadLink,
    GateShut,
    LockedLink,
    OpenedReport,
    Reader,
    ReadSharedReport,
)
from report_shares.use_cases.try_password import TryPassword

# Also on assets: the address of the page that asks for them is a link.
_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
# What scripts of other websites may read, refusals too: a script must see why.
_FOR_SCRIPTS = ("/v1/shared/{token}", "/v1/openapi.json")
_PAGES = "/shared/"
_PAGE = "/shared/{token}"
_ELSEWHERE = "/{proxy+}"
# In whatever case it is spelled.
_BELOW_SHARED = re.compile(r"/*shared\b", re.IGNORECASE)

# What a token looks like is for the document: a malformed one is a link that leads nowhere, not a bad request.
Token = Annotated[str, Path(description="A share's access token.", json_schema_extra={"pattern": TOKEN_PATTERN})]
FileName = Annotated[
    str, Path(description="A table, or the page as one file.", json_schema_extra={"enum": list(FILES)})
]
_EncodedPassword = Annotated[
    str, Field(json_schema_extra={"pattern": share_password.ENCODED_PATTERN, "format": "password"})
]
SharePassword = Annotated[
    _EncodedPassword | None,
    Header(
        alias=share_password.HEADER,
        description="The password of a link that has one, as UTF-8, percent-encoded.",
    ),
]
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
    """The use cases of this function with all that they need."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        dynamodb, table = clients.dynamodb(), settings.table_name
        self.settings = settings
        self.frame_ancestors = settings.frame_ancestors
        self.read = ReadSharedReport(
            ReportTable(dynamodb, table, Bucket(clients.s3, settings.bucket_name)),
            SecretsManagerTokenSecrets(clients.secretsmanager, settings.token_secret_id, clock),
            clock,
            ThreadPoolExecutor(max_workers=1),
            TryPassword(GateTable(dynamodb, table), clock),
            CountView(ViewTable(dynamodb, table), clock),
        )


def answer(event: dict[str, Any], context: LambdaContext, service: ReportService) -> dict[str, Any]:
    """One request, start to end."""

    def as_page(refusal: Refusal, request: Request) -> Response[str] | None:
        if not _is_for_a_browser(request.event):
            return None
        if isinstance(refusal, DeadLink):
            return html.gone_response(service.read.brand_of(refusal), service.frame_ancestors)
        if isinstance(refusal, LockedLink | GateShut):
            is_below = request.event["resource"] != _PAGE
            return html.locked_response(refusal, service.frame_ancestors, is_below=is_below)
        return html.refusal_response(refusal, request.id, service.frame_ancestors)

    def opening(request: Request) -> Opening:
        if not (_is_for_a_browser(request.event) or is_to_the_letter(request.event)):
            raise NotFound
        return Opening(service, request.event)

    with clients.one_request():
        answered = api.answer(Request.of(event, context), context, opening, as_page)
    if event["resource"] in _FOR_SCRIPTS:
        answered["multiValueHeaders"] |= {name: [value] for name, value in _ANY_ORIGIN.items()}
    return answered


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

    @property
    def foreign_host(self) -> str | None:
        """The host that was asked, None for one of ours."""
        return foreign_host(self.service.settings, self.event)

    def reader(self, password: str | None = None) -> Reader:
        """Whoever asks, with the passes in their cookies."""
        return Reader(self.foreign_host, cookies(self.event), password)

    def page(self) -> Response[str]:
        """The report, or the way to it where more than its token stands in the address. Raises ``NotFound``."""
        token = self._token()
        if isinstance(token, Response):
            return token
        seen = ", ".join(header_values(self.event, "If-None-Match"))
        return html.report_response(self._opened(token), token, seen, self.service.frame_ancestors)

    def download(self, file: str) -> Response[str]:
        """A file of the report; where none has this address, it is one with something around a page's token."""
        token = self._address.removesuffix(f"/{file}")
        if file not in FILES or token == self._address:
            return self.page()
        return downloads.download_response(self._opened(token), file)

    def entered(self) -> Response[str]:
        """The way to the report for whoever has sent its password, or to where the form should have been sent."""
        token = self._token()
        if isinstance(token, Response):
            return token
        given = self.service.read.enter(token, self.reader(share_password.password_in_form(self.event)))
        return html.entered_response(token, given)

    @property
    def _address(self) -> str:
        """What stands behind ``/shared/``, which a custom domain's base may be called as well."""
        path: str = self.event["path"]
        resource: str = self.event["resource"]
        matched = f"/{_elsewhere(self.event)}" if resource == _ELSEWHERE else resource
        base = path.removesuffix("/").split("/")[: -matched.count("/")]
        below = path.removeprefix("/".join(base))
        return (below if below.startswith(_PAGES) else path).partition(_PAGES)[2]

    def _token(self) -> str | Response[str]:
        """The token in the address, or the way to the address that has nothing but its token."""
        token = links.token_in(self._address)
        if token is None:
            raise NotFound
        if token == self._address:
            return token
        self.service.read.check(token)
        return html.moved_response(links.way_back(self._address, token))

    def _opened(self, token: str) -> OpenedReport:
        """What the link opens for whoever asks. Raises ``NotFound``, ``DeadLink``, ``LockedLink`` and ``GateShut``."""
        return self.service.read(token, self.reader())


def _opening() -> Opening:
    opening: Opening = app.context["settled"]
    return opening


def _readable[R: Callable[..., Any]](rule: str, name: str, *others: str, **documented: Any) -> Callable[[R], R]:
    """GET and HEAD of a resource, which has no further methods but ``others``."""

    def register(read: R) -> R:
        for method in ("GET", "HEAD"):
            route = app.route(rule, method, operation_id=f"{method.lower()}{name}", tags=["Public"], **documented)
            route(read)
        api.refuse_other_methods(rule, "GET", "HEAD", *others)
        return read

    return register


@_readable(
    "/v1/shared/<token>",
    "SharedReport",
    "OPTIONS",
    summary="Read a shared report",
    description="The roll-up behind a link, as JSON: as it was shared, or, where `live` is true, as it is now. A link "
    "that has expired, was revoked or was rotated away answers 410. One with a password answers 401 without it; after "
    "ten wrong ones within ten minutes nobody's is taken for the next ten, and the answer is 429.",
    responses={200: {"description": "The report", "content": {"application/json": {"model": SharedReport}}}},
    enable_validation=False,  # frozen text is handed on; its model is for the document
)
def read_json(token: Token, password: SharePassword = None) -> Response[str]:  # for the document
    opening = _opening()
    given = share_password.password_in_header(opening.event)
    report = opening.service.read(token, Reader(opening.foreign_host, password=given))
    return Response(HTTPStatus.OK, "application/json", shared_report.text_of(report))


@app.route(
    "/v1/shared/<token>",
    "OPTIONS",
    operation_id="optionsSharedReport",
    tags=["Public"],
    summary="Ask what a script may send",
    description="What browsers ask before a script of another website may send the password of a link.",
    responses={204: {"description": "What may be sent", "content": {}}},
    enable_validation=False,
)
def allow_the_password(token: Token) -> Response[str]:  # whichever it is
    allowed = {
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": share_password.HEADER,
        "Access-Control-Max-Age": "86400",
    }
    return Response(HTTPStatus.NO_CONTENT, headers=allowed)


@_readable(
    "/shared/<token>",
    "SharedReportPage",
    "POST",
    summary="Open a shared report",
    description="Where `share_url` points: the report as a page. Refusals are pages too; that of a dead link says whom "
    "to ask, and that of a link with a password asks for it.",
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


@app.route(
    "/shared/<token>",
    "POST",
    operation_id="enterSharedReportPage",
    tags=["Public"],
    summary="Enter the password of a shared report",
    description="What the form of a link with a password sends. The right one is answered with a cookie that opens the "
    "page for a day, unless the password is changed before.",
    responses={
        303: {"description": "The report's page, with a cookie that opens it", "content": {}},
        308: {"description": "Where the form has to be sent, as for GET", "content": {}},
    },
    enable_validation=False,
)
def enter(token: Token) -> Response[str]:  # for the document; see Opening
    return _opening().entered()


@app.route(
    "/shared/<token>/views",
    "POST",
    operation_id="countSharedReportView",
    tags=["Public"],
    summary="Tell that the page was looked at",
    description="Sent by the page's script once the page has been seen for two seconds, once per tab and hour. Only so "
    "many are counted for a link in a minute. Neither cookie nor address nor browser is kept.",
    responses={204: {"description": "Taken note of, or one too many in this minute", "content": {}}},
    enable_validation=False,
)
def count_view(token: Token) -> Response[str]:
    opening = _opening()
    opening.service.read.look(token, opening.reader())
    return Response(HTTPStatus.NO_CONTENT)


api.refuse_other_methods("/shared/<token>/views", "POST")


@_readable(
    "/shared/<token>/<file>",
    "SharedReportFile",
    summary="Download a file of a shared report",
    description="A table of the report as CSV, or the page as one HTML file that asks for nothing; its name is made of "
    "company, date and table. A table has what the JSON shows: a row for each entry and a column for each field, an "
    "interval as two columns, a list as its JSON, null as an empty cell. It is UTF-8 with a byte order mark, each line "
    "ends with CRLF, and a `'` stands before text that a spreadsheet would take for a formula. A table whose section "
    "is off is 404, and so is every file where `show_downloads` is off.",
    responses={
        200: {
            "description": "The file",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        308: {
            "description": "Where the page is: no file's name stood behind its link's slash, but punctuation",
            "content": {},
        },
    },
)
def read_file(token: Token, file: FileName) -> Response[str]:
    return _opening().download(file)


@app.route("/<proxy>", ["GET", "HEAD"], include_in_schema=False, enable_validation=False)
def read_elsewhere(proxy: str) -> Response[str]:  # as the resolver has it, with its slashes encoded
    """What API Gateway has no resource for, among it links with slashes around their token."""
    if not _elsewhere(_opening().event).startswith(_PAGES.removeprefix("/")):
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
    headers = {"Cache-Control": "public, max-age=300", **html.AS_ACCEPTED}
    return Response(HTTPStatus.OK, "application/json", _openapi_document(), headers)


@cache
def _openapi_document() -> str:
    """The committed document; ``make openapi`` writes it anew."""
    return (resources.files("report_shares.api") / "openapi.json").read_text(encoding="utf-8")
