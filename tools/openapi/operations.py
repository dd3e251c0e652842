"""What each operation takes and answers, by the name that its route has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel

from openapi.open_api_document import OpenApiDocument
from report_shares import refusals
from report_shares.contract.requests import CreateShareRequest, ExtendShareRequest
from report_shares.contract.share import ScheduledReportShare, ScheduledReportShareList
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import Refusal

type Link = tuple[str, Mapping[str, str]]

_SCHEDULE = {"scheduled_report_id": "$request.path.scheduled_report_id"}


def _links(share: str) -> dict[str, Link]:
    """Where one can go from a share that the answer shows at this JSON pointer."""
    this_share = _SCHEDULE | {"share_id": f"$response.body#{share}/id"}
    token = {"token": f"$response.body#{share}/access_token"}
    return {
        "list": ("listScheduledReportShares", _SCHEDULE),
        "extend": ("extendScheduledReportShare", this_share),
        "revoke": ("revokeScheduledReportShare", this_share),
        "revokeAll": ("revokeScheduledReportShares", _SCHEDULE),
        "read": ("getSharedReport", token),
        "open": ("getSharedReportPage", token),
    }


@dataclass(frozen=True)
class Success:
    """An answer that is no refusal: JSON of the model, or text of this media type."""

    description: str
    model: type | None = None
    headers: tuple[str, ...] = ()
    text: str | None = None
    links: Mapping[str, Link] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """What a route does, takes and answers; ``refusals`` are those rows of the contract's error table that apply."""

    summary: str
    description: str
    successes: Mapping[HTTPStatus, Success]
    refusals: tuple[type[Refusal], ...]
    tag: str = "Shares"
    needs_key: bool = True
    once: bool = False
    body: type[BaseModel] | None = None
    needs_body: bool = False
    refusals_are_pages: bool = False


_ANY = (refusals.MethodNotAllowed, refusals.RateLimited, Refusal, refusals.ServiceUnavailable)
_KEYED = (*_ANY, refusals.InvalidRequest, refusals.Unauthorized, refusals.Forbidden, refusals.NotFound)
_CHANGING = (*_KEYED, refusals.Conflict)
_WITH_BODY = (*_CHANGING, refusals.PayloadTooLarge, refusals.UnsupportedMediaType, refusals.InvalidBody)
_LINKED = (*_ANY, refusals.NotFound, refusals.Gone)


def _created(description: str, *headers: str) -> Success:
    return Success(description, ScheduledReportShare, (*headers, "Idempotent-Replayed"), links=_links(""))


_REVOKED = {HTTPStatus.NO_CONTENT: Success("Revoked; the links answer 410 from now on", None, ("Idempotent-Replayed",))}


def _public(summary: str, description: str, success: Success, refusals: tuple[type[Refusal], ...]) -> Operation:
    return Operation(summary, description, {HTTPStatus.OK: success}, refusals, "Public", needs_key=False)


_REPORT = _public(
    "Read a shared report",
    "The frozen roll-up behind a link, as JSON. Links that have expired or were revoked or rotated away answer 410.",
    Success("The report", SharedReport, ("Cache-Control",)),
    _LINKED,
)
_PAGE = Operation(
    "Open a shared report",
    "Where share_url points: the report as a page. Refusals are pages too; a link that is gone tells whom to ask.",
    {
        HTTPStatus.OK: Success(
            "The page", None, ("Cache-Control", "ETag", "Content-Security-Policy"), text="text/html"
        ),
        HTTPStatus.NOT_MODIFIED: Success("The page is as If-None-Match has it", None, ("Cache-Control", "ETag")),
    },
    _LINKED,
    "Public",
    needs_key=False,
    refusals_are_pages=True,
)
_ASSET = _public(
    "Get an asset of the page",
    "A style sheet or script; its name carries the digest of its content.",
    Success("The asset", None, ("Cache-Control",), text="text/*"),
    (*_ANY, refusals.NotFound),
)
_OPENAPI = _public(
    "Read this document",
    "The OpenAPI 3.1 document of this API.",
    Success("The document", OpenApiDocument, ("Cache-Control",)),
    _ANY,
)

OPERATIONS: Mapping[str, Operation] = {
    "createScheduledReportShare": Operation(
        "Create a scheduled-report share",
        "Create a public share link to the aggregated snapshot of a scheduled report (rolls up every completed run on "
        "the schedule).\n\n"
        "If the caller already has a share for this schedule, the snapshot is rebuilt and the same token is returned "
        "(is_existing=true).\n\n"
        "Pass rotate=true to drop the caller's existing shares and mint a fresh token (use this when a previous link "
        "may have been leaked).\n\n"
        "Defaults: 30-day expiry, no rotation, brand white-label config applied if not overridden.\n\n"
        "Returns 400 validation_error once a schedule already has 50 active shares (counted across all teammates).",
        {
            HTTPStatus.OK: _created("Refreshed the caller's share; id and token stay"),
            HTTPStatus.CREATED: _created("Created a scheduled-report share", "Location"),
        },
        _WITH_BODY,
        once=True,
        body=CreateShareRequest,
    ),
    "listScheduledReportShares": Operation(
        "List the caller's shares of a schedule",
        "The caller's active shares of the schedule, newest first; never a teammate's.",
        {HTTPStatus.OK: Success("The caller's active shares", ScheduledReportShareList, links=_links("/data/0"))},
        _KEYED,
    ),
    "revokeScheduledReportShares": Operation(
        "Revoke the caller's shares of a schedule",
        "Withdraw all of the caller's shares of the schedule. Their links answer 410 from then on.",
        _REVOKED,
        _CHANGING,
        once=True,
    ),
    "extendScheduledReportShare": Operation(
        "Extend a share",
        "Let the share expire so many days from now. Snapshot and token stay. A share that has expired or was revoked "
        "is not found: nothing brings it back.",
        {
            HTTPStatus.OK: Success(
                "The share with its new expiry", ScheduledReportShare, ("Idempotent-Replayed",), links=_links("")
            )
        },
        _WITH_BODY,
        once=True,
        body=ExtendShareRequest,
        needs_body=True,
    ),
    "revokeScheduledReportShare": Operation(
        "Revoke a share",
        "Withdraw one share of the caller's. Its link answers 410 from then on.",
        _REVOKED,
        _CHANGING,
        once=True,
    ),
    "getSharedReport": _REPORT,
    "headSharedReport": _REPORT,
    "getSharedReportPage": _PAGE,
    "headSharedReportPage": _PAGE,
    "getAsset": _ASSET,
    "headAsset": _ASSET,
    "getOpenApi": _OPENAPI,
    "headOpenApi": _OPENAPI,
}
