"""The audit of a customer base: bridges, deciles, heatmaps, and cohorts over time."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale

UP, DOWN, WHOLE = style.COLOURS[2], style.COLOURS[1], style.COLOURS[0]
DARK = 0.55  # of the scale: above it a cell is dark, and its number white


def bridge(steps: pd.DataFrame, *, ends: Sequence[str], kind: str = "audit_step", locale: Locale = ENGLISH) -> Figure:
    """From one amount to another, a bar a step.

    Parameters
    ----------
    steps : DataFrame, index step
        profit: the first row where it starts, the last where it ends, the others what is added.
    ends : sequence of two str
        Names of the first and the last.
    kind : str
        Kind of label of the steps between.
    """
    amounts = steps["profit"].to_numpy(dtype=float)
    labels = [ends[0], *(locale.label(kind, step) for step in steps.index[1:-1]), ends[1]]
    with style.canvas((9.0, 0.6 + 0.44 * len(amounts))) as (fig, axes):
        so_far = 0.0
        for place, amount in enumerate(amounts):
            whole = place in (0, len(amounts) - 1)
            left = 0.0 if whole else so_far
            colour = WHOLE if whole else UP if amount >= 0 else DOWN
            axes.barh(place, amount, left=left, color=colour, height=0.62)
            so_far = amount if place == 0 else so_far + amount
            at = max(left, left + amount)
            sign = "" if whole or amount < 0 else "+"
            axes.annotate(
                f" {sign}{locale.money(amount, 0)}", (at, place), va="center", ha="left", fontsize=9, color=style.ACTUAL
            )
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.axvline(0, color=style.GREY, lw=0.9)
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, locale, "money")
    return fig


def deciles(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Share of profit of ten groups of equally many customers.

    Parameters
    ----------
    table : DataFrame, index decile, 1 to 10
        share.
    """
    share = table["share"].to_numpy(dtype=float)
    with style.canvas((9.0, 3.4)) as (fig, axes):
        axes.bar(np.arange(1, len(share) + 1), share, color=WHOLE, width=0.72)
        for place, value in enumerate(share, start=1):
            if np.isfinite(value):
                axes.annotate(locale.percent(value, 0), (place, max(value, 0.0)), ha="center", va="bottom", fontsize=9)
        axes.set_xticks(range(1, len(share) + 1))
        axes.set_xlabel(locale.say("audit.axes.decile"))
        axes.set_ylabel(locale.say("audit.axes.share"))
        axes.grid(axis="x", visible=False)
        axes.margins(y=0.12)
        style.numbers_on(axes.yaxis, locale, "percent")
    return fig


def heatmap(
    table: pd.DataFrame, *, rows: str, columns: str, kind: Kind = "percent", relative: bool = False,
    locale: Locale = ENGLISH,
) -> Figure:  # fmt: skip
    """A table as cells, the darker the more.

    Parameters
    ----------
    table : DataFrame
        Numbers; missing cells stay blank. Names of rows and columns are shown as they are, but for "absent".
    rows, columns : str
        Catalogue keys of what they are.
    kind : {"number", "percent", "money"}
        How cells are written.
    relative : bool
        Whether the scale runs from the least to the most, instead of from 0.
    """
    cells = table.to_numpy(dtype=float)
    inner = table.drop(index="absent", columns="absent", errors="ignore").to_numpy(dtype=float)
    known = inner[np.isfinite(inner)]  # most customers may be absent, and would leave the others pale
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    low = low if relative else min(low, 0.0)
    high = high if high > low else low + 1.0
    size = (min(1.9 + 0.68 * cells.shape[1], 10.5), 1.1 + 0.36 * cells.shape[0])
    with style.canvas(size) as (fig, axes):
        colours = mpl.colormaps["Blues"].with_extremes(bad="white")
        axes.imshow(np.ma.masked_invalid(cells), cmap=colours, vmin=low, vmax=high * 1.05, aspect="auto")
        for i, j in np.argwhere(np.isfinite(cells)):
            dark = (cells[i, j] - low) / (high - low) > DARK
            said = locale.written(float(cells[i, j]), f"{kind}0")
            axes.annotate(said, (j, i), ha="center", va="center", fontsize=8, color="white" if dark else style.ACTUAL)
        for ticks, names in ((axes.set_xticks, table.columns), (axes.set_yticks, table.index)):
            ticks(range(len(names)), [_name(each, locale) for each in names], fontsize=8.5)
        if max((len(str(each)) for each in table.columns), default=0) > 8:
            axes.tick_params(axis="x", labelrotation=35)
        axes.set_xlabel(locale.say(columns))
        axes.set_ylabel(locale.say(rows))
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    return fig


def _name(of: object, locale: Locale) -> str:
    return locale.say("audit.absent") if of == "absent" else _cohort(of, locale)


def _cohort(of: object, locale: Locale) -> str:
    return locale.say("audit.before_records") if of == "before" else str(of)


def cohort_chart(table: pd.DataFrame, *, axis: str, locale: Locale = ENGLISH) -> Figure:
    """Customer cohort chart: each period's profit, the oldest cohort at the bottom.

    Parameters
    ----------
    table : DataFrame
        One row per period, one column per cohort, the oldest first.
    axis : str
        Catalogue key of what is stacked.
    """
    periods = [str(each) for each in table.index]
    shades = mpl.colormaps["viridis"](np.linspace(0.1, 0.95, max(table.shape[1], 2)))
    with style.canvas((9.0, 4.4)) as (fig, axes):
        place = np.arange(len(periods))
        up, down = np.zeros(len(periods)), np.zeros(len(periods))
        for number, name in enumerate(table.columns):
            amount = np.nan_to_num(table[name].to_numpy(dtype=float))
            base = np.where(amount >= 0, up, down)
            axes.bar(place, amount, bottom=base, color=shades[number], width=0.78, label=_cohort(name, locale))
            up, down = up + np.maximum(amount, 0.0), down + np.minimum(amount, 0.0)
        step = max(1, -(-len(periods) // 12))
        axes.set_xticks(place[::step], periods[::step])
        axes.set_ylabel(locale.say(axis))
        axes.grid(axis="x", visible=False)
        style.numbers_on(axes.yaxis, locale, "money")
        if table.shape[1] <= 12:
            handles, names = axes.get_legend_handles_labels()
            axes.legend(handles[::-1], names[::-1], title=locale.say("audit.axes.cohort"), loc="center left",
                        bbox_to_anchor=(1.0, 0.5))  # fmt: skip
    return fig


def cohort_lines(table: pd.DataFrame, *, axis: str, kind: Kind, locale: Locale = ENGLISH) -> Figure:
    """Cohorts by age, a line each.

    Parameters
    ----------
    table : DataFrame
        One row per age, one column per cohort.
    axis : str
        Catalogue key of what is drawn.
    kind : {"number", "percent", "money"}
    """
    with style.canvas((9.0, 3.8)) as (fig, axes):
        ends: list[style.End] = []
        for name, colour in style.colours([str(each) for each in table.columns]).items():
            own = table[name].dropna()
            axes.plot(own.index, own.to_numpy(dtype=float), marker="o", ms=4, color=colour, lw=1.7)
            if len(own):
                ends.append((name, float(own.index[-1]), float(own.iloc[-1]), colour))
        axes.set_xticks(range(len(table)))
        axes.set_xlabel(locale.say("audit.axes.age"))
        axes.set_ylabel(locale.say(axis))
        axes.margins(x=0.08)
        style.numbers_on(axes.yaxis, locale, kind)
        style.label_ends(axes, [(f"  {name}", x, y, colour) for name, x, y, colour in ends])
    return fig
