"""The style of every figure: light axes, one strong colour for what matters, labels next to lines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter

from clvlab.figures import widths
from clvlab.words import Kind, Locale

type End = tuple[str, float, float, str]  # of a line: its label, x, y and colour

ACTUAL = "#1f2933"
# Okabe and Ito's colours, told apart by readers with any colour vision; yellow, too light for lines, left out.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7f6fb0", "#8a8f98")
GREY = "#9aa5b1"
WIDE = (9.0, 4.2)
SMALL = (6.4, 4.0)

# The second has the Chinese glyphs, where it is installed; the third knows at least how wide they are.
FAMILIES = ("DejaVu Sans", "Noto Sans CJK SC", widths.FAMILY)
_RC: Any = {
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7b8794",
    "axes.labelcolor": "#3e4c59",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": "#52606d",
    "ytick.color": "#52606d",
    "legend.frameon": False,
    "figure.dpi": 110,
}


@contextmanager
def canvas(size: tuple[float, float] = WIDE) -> Iterator[tuple[Figure, Axes]]:
    """A figure and its axes in the house style."""
    with panels(size) as (fig, ((axes,),)):
        yield fig, axes


@contextmanager
def panels(
    size: tuple[float, float],
    *,
    rows: int = 1,
    columns: int = 1,
    share_x: bool = False,
    share_y: bool = False,
    heights: Sequence[float] | None = None,
) -> Iterator[tuple[Figure, list[list[Axes]]]]:
    """A figure in the house style, and its axes row by row.

    Parameters
    ----------
    share_x, share_y : bool
        Whether all axes have one scale.
    heights : sequence of float, optional
        Of the rows, against each other.
    """
    with plt.rc_context(_RC), _known_fonts():
        fig, grid = plt.subplots(
            rows, columns, figsize=size, layout="constrained", squeeze=False, sharex=share_x, sharey=share_y,
            height_ratios=heights,
        )  # fmt: skip
        yield fig, grid.tolist()
        if "inline" in mpl.get_backend():
            plt.close(fig)  # JupyterLab shows what a cell returns; an open figure it would show once more


@contextmanager
def _known_fonts() -> Iterator[None]:
    """Leave out a family that is not installed: matplotlib would warn at every glyph."""
    from matplotlib import font_manager

    _know_widths()
    installed = set(font_manager.get_font_names())
    families = [family for family in FAMILIES if family in installed] or ["sans-serif"]
    with plt.rc_context({"font.family": families}):
        yield


@cache
def _know_widths() -> None:
    """Make the font of widths one that matplotlib has."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(widths.FILE)
    known = font_manager.fontManager.ttflist
    known.append(replace(known[-1], weight=700))  # bold characters are as wide


def colours(labels: list[str]) -> dict[str, str]:
    """One colour a label, in order."""
    return {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}


class _Ticks(Formatter):
    """Writes the ticks of an axis alike: as many decimals as their spacing needs."""

    def __init__(self, locale: Locale, kind: Kind) -> None:
        self.locale, self.kind = locale, kind

    def __call__(self, value: float, pos: int | None = None) -> str:
        del pos
        return self.locale.written(value, self.kind)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        shown = np.asarray(values, dtype=float) * (100.0 if self.kind == "percent" else 1.0)
        step = np.min(np.diff(np.unique(shown)), initial=np.inf)
        if not 0 < step < np.inf or np.ptp(np.diff(shown)) > step:
            return [self(value) for value in values]
        digits = next((d for d in range(6) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 6)
        return [self.locale.written(value, f"{self.kind}{digits}") for value in values]


def numbers_on(axis: Axis, locale: Locale, kind: Kind = "number") -> None:
    """Write an axis' ticks as a reader writes numbers."""
    axis.set_major_formatter(_Ticks(locale, kind))


class _Days(Formatter):
    """Writes the ticks of an axis of time alike: years where all begin one, months where all begin one, else days."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale

    def __call__(self, value: float, pos: int | None = None) -> str:
        del pos
        return self.locale.date(num2date(value))  # type: ignore[no-untyped-call]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        days = [num2date(value) for value in values]  # type: ignore[no-untyped-call]
        if all((day.month, day.day) == (1, 1) for day in days):
            return [str(day.year) for day in days]
        return [self.locale.month(day) if all(d.day == 1 for d in days) else self.locale.date(day) for day in days]


def days_on(axis: Axis, locale: Locale) -> None:
    """Write an axis' ticks as a reader writes months and days."""
    axis.set_major_formatter(_Days(locale))


def label_ends(axes: Axes, ends: Sequence[End], gap: float = 0.055) -> None:
    """Write each line's label at its right end, moved apart where they would touch.

    Parameters
    ----------
    ends : sequence of (label, x, y, colour)
        Two lines may have one label: a competitor may be called "actual".
    gap : float
        Least distance, as a share of the axis' height.
    """
    low, high = axes.get_ylim()
    step = gap * (high - low)
    placed = -float("inf")
    for label, x, y, colour in sorted(ends, key=lambda end: end[2]):
        placed = max(y, placed + step)
        axes.annotate(
            label, (x, y), xytext=(x, placed), textcoords="data", color=colour, va="center", ha="left",
            fontsize=9, annotation_clip=False,
        ).set_in_layout(True)  # fmt: skip
