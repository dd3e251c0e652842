"""The theme: from a brand's two colours to every colour of the page, readable in light and in dark.

Text has a contrast of at least 4.5 on every background it stands on, graphics of at least 3: WCAG 2.2, success
criteria 1.4.3 and 1.4.11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from report_shares.page.colours import Oklch, contrast, readable, text_on

TEXT = 4.5
GRAPHICS = 3.0
HEAT_STEPS = 6

# For a brand that has set none: a blue that is nobody's.
_PRIMARY = "#27496D"
_UP, _DOWN = "#1B7F4B", "#B3372F"


# Shades of the brand's colour, for backgrounds, lines and text: lightness in light and in dark, and the most chroma.
_SHADES = {
    "paper": (0.982, 0.165, 0.006),
    "surface": (1.0, 0.205, 0.012),
    "tint": (0.948, 0.275, 0.022),
    "track": (0.925, 0.31, 0.016),
    "line": (0.895, 0.345, 0.012),
    "ink": (0.235, 0.945, 0.02),
    "soft": (0.47, 0.765, 0.02),
}
# In both modes: the lightness of the palest and the strongest colour of the heat map, and the most that of the cover.
_HEAT = ((0.965, 0.46), (0.255, 0.66))
_BRIGHTEST_COVER = (1.0, 0.56)  # in dark mode, a cover in a bright brand colour would glare


@dataclass(frozen=True, slots=True)
class Theme:
    """The custom properties of report.css by name, without the dashes, in light and in dark."""

    light: Mapping[str, str]
    dark: Mapping[str, str]

    def css(self) -> str:
        """The style sheet that sets them. On paper it is always light."""
        dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_declared(self.dark)}}}}}"
        return f":root{{{_declared(self.light)}}}{dark}"


@lru_cache(64)
def theme(primary: str | None, secondary: str | None) -> Theme:
    """The theme of these ``#RRGGBB`` colours; None for a colour that is not set."""
    first = primary or _PRIMARY
    return Theme(_colours(0, first, secondary), _colours(1, first, secondary))


def _colours(mode: Literal[0, 1], primary: str, secondary: str | None) -> dict[str, str]:
    """All colours in light (0) or dark (1) mode."""
    brand = Oklch.of(primary)

    def shade(lightness: float, chroma: float) -> str:
        return replace(brand, lightness=lightness, chroma=min(brand.chroma, chroma)).hex()

    shades = {name: shade(values[mode], values[2]) for name, values in _SHADES.items()}
    grounds = (shades["paper"], shades["surface"], shades["tint"])
    drawn_on = (*grounds, shades["track"])
    accent = readable(primary, drawn_on, GRAPHICS)
    second = readable(secondary or _companion(brand), drawn_on, GRAPHICS)
    if secondary is None or contrast(accent, second) < 1.15:
        second = _apart(accent, second, drawn_on)
    brightest = _BRIGHTEST_COVER[mode]
    cover = primary if brand.lightness <= brightest else replace(brand, lightness=brightest).hex()
    on_cover = text_on(cover)
    colours = shades | {
        "ink": readable(shades["ink"], grounds, TEXT),
        "soft": readable(shades["soft"], drawn_on, TEXT),
        "accent": accent,
        "accent-text": readable(primary, grounds, TEXT),
        "second": second,
        "other": readable(shade(0.6, 0.012), drawn_on, GRAPHICS),
        "up": readable(_UP, grounds, TEXT),
        "down": readable(_DOWN, grounds, TEXT),
        "cover": cover,
        "on-cover": on_cover,
        "cover-soft": _quieter(on_cover, cover),
        "cover-mark": readable(secondary or on_cover, (cover,), GRAPHICS),
    }
    start, end = _HEAT[mode]
    for step in range(HEAT_STEPS):
        part = step / (HEAT_STEPS - 1)
        heat = shade(start + (end - start) * part, max(0.02, brand.chroma * (0.25 + part)))
        colours |= {f"heat-{step}": heat, f"on-heat-{step}": text_on(heat)}
    return colours


def _companion(brand: Oklch) -> str:
    """A second colour for a brand that has set only one: a third of the colour wheel away, and quieter."""
    return replace(brand, hue=brand.hue + 2.1, chroma=max(0.06, brand.chroma * 0.8)).hex()


def _apart(accent: str, second: str, grounds: tuple[str, ...]) -> str:
    """``second`` with its lightness moved away from ``accent``, as far as it stays readable."""
    given = Oklch.of(second)
    shades = [replace(given, lightness=step / 20).hex() for step in range(21)]
    fit = [shade for shade in shades if all(contrast(shade, ground) >= GRAPHICS for ground in grounds)]
    far = [shade for shade in fit if contrast(shade, accent) >= 1.5]
    return min(far, key=lambda shade: abs(Oklch.of(shade).lightness - given.lightness))


def _quieter(text: str, background: str) -> str:
    """The text colour drawn towards the background, as near to it as still reads well."""
    end, ground = Oklch.of(text), Oklch.of(background)
    parts = (0.3, 0.2, 0.1)
    shades = (replace(ground, lightness=end.lightness + (ground.lightness - end.lightness) * part) for part in parts)
    return next((shade.hex() for shade in shades if contrast(shade.hex(), background) >= TEXT), text)


def _declared(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())
