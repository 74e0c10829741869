"""What campaigns changed: effects of all of them, and what choosing customers by predicted uplift gains."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale


def campaign_effects(table: pd.DataFrame, mean: float, *, locale: Locale = ENGLISH) -> Figure:
    """Effect of each arm as measured, and as the other arms make it likely, with intervals; a line at their mean.

    Parameters
    ----------
    table : DataFrame, index campaign, arm
        ``pooled(...).table`` of a study: value, error, pooled, low, high.
    mean : float
        Of all effects.
    """
    shown = table.iloc[::-1]
    half = 1.96 * shown["error"]
    with style.canvas((8.4, 1.3 + 0.52 * max(len(shown), 1))) as (fig, axes):
        y = np.arange(len(shown), dtype=float)
        axes.axvline(0, color=style.ACTUAL, lw=1)
        axes.axvline(mean, color=style.COLOURS[0], lw=1, ls=(0, (4, 3)))
        up, down = y + 0.16, y - 0.16
        axes.hlines(up, shown["value"] - half, shown["value"] + half, color=style.GREY, lw=2.4, alpha=0.7)
        axes.scatter(shown["value"], up, color=style.GREY, s=30, zorder=3, label=locale.say("figures.as_measured"))
        axes.hlines(down, shown["low"], shown["high"], color=style.COLOURS[0], lw=3, alpha=0.5)
        axes.scatter(shown["pooled"], down, color=style.COLOURS[0], s=36, zorder=3,
                     label=locale.say("figures.to_expect_again"))  # fmt: skip
        axes.set_yticks(y, [locale.say("figures.told.arm", campaign=campaign, arm=arm)
                            for campaign, arm in shown.index])  # fmt: skip
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel(locale.say("figures.gross_profit_per_contacted"))
        axes.grid(axis="y", visible=False)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9)
        style.numbers_on(axes.xaxis, locale, "money")
    return fig


def qini(curve: pd.DataFrame, *, kind: Kind = "percent", locale: Locale = ENGLISH) -> Figure:
    """What contacting a share of customers gains, those of the largest predicted uplift first.

    Parameters
    ----------
    curve : DataFrame, index share
        ``uplift(...).curve``: gain, random, beyond, beyond_low, beyond_high; the shade is the interval of the distance
        to the line of a random order.
    kind : {"percent", "number", "money"}
        Of the outcome.
    """
    share = curve.index.to_numpy(dtype=float)
    with style.canvas(style.SMALL) as (fig, axes):
        axes.fill_between(share, curve["random"] + curve["beyond_low"], curve["random"] + curve["beyond_high"],
                          color=style.COLOURS[0], alpha=0.18, lw=0)  # fmt: skip
        axes.plot(share, curve["random"], color=style.GREY, lw=1.4, ls=(0, (4, 3)),
                  label=locale.say("figures.drawn_by_chance"))  # fmt: skip
        axes.plot(share, curve["gain"], color=style.COLOURS[0], lw=1.8, label=locale.say("figures.by_predicted_uplift"))
        axes.axhline(0, color=style.ACTUAL, lw=1)
        axes.set_xlabel(locale.say("figures.share_of_customers_contacted"))
        axes.set_ylabel(locale.say("figures.gain_per_customer_of_all"))
        axes.legend(loc="upper left", fontsize=9)
        style.numbers_on(axes.xaxis, locale, "percent")
        style.numbers_on(axes.yaxis, locale, kind)
    return fig
