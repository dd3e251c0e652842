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
from report_shares.rules import white_label
from report_shares.rules.catalog import Brand
from report_shares.use_cases.read_shared_report import OpenedReport

if TYPE_CHECKING:
    from report_shares.page.render import Page

HTML = "text/html; charset=utf-8"

_IMMUTABLE = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"

# API Gateway compresses: whoever may keep an answer must not hand it to somebody who cannot read it.
AS_ACCEPTED = {"Vary": "Accept-Encoding"}

# 8 MB: Python keeps two bytes for each character of a text that has more than Latin letters in it.
_made = PageMemory(most_pages=16, most_characters=4_000_000)


def report_response(report: OpenedReport, token: str, if_none_match: str, frame_ancestors: str) -> Response[str]:
    """The page of a report, or 304 where the reader has it already; ``token`` leads to its files, as to itself."""
    from report_shares.page import assets, render  # noqa: PLC0415

    etag = _etag(report, assets.build())
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", **AS_ACCEPTED}
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
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


def _etag(report: OpenedReport, build: str) -> str:
    """Weak, since API Gateway compresses: of everything that the page is made from."""
    parts = [shared_report.frame_of(report), report.share.snapshot_key, build]
    return f'W/"{sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]}"'


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2"""
    listed = [tag.strip() for tag in (if_none_match or "").split(",")]
    return "*" in listed or etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in listed)
