"""Whatever a brand's colours are, everything on the page can be read."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from report_shares.page.assets import assets
from report_shares.page.colours import BLACK, WHITE, Oklch, contrast, luminance, readable, text_on
from report_shares.page.theme import GRAPHICS, HEAT_STEPS, TEXT, Theme, theme

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")
GROUNDS = ("paper", "surface", "tint")
TEXTS = [(ink, ground) for ink in ("ink", "soft", "accent-text", "up", "down") for ground in GROUNDS] + [
    ("paper", "ink"),
    ("on-cover", "cover"),
    ("cover-soft", "cover"),
    *((f"on-heat-{step}", f"heat-{step}") for step in range(HEAT_STEPS)),
]
DRAWN = [(ink, ground) for ink in ("accent", "second", "other") for ground in (*GROUNDS, "track")] + [
    ("accent-text", "paper"),
    ("soft", "track"),
]


@given(st.none() | colours, st.none() | colours)
@example(None, None)
def test_text_and_graphics_stand_out_in_light_and_in_dark(primary: str | None, secondary: str | None) -> None:
    made = theme(primary, secondary)

    for mode in (made.light, made.dark):
        assert [pair for pair in TEXTS if contrast(mode[pair[0]], mode[pair[1]]) < TEXT] == []
        assert [pair for pair in DRAWN if contrast(mode[pair[0]], mode[pair[1]]) < GRAPHICS] == []


# In light and in dark, of a brand without colours, of one with a single one, of a bright one, and of one whose colours
# are alike.
LOOKS = ((None, None), ("#ED0656", None), ("#FFE600", "#C2185B"), ("#0A7C66", "#0B8069"))
LOOK = """
paper        #F6F9FD #0C0F11 #FDF7F8 #110D0E #FAF9F5 #0F0E0B #F5FAF9 #0C0F0E
surface      #FFFFFF #13181D #FFFFFF #1C1516 #FFFFFF #181711 #FFFFFF #121917
tint         #E3EFFD #202932 #FCE8E9 #322324 #F1EFDE #2A281C #E0F3ED #1C2B27
track        #DFE7F1 #2A3138 #F1E2E3 #382D2E #E8E7DB #323127 #DCEAE5 #283330
line         #D7DDE4 #353A3F #E4D9DA #3F3737 #DEDDD4 #3A3A32 #D5DFDC #333B39
ink          #171F27 #E3EEFA #271A1B #FAE8E9 #201E13 #EFEEDF #14211D #E0F1EC
soft         #535C66 #AAB4BF #665657 #BFAEAF #5D5B4F #B5B3A5 #505F5A #A6B7B2
accent       #27496D #587CA3 #ED0656 #ED0656 #948500 #FFE600 #0A7C66 #218871
accent-text  #27496D #6D92BA #D6004C #FF456D #7A6D00 #FFE600 #097B66 #3D9E86
second       #472025 #C09094 #356300 #70B435 #C2185B #DC386F #005544 #51B399
other        #7B8187 #7B8187 #877D7E #877D7E #818178 #818178 #798380 #798380
up           #157B48 #43A069 #157B48 #419E67 #177C49 #429F68 #177C49 #43A069
down         #B3372F #E6665A #B3372F #E56558 #B3372F #E66659 #B3372F #E66659
cover        #27496D #27496D #ED0656 #D7004D #FFE600 #837600 #0A7C66 #0A7C66
on-cover     #FFFFFF #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #FFFFFF #FFFFFF
cover-soft   #A1C8F2 #A1C8F2 #140002 #FFEBEC #2E2800 #FFFFFF #C0FFEC #C0FFEC
cover-mark   #FFFFFF #FFFFFF #000000 #FFFFFF #C2185B #FFC0CD #77D8BD #77D8BD
heat-0       #EBF5FF #1C242C #FFEFF0 #3A151A #FAF5D1 #282304 #E4F9F2 #162722
on-heat-0    #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF
heat-1       #C3D4E8 #2A3848 #FFBFC4 #621626 #DED592 #3F3800 #B6DCD0 #1C3E35
on-heat-1    #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF
heat-2       #9CB5D0 #394E66 #FF8997 #8D1033 #C3B44D #564D00 #87C0AF #1F574A
on-heat-2    #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF
heat-3       #7796B8 #486585 #F54D6E #B80040 #A59400 #6F6400 #57A48F #20725F
on-heat-3    #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF
heat-4       #54789F #597DA4 #D8004D #E10051 #847600 #897B00 #208771 #288D76
on-heat-4    #FFFFFF #000000 #FFFFFF #FFFFFF #FFFFFF #000000 #000000 #000000
heat-5       #385A80 #7196BE #A50039 #FF3868 #645900 #A49400 #006854 #46A68E
on-heat-5    #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000 #FFFFFF #000000
"""


def test_the_look_of_a_page_is_this_one() -> None:
    looks = [theme(*colours) for colours in LOOKS]

    expected = [line.split() for line in LOOK.split("\n") if line]
    for number, mode in enumerate(mode for look in looks for mode in (look.light, look.dark)):
        assert mode == {name: colours[number] for name, *colours in expected}


def test_each_colour_of_a_style_sheet_is_one_of_the_themes() -> None:
    used = {name for sheet in assets().values() for name in re.findall(r"var\(--([\w-]+)\)", sheet.content)}

    assert used == set(theme(None, None).light)


def test_a_theme_is_a_style_sheet_that_is_light_on_paper() -> None:
    made = Theme({"paper": "#FFFFFF", "on-cover": "#000000"}, {"paper": "#111111"})

    assert made.css() == (
        ":root{--paper:#FFFFFF;--on-cover:#000000}@media screen and (prefers-color-scheme:dark){:root{--paper:#111111}}"
    )


def test_a_brand_without_colours_has_a_cover_of_its_own() -> None:
    assert theme(None, None).light["cover"] != theme("#0A7C66", None).light["cover"]


@given(colours)
def test_a_colour_that_is_readable_already_stays_as_it_is(colour: str) -> None:
    if contrast(colour, WHITE) >= TEXT:
        assert readable(colour, (WHITE,), TEXT) == colour


@given(colours)
def test_a_brands_own_colour_is_the_cover_on_light_screens(colour: str) -> None:
    assert theme(colour, None).light["cover"] == colour


@given(colours)
def test_a_colour_survives_the_way_to_oklch_and_back(colour: str) -> None:
    back = Oklch.of(colour).hex()

    assert all(abs(int(colour[at : at + 2], 16) - int(back[at : at + 2], 16)) <= 2 for at in (1, 3, 5))


@pytest.mark.parametrize("part", range(16))
def test_the_darkest_greys_come_back_from_oklch_as_they_are(part: int) -> None:
    grey = "#" + 3 * f"{part:02X}"

    assert Oklch.of(grey).hex() == grey


# Of the calculators that go by https://bottosson.github.io/posts/oklab/; hue in degrees.
@pytest.mark.parametrize(
    ("colour", "lightness", "chroma", "hue"),
    [
        ("#FF0000", 0.62796, 0.25768, 29.234),
        ("#00FF00", 0.86644, 0.29483, 142.495),
        ("#0000FF", 0.45201, 0.31321, -95.948),
    ],
)
def test_oklch_is_what_its_author_says(colour: str, lightness: float, chroma: float, hue: float) -> None:
    made = Oklch.of(colour)

    assert (made.lightness, made.chroma) == pytest.approx((lightness, chroma), abs=1e-4)
    assert math.degrees(made.hue) == pytest.approx(hue, abs=0.02)


@given(st.floats(0.3, 0.8), st.floats(-math.pi, math.pi))
def test_a_colour_that_no_screen_shows_keeps_lightness_and_hue_and_as_much_chroma_as_there_is(
    lightness: float, hue: float
) -> None:
    shown = Oklch(lightness, 0.5, hue).hex()

    made = Oklch.of(shown)
    assert made.lightness == pytest.approx(lightness, abs=0.01)
    assert math.cos(made.hue - hue) > 0.995
    channels = {int(shown[at : at + 2], 16) for at in (1, 3, 5)}
    assert channels & {*range(9), *range(247, 256)}


@given(colours, st.sampled_from([WHITE, BLACK]))
def test_a_colour_is_made_no_more_readable_than_it_has_to_be(colour: str, ground: str) -> None:
    made = readable(colour, (ground,), TEXT)

    assert contrast(made, ground) >= TEXT
    assert made == colour or contrast(made, ground) < TEXT + 0.2


def test_a_contrast_that_is_reached_exactly_is_enough() -> None:
    assert readable(BLACK, (WHITE,), 21) == BLACK


def test_where_neither_black_nor_white_would_be_readable_there_is_no_answer() -> None:
    with pytest.raises(ValueError, match="nothing reads"):
        readable("#808080", (BLACK, WHITE), TEXT)


@given(colours)
def test_black_or_white_reads_on_any_colour(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= TEXT


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast(BLACK, WHITE), 2) == 21
    assert round(contrast("#767676", WHITE), 2) == 4.54  # the well-known lightest grey that passes on white


# Parts below 0.04045, which are no power: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
@pytest.mark.parametrize(("colour", "expected"), [("#0A0A0A", 10 / 255 / 12.92), ("#0B0B0B", 0.0033465)])
def test_the_luminance_of_dark_greys_is_that_of_wcag(colour: str, expected: float) -> None:
    assert luminance(colour) == pytest.approx(expected, rel=1e-4)
