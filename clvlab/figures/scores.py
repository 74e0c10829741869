"""How good forecasts are, one competitor beside another: scores, chances, and what acting on them would have earned."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab import words
from clvlab.figures import style

CHANCES = {
    "buying": ("figures.forecast_chance_of_buying", "figures.share_that_bought"),
    "leaving": ("figures.forecast_chance_of_leaving", "figures.share_that_left"),
}


def score_intervals(table: pd.DataFrame, axis_label: str, best: str = "") -> Figure:
    """Each competitor's mean score with its interval, best first.

    Parameters
    ----------
    table : DataFrame, indexed by label
        ``Comparison.intervals``: mean, low, high.
    axis_label : str
        What the score is, with its unit.
    best : str
        Drawn in the strong colour.
    """
    shown = table.iloc[::-1]
    with style.canvas((8.0, 0.9 + 0.36 * max(len(shown), 1))) as (fig, axes):
        y = np.arange(len(shown))
        colours = [style.COLOURS[0] if label == best else "#7b8794" for label in shown.index]
        axes.hlines(y, shown["low"], shown["high"], colors=colours, lw=3, alpha=0.5)
        axes.scatter(shown["mean"], y, c=colours, s=34, zorder=3)
        axes.set_yticks(y, list(shown.index))
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel(axis_label)
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis)
    return fig


def reliability(tables: Mapping[str, pd.DataFrame], *, of: str = "buying") -> Figure:
    """Forecast chances against the share that came true; the diagonal is right.

    Parameters
    ----------
    tables : mapping of label to DataFrame
        ``breakdowns.reliability``: predicted, observed, low, high. The first one shows its intervals.
    of : {"buying", "leaving"}
    """
    with style.canvas((6.4, 5.0)) as (fig, axes):
        axes.plot([0, 1], [0, 1], color=style.GREY, lw=1, ls=(0, (4, 3)))
        for i, (label, colour) in enumerate(style.colours(list(tables)).items()):
            table = tables[label]
            if i == 0:
                axes.vlines(table["predicted"], table["low"], table["high"], color=colour, lw=2.5, alpha=0.35)
            axes.plot(table["predicted"], table["observed"], marker="o", ms=4.5, lw=1.4, color=colour, label=label)
        top = min(1.0, 1.05 * max(float(t[["predicted", "high"]].to_numpy().max()) for t in tables.values()))
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.set_xlabel(words.say(CHANCES[of][0]))
        axes.set_ylabel(words.say(CHANCES[of][1]))
        axes.legend(loc="upper left")
        style.numbers_on(axes.xaxis, "percent")
        style.numbers_on(axes.yaxis, "percent")
    return fig


def lift(curves: pd.DataFrame, labels: Sequence[str], reference: Sequence[str] = ()) -> Figure:
    """Share of what came that the first customers contacted account for.

    Parameters
    ----------
    curves : DataFrame
        ``decisions.lift_curves``.
    labels : sequence of str
        Strategies to draw in colour.
    reference : sequence of str
        Drawn in grey, dashed.
    """
    return _curves(curves, labels, reference, words.say("figures.share_of_what_came"), "percent")


def profit(curves: pd.DataFrame, labels: Sequence[str], reference: Sequence[str] = ()) -> Figure:
    """Profit by share of customers contacted, as ``lift``; a point marks each curve's best share."""
    return _curves(curves, labels, reference, words.say("figures.profit_of_contacting"), "number", mark=True)


def _curves(
    curves: pd.DataFrame, labels: Sequence[str], reference: Sequence[str], y_label: str, kind: words.Kind,
    *, mark: bool = False,
) -> Figure:  # fmt: skip
    with style.canvas((8.0, 4.6)) as (fig, axes):
        dashes = [(0, (4, 3)), (0, (1, 2)), (0, (6, 2, 1, 2))]
        for i, label in enumerate(reference):
            axes.plot(curves.index, curves[label], color=style.GREY, lw=1.3, ls=dashes[i % 3], label=label)
        for label, colour in style.colours(list(labels)).items():
            axes.plot(curves.index, curves[label], color=colour, lw=1.8, label=label)
            if mark and curves[label].notna().any():
                highest = int(np.nanargmax(curves[label].to_numpy()))
                axes.scatter(curves.index[[highest]], curves[label].iloc[[highest]], color=colour, s=30, zorder=4)
        axes.set_xlim(0, 1)
        axes.set_xlabel(words.say("figures.share_of_customers_contacted"))
        axes.set_ylabel(y_label)
        style.numbers_on(axes.xaxis, "percent")
        style.numbers_on(axes.yaxis, kind)
        fig.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=9)
    return fig


def strategies(table: pd.DataFrame) -> Figure:
    """Share of what came that contacting each strategy's top customers would have reached.

    Parameters
    ----------
    table : DataFrame, indexed by strategy
        ``decisions.targeting``: kind, captured, low, high.
    """
    shown = table.iloc[::-1]
    tones = {"competitor": style.COLOURS[0], "rule": style.COLOURS[1], "random": style.GREY, "hindsight": style.ACTUAL}
    with style.canvas((8.0, 0.9 + 0.34 * len(shown))) as (fig, axes):
        y = np.arange(len(shown))
        colours = [tones[kind] for kind in shown["kind"]]
        axes.hlines(y, shown["low"], shown["high"], colors=colours, lw=3, alpha=0.45)
        axes.scatter(shown["captured"], y, c=colours, s=34, zorder=3)
        axes.set_yticks(y, list(shown.index))
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(words.say("figures.share_of_what_came"))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, "percent")
    return fig
