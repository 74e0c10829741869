"""How value is distributed over the customer base."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from clvlab.figures import style
from clvlab.words import ENGLISH, Kind, Locale


def concentration(curve: pd.DataFrame, *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Share of all value held by the most valuable share of customers (a Lorenz curve from the top).

    Parameters
    ----------
    curve : DataFrame
        ``customers`` and ``held``: shares, from 0 to 1.
    kind : {"money", "number"}
        What value is measured in: number is of purchases.
    """
    customers, share = (curve[name].to_numpy(dtype=float) for name in ("customers", "held"))
    with style.canvas(style.SMALL) as (fig, axes):
        axes.plot([0, 1], [0, 1], color=style.GREY, lw=1, ls=(0, (4, 3)))
        axes.plot(customers, share, color=style.COLOURS[0], lw=2)
        axes.fill_between(customers, share, customers, color=style.COLOURS[0], alpha=0.10, lw=0)
        for mark in (0.1, 0.2, 0.5):
            part = float(np.interp(mark, customers, share))
            axes.plot([mark, mark, 0], [0, part, part], color=style.GREY, lw=0.8)
            axes.scatter([mark], [part], color=style.COLOURS[0], zorder=3, s=28)
            axes.annotate(
                locale.say("figures.top_share_holds", top=mark, held=part), (mark, part), xytext=(8, -12),
                textcoords="offset points", fontsize=9,
            )  # fmt: skip
        axes.text(0.62, 0.56, locale.say("figures.if_all_were_equal"), color="#7b8794", fontsize=9, rotation=33)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        first = "figures.share_of_customers_most_valuable_first"
        axes.set_xlabel(locale.say(first if kind == "money" else "figures.share_of_customers_most_purchases_first"))
        axes.set_ylabel(locale.say("figures.share_of_value" if kind == "money" else "figures.share_of_purchases"))
        style.numbers_on(axes.xaxis, locale, "percent")
        style.numbers_on(axes.yaxis, locale, "percent")
    return fig


def value_distribution(
    table: pd.DataFrame, median: float, mean: float, *, kind: Kind = "money", locale: Locale = ENGLISH
) -> Figure:
    """How many customers are worth how much, on a logarithmic scale.

    Parameters
    ----------
    table : DataFrame
        ``low``, ``high`` (of value) and ``customers`` of each bar.
    median, mean : float
        Of all customers' values.
    kind : {"money", "number"}
        What value is measured in.
    """
    import seaborn as sns

    with style.canvas(style.SMALL) as (fig, axes):
        middle = np.sqrt(table["low"] * table["high"])
        edges = np.log10([*table["low"], table["high"].iloc[-1]])
        sns.histplot(x=middle, weights=table["customers"], bins=list(edges), log_scale=True, color=style.COLOURS[0],
                     alpha=0.75, edgecolor="white", linewidth=0.5, ax=axes)  # fmt: skip
        axes.axvline(median, color=style.ACTUAL, lw=1, ls="--")
        axes.axvline(mean, color=style.ACTUAL, lw=1)
        top = axes.get_ylim()[1]
        axes.text(median, top, locale.say("figures.median") + " ", ha="right", va="top", fontsize=9)
        axes.text(mean, top, " " + locale.say("figures.mean"), ha="left", va="top", fontsize=9)
        axes.set_xlabel(
            locale.say("figures.expected_value_of_a_customer" if kind == "money" else "figures.purchases_of_a_customer")
        )
        axes.set_ylabel(locale.say("figures.customers"))
        style.numbers_on(axes.xaxis, locale, kind)
        style.numbers_on(axes.yaxis, locale)
        axes.grid(axis="x", visible=False)
    return fig


def value_by_cohort(table: pd.DataFrame, *, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """Past and expected value of customers by when they were acquired.

    Parameters
    ----------
    table : DataFrame, indexed by cohort
        ``past_value``, ``clv``, ``clv_low``, ``clv_high``: totals of the cohort (money).
    """
    with style.canvas() as (fig, axes):
        x = np.arange(len(table))
        labels = [locale.month(cohort) for cohort in table.index]
        past = locale.say("figures.past_value" if kind == "money" else "figures.past_purchases")
        coming = locale.say("figures.coming_value" if kind == "money" else "figures.coming_purchases")
        if table["past_value"].notna().any():
            axes.bar(
                x - 0.2,
                table["past_value"],
                width=0.4,
                color="#d9dfe5",
                label=past,
            )
        axes.bar(
            x + 0.2,
            table["clv"],
            width=0.4,
            color=style.COLOURS[0],
            label=coming,
        )
        errors = np.array([table["clv"] - table["clv_low"], table["clv_high"] - table["clv"]]).clip(min=0)
        if np.isfinite(errors).all():
            axes.errorbar(x + 0.2, table["clv"], yerr=errors, fmt="none", ecolor=style.ACTUAL, lw=1, capsize=2)
        step = -(-len(labels) // 9)
        axes.set_xticks(x[::step], labels[::step])
        axes.set_xlabel(locale.say("figures.month_of_first_purchase"))
        axes.set_ylabel(
            locale.say("figures.value_of_the_cohort" if kind == "money" else "figures.purchases_of_the_cohort")
        )
        style.numbers_on(axes.yaxis, locale, kind)
        axes.grid(axis="x", visible=False)
        axes.legend()
    return fig


def top_customers(table: pd.DataFrame, *, most: int = 15, kind: Kind = "money", locale: Locale = ENGLISH) -> Figure:
    """The most valuable customers: expected value, its credible interval, and the prediction interval.

    Parameters
    ----------
    table : DataFrame, one row per customer
        ``CustomerValue.table``.
    most : int
        How many to show.
    """
    top = table.sort_values("clv", ascending=False).head(most).iloc[::-1]
    with style.canvas((8.0, 0.9 + 0.3 * len(top))) as (fig, axes):
        own = "figures.expected_value" if kind == "money" else "figures.expected_purchases_of_a_customer"
        expected = locale.say(own)
        y = np.arange(len(top))
        axes.hlines(
            y, top["value_low"], top["value_high"], color="#d9dfe5", lw=7, label=locale.say("figures.what_may_come")
        )
        axes.hlines(
            y,
            top["clv_low"],
            top["clv_high"],
            color=style.COLOURS[0],
            lw=3,
            label=locale.say("figures.interval_of_expectation"),
        )
        axes.scatter(
            top["clv"],
            y,
            color=style.COLOURS[0],
            s=26,
            zorder=3,
            label=expected,
        )
        axes.set_yticks(y, [_short(label) for label in top.index])
        axes.set_xlim(left=0)
        axes.set_xlabel(
            locale.say("figures.value_of_a_customer" if kind == "money" else "figures.purchases_of_a_customer")
        )
        style.numbers_on(axes.xaxis, locale, kind)
        axes.grid(axis="y", visible=False)
        axes.legend(loc="lower right")
    return fig


def spend_by_frequency(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Mean spend per purchase by frequency, with the band that independence would give.

    Parameters
    ----------
    table : DataFrame, indexed by band of frequency
        ``Independence.by_frequency``.
    """
    with style.canvas(style.SMALL) as (fig, axes):
        x = np.arange(len(table))
        band = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
        axes.fill_between(x, *band, color=style.COLOURS[2], alpha=0.18, lw=0,
                          label=locale.say("figures.expected_if_independent"))  # fmt: skip
        axes.plot(
            x,
            table["mean_spend"].to_numpy(dtype=float),
            color=style.ACTUAL,
            marker="o",
            lw=1.4,
            label=locale.say("figures.observed"),
        )
        axes.set_xticks(
            x, [f"{band}\n({locale.number(int(n))})" for band, n in zip(table.index, table["customers"], strict=True)]
        )
        tallest = np.nanmax(table[["mean_spend", "high"]].to_numpy(dtype=float), initial=0.0)
        axes.set_ylim(0, 1.25 * float(tallest) or 1.0)
        axes.set_xlabel(locale.say("figures.repeat_purchases_and_customers"))
        axes.set_ylabel(locale.say("figures.mean_spend_a_purchase"))
        style.numbers_on(axes.yaxis, locale, "money")
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper left")
    return fig


def _short(label: object, most: int = 24) -> str:
    """A customer's label, cut where it is long."""
    text = str(label)
    return text if len(text) <= most else text[: most - 1] + "…"
