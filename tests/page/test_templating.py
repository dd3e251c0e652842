"""What the page's templates are written in."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

from report_shares.page import templating


def test_what_a_template_is_given_is_text_and_no_markup() -> None:
    assert templating.environment().from_string("{{ name }}").render(name="<b>&") == "&lt;b&gt;&amp;"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        templating.environment().from_string("{{ name }}").render()


def test_the_lines_of_blocks_leave_no_space() -> None:
    assert templating.environment().from_string("a\n  {% if true %}\nb\n  {% endif %}\nc").render() == "a\nb\nc"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the templates are instead, without any so far."""
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(templating, "_SOURCES", tmp_path / "templates")
    monkeypatch.setattr(templating, "_COMPILED", tmp_path / "compiled")
    return tmp_path / "templates"


def test_templates_that_were_compiled_beforehand_are_not_read_again(folder: Path) -> None:
    (folder / "a.html").write_text("{{ name }}")
    assert templating.environment().get_template("a.html").render(name="<b>") == "&lt;b&gt;"
    templating.compile_beforehand()
    (folder / "a.html").unlink()
    (folder / "b.html").write_text("too late")

    environment = templating.environment()

    assert environment.get_template("a.html").render(name="<b>") == "&lt;b&gt;"
    with pytest.raises(TemplateNotFound):
        environment.get_template("b.html")


def test_a_template_that_is_wrong_is_not_compiled(folder: Path) -> None:
    (folder / "a.html").write_text("{% if %}")

    with pytest.raises(TemplateSyntaxError):
        templating.compile_beforehand()
