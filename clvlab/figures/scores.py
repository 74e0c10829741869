"""How good forecasts are, one competitor beside another: scores, chances, and what acting on them would have earned."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale

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


def lift(curves: pd.DataFrame, shown: Sequence[str], *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Share of what came that the first customers contacted account for.

    Parameters
    ----------
    curves : DataFrame
        ``decisions.lift_curves``: a column a (kind, strategy).
    shown : sequence of str
        Competitors to draw in colour; rules, chance and hindsight are drawn in grey.
    kind : {"money", "number"}
        What is reached: number is of purchases.
    """
    return _curves(curves, shown, _reached(kind, locale), "percent", locale)


def profit(curves: pd.DataFrame, shown: Sequence[str], *, locale: Locale = ENGLISH) -> Figure:
    """Profit by share of customers contacted, as ``lift``; a point marks each curve's best share."""
    return _curves(curves, shown, locale.say("figures.profit_of_contacting"), "number", locale, mark=True)


def _curves(
    curves: pd.DataFrame, shown: Sequence[str], y_label: str, kind: Kind, locale: Locale, *, mark: bool = False
) -> Figure:
    with style.canvas((8.0, 4.6)) as (fig, axes):
        dashes = [(0, (4, 3)), (0, (1, 2)), (0, (6, 2, 1, 2))]
        others = [each for each in strategies_of(curves.columns) if each[0] != "competitor"]
        for i, each in enumerate(others):
            axes.plot(curves.index, curves[each], color=style.GREY, lw=1.3, ls=dashes[i % 3],
                      label=strategy_label(each, locale))  # fmt: skip
        for key, colour in style.colours(list(shown)).items():
            curve = curves["competitor", key]
            axes.plot(curves.index, curve, color=colour, lw=1.8, label=locale.label("competitor", key))
            if mark and curve.notna().any():
                highest = int(np.nanargmax(curve.to_numpy()))
                axes.scatter(curves.index[[highest]], curve.iloc[[highest]], color=colour, s=30, zorder=4)
        axes.set_xlim(0, 1)
        axes.set_xlabel(locale.say("figures.share_of_customers_contacted"))
        axes.set_ylabel(y_label)
        style.numbers_on(axes.xaxis, locale, "percent")
        style.numbers_on(axes.yaxis, locale, kind)
        fig.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=9)
    return fig


def strategies(table: pd.DataFrame, *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Share of what came that contacting each strategy's top customers would have reached.

    Parameters
    ----------
    table : DataFrame, indexed by (kind, strategy)
        ``decisions.targeting``: captured, low, high.
    """
    shown = table.iloc[::-1]
    tones = {"competitor": style.COLOURS[0], "rule": style.COLOURS[1], "random": style.GREY, "hindsight": style.ACTUAL}
    with style.canvas((8.0, 0.9 + 0.34 * len(shown))) as (fig, axes):
        y = np.arange(len(shown))
        colours = [tones[kind] for kind, _ in strategies_of(shown.index)]
        axes.hlines(y, shown["low"], shown["high"], colors=colours, lw=3, alpha=0.45)
        axes.scatter(shown["captured"], y, c=colours, s=34, zorder=3)
        axes.set_yticks(y, [strategy_label(each, locale) for each in strategies_of(shown.index)])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(left=0)
        axes.set_xlabel(_reached(kind, locale))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, locale, "percent")
    return fig


def _reached(kind: Kind, locale: Locale) -> str:
    return locale.say("figures.share_of_what_came" if kind == "money" else "figures.share_of_purchases_that_came")


def strategies_of(index: pd.Index) -> list[tuple[str, str]]:
    """The (kind, strategy) pairs of an index of both."""
    kinds, names = (index.get_level_values(level).astype(str) for level in (0, 1))
    return list(zip(kinds, names, strict=True))


def strategy_label(strategy: tuple[str, str], locale: Locale) -> str:
    """A (kind, strategy) as a reader knows it."""
    kind, name = strategy
    return locale.label("competitor" if kind == "competitor" else "strategy", name)
