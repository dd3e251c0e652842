"""From a view to HTML."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Literal
from unicodedata import east_asian_width
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from report_shares.contract.shared_report import ReportWhiteLabel, SharedReport
from report_shares.hosts import shown_host
from report_shares.page import glossary, numbers, templating
from report_shares.page.assets import assets
from report_shares.page.branding import Branding, branding_of, shown_url, web_link
from report_shares.page.charts import MARKS, sparkline
from report_shares.page.comparison import difference
from report_shares.page.view import View, view_of

# Lambda answers with at most 6 MB, in which the page is a JSON string.
MAX_PAGE_BYTES = 5_500_000
_MAX_ESCAPED_PER_BYTE = 3  # two bytes of UTF-8 become six in there

# How many rows of a longer table are shown at first; the reader opens the rest.
_SHOWN = {"history": 12, "competitors": 15, "citations": 15, "prompts": 40, "groups": 25}
_FEWER_PROMPTS = (None, 400, 150, 50, 15, 5, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what its Content-Security-Policy has to allow: inline styles by hash, the logo's origin, a form.

    ``sends_views``: its script says that the page was looked at.
    """

    html: str
    style_hash: str
    logo_origin: str | None
    has_form: bool = False
    sends_views: bool = False


def report_page(report: SharedReport, *, has_runs: bool, download_base: str | None = None) -> Page:
    """The page of a shared report. If it would be too large, it lists fewer prompts.

    ``has_runs``: whether a run has been completed; if none has, the page says so. ``download_base``: below which
    address, relative to the page's, its tables can be had (``{download_base}/trend.csv``); None: no links to them.
    """
    for view in _views(report, has_runs=has_runs, download_base=download_base):
        style = _style(view.branding, view.title)
        html = _report(report, view, style)
        if _fits(html):
            break
    return Page(html, _hash(style), view.branding.logo_origin, sends_views=True)


def one_file_page(report: SharedReport, *, has_runs: bool) -> Page:
    """The same to be kept as one file, which asks for nothing: styles within, no script, a name for the logo.

    Its policy stands in it, since a file has no headers. It has no link to where it came from.
    """
    for view in _views(report, has_runs=has_runs, download_base=None):
        branding = replace(view.branding, logo_url=None)
        style = _style(branding, view.title) + assets()["report.css"].content
        html = _report(report, replace(view, branding=branding, is_file=True), style)
        if _fits(html):
            break
    return Page(html, _hash(style), None)


def _views(report: SharedReport, *, has_runs: bool, download_base: str | None) -> Iterator[View]:
    """The report with all its prompts, and with ever fewer."""
    for most in _FEWER_PROMPTS:
        yield view_of(report, most, has_runs=has_runs, download_base=download_base)


def _report(report: SharedReport, view: View, style: str) -> str:
    values = {"view": view, "branding": view.branding, "assets": assets(), "style_hash": _hash(style)}
    return _render("report.html", style, **report, **values)


def gone_page(white_label: ReportWhiteLabel | None) -> Page:
    """The page behind a dead link, branded as whoever may be asked for a new one (None: unknown)."""
    return _message("gone.html", branding_of(white_label))


def locked_page(white_label: ReportWhiteLabel, problem: Literal["wrong", "busy"] | None, *, is_below: bool) -> Page:
    """The page that asks for a link's password; ``problem``: what came of the one that was given.

    ``is_below``: it is shown at an address below the report's, such as a file's, from where the form leads up.
    """
    look = branding_of(white_label)
    return replace(_message("locked.html", look, problem=problem, is_below=is_below), has_form=True)


def shut_page(white_label: ReportWhiteLabel, seconds: int) -> Page:
    """The page of a link whose password was given wrongly too often: it can be given again in so many seconds."""
    return _message("shut.html", branding_of(white_label), minutes=-(-seconds // 60))


def error_page(status: int, reference: str) -> Page:
    """The page of a refusal or an error of ours; ``reference`` is what the reader can quote."""
    template = "not_found.html" if status == 404 else "failure.html"
    return _message(template, branding_of(None), status=status, reference=reference)


def _message(template: str, branding: Branding, **values: object) -> Page:
    style = branding.theme.css() + assets()["message.css"].content
    html = _render(template, style, branding=branding, **values)
    return Page(html, _hash(style), branding.logo_origin)


def _render(template: str, style: str, **values: object) -> str:
    """The style sheet goes in unescaped: it holds colours of ours and strings that ``css_string`` has escaped."""
    return _environment().get_template(template).render(style=Markup(style), **values)  # noqa: S704


@cache
def _environment() -> Environment:
    environment = templating.environment()
    functions = (
        *(glossary.platform, web_link, shown_host, shown_url, sparkline, difference, _short_name, _icon),
        *(numbers.percent, numbers.decimal, numbers.count, numbers.signed, numbers.whole_signed),
        *(numbers.interval, numbers.shift, numbers.p_value, numbers.percent_cells, numbers.plain_percent),
        *(numbers.day, numbers.minute),
    )
    environment.globals |= {function.__name__.lstrip("_"): function for function in functions}
    environment.globals |= {"definitions": glossary.DEFINITIONS, "shown": _SHOWN, "marks": MARKS}
    return environment


def _style(branding: Branding, title: str) -> str:
    """The theme, and the running footer of the printed report, which is a single line."""
    names = [_short(name, 40) for name in (title, branding.company) if name]
    footer = f"content:{css_string(' \N{MIDDLE DOT} '.join(names))};font:9pt system-ui,sans-serif"
    return f"{branding.theme.css()}@page{{@bottom-left{{{footer}}}}}"


def _short(text: str, most: int) -> str:
    """Cut to fit: the boxes of a running footer do not make room for each other."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _short_name(name: str) -> str:
    """A name for the end of a line, where it has the room of 22 Latin letters, or of half as many that are wide."""
    width = 0
    for at, character in enumerate(name):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > 22:
            return _short(name, at)
    return name


def css_string(text: str) -> str:
    """The text as a CSS string in which everything but letters, digits and spaces is escaped."""
    return '"' + re.sub(r"[^A-Za-z0-9 ]", lambda match: f"\\{ord(match[0]):x} ", text) + '"'


def _icon(colour: str) -> str:
    """A tab icon in the brand's colour, without a request."""
    square = f'<rect width="16" height="16" rx="5" fill="{colour}"/>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{square}</svg>'
    return f"data:image/svg+xml,{quote(picture)}"


def _hash(style: str) -> str:
    """As CSP Level 3 names an inline style: https://www.w3.org/TR/CSP3/#match-element-to-source-list"""
    return f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}"


def _fits(html: str) -> bool:
    if len(html.encode()) * _MAX_ESCAPED_PER_BYTE <= MAX_PAGE_BYTES:
        return True
    return len(json.dumps(html)) <= MAX_PAGE_BYTES
