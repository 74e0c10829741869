"""Measures of customers: over time, and by segment."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale

COLUMNS = 3
PANEL = (3.1, 2.1)  # inches
LONGEST = 18  # characters of a segment's name


def measures_over_time(
    table: pd.DataFrame, kinds: Mapping[str, Kind], *, targets: Mapping[str, float] | None = None,
    locale: Locale = ENGLISH,
) -> Figure:  # fmt: skip
    """A small panel a measure: its value by period with its interval, and its target.

    Parameters
    ----------
    table : DataFrame
        ``measure`` (id), ``period`` (its first day), ``value``, ``low``, ``high``; periods in order.
    kinds : mapping of measure to {"number", "percent", "money"}
        How each is written; one panel each, in this order.
    targets : mapping of measure to float, optional
    """
    rows = -(-len(kinds) // COLUMNS)
    columns = min(COLUMNS, len(kinds))
    size = (PANEL[0] * columns, PANEL[1] * rows)
    with style.panels(size, rows=rows, columns=columns) as (fig, grid):
        panels = [axes for row in grid for axes in row]
        for axes, (measure, kind) in zip(panels, kinds.items(), strict=False):
            own = table[table["measure"] == measure]
            _over_time(axes, own, kind, (targets or {}).get(measure), locale)
            axes.set_title(locale.label("measure", measure), fontsize=9.5)
        for axes in panels[len(kinds) :]:
            axes.set_visible(False)
    return fig


def _over_time(axes: Axes, own: pd.DataFrame, kind: Kind, target: float | None, locale: Locale) -> None:
    when = pd.DatetimeIndex(own["period"]).to_pydatetime()
    value, low, high = (own[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    axes.fill_between(when, low, high, color=style.COLOURS[0], alpha=0.15, lw=0)
    axes.plot(when, value, color=style.COLOURS[0], lw=1.4)
    known = np.flatnonzero(np.isfinite(value))
    if known.size:
        axes.scatter([when[known[-1]]], [value[known[-1]]], color=style.COLOURS[0], s=22, zorder=3)
    if target is not None:
        axes.axhline(target, color=style.COLOURS[1], lw=1.1, ls=(0, (4, 3)))
        axes.annotate(locale.say("figures.target"), (0.01, target), xycoords=("axes fraction", "data"), va="bottom",
                      fontsize=8, color=style.COLOURS[1])  # fmt: skip
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=4))  # type: ignore[no-untyped-call]
    axes.locator_params(axis="y", nbins=4)
    axes.tick_params(labelsize=8)
    style.numbers_on(axes.yaxis, locale, kind)
    style.days_on(axes.xaxis, locale)


def measures_by_segment(table: pd.DataFrame, kinds: Mapping[str, Kind], *, locale: Locale = ENGLISH) -> Figure:
    """A panel a measure: each segment's value with its interval, and the value of all customers as a line.

    Parameters
    ----------
    table : DataFrame
        ``measure`` (id), ``segment`` (missing: all customers), ``value``, ``low``, ``high``.
    kinds : mapping of measure to {"number", "percent", "money"}
        How each is written; one panel each, in this order.
    """
    names = list(dict.fromkeys(table["segment"].dropna()))
    place = {name: len(names) - 1 - i for i, name in enumerate(names)}
    columns = min(COLUMNS, len(kinds))
    rows = -(-len(kinds) // columns)
    size = (PANEL[0] * columns, (0.9 + 0.27 * len(names)) * rows)
    with style.panels(size, rows=rows, columns=columns, share_y=True) as (fig, grid):
        panels = [axes for row in grid for axes in row]
        for axes, (measure, kind) in zip(panels, kinds.items(), strict=False):
            own = table[table["measure"] == measure]
            each, everybody = own.dropna(subset=["segment"]), own[own["segment"].isna()]
            y = [place[name] for name in each["segment"]]
            axes.hlines(y, each["low"], each["high"], color=style.COLOURS[0], lw=2.4, alpha=0.5)
            axes.scatter(each["value"], y, color=style.COLOURS[0], s=24, zorder=3)
            for value in everybody["value"].dropna():
                axes.axvline(value, color=style.GREY, lw=1.1, ls=(0, (4, 3)))
            axes.set_yticks(list(place.values()), [_short(name) for name in place])
            axes.set_ylim(-0.6, len(names) - 0.4)
            axes.locator_params(axis="x", nbins=4)
            axes.tick_params(labelsize=8.5)
            axes.set_title(locale.label("measure", measure), fontsize=9.5)
            axes.grid(axis="y", visible=False)
            style.numbers_on(axes.xaxis, locale, kind)
        for axes in panels[len(kinds) :]:
            axes.set_visible(False)
    return fig


def _short(name: object) -> str:
    text = str(name)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
