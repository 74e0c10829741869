"""The results of acting on forecasts, by strategy."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale

DASHES = ((0, (4, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)), (0, (8, 3)), (0, (3, 1, 1, 1)), (0, (1, 4)))


def lift(curves: pd.DataFrame, shown: Sequence[str], *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Share of the actual value that the first customers contacted account for.

    Parameters
    ----------
    curves : DataFrame
        ``decisions.lift_curves``: one column per (kind, strategy).
    shown : sequence of str
        Competitors to draw in colour; rules, chance and hindsight are drawn in grey.
    kind : {"money", "number"}
        What is reached: number is of purchases.
    """
    return _curves(curves, shown, _reached(kind, locale), "percent", locale)


def profit(curves: pd.DataFrame, shown: Sequence[str], *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Profit by share of customers contacted, as ``lift``; a point marks each curve's best share.

    Parameters
    ----------
    curves : DataFrame
        ``decisions.profit_curves``: kind, strategy, share, profit.
    """
    wide = pd.DataFrame(
        {each: own.set_index("share")["profit"] for each, own in curves.groupby(["kind", "strategy"], sort=False)}
    ).rename_axis(columns=["kind", "strategy"])
    return _curves(wide, shown, _earned(kind, locale), "number", locale, mark=True)


def contact_curve(curve: pd.DataFrame, contacted: int, *, locale: Locale = ENGLISH) -> Figure:
    """Expected profit by number of customers contacted, with its interval; a point marks the list.

    Parameters
    ----------
    curve : DataFrame, index number contacted
        ``contact_plan(...).curve``: profit, profit_low, profit_high.
    contacted : int
        Length of the list.
    """
    number = curve.index.to_numpy(dtype=float)
    with style.canvas(style.SMALL) as (fig, axes):
        axes.axhline(0, color=style.ACTUAL, lw=1)
        axes.fill_between(number, curve["profit_low"], curve["profit_high"], color=style.COLOURS[0], alpha=0.18, lw=0)
        axes.plot(number, curve["profit"], color=style.COLOURS[0], lw=1.8)
        at = float(np.interp(contacted, number, curve["profit"].to_numpy(dtype=float)))
        axes.scatter([contacted], [at], color=style.COLOURS[0], s=36, zorder=3)
        axes.set_xlabel(locale.say("figures.customers_contacted"))
        axes.set_ylabel(locale.say("figures.expected_profit"))
        style.numbers_on(axes.xaxis, locale)
        style.numbers_on(axes.yaxis, locale, "money")
    return fig


def profit_differences(
    curves: pd.DataFrame, shown: Sequence[str], *, kind: Kind = "money", locale: Locale = ENGLISH
) -> Figure:
    """Profit beyond that of the best simple rule, by share contacted, each competitor beside the others.

    Parameters
    ----------
    curves : DataFrame
        ``decisions.profit_curves``: kind, strategy, share, difference, low, high.
    shown : sequence of str
        Competitors, a panel each.
    """
    columns = min(2, max(len(shown), 1))
    rows = -(-max(len(shown), 1) // columns)
    size = (9.0, 0.7 + 2.4 * rows)
    with style.panels(size, rows=rows, columns=columns, share_x=True, share_y=True) as (fig, grid):
        places = [axes for row in grid for axes in row]
        for axes in places[len(shown) :]:
            axes.set_visible(False)
        for axes, (key, colour) in zip(places, style.colours(list(shown)).items(), strict=False):
            own = curves[(curves["kind"] == "competitor") & (curves["strategy"] == key)]
            axes.axhline(0, color=style.ACTUAL, lw=1)
            axes.fill_between(own["share"], own["low"], own["high"], color=colour, alpha=0.18, lw=0)
            axes.plot(own["share"], own["difference"], color=colour, lw=1.8)
            axes.set_title(locale.label("competitor", key))
            axes.set_xlim(0, 1)
            style.numbers_on(axes.xaxis, locale, "percent")
            style.numbers_on(axes.yaxis, locale)
        fig.supxlabel(locale.say("figures.share_of_customers_contacted"), fontsize=10, color="#3e4c59")
        fig.supylabel(_beyond(kind, locale), fontsize=10, color="#3e4c59")
    return fig


def _curves(
    curves: pd.DataFrame, shown: Sequence[str], y_label: str, kind: Kind, locale: Locale, *, mark: bool = False
) -> Figure:
    with style.canvas((8.0, 4.6)) as (fig, axes):
        others = [each for each in strategies_of(curves.columns) if each[0] != "competitor"]
        for i, each in enumerate(others):
            axes.plot(curves.index, curves[each], color=style.GREY, lw=1.3, ls=DASHES[i % len(DASHES)],
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
    """Share of the actual value that contacting each strategy's top customers would have reached.

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


def _earned(kind: Kind, locale: Locale) -> str:
    return locale.say("figures.profit_of_contacting" if kind == "money" else "figures.purchases_net_of_contacts")


def _beyond(kind: Kind, locale: Locale) -> str:
    return locale.say("figures.profit_beyond_the_rule" if kind == "money" else "figures.purchases_beyond_the_rule")


def strategies_of(index: pd.Index) -> list[tuple[str, str]]:
    """The (kind, strategy) pairs of an index of both."""
    kinds, names = (index.get_level_values(level).astype(str) for level in (0, 1))
    return list(zip(kinds, names, strict=True))


def strategy_label(strategy: tuple[str, str], locale: Locale) -> str:
    """A (kind, strategy) as a reader knows it."""
    kind, name = strategy
    return locale.label("competitor" if kind == "competitor" else "strategy", name)
