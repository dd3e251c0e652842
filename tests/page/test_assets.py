"""What the page is made with, and the names under which browsers keep it."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from report_shares.page import assets


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of the page's with one file of each sort, two folders deep."""
    (tmp_path / "static").mkdir()
    for name in ("static/a.css", "static/b.js", "c.html", "d.py", "static/notes.txt"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(assets, "__file__", str(tmp_path / "assets.py"))
    assets.build.cache_clear()
    yield tmp_path
    assets.build.cache_clear()


@pytest.mark.parametrize(
    ("name", "counts"),
    [("static/a.css", True), ("static/b.js", True), ("c.html", True), ("d.py", True), ("static/notes.txt", False)],
)
def test_a_build_is_another_one_as_soon_as_a_file_that_makes_the_page_changes(
    package: Path, name: str, *, counts: bool
) -> None:
    before = assets.build()

    (package / name).write_text("changed")
    assets.build.cache_clear()

    assert (assets.build() != before) is counts


def test_a_build_is_another_one_if_a_file_has_another_name(package: Path) -> None:
    before = assets.build()

    (package / "c.html").rename(package / "cc.html")
    assets.build.cache_clear()

    assert assets.build() != before


def test_an_asset_is_named_after_its_content_and_has_its_media_type() -> None:
    for name, asset in assets.assets().items():
        stem, suffix = name.split(".")
        assert asset.name == f"{stem}.{sha256(asset.content.encode()).hexdigest()[:16]}.{suffix}"
        assert re.fullmatch(r"text/(css|javascript); charset=utf-8", asset.media_type)
        assert assets.asset_named(asset.name) == (asset, True)


@pytest.mark.parametrize(
    "name", ["report.css", "report.0123.css", "other.0123456789abcdef.css", "report.0123456789ABCDEF.css", ""]
)
def test_what_never_was_the_name_of_an_asset_names_none(name: str) -> None:
    assert assets.asset_named(name) is None


def test_the_name_of_an_earlier_asset_names_the_one_of_today() -> None:
    assert assets.asset_named("report.0123456789abcdef.css") == (assets.assets()["report.css"], False)
