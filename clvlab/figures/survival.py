"""Curves over tenure: who is still here, who leaves and why."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale

MARKS = 60  # censoring marks a curve, at most
BAND = 0.14
LONGEST = 28  # letters of a small panel's title


def survival(table: pd.DataFrame, *, unit: str, title: str = "", locale: Locale = ENGLISH) -> Figure:
    """Kaplan-Meier curves with pointwise intervals, censoring marks, and the numbers at risk below.

    Parameters
    ----------
    table : DataFrame
        ``Curves.table``.
    unit : str
        Of tenure: day, week, month or year.
    """
    groups = list(table["group"].unique())
    height = 4.2 + 0.26 * len(groups)
    heights = [height - 0.5, 0.2 + 0.26 * len(groups)]
    with style.panels((9.0, height), rows=2, share_x=True, heights=heights) as (fig, ((axes,), (below,))):
        ends: list[style.End] = []
        last = float(table["last"].max())
        for group, colour in style.colours(groups).items():
            rows = table[table["group"] == group]
            time, value = _stairs(rows, "survival")
            axes.step(time, value, where="post", color=colour, lw=1.8)
            axes.fill_between(
                *_stairs(rows, "low"), _stairs(rows, "high")[1], step="post", color=colour, alpha=BAND, lw=0
            )
            marked = rows[rows["censored"] > 0]
            marked = marked.iloc[:: max(1, len(marked) // MARKS)]
            axes.plot(marked["time"], marked["survival"], "|", color=colour, ms=5, alpha=0.6)
            ends.append((group, last * 1.01, float(value[-1]), colour))
        axes.set_xlim(0, last)
        axes.set_ylim(0, 1)
        axes.set_ylabel(locale.say("figures.share_still_here"))
        style.numbers_on(axes.yaxis, locale, "percent")
        if len(groups) > 1:
            style.label_ends(axes, ends)
        if title:
            axes.set_title(title)
        _at_risk(below, table, groups, last, locale)
        below.set_xlabel(locale.say("figures.tenure", unit=locale.label("unit", unit)))
        style.numbers_on(below.xaxis, locale)
    return fig


def incidence(table: pd.DataFrame, *, unit: str, locale: Locale = ENGLISH) -> Figure:
    """Share that has left for each reason, stacked: their sum is all who left.

    Parameters
    ----------
    table : DataFrame
        ``cumulative_incidence`` of one group.
    unit : str
        Of tenure: day, week, month or year.
    """
    order = table.groupby("reason")["incidence"].last().sort_values(ascending=False).index
    wide = table.pivot_table(index="time", columns="reason", values="incidence")[list(order)]
    wide = pd.concat([pd.DataFrame(0.0, index=[0.0], columns=wide.columns), wide])
    with style.canvas((9.0, 4.4)) as (fig, axes):
        total = np.zeros(len(wide))
        last = float(wide.index[-1])
        ends: list[style.End] = []
        for reason, colour in style.colours(list(order)).items():
            own = wide[reason].to_numpy()
            axes.fill_between(wide.index, total, total + own, step="post", color=colour, alpha=0.75, lw=0)
            name = f"{reason} {locale.percent(float(own[-1]))}"
            ends.append((name, last * 1.01, float(total[-1] + own[-1] / 2), colour))
            total = total + own
        axes.set_xlim(0, last)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(locale.say("figures.tenure", unit=locale.label("unit", unit)))
        axes.set_ylabel(locale.say("figures.share_that_left"))
        style.numbers_on(axes.yaxis, locale, "percent")
        style.numbers_on(axes.xaxis, locale)
        style.label_ends(axes, ends)
    return fig


def hazard_ratios(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """How much sooner customers leave by covariate: hazard ratios with their intervals, on a logarithmic scale.

    Parameters
    ----------
    table : DataFrame, indexed by covariate
        ``CoxFit.table``: hazard_ratio, low, high.
    """
    shown = table.sort_values("hazard_ratio")
    with style.canvas((8.0, 1.0 + 0.36 * len(shown))) as (fig, axes):
        y = np.arange(len(shown))
        sure = (shown["low"] > 1) | (shown["high"] < 1)
        up = (shown["hazard_ratio"] > 1).to_numpy()
        colours = np.where(~sure, style.GREY, np.where(up, style.COLOURS[1], style.COLOURS[0])).tolist()
        axes.hlines(y, shown["low"], shown["high"], colors=colours, lw=3, alpha=0.5)
        axes.scatter(shown["hazard_ratio"], y, c=colours, s=38, zorder=3)
        for at, value in zip(y, shown["hazard_ratio"], strict=True):
            axes.annotate(locale.number(value, 2), (value, at), xytext=(0, 7), textcoords="offset points", ha="center",
                          fontsize=8.5)  # fmt: skip
        axes.axvline(1, color=style.ACTUAL, lw=1)
        axes.set_xscale("log")
        axes.set_yticks(y, list(shown.index))
        axes.set_ylim(-0.6, len(shown) - 0.2)
        ticks = [
            t
            for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
            if shown["low"].min() / 1.5 < t < shown["high"].max() * 1.5
        ]
        axes.set_xticks(ticks, [locale.number(t) for t in ticks])
        axes.minorticks_off()
        axes.set_xlabel(locale.say("figures.hazard_ratio"))
        axes.grid(axis="y", visible=False)
    return fig


def schoenfeld(table: pd.DataFrame, *, unit: str, locale: Locale = ENGLISH) -> Figure:
    """Coefficients as they change over tenure; a level line is what the model assumes.

    Parameters
    ----------
    table : DataFrame
        ``churn.bends.bent_most``: covariate, coefficient, tenure, mean, low, high.
    unit : str
        Of tenure: day, week, month or year.
    """
    names = list(table["covariate"].unique())
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    with style.panels((9.4, 2.3 * rows + 0.4), rows=rows, columns=columns, share_x=True) as (fig, grid):
        for i, axes in enumerate(axes for row in grid for axes in row):
            if i >= len(names):
                axes.set_visible(False)
                continue
            own = table[table["covariate"] == names[i]]
            axes.axhline(own["coefficient"].iloc[0], color=style.GREY, lw=1, ls=(0, (4, 3)))
            axes.fill_between(own["tenure"], own["low"], own["high"], color=style.COLOURS[0], alpha=0.18, lw=0)
            axes.plot(own["tenure"], own["mean"], color=style.COLOURS[0], lw=1.7)
            axes.set_title(names[i] if len(names[i]) <= LONGEST else f"{names[i][: LONGEST - 1]}…", fontsize=9.5)
            style.numbers_on(axes.xaxis, locale)
            style.numbers_on(axes.yaxis, locale)
        fig.supxlabel(locale.say("figures.tenure", unit=locale.label("unit", unit)), fontsize=10, color="#3e4c59")
        fig.supylabel(locale.say("figures.log_hazard_ratio"), fontsize=10, color="#3e4c59")
    return fig


def rates(table: pd.DataFrame, *, ways: Sequence[str], locale: Locale = ENGLISH) -> Figure:
    """Churn by period, each way of counting a line.

    Parameters
    ----------
    table : DataFrame, indexed by period
        ``churn_rates``.
    ways : sequence of str
        Columns to draw (churn, value_churn, lifecycle_churn); the first one shows its interval.
    """
    with style.canvas() as (fig, axes):
        when = table.index.to_timestamp() if isinstance(table.index, pd.PeriodIndex) else table.index
        ends: list[style.End] = []
        for i, (name, colour) in enumerate(style.colours(list(ways)).items()):
            axes.plot(when, table[name], color=colour, lw=1.8)
            if i == 0:
                axes.fill_between(when, table[f"{name}_low"], table[f"{name}_high"], color=colour, alpha=BAND, lw=0)
            known = table[name].dropna()
            if len(known):
                label = locale.label("churn_rate", name)
                last = float(axes.convert_xunits(when[-1]))  # type: ignore[no-untyped-call]
                ends.append((label, last, float(known.iloc[-1]), colour))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(locale.say("figures.share_lost_a_period"))
        style.numbers_on(axes.yaxis, locale, "percent")
        style.days_on(axes.xaxis, locale)
        left, right = axes.get_xlim()
        axes.set_xlim(left, right)
        pad = 0.03 * (right - left)
        style.label_ends(axes, [(label, x + pad, y, colour) for label, x, y, colour in ends])
    return fig


def projection(
    observed: pd.DataFrame, projected: Mapping[str, pd.DataFrame], *, unit: str, locale: Locale = ENGLISH
) -> Figure:
    """Retention observed, and projected beyond the data with its intervals.

    Parameters
    ----------
    observed : DataFrame
        ``Curves.table`` of one group.
    projected : mapping of label to DataFrame
        ``ContractualFit.predict``: survival, survival_low, survival_high by period.
    """
    with style.canvas() as (fig, axes):
        time, value = _stairs(observed, "survival")
        axes.step(time, value, where="post", color=style.ACTUAL, lw=2)
        ends: list[style.End] = [(locale.say("figures.observed"), time[-1], value[-1], style.ACTUAL)]
        longest = max(int(table.index.max()) for table in projected.values())
        for label, colour in style.colours(list(projected)).items():
            table = projected[label]
            axes.plot(table.index, table["survival"], color=colour, lw=1.7)
            axes.fill_between(
                table.index, table["survival_low"], table["survival_high"], color=colour, alpha=BAND, lw=0
            )
            name = locale.label("competitor", label)
            ends.append((name, longest * 1.01, float(table["survival"].iloc[-1]), colour))
        axes.axvline(float(time[-1]), color=style.GREY, lw=1, ls=(0, (4, 3)))
        axes.set_xlim(0, longest)
        axes.set_ylim(0, 1)
        axes.set_xlabel(locale.say("figures.tenure", unit=locale.label("unit", unit)))
        axes.set_ylabel(locale.say("figures.share_still_here"))
        style.numbers_on(axes.yaxis, locale, "percent")
        style.numbers_on(axes.xaxis, locale)
        style.label_ends(axes, [end for end in ends if end[1] > longest])
    return fig


def _stairs(rows: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """From everybody at tenure 0 to the last spell watched."""
    time = np.concatenate([[0.0], rows["time"], [rows["last"].iloc[0]]])
    value = np.concatenate([[1.0], rows[column], [rows[column].iloc[-1]]])
    return time, value


def _at_risk(axes: Axes, table: pd.DataFrame, groups: Sequence[str], last: float, locale: Locale) -> None:
    """Customers still watched at the ticks of tenure, one line per group."""
    ticks = np.asarray(MaxNLocator(7, steps=[1, 2, 2.5, 3, 5, 6, 10]).tick_values(0.0, last))
    ticks = ticks[(ticks >= 0) & (ticks <= last)]
    axes.set_xticks(ticks)
    for i, (group, colour) in enumerate(style.colours(list(groups)).items()):
        rows = table[table["group"] == group]
        place = np.searchsorted(rows["time"], ticks, side="left")
        for at, row in zip(ticks, place, strict=True):
            number = float(rows["at_risk"].iloc[min(row, len(rows) - 1)]) if row < len(rows) else 0.0
            axes.text(at, -i, locale.number(int(number)), ha="center", va="center", fontsize=8.5, color=colour)
    axes.set_ylim(-len(groups) + 0.4, 0.6)
    axes.set_yticks([])
    axes.set_title(locale.say("figures.still_watched"), fontsize=8.5, loc="left", fontweight="normal", pad=2)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="x", length=0)
