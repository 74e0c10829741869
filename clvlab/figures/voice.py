"""What customers answer: importance of items against how well they do."""

import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale


def importance_performance(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Items by mean score and part of the overall answer, with intervals; lines at the means divide the quadrants.

    Parameters
    ----------
    table : DataFrame, index item
        importance, importance_low, importance_high; score, score_low, score_high.
    """
    with style.canvas((9.0, 4.6)) as (fig, axes):
        x, y = table["score"], table["importance"]
        axes.hlines(y, table["score_low"], table["score_high"], color=style.COLOURS[0], lw=1.6, alpha=0.5)
        axes.vlines(x, table["importance_low"], table["importance_high"], color=style.COLOURS[0], lw=1.6, alpha=0.5)
        axes.scatter(x, y, color=style.COLOURS[0], s=34, zorder=3)
        for item, across, up in zip(table.index, x, y, strict=True):
            axes.annotate(f" {item}", (across, up), xytext=(5, 5), textcoords="offset points", fontsize=9.5)
        axes.axvline(float(x.mean()), color=style.GREY, lw=1.0, ls=(0, (4, 3)))
        axes.axhline(float(y.mean()), color=style.GREY, lw=1.0, ls=(0, (4, 3)))
        axes.margins(x=0.16, y=0.14)
        corners = ((0.01, 0.98, "voice.quadrants.improve", "left", "top"),
                   (0.99, 0.98, "voice.quadrants.keep", "right", "top"),
                   (0.01, 0.02, "voice.quadrants.watch", "left", "bottom"),
                   (0.99, 0.02, "voice.quadrants.enough", "right", "bottom"))  # fmt: skip
        for across, up, key, side, at in corners:
            axes.text(
                across, up, locale.say(key), transform=axes.transAxes, ha=side, va=at, fontsize=9, color=style.GREY
            )
        axes.set_xlabel(locale.say("voice.axes.score"))
        axes.set_ylabel(locale.say("voice.axes.importance"))
        style.numbers_on(axes.xaxis, locale, "number")
        style.numbers_on(axes.yaxis, locale, "percent")
    return fig
