"""Forecasts compared with what happened."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Locale


def tracking(
    table: pd.DataFrame, labels: list[str], *, unit: str, cumulative: bool = False, locale: Locale = ENGLISH
) -> Figure:
    """Repeat purchases of the base over time, forecast against actual.

    Parameters
    ----------
    table : DataFrame
        ``Comparison.tracking``.
    labels : list of str
        Which forecasts to show; the first one that has a band shows it.
    unit : str
        Of the periods.
    cumulative : bool
        Totals since the start rather than purchases per period.
    """
    column = "cumulative" if cumulative else "expected"
    low, high = ("cumulative_low", "cumulative_high") if cumulative else ("low", "high")
    with style.canvas() as (fig, axes):
        colours = style.colours(labels)
        actual = table[table["series"] == "actual"]
        ends: list[style.End] = []
        banded = False
        for label in labels:
            rows = table[(table["series"] == "forecast") & (table["competitor"] == label) & table[column].notna()]
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
                name = locale.label("competitor", label)
                ends.append((name, _date_number(last["date"]), float(last[column]), colours[label]))
        axes.plot(actual["date"], actual[column], color=style.ACTUAL, lw=1.6, zorder=5)
        last = actual.iloc[-1]
        ends.append((locale.say("figures.actual"), _date_number(last["date"]), float(last[column]), style.ACTUAL))
        cut = actual.loc[actual["period"] == 0, "date"].iloc[0]
        axes.axvline(cut, color=style.GREY, lw=1, ls=(0, (4, 3)))
        axes.set_ylim(bottom=0)
        top = axes.get_ylim()[1]
        axes.text(
            cut, top, " " + locale.say("figures.forecast_begins"), va="top", ha="left", color="#52606d", fontsize=9
        )
        per = locale.label("unit_of_one", unit)
        title = (
            locale.say("figures.cumulative_repeat_purchases")
            if cumulative
            else locale.say("figures.repeat_purchases_a_period", unit=per)
        )
        axes.set_title(title)
        style.numbers_on(axes.yaxis, locale)
        style.days_on(axes.xaxis, locale)
        axes.grid(axis="x", visible=False)
        _spaced(axes, ends)
        fig.autofmt_xdate(rotation=0, ha="center")
    return fig


def by_frequency(table: pd.DataFrame, labels: list[str], *, locale: Locale = ENGLISH) -> Figure:
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
        shown = table[table["competitor"].isin(labels)]
        actual = shown.drop_duplicates("frequency").sort_values("frequency")
        top = int(actual["frequency"].max())
        ticks = [f"{int(f)}{'+' if f == top and top >= 7 else ''}" for f in actual["frequency"]]
        axes.bar(actual["frequency"], actual["actual"], width=0.72, color="#d9dfe5", label=locale.say("figures.actual"))
        markers = "osD^vPX*"
        for i, label in enumerate(labels):
            rows = shown[shown["competitor"] == label].sort_values("frequency")
            axes.plot(rows["frequency"], rows["expected"], marker=markers[i % len(markers)], ms=5, lw=1.4,
                      color=colours[label], label=locale.label("competitor", label))  # fmt: skip
        axes.set_xticks(
            actual["frequency"],
            [f"{t}\n({locale.number(int(n))})" for t, n in zip(ticks, actual["customers"], strict=True)],
        )
        axes.set_xlabel(locale.say("figures.repeat_purchases_in_calibration_and_customers"))
        axes.set_ylabel(locale.say("figures.mean_purchases_in_holdout"))
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper left")
        style.numbers_on(axes.yaxis, locale)
    return fig


def score_differences(
    table: pd.DataFrame, best: str, tied: Collection[str] = (), *, locale: Locale = ENGLISH
) -> Figure:
    """How much larger each competitor's deviance is than the best one's, with its interval.

    Parameters
    ----------
    table : DataFrame, indexed by competitor
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
        axes.set_yticks(y, [locale.label("competitor", key) for key in others.index])
        axes.set_ylim(-0.6, len(others) - 0.4)
        axes.set_xlabel(locale.say("figures.error_beyond_that_of", best=best))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, locale)
    return fig


def coverage(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Share of customers within each forecast's 90 % distribution, by randomised PIT.

    Parameters
    ----------
    table : DataFrame, indexed by competitor
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
                locale.percent(value), (value, row), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9
            )
        axes.set_yticks(y, [locale.label("competitor", key) for key in shown.index])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlim(min(0.8, float(shown["pit_share"].min()) - 0.02), 1.0)
        axes.set_xlabel(locale.say("figures.share_in_the_central_90_percent"))
        axes.grid(axis="y", visible=False)
        style.numbers_on(axes.xaxis, locale, "percent")
    return fig


def _date_number(date: pd.Timestamp) -> float:
    return float(date2num(date))  # type: ignore[no-untyped-call]


def _spaced(axes: Axes, ends: Sequence[style.End]) -> None:
    """Labels at the right ends, a little off the lines."""
    left, right = axes.get_xlim()
    axes.set_xlim(left, right)
    pad = 0.012 * (right - left)
    style.label_ends(axes, [(label, x + pad, y, colour) for label, x, y, colour in ends])
