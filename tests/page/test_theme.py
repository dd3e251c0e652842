"""Whatever a brand's colours are, everything on the page can be read."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from report_shares.page.colours import BLACK, WHITE, Oklch, contrast, readable, text_on
from report_shares.page.theme import GRAPHICS, HEAT_STEPS, TEXT, theme

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


@given(colours)
def test_black_or_white_reads_on_any_colour(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= TEXT


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast(BLACK, WHITE), 2) == 21
    assert round(contrast("#767676", WHITE), 2) == 4.54  # the well-known lightest grey that passes on white
