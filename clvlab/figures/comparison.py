"""How forecasts compare with what happened."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab import words
from clvlab.figures import style


def tracking(table: pd.DataFrame, labels: list[str], *, cumulative: bool = False) -> Figure:
    """Repeat purchases of the base over time, forecast against actual.

    Parameters
    ----------
    table : DataFrame
        ``Comparison.tracking``.
    labels : list of str
        Which forecasts to show; the first one that has a band shows it.
    cumulative : bool
        Totals since the start rather than purchases a period.
    """
    column = "cumulative" if cumulative else "expected"
    low, high = ("cumulative_low", "cumulative_high") if cumulative else ("low", "high")
    with style.canvas() as (fig, axes):
        colours = style.colours(labels)
        actual = table[table["label"] == "actual"]
        ends: dict[str, tuple[float, float, str]] = {}
        banded = False
        for label in labels:
            rows = table[(table["label"] == label) & table[column].notna()]
            for phase, part in rows.groupby("phase"):
                axes.plot(
                    part["date"], part[column], color=colours[label], lw=1.8, alpha=0.95 if phase == "holdout" else 0.6
                )
            held = rows[(rows["phase"] == "holdout") & rows[low].notna()]
            if not banded and len(held):
                banded = True
                axes.fill_between(held["date"], held[low], held[high], color=colours[label], alpha=0.18, lw=0)
            if len(rows):
                last = rows.iloc[-1]
                ends[label] = (float(_date_number(last["date"])), float(last[column]), colours[label])
        axes.plot(actual["date"], actual[column], color=style.ACTUAL, lw=1.6, zorder=5)
        last = actual.iloc[-1]
        ends[words.say("figures.actual")] = (float(_date_number(last["date"])), float(last[column]), style.ACTUAL)
        cut = actual.loc[actual["period"] == 0, "date"].iloc[0]
        axes.axvline(cut, color=style.GREY, lw=1, ls=(0, (4, 3)))
        axes.set_ylim(bottom=0)
        top = axes.get_ylim()[1]
        axes.text(
            cut, top, " " + words.say("figures.forecast_begins"), va="top", ha="left", color="#52606d", fontsize=9
        )
        key = "figures.cumulative_repeat_purchases" if cumulative else "figures.repeat_purchases_a_period"
        axes.set_title(words.say(key))
        style.numbers_on(axes.yaxis)
        axes.grid(axis="x", visible=False)
        _spaced(axes, ends)
        fig.autofmt_xdate(rotation=0, ha="center")
    return fig


def by_frequency(table: pd.DataFrame, labels: list[str]) -> Figure:
    """Mean holdout purchases by calibration frequency.

    Parameters
    ----------
    table : DataFrame
        ``Comparison.by_frequency``; its last frequency stands for that many and more.
    labels : list of str
        Which forecasts to show.
    """
    with style.canvas() as (fig, axes):
        colours = style.colours(labels)
        shown = table[table["label"].isin(labels)]
        actual = shown.drop_duplicates("frequency").sort_values("frequency")
        top = int(actual["frequency"].max())
        ticks = [f"{int(f)}{'+' if f == top and top >= 7 else ''}" for f in actual["frequency"]]
        axes.bar(actual["frequency"], actual["actual"], width=0.72, color="#d9dfe5", label=words.say("figures.actual"))
        markers = "osD^vPX*"
        for i, label in enumerate(labels):
            rows = shown[shown["label"] == label].sort_values("frequency")
            axes.plot(rows["frequency"], rows["expected"], marker=markers[i % len(markers)], ms=5, lw=1.4,
                      color=colours[label], label=label)  # fmt: skip
        axes.set_xticks(
            actual["frequency"],
            [f"{t}\n({words.number(int(n))})" for t, n in zip(ticks, actual["customers"], strict=True)],
        )
        axes.set_xlabel(words.say("figures.repeat_purchases_in_calibration_and_customers"))
        axes.set_ylabel(words.say("figures.mean_purchases_in_holdout"))
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper left")
        style.numbers_on(axes.yaxis)
    return fig


def score_differences(table: pd.DataFrame, best: str, tied: Collection[str] = ()) -> Figure:
    """How much larger each competitor's error is than the best one's, with its interval.

    Parameters
    ----------
    table : DataFrame, indexed by label
        ``Comparison.differences``.
    best : str
        The label all are compared with.
    tied : collection of str
        Labels that cannot be told apart from it: drawn in grey.
    """
    others = table[table.index != best].iloc[::-1]
    with style.canvas((8.0, 0.9 + 0.42 * max(len(others), 1))) as (fig, axes):
        y = np.arange(len(others))
        colours = np.where(others.index.isin(list(tied)), style.GREY, style.COLOURS[1])
        axes.hlines(y, others["low"], others["high"], colors=list(colours), lw=3, alpha=0.55)
        axes.scatter(others["difference"], y, c=list(colours), s=36, zorder=3)
        axes.axvline(0, color=style.ACTUAL, lw=1)
        axes.set_yticks(y, list(others.index))
        axes.set_ylim(-0.6, len(others) - 0.4)
        axes.set_xlabel(words.say("figures.error_beyond_that_of", best=best))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis)
    return fig


def coverage(table: pd.DataFrame) -> Figure:
    """Share of customers within each forecast's 90 % distribution, by randomised PIT.

    Parameters
    ----------
    table : DataFrame, indexed by label
        With ``pit_share``.
    """
    shown = table[table["pit_share"].notna()].iloc[::-1]
    with style.canvas((8.0, 0.9 + 0.42 * max(len(shown), 1))) as (fig, axes):
        y = np.arange(len(shown))
        axes.axvspan(0.88, 0.92, color="#e3f1ea", lw=0)
        axes.axvline(0.9, color=style.COLOURS[2], lw=1)
        axes.scatter(shown["pit_share"], y, color=style.COLOURS[0], s=44, zorder=3)
        for value, row in zip(shown["pit_share"], y, strict=True):
            axes.annotate(
                words.percent(value), (value, row), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9
            )
        axes.set_yticks(y, list(shown.index))
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(min(0.8, float(shown["pit_share"].min()) - 0.02), 1.0)
        axes.set_xlabel(words.say("figures.share_in_the_central_90_percent"))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, "percent")
    return fig


def _date_number(date: pd.Timestamp) -> float:
    from matplotlib.dates import date2num

    return float(date2num(date))


def _spaced(axes: "style.Axes", ends: dict[str, tuple[float, float, str]]) -> None:
    """Labels at the right ends, a little off the lines."""
    left, right = axes.get_xlim()
    axes.set_xlim(left, right)
    pad = 0.012 * (right - left)
    style.label_ends(axes, {label: (x + pad, y, colour) for label, (x, y, colour) in ends.items()})
