"""A matplotlib figure as SVG: its text set by the reader's browser, and the values of its points told on hover."""

import html
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from clvlab.words import Locale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Drawing

type Point = tuple[float, float, str]  # where in the picture, in points from its upper left corner; what is there

LARGEST_SVG = 150_000
DPI = 144  # of what is drawn as pixels in a figure of very many points
POINT = 72.0  # to the inch
MARGIN = 0.1  # inches
MOST_POINTS = 400
LONGEST_LINE = 60  # points of a line that are told
# The reader's fonts: a browser takes the first it has.
FONTS = "'DejaVu Sans', Verdana, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_FAMILY = re.compile(r"font-family: [^;\"]*")


def svg_of(drawing: "Drawing", locale: Locale) -> str:
    """The drawing as the text of an SVG file; the drawing is closed.

    Each point, bar and dot has an invisible circle with a ``<title>``: what its axes say of it, as a reader writes it.
    Where the file would be larger than ``LARGEST_SVG``, what is drawn becomes pixels and its text stays text.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    # a fixed salt gives the same bytes for the same figure, run after run
    with mpl.rc_context({"svg.hashsalt": "clvlab", "svg.fonttype": "none"}):
        drawing.set_dpi(POINT)
        drawing.draw_without_rendering()
        drawing.set_layout_engine("none")  # as laid out, so that the places of points stay true
        box = drawing.get_tightbbox().padded(MARGIN)
        found = islice(_points(drawing, locale), MOST_POINTS)
        points = [(x - POINT * box.x0, POINT * box.y1 - y, text) for x, y, text in found]

        def drawn() -> str:
            buffer = io.BytesIO()
            drawing.savefig(buffer, format="svg", bbox_inches=box, dpi=DPI, metadata={"Date": None})
            return _FAMILY.sub(f"font-family: {FONTS}", buffer.getvalue().decode("utf-8"))

        svg = drawn()
        if len(svg) > LARGEST_SVG:
            for axes in drawing.axes:
                for artist in (*axes.lines, *axes.collections, *axes.patches, *axes.images):
                    artist.set_rasterized(True)
            svg = drawn()
        plt.close(drawing)
    return svg.replace("</svg>", f"{_told(points)}</svg>")


def _told(points: list[Point]) -> str:
    if not points:
        return ""
    circles = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{html.escape(text)}</title></circle>' for x, y, text in points
    )
    return f'<g id="values" style="fill: none; stroke: none; pointer-events: all">{circles}</g>'


def _points(drawing: "Drawing", locale: Locale) -> Iterator[Point]:
    """Every point whose axes can say what it is, in points from the lower left corner of the drawing."""
    for axes in drawing.axes:
        if not (axes.get_visible() and axes.axison):
            continue
        seen: set[tuple[int, int]] = set()
        for x, y, parts in (*_bars(axes, locale), *_dots(axes, locale), *_lines(axes, locale)):
            if not all(parts) or not (x == x and y == y):
                continue
            at_x, at_y = axes.transData.transform((x, y))
            place = (round(float(at_x)), round(float(at_y)))
            if axes.bbox.padded(1).contains(at_x, at_y) and place not in seen:
                seen.add(place)
                yield float(at_x), float(at_y), " · ".join(parts)


type _Place = tuple[float, float, list[str]]


def _bars(axes: "Axes", locale: Locale) -> Iterator[_Place]:
    from matplotlib.container import BarContainer

    for bars in axes.containers:
        if not isinstance(bars, BarContainer):
            continue
        lying = bars.orientation == "horizontal"
        of, along = (axes.yaxis, axes.xaxis) if lying else (axes.xaxis, axes.yaxis)
        sides = [(b.get_y(), b.get_height()) if lying else (b.get_x(), b.get_width()) for b in bars.patches]
        # bars that touch are a histogram: each stands for what lies between its sides
        touching = len(sides) > 1 and abs(sides[0][0] + sides[0][1] - sides[1][0]) < 1e-6 * abs(sides[0][1])
        for bar, (start, length), value in zip(
            bars.patches, sides, np.asarray(bars.datavalues, dtype=float), strict=False
        ):
            middle = float(start + length / 2)
            name = _written(of, middle, locale)
            if touching and _is_scale(of):
                low, high = (_written(of, end, locale) for end in (start, start + length))
                name = locale.say("numbers.low_to_high", low=low, high=high)
            end = float(bar.get_x() + bar.get_width() if lying else bar.get_y() + bar.get_height())
            told = [*_label(bars.get_label()), name, _written(along, float(value), locale)]
            yield (end, middle, told) if lying else (middle, end, told)


def _dots(axes: "Axes", locale: Locale) -> Iterator[_Place]:
    from matplotlib.collections import PathCollection

    for dots in axes.collections:
        if isinstance(dots, PathCollection) and all(
            dots.get_offset_transform().contains_branch_seperately(axes.transData)
        ):
            for x, y in dots.get_offsets().tolist():  # type: ignore[union-attr]
                yield x, y, [*_label(dots.get_label()), *_said(axes, x, y, locale)]


def _lines(axes: "Axes", locale: Locale) -> Iterator[_Place]:
    names = _by_colour(axes)
    for line in axes.lines:
        whole = line.get_xydata().tolist()  # type: ignore[union-attr]
        shown = line.get_visible() and all(line.get_transform().contains_branch_seperately(axes.transData))
        # two points without marks are a line to compare with; a line without a stroke marks the ends of intervals
        if (
            not shown
            or len(whole) < 3
            or (line.get_linestyle() in ("None", "none", "") and line.get_marker() in ("|", "_"))
        ):
            continue
        name = _label(line.get_label()) or names.get(_hex(line.get_color()), [])
        for x, y in whole[:: -(-len(whole) // LONGEST_LINE)]:
            yield x, y, [*name, *_said(axes, x, y, locale)]


def _by_colour(axes: "Axes") -> dict[str, list[str]]:
    """What stands beside lines, or in a legend, in their colour."""
    found: dict[str, list[str]] = {}
    for text in axes.texts:
        found.setdefault(_hex(text.get_color()), []).append(" ".join(text.get_text().split()))
    return {colour: texts for colour, texts in found.items() if len(texts) == 1}


def _hex(colour: object) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)  # type: ignore[arg-type]


def _said(axes: "Axes", x: float, y: float, locale: Locale) -> list[str]:
    told = [_written(axes.xaxis, x, locale), _written(axes.yaxis, y, locale)]
    return told[::-1] if _is_scale(axes.xaxis) and not _is_scale(axes.yaxis) else told


def _label(label: object) -> list[str]:
    text = str(label or "")
    return [] if not text or text.startswith("_") else [text]


def _is_scale(axis: "Axis") -> bool:
    """Whether the axis has numbers or days rather than names at fixed places."""
    from matplotlib.category import StrCategoryFormatter
    from matplotlib.ticker import FixedFormatter, FuncFormatter, NullFormatter

    names = (StrCategoryFormatter, FixedFormatter, FuncFormatter, NullFormatter)
    return not isinstance(axis.get_major_formatter(), names)


def _written(axis: "Axis", value: float, locale: Locale) -> str:
    """What the axis says at a place; nothing where it has no name for it."""
    from matplotlib.ticker import LogFormatter, ScalarFormatter

    formatter = axis.get_major_formatter()
    if not len(axis.get_majorticklocs()):
        return ""
    if isinstance(formatter, ScalarFormatter | LogFormatter):
        return locale.number(value)
    if _is_scale(axis):
        return formatter(value).strip()
    places = [float(place) for place in axis.get_majorticklocs()]
    near = min(places, key=lambda place: abs(place - value), default=float("inf"))
    if abs(near - value) > 0.02:
        return ""
    return " ".join(formatter(near, places.index(near)).split())
