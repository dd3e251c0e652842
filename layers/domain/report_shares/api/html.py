"""Answers that a browser shows: pages, their assets, and what keeps both safe.

The modules of ``page`` are loaded by the first request that wants one: a function that is started for the JSON does not
wait for a template engine.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response

from report_shares.api import shared_report
from report_shares.api.error_responses import refusal_headers, status_of
from report_shares.api.page_memory import PageMemory
from report_shares.refusals import NotFound, Refusal
from report_shares.rules import passes, white_label
from report_shares.rules.catalog import Brand
from report_shares.times import SECOND
from report_shares.use_cases.read_shared_report import GateShut, LockedLink, OpenedReport, Pass

if TYPE_CHECKING:
    from report_shares.page.render import Page

HTML = "text/html; charset=utf-8"

_IMMUTABLE = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"

# API Gateway compresses: whoever may keep an answer must not hand it to somebody who cannot read it.
AS_ACCEPTED = {"Vary": "Accept-Encoding"}
# What a pass opens is kept by the reader's browser only as long as the reader has one.
_FOR_WHO_MAY_PASS = {"Vary": "Accept-Encoding, Cookie"}

# 8 MB: Python keeps two bytes for each character of a text that has more than Latin letters in it.
_made = PageMemory(most_pages=16, most_characters=4_000_000)


def report_response(report: OpenedReport, token: str, if_none_match: str, frame_ancestors: str) -> Response[str]:
    """The page of a report, or 304 where the reader has it already; ``token`` leads to its files, as to itself."""
    from report_shares.page import assets, render  # noqa: PLC0415

    etag = _etag(report, assets.build())
    varies = _FOR_WHO_MAY_PASS if report.share.has_password else AS_ACCEPTED
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", **varies}
    if _matches(if_none_match, etag):
        return Response(HTTPStatus.NOT_MODIFIED, HTML, "", headers)  # without a type, API Gateway says it is JSON
    page = _made.page(
        report.share.id,
        etag,
        lambda: render.report_page(shared_report.document_of(report), has_runs=report.has_runs, download_base=token),
    )
    return _page(HTTPStatus.OK, page, frame_ancestors, headers)


def moved_response(location: str) -> Response[str]:
    """The way to the address that was meant, for a browser to go by itself; 308 keeps the method."""
    return Response(HTTPStatus.PERMANENT_REDIRECT, HTML, "", {"Location": location})


def gone_response(brand: Brand | None, frame_ancestors: str) -> Response[str]:
    """The page behind a dead link, in the look of the brand that the reader may ask for a new one (None: unknown)."""
    from report_shares.page import render  # noqa: PLC0415

    look = white_label.effective(brand.white_label, None) if brand else None
    return _page(HTTPStatus.GONE, render.gone_page(look), frame_ancestors)


def locked_response(refusal: LockedLink | GateShut, frame_ancestors: str, *, is_below: bool) -> Response[str]:
    """The page that asks for a password, in the brand's look; or says when it can be tried again.

    ``is_below``: what was asked for is below the report's page, such as a file of it.
    """
    from report_shares.page import render  # noqa: PLC0415

    look = white_label.effective(refusal.brand.white_label, None)
    match refusal:
        case GateShut(is_closed=True):
            page = render.shut_page(look, refusal.retry_after)
        case GateShut():
            page = render.locked_page(look, "busy", is_below=is_below)
        case _:
            page = render.locked_page(look, "wrong" if refusal.is_wrong else None, is_below=is_below)
    return _page(status_of(type(refusal)), page, frame_ancestors, refusal_headers(refusal))


def entered_response(token: str, given: Pass | None) -> Response[str]:
    """The way from the form to the page at the same address, with the pass that was given."""
    headers = {"Location": token}
    if given:
        # Without a path: the browser sends it to all that is beside this address, whatever the base is.
        kept = f"Max-Age={passes.LASTS // SECOND}; HttpOnly; Secure; SameSite=Lax"
        headers["Set-Cookie"] = f"{given.name}={given.value}; {kept}"
    return Response(HTTPStatus.SEE_OTHER, HTML, "", headers)


def refusal_response(refusal: Refusal, request_id: str, frame_ancestors: str) -> Response[str]:
    """The page of any other refusal; its reference is the request's id."""
    from report_shares.page import render  # noqa: PLC0415

    status = status_of(type(refusal))
    return _page(status, render.error_page(status, request_id), frame_ancestors, refusal_headers(refusal))


def asset_response(name: str) -> Response[str]:
    """A style sheet or script, for ever where it is the one named. Raises ``NotFound``."""
    from report_shares.page import assets  # noqa: PLC0415

    found = assets.asset_named(name)
    if found is None:
        raise NotFound
    asset, is_present = found
    headers = {"Cache-Control": _IMMUTABLE if is_present else _SHORT, **AS_ACCEPTED}
    return Response(HTTPStatus.OK, asset.media_type, asset.content, headers)


def _page(
    status: HTTPStatus, page: "Page", frame_ancestors: str, headers: Mapping[str, str] | None = None
) -> Response[str]:
    safe = {"Content-Security-Policy": _policy(page, frame_ancestors), **(headers or {})}
    return Response(status, HTML, page.html, safe)


def _policy(page: "Page", frame_ancestors: str) -> str:
    """Nothing but our own script and styles, and the brand's logo."""
    logo = f" {page.logo_origin}" if page.logo_origin else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' '{page.style_hash}'",
            f"img-src 'self' data:{logo}",
            *(["connect-src 'self'"] if page.sends_views else []),
            "base-uri 'none'",
            f"form-action {"'self'" if page.has_form else "'none'"}",
            f"frame-ancestors {frame_ancestors}",
        )
    )


def _etag(report: OpenedReport, build: str) -> str:
    """Weak, since API Gateway compresses: of everything that the page is made from."""
    parts = [shared_report.frame_of(report), report.share.snapshot_key, build]
    return f'W/"{sha256(json.dumps(parts).encode()).hexdigest()[:32]}"'


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2"""
    listed = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in listed or etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in listed)
