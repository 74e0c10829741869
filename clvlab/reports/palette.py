"""Colours of drawings on light and on dark paper, by lightness as the eye judges it (Oklab)."""

from functools import cache

from clvlab.figures.style import COLOURS

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#161d25"
LEAST_CONTRAST = 4.5  # of text, as WCAG 2.2 asks at level AA
_DARKEST, _LIGHTEST = 0.229, 0.955  # lightness of dark paper and of what is brightest on it

type Lab = tuple[float, float, float]


@cache
def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it.

    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    red, green, blue = _linear(colour)
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 6)


def contrast(one: str, other: str) -> float:
    """Ratio of contrast of two colours, from 1 to 21, as WCAG defines it.

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@cache
def on_dark(colour: str) -> str:
    """The colour on dark paper: light becomes dark and dark light, the hue stays.

    >>> on_dark("#ffffff") == DARK_PAPER, contrast(on_dark("#1f2933"), DARK_PAPER) > 10
    (True, True)
    """
    if colour == LIGHT_PAPER:
        return DARK_PAPER
    if colour in COLOURS:  # what tells lines apart stays itself
        return reaching(LEAST_CONTRAST, colour, DARK_PAPER)
    light, a, b = _lab(colour)
    # on dark paper, what is faint needs more distance from the paper than on light
    return _hex((_LIGHTEST - (_LIGHTEST - _DARKEST) * light**1.8, a, b))


@cache
def as_text(colour: str, paper: str) -> str:
    """The colour, as much lighter or darker as text on that paper needs; what is near the paper's own is on no paper.

    White text stands on what is drawn under it, and stays white.

    >>> contrast(as_text("#e69f00", "#ffffff"), "#ffffff") >= 4.5, as_text("#ffffff", "#ffffff")
    (True, '#ffffff')
    """
    return colour if contrast(colour, paper) < 1.2 else reaching(LEAST_CONTRAST, colour, paper)


def reaching(least: float, colour: str, paper: str) -> str:
    """The colour, made darker on light paper and lighter on dark until it has that contrast with it."""
    light, a, b = _lab(colour)
    step = -0.01 if luminance(paper) > 0.5 else 0.01
    while contrast(colour, paper) < least and 0 < light < 1:
        light += step
        colour = _hex((light, a, b))
    return colour


def _linear(colour: str) -> Lab:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return red, green, blue


def _lab(colour: str) -> Lab:
    """Oklab of a colour (Ottosson 2020)."""
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _hex(lab: Lab) -> str:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    shown = (min(max(x, 0.0), 1.0) for x in parts)
    return "#" + "".join(
        f"{round(255 * (12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055)):02x}" for x in shown
    )
