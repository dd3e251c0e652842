"""Colour arithmetic: contrast as WCAG 2.2 defines it, lightness as eyes see it.

Colours are ``#RRGGBB`` outside and OKLCH inside, where a brand's colour gets lighter or darker at the same hue; mixing
it with black or white would dull it. OKLab is Björn Ottosson's, https://bottosson.github.io/posts/oklab/.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

BLACK, WHITE = "#000000", "#FFFFFF"

_STEPS = 16  # halvings of the lightness range: finer than a step of 8-bit colour


@dataclass(frozen=True, slots=True)
class Oklch:
    """Lightness 0..1, chroma 0..about 0.4, hue in radians."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def of(cls, colour: str) -> Self:
        red, green, blue = _linear(colour)
        long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
        a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
        return cls(lightness, math.hypot(a, b), math.atan2(b, a))

    def hex(self) -> str:
        """The nearest displayable colour of this lightness and hue: chroma gives way."""
        low, high = 0.0, self.chroma
        if not _is_displayable(self._rgb(high)):
            for _ in range(_STEPS):
                middle = (low + high) / 2
                low, high = (middle, high) if _is_displayable(self._rgb(middle)) else (low, middle)
            high = low
        return "#" + "".join(f"{round(255 * _encoded(min(1.0, max(0.0, part)))):02X}" for part in self._rgb(high))

    def _rgb(self, chroma: float) -> tuple[float, float, float]:
        a, b = chroma * math.cos(self.hue), chroma * math.sin(self.hue)
        long = (self.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (self.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (self.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        return (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )


@lru_cache(4096)
def luminance(colour: str) -> float:
    """Relative luminance, 0..1: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1..21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """Black or white, whichever reads better; one of them always has a contrast above 4.5."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, background))


def readable(colour: str, backgrounds: tuple[str, ...], ratio: float) -> str:
    """The colour, changed in lightness as little as it takes to reach ``ratio`` on each of the backgrounds.

    It moves away from the backgrounds: darker on light ones, lighter on dark ones. The backgrounds have to be alike.
    Raises ``ValueError`` if neither black nor white would do.
    """

    def reads(candidate: str) -> bool:
        return all(contrast(candidate, background) >= ratio for background in backgrounds)

    if reads(colour):
        return colour
    goal = max((BLACK, WHITE), key=lambda end: min(contrast(end, background) for background in backgrounds))
    if not reads(goal):
        raise ValueError(f"nothing reads at {ratio} on {', '.join(backgrounds)}")
    given = Oklch.of(colour)
    near, far, best = given.lightness, (0.0 if goal == BLACK else 1.0), goal
    for _ in range(_STEPS):
        middle = (near + far) / 2
        candidate = replace(given, lightness=middle).hex()
        if reads(candidate):
            far, best = middle, candidate
        else:
            near = middle
    return best


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _is_displayable(rgb: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in rgb)
