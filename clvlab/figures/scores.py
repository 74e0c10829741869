"""Scores and calibration of forecasts, by competitor."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale

CHANCES = {
    "buying": ("figures.forecast_chance_of_buying", "figures.share_that_bought"),
    "leaving": ("figures.forecast_chance_of_leaving", "figures.share_that_left"),
}


def score_intervals(table: pd.DataFrame, score: str, best: str = "", *, locale: Locale = ENGLISH) -> Figure:
    """Each competitor's mean score with its interval, best first.

    Parameters
    ----------
    table : DataFrame, indexed by competitor
        ``Comparison.intervals``: mean, low, high.
    score : str
        Its identifier.
    best : str
        Drawn in the strong colour.
    """
    shown = table.iloc[::-1]
    with style.canvas((8.0, 0.9 + 0.36 * max(len(shown), 1))) as (fig, axes):
        y = np.arange(len(shown))
        colours = [style.COLOURS[0] if label == best else "#7b8794" for label in shown.index]
        axes.hlines(y, shown["low"], shown["high"], colors=colours, lw=3, alpha=0.5)
        axes.scatter(shown["mean"], y, c=colours, s=34, zorder=3)
        axes.set_yticks(y, [locale.label("competitor", key) for key in shown.index])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel(locale.label("score", score))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, locale)
    return fig


def reliability(tables: Mapping[str, pd.DataFrame], *, of: str = "buying", locale: Locale = ENGLISH) -> Figure:
    """Forecast chances against the share that came true; the diagonal is right.

    Parameters
    ----------
    tables : mapping of competitor to DataFrame
        ``breakdowns.reliability``: predicted, observed, low, high. The first one shows its intervals.
    of : {"buying", "leaving"}
    """
    with style.canvas((6.4, 5.0)) as (fig, axes):
        axes.plot([0, 1], [0, 1], color=style.GREY, lw=1, ls=(0, (4, 3)))
        for i, (label, colour) in enumerate(style.colours(list(tables)).items()):
            table = tables[label]
            if i == 0:
                axes.vlines(table["predicted"], table["low"], table["high"], color=colour, lw=2.5, alpha=0.35)
            axes.plot(
                table["predicted"],
                table["observed"],
                marker="o",
                ms=4.5,
                lw=1.4,
                color=colour,
                label=locale.label("competitor", label),
            )
        top = min(1.0, 1.05 * max(float(t[["predicted", "high"]].to_numpy().max()) for t in tables.values()))
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.set_xlabel(locale.say(CHANCES[of][0]))
        axes.set_ylabel(locale.say(CHANCES[of][1]))
        axes.legend(loc="upper left")
        style.numbers_on(axes.xaxis, locale, "percent")
        style.numbers_on(axes.yaxis, locale, "percent")
    return fig
