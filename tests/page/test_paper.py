"""What comes out of the printer, or out of "Save as PDF": examined as pictures and read as text."""

import re

import pypdfium2
import pytest
from playwright.sync_api import Page

from report_shares.page.glossary import platform
from tests.page.conftest import Open
from tests.page.odd import ODD, WHITE_LABEL, Odd, only
from tests.page.reports import PLATFORMS, snapshot

pytestmark = pytest.mark.browser

_POINTS_PER_MM = 72 / 25.4
_WIDTH, _HEIGHT = 595, 842  # A4
_FOOT = round(18 * _POINTS_PER_MM)
_EDGE = round(10 * _POINTS_PER_MM)
# How the heads of tables end: a page that ends like this has parted a head from its rows.
_HEADS = ("Answers naming it", "Perplexity", "Average rank", "Citations", "Answers", "Trend")


class Sheet:
    """A page of a PDF: its text, and its picture with a pixel for each point."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        bitmap = page.render(scale=1, grayscale=True)
        self.size = (round(page.get_width()), round(page.get_height()))
        self._text_page = page.get_textpage()
        self.text: str = self._text_page.get_text_range()
        self._stride = int(bitmap.stride)
        self._pixels = bytes(bitmap.buffer)

    def ink(self, left: int, right: int, bottom: int = _HEIGHT) -> float:
        """How much of the columns from left to right, from the top down to ``bottom``, is not white."""
        rows = (self._pixels[row * self._stride + left : row * self._stride + right] for row in range(bottom))
        return sum(sum(1 for pixel in row if pixel < 250) for row in rows) / ((right - left) * bottom)

    @property
    def body(self) -> str:
        """The text without the running footer."""
        return str(self._text_page.get_text_bounded(bottom=_FOOT)).strip()

    def within(self, left: int, right: int) -> str:
        """The text between these columns."""
        return str(self._text_page.get_text_bounded(left=left, right=right))

    @property
    def foot(self) -> list[tuple[float, float]]:
        """Where the characters of the running footer begin and end, from left to right."""
        found = [
            (left, right)
            for at in range(self._text_page.count_chars())
            for left, _, right, top in (self._text_page.get_charbox(at),)
            if top < _FOOT and right > left
        ]
        return sorted(found)


def printed(page: Page) -> list[Sheet]:
    pdf = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    return [Sheet(pdf[number]) for number in range(len(pdf))]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\ufffe]", "", text)


@pytest.mark.parametrize(
    "name",
    ["logo", "very long names", "right to left", "one run", "empty", "no cover, no footer", "twenty platforms"],
)
def test_a_report_prints_to_whole_a4_pages(opened: Open, name: str) -> None:
    page = opened(ODD[name], color_scheme="dark").page
    has_cover = page.locator(".cover").count() == 1

    sheets = printed(page)

    assert {sheet.size for sheet in sheets} == {(_WIDTH, _HEIGHT)}
    assert len(sheets) >= 2
    if has_cover:
        assert sheets[0].ink(0, 40) > 0.99, "the cover does not reach the left edge"
        assert sheets[0].ink(_WIDTH - 40, _WIDTH) > 0.99, "the cover does not reach the right edge"
        assert "At a glance" not in sheets[0].text
        assert f" / {len(sheets)}" not in sheets[0].text
    for number, sheet in enumerate(sheets[has_cover:], 1 + has_cover):
        # The text of a right-to-left page comes out from right to left, numbers too.
        footer = re.search(r"(\d+) / (\d+)", sheet.text)
        assert footer is not None, f"page {number} has no number"
        assert set(map(int, footer.groups())) == {number, len(sheets)}
        assert sheet.ink(0, _WIDTH, _HEIGHT - _FOOT) > 0.001, f"page {number} is empty"
        assert sheet.ink(0, _EDGE) == 0, f"page {number} runs over its left edge"
        assert sheet.ink(_WIDTH - _EDGE, _WIDTH) == 0, f"page {number} runs over its right edge"
        assert not sheet.body.endswith(_HEADS), f"page {number} ends with the head of a table"
        assert all(other[0] > one[1] - 2 for one, other in zip(sheet.foot, sheet.foot[1:], strict=False)), (
            f"page {number} has a footer that runs over itself"
        )


@pytest.mark.parametrize("name", ["logo", "no cover, no footer", "one run"])
def test_everything_that_a_table_shows_is_on_paper(opened: Open, name: str) -> None:
    page = opened(ODD[name]).page

    text = squeezed("".join(sheet.body for sheet in printed(page)))

    page.emulate_media(media="print")
    rows = page.locator("h2, h3, tbody tr").evaluate_all(
        """all => all.filter((one) => one.checkVisibility())
          .map((one) => one.innerText.replace(/no data/g, ""))"""
    )
    assert len(rows) >= 5
    assert [row for row in rows if squeezed(row) not in text] == []


def test_names_of_platforms_are_not_broken_within_a_word(opened: Open) -> None:
    page = opened(Odd(snapshot, WHITE_LABEL)).page

    (text,) = (sheet.text for sheet in printed(page) if "Prompts by platform" in sheet.text)

    matrix = text[text.index("Prompts by platform") :]
    words = {word for name in PLATFORMS for word in platform(name).split()}
    assert {word for word in words if word not in matrix} == set()


@pytest.mark.parametrize("number", [8, 9, 12, 13, 40])
def test_paper_has_every_platform_of_the_heat_map(opened: Open, number: int) -> None:
    names = tuple(f"assistant {at}" for at in range(100, 100 + number))
    odd = Odd(lambda: snapshot(prompts=2, platforms=names), only("show_platform_matrix"))

    (sheet,) = (sheet for sheet in printed(opened(odd).page) if "Prompts by platform" in sheet.text)

    found = re.findall(r"assistant\s+\d+", sheet.within(_EDGE, _WIDTH - _EDGE))
    assert [" ".join(name.split()) for name in found] == list(names)


def test_after_printing_the_tables_can_be_sorted_as_before(opened: Open) -> None:
    page = opened().page
    heads = page.locator("#competitors thead th")
    before = heads.all_inner_texts()

    page.evaluate(
        "addEventListener('beforeprint', () => { window.left = document.querySelectorAll('th > button').length })"
    )
    page.pdf()

    assert page.evaluate("window.left") == 0
    assert heads.all_inner_texts() == before
    page.locator("#competitors thead button", has_text="Business").click()
    assert page.locator("#competitors th[aria-sort]").count() == 1
