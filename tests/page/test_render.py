"""The pages that stand in a report's place, and what pages have in common."""

import json
from typing import Literal
from urllib.parse import quote

import pytest

from report_shares.page import render
from report_shares.rules.white_label import effective
from tests.page.reports import snapshot
from tests.page.test_trust import section, words
from tests.page.test_view import page

LOGO_URL = "https://cdn.northlight.example/logo.png"
LABEL = effective({}, {"company_name": "Northlight", "primary_color": "#0A7C66", "logo_url": LOGO_URL})


def heading(made: render.Page) -> str:
    return made.html.partition("<h1>")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "There is no report here"),
        (405, "This page could not be shown"),
        (429, "Please try again in a moment"),
        (500, "This page could not be shown"),
        (503, "Please try again in a moment"),
    ],
)
def test_a_refusal_has_a_page_with_its_reference_in_nobodys_look(status: int, said: str) -> None:
    made = render.error_page(status, "the-reference")

    assert heading(made) == said
    assert "Reference: the-reference" in words(made.html)
    assert (made.logo_origin, made.has_form, made.sends_views) == (None, False, False)


def test_the_page_of_a_dead_link_has_the_logo_of_whoever_may_be_asked_for_another() -> None:
    made = render.gone_page(LABEL)

    assert heading(made) == "This link is no longer active"
    assert "ask Northlight for a new link" in words(made.html)
    assert LOGO_URL in made.html
    assert (made.logo_origin, made.has_form) == ("https://cdn.northlight.example", False)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (None, "Enter the password that you were given with this link. Password"),
        ("wrong", "with this link. This is not the password. Please try again. Password"),
        ("busy", "The password could not be checked just now. Please try again in a moment. Password"),
    ],
)
def test_the_page_that_asks_for_a_password_says_what_came_of_the_last(
    problem: Literal["wrong", "busy"] | None, said: str
) -> None:
    made = render.locked_page(LABEL, problem, is_below=False)

    assert heading(made) == "This report is protected"
    assert said in words(made.html)
    assert "ask Northlight" in words(made.html)
    assert made.has_form


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "1 minute;"), (60, "1 minute;"), (61, "2 minutes;"), (600, "10 minutes;")]
)
def test_the_page_of_a_gate_that_is_closed_says_how_many_minutes_that_lasts(seconds: int, said: str) -> None:
    made = render.shut_page(LABEL, seconds)

    assert heading(made) == "Too many wrong passwords"
    assert f"try again in {said}" in words(made.html)
    assert "ask Northlight" in words(made.html)


# ---- what pages have in common ---------------------------------------------------------------------------------------


def test_the_icon_is_a_square_of_the_brands_colour() -> None:
    icon = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        '<rect width="16" height="16" rx="5" fill="#0A7C66"/></svg>'
    )

    assert f'<link rel="icon" href="data:image/svg+xml,{quote(icon)}">' in render.gone_page(LABEL).html


@pytest.mark.parametrize(
    ("title", "company", "footer"),
    [
        ("November", None, "November"),
        ("November", "Northlight", r"November \b7  Northlight"),
        ("A" * 41, "B" * 40, rf"{'A' * 39}\2026  \b7  {'B' * 40}"),
        ("A" * 38 + " BCD", None, rf"{'A' * 38}\2026 "),
    ],
)
def test_a_printed_report_has_its_title_and_company_at_the_foot_of_each_page(
    title: str, company: str | None, footer: str
) -> None:
    html = page(snapshot(prompts=1), cover_title=title, company_name=company)

    assert f'@page{{@bottom-left{{content:"{footer}";font:9pt system-ui,sans-serif}}}}' in html


def test_a_string_of_a_style_sheet_has_nothing_but_latin_letters_digits_and_spaces_unescaped() -> None:
    assert render.css_string('AZ az 09 "\\</é') == r'"AZ az 09 \22 \5c \3c \2f \e9 "'


# ---- what is too large to be sent ------------------------------------------------------------------------------------

CUT = "more than a page can hold"


def test_a_page_that_just_fits_has_all_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    given = snapshot(runs=2, prompts=401)
    whole = page(given)
    size = len(json.dumps(whole))

    assert CUT not in whole
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", size)
    assert page(given) == whole
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", size - 1)
    assert CUT in page(given)


def test_a_page_that_can_list_no_prompt_says_so_and_nothing_about_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MAX_PAGE_BYTES", 1)

    html = page(snapshot(prompts=12))

    for name, said in (("matrix", 12), ("ranked", 10), ("missed", 2)):
        part = words(section(html, name))
        assert part.endswith(f"None of {said} prompts: more than a page can hold.")
        assert "brand yet" not in part
        assert "every prompt" not in part
    assert 'id="evidence"' not in html
