"""A fit's forecasts by how often and how recently customers bought."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale

Float = NDArray[np.float64]


def frequency_histogram(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Customers by number of repeat purchases in the calibration: what was seen, and what the fit expects.

    Parameters
    ----------
    table : DataFrame, indexed by frequency
        ``checks.posterior_predictive``: observed, mean, low, high (shares of customers).
    """
    with style.canvas(style.SMALL) as (fig, axes):
        x = np.arange(len(table))
        axes.bar(x, table["observed"], width=0.72, color="#d9dfe5", label=locale.say("figures.actual"))
        middle, colour = table["mean"], style.COLOURS[0]
        axes.vlines(x, table["low"], table["high"], color=colour, lw=2.5, alpha=0.5)
        axes.scatter(x, middle, color=colour, s=28, zorder=3, label=locale.say("figures.expected_by_the_fit"))
        axes.set_xticks(x, [str(each) for each in table.index])
        axes.set_xlabel(locale.say("figures.repeat_purchases_in_calibration"))
        axes.set_ylabel(locale.say("figures.share_of_customers"))
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper right")
        style.numbers_on(axes.yaxis, locale, "percent")
    return fig


def recency_frequency(
    frequency: Float, recency: Float, alive: Float, expected: Float, *, unit: str, age: float, locale: Locale = ENGLISH
) -> Figure:
    """P(alive) and expected purchases of a customer of one age, by frequency and age at the last purchase.

    Parameters
    ----------
    frequency, recency : arrays, shape (frequencies,) and (recencies,)
    alive, expected : arrays, shape (frequencies, recencies)
    unit : str
        Of recency: day, week, month or year.
    age : float
        T, in that unit.
    """
    with style.panels((9.0, 4.2), columns=2, share_y=True) as (fig, ((left, right),)):
        for axes, values, title, kind in (
            (left, alive, locale.say("figures.chance_of_being_alive"), "percent"),
            (right, expected, locale.say("figures.expected_purchases"), "number"),
        ):
            mesh = axes.pcolormesh(recency, frequency, values, cmap="viridis", shading="nearest", rasterized=True)
            bar = fig.colorbar(mesh, ax=axes, pad=0.02)
            style.numbers_on(bar.ax.yaxis, locale, kind)  # type: ignore[arg-type]
            bar.outline.set_visible(False)
            axes.set_title(title)
            axes.set_xlabel(locale.say("figures.age_at_the_last_purchase", unit=locale.label("unit", unit), age=age))
            axes.grid(visible=False)
        left.set_ylabel(locale.say("figures.repeat_purchases"))
    return fig


def by_recency(table: pd.DataFrame, labels: list[str], *, unit: str, locale: Locale = ENGLISH) -> Figure:
    """Mean holdout purchases by time since the last purchase.

    Parameters
    ----------
    table : DataFrame
        ``breakdowns.by_recency``.
    labels : list of str
        Which forecasts to show.
    unit : str
        Of the time: day, week, month or year.
    """
    with style.canvas() as (fig, axes):
        shown = table[table["competitor"].isin(labels)]
        actual = shown.drop_duplicates("time_since_last_purchase").sort_values("time_since_last_purchase")
        at = actual["time_since_last_purchase"]
        axes.plot(at, actual["actual"], color=style.ACTUAL, marker="o", lw=2.2, label=locale.say("figures.actual"))
        for label, colour in style.colours(labels).items():
            rows = shown[shown["competitor"] == label].sort_values("time_since_last_purchase")
            axes.plot(rows["time_since_last_purchase"], rows["expected"], marker="o", ms=4, lw=1.4, color=colour,
                      label=locale.label("competitor", label))  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.set_xlabel(locale.say("figures.time_since_the_last_purchase", unit=locale.label("unit", unit)))
        axes.set_ylabel(locale.say("figures.mean_purchases_in_holdout"))
        axes.legend(loc="upper right")
        style.numbers_on(axes.xaxis, locale)
        style.numbers_on(axes.yaxis, locale)
    return fig
