"""The tables in a spreadsheet, LibreOffice Calc: text is text there, never a computed cell."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from report_shares.page.tables import table_of
from tests.lacking import lacking
from tests.page.test_hostile_strings import HOSTILE
from tests.page.test_tables import FORMULAS, whole

pytestmark = pytest.mark.page

COMMA, SEMICOLON, TAB = 44, 59, 9
TEXTS = (
    *(text for text in (*FORMULAS, *HOSTILE) if "\x00" not in text),  # no XML holds that
    "a;=1+1;b", "a; =1+1; b", 'a;"=1+1&"', "a\t=1+1\tb", 'a","=1+1', "a\r\n=1+1\r\nb", "=" + "1+" * 9_999 + "1",
    "\u202e=1+1", "1+1", "SUM(1)", '"=1+1"',
)  # fmt: skip

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

type Opened = list[list[ET.Element]]
type Open = Callable[[str, int], Opened]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Opens a CSV with a separator in LibreOffice, told to take for formulas and numbers what it can: its cells."""
    soffice = shutil.which("soffice")
    if soffice is None:
        lacking("opening a table in a spreadsheet needs LibreOffice Calc: soffice on the PATH")
    folder = tmp_path_factory.mktemp("spreadsheet")

    def open_csv(text: str, separator: int) -> Opened:
        # https://help.libreoffice.org/latest/en-US/text/shared/guide/csv_params.html
        options = f"CSV:{separator},34,UTF-8,1,,0,false,true,false,false,false,-1,true"
        (folder / "table.csv").write_bytes(text.encode())
        subprocess.run(
            [
                soffice, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                f"--infilter={options}", "--convert-to", "fods", "--outdir", folder, folder / "table.csv",
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return _rows(folder / "table.fods")

    return open_csv


def _rows(path: Path) -> Opened:
    sheet = ET.parse(path)  # noqa: S314 # written by LibreOffice a moment ago
    path.unlink()
    return [list(row) for row in sheet.iter(f"{_TABLE}table-row")]


def formulas(rows: Opened) -> list[str]:
    return [cell.attrib[f"{_TABLE}formula"] for row in rows for cell in row if f"{_TABLE}formula" in cell.attrib]


def type_of(cell: ET.Element) -> str | None:
    return cell.get(f"{_OFFICE}value-type")


def shown(cell: ET.Element) -> str:
    """What a cell shows, but for white space, which has elements of its own."""
    return "".join("".join(cell.itertext()).split())


def evidence() -> str:
    report = whole()
    (row,) = report["evidence"]
    report["evidence"] = [row | {"prompt": text, "excerpt": text, "businesses": [text, "b"]} for text in TEXTS]
    table = table_of(report, "evidence")
    assert table is not None
    return table.text


def test_texts_are_shown_as_they_stand_there(opened: Open) -> None:
    header, *rows = opened(evidence(), COMMA)

    assert [shown(cell) for cell in header][:3] == ["prompt", "platform", "region"]
    assert formulas(rows) == []
    assert len(rows) == len(TEXTS)
    for row, text in zip(rows, TEXTS, strict=True):
        assert type_of(row[0]) == "string"
        assert shown(row[0]).replace("'", "") == "".join(text.replace("'", "").split())


@pytest.mark.parametrize("separator", [SEMICOLON, TAB], ids=["semicolon", "tab"])
def test_nor_is_there_a_formula_where_another_separator_is_used(opened: Open, separator: int) -> None:
    assert formulas(opened(evidence(), separator)) == []


def test_without_the_apostrophes_there_would_be(opened: Open) -> None:
    bare = evidence().replace("'", "")

    assert len(formulas(opened(bare, COMMA))) > 3
    assert len(formulas(opened(bare, SEMICOLON))) > 3


def test_numbers_are_numbers_and_names_in_other_scripts_are_read(opened: Open) -> None:
    report = whole()
    report["competitors"][0] |= {"name": "\u05d0\u05d1 \u65e5\u672c \u00e9", "share_of_voice": 8.5}
    table = table_of(report, "competitors")
    assert table is not None

    _, row, *_ = opened(table.text, COMMA)

    assert shown(row[0]) == "\u05d0\u05d1\u65e5\u672c\u00e9"
    assert [(type_of(cell), cell.get(f"{_OFFICE}value")) for cell in row[1:4]] == [
        ("float", "900"), ("float", "8.5"), ("float", "2.5"),
    ]  # fmt: skip
