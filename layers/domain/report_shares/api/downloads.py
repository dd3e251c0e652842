"""Answers that a browser keeps as a file: a table of the report, or its page.

The modules of ``page`` are loaded by the first request that wants one, as in ``html``.
"""

import unicodedata
from http import HTTPStatus
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from report_shares.api import html, shared_report
from report_shares.contract.downloads import REPORT_FILE
from report_shares.contract.shared_report import SharedReport
from report_shares.refusals import NotFound
from report_shares.text import cut, without_invisible
from report_shares.use_cases.read_shared_report import OpenedReport

CSV = "text/csv; charset=utf-8; header=present"

# Four bytes of UTF-8 a character, and what stands behind it, fit the 255 bytes that a file's name may have.
_MAX_COMPANY_LENGTH = 50

# Should a viewer show the page right where it came from, it may run nothing and ask for nothing there either.
_POLICY = "sandbox; default-src 'none'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'"


def download_response(report: OpenedReport, file: str) -> Response[str]:
    """A file of the report, one of ``contract.downloads.FILES``. Raises ``NotFound`` where the report has none such."""
    document = shared_report.document_of(report)
    if not document["white_label"]["report_sections_config"]["show_downloads"]:
        raise NotFound
    if file == REPORT_FILE:
        return _page_response(document, has_runs=report.has_runs)
    return _table_response(document, file.removesuffix(".csv"))


def _page_response(document: SharedReport, *, has_runs: bool) -> Response[str]:
    from report_shares.page import render  # noqa: PLC0415

    page = render.one_file_page(document, has_runs=has_runs)
    headers = {"Content-Security-Policy": _POLICY.format(page.style_hash), **_kept_as(document, "report.html")}
    return Response(HTTPStatus.OK, html.HTML, page.html, headers)


def _table_response(document: SharedReport, name: str) -> Response[str]:
    from report_shares.page import tables  # noqa: PLC0415

    table = tables.table_of(document["snapshot"], name)
    if table is None:
        raise NotFound
    part = "" if table.rows == table.all_rows else f"-first-{table.rows}-of-{table.all_rows}"
    return Response(HTTPStatus.OK, CSV, table.text, _kept_as(document, f"{name}{part}.csv"))


def _kept_as(document: SharedReport, what: str) -> dict[str, str]:
    company = document["white_label"]["company_name"] or document["brand"]["name"]
    return {"Content-Disposition": attachment(company, f"{document['snapshot_at'][:10]}-{what}")}


def attachment(company: str, rest: str) -> str:
    """The header's value that has a browser keep an answer under this name, in RFC 6266's two spellings.

    Of ``company`` only letters, digits and accents count: whatever else a name may hold means something to some system.
    """
    proper, plain = (f"{_words(text) or 'report'}-{rest}" for text in (company, _in_ascii(company)))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(proper)}"


def _words(text: str) -> str:
    seen = unicodedata.normalize("NFC", without_invisible(text))
    kept = "".join(character if unicodedata.category(character)[0] in "LMN" else " " for character in seen)
    return cut(" ".join(kept.split()), _MAX_COMPANY_LENGTH).replace(" ", "-")


def _in_ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
