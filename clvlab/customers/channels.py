"""What customers of each channel bring, against what they cost to win."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.facts import Facts, MissingInput
from clvlab.customers.intervals import mean, rate
from clvlab.data.days import day_number
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.models.family import MBGNBD
from clvlab.models.spend import GammaGamma
from clvlab.value import expected_value

Float = NDArray[np.float64]

AHEAD = 52.0  # weeks of expected value
DAYS_A_MONTH = 365.25 / 12.0
RATE = 0.10  # a year


def margins(facts: Facts) -> tuple[NDArray[np.int64], Float, Float]:
    """Customer, day and margin of each sale: of order lines with a cost, else the amounts of purchases."""
    if "order_lines" in facts.company and "cost" in facts.company.frame("order_lines"):
        lines = facts.events("order_lines", "amount", "cost", "customer")
        earned = np.nan_to_num(lines.number("amount") - lines.number("cost"))
        return lines.customer, lines.day.astype(float), earned
    amounts = facts.orders.number("amount")
    if np.isnan(amounts).all():
        raise MissingInput("orders", ("amount",))
    return facts.orders.customer, facts.orders.day.astype(float), np.nan_to_num(amounts)


def share_earned(facts: Facts, until: pd.Timestamp | None = None) -> float:
    """Share of spend that is earned, of sales up to a day: above 0 and at most 1, and 1 where nothing was spent.

    Raises
    ------
    MissingInput
        There are no amounts.
    """
    found = earned_over_spent(facts, until)
    return 1.0 if np.isnan(found) else min(max(found, 1e-6), 1.0)


def earned_over_spent(facts: Facts, until: pd.Timestamp | None = None) -> float:
    """What sales up to a day earned over what customers spent on them; NaN where that is nothing."""
    last = np.inf if until is None else day_number(until)
    _, day, earned = margins(facts)
    spent = float(np.nansum(facts.orders.number("amount")[facts.orders.day <= last]))
    return float(earned[day <= last].sum()) / spent if spent > 0 else np.nan


def value_of_customers(facts: Facts) -> pd.DataFrame:
    """Margin so far and expected next year of each customer.

    Returns
    -------
    DataFrame, index customer_id
        so_far, expected (discounted at 10 % a year), and prob_alive; money is margin where order lines have a cost,
        else revenue.

    Raises
    ------
    MissingInput
        There are no amounts.
    FitError
        MBG/NBD or Gamma-Gamma cannot be fitted to these customers.
    """
    whose, _, earned = margins(facts)
    known = whose >= 0
    so_far = np.bincount(whose[known], weights=earned[known], minlength=facts.n)
    book = facts.company.read["orders"]
    assert isinstance(book, Orders)
    past, kept = histories(book, end=min(facts.company.as_of, book.last_date), unit="week"), share_earned(facts)
    found = expected_value(
        MBGNBD().fit(past), GammaGamma().fit(past), past, horizon=AHEAD, discount_rate=RATE, margin=kept
    ).reindex(facts.ids)
    return pd.DataFrame(
        {"so_far": so_far, "expected": found["clv"].fillna(0.0).to_numpy(), "prob_alive": found["prob_alive"]},
        index=facts.ids,
    )


def channels(facts: Facts, worth: pd.DataFrame) -> pd.DataFrame:
    """Lifetime value against acquisition cost, by channel.

    Parameters
    ----------
    worth : DataFrame
        As ``value_of_customers`` returns it.

    Returns
    -------
    DataFrame, index channel, best ratio first; each with ``_low`` and ``_high`` (95 % confidence intervals)
        customers (acquired while costs are on record), cost; acquisition_cost; clv: margin so far and expected in the
        year to come, a mean per customer; ratio: clv over acquisition cost; payback: months until the margin of a
        customer acquired has covered the cost on average, missing where it has not (no interval).

    Raises
    ------
    MissingInput
        There are no costs by channel, or customers have no channel.
    """
    spent = facts.events("marketing_cost", "channel", "cost")
    by = facts.segments("channel").to_numpy(dtype=object)
    acquired = facts.acquired
    first = int(spent.day.min())
    last = int((spent.frame["date"].max() + pd.offsets.MonthEnd(0)).to_datetime64().astype("datetime64[D]").astype(int))
    cost = spent.frame.assign(cost=spent.number("cost")).groupby("channel")["cost"].sum()
    value = (worth["so_far"] + worth["expected"]).to_numpy(float)
    since = _margin_since(facts, acquired)
    rows = {}
    for channel in sorted({*cost.index, *pd.unique(by[~pd.isna(by)])}):
        own = np.flatnonzero((by == channel) & (acquired >= first) & (acquired <= last))
        paid = float(cost.get(channel, np.nan))
        rows[channel] = {"customers": len(own), "cost": paid, **_ratio(value[own], paid),
                         "payback": _payback(since, acquired, own, paid, facts)}  # fmt: skip
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("channel")
    return found.sort_values("ratio", ascending=False, kind="stable")


def _ratio(value: Float, paid: float) -> dict[str, float]:
    n = float(len(value))
    _, least, most = (float(each) for each in rate(n, 1.0))
    clv, low, high = (float(each) for each in mean(n, value.sum(), (value**2).sum(), (value**3).sum()))
    known = paid > 0 and n > 0
    cost = paid / n if known else np.nan
    cost_low, cost_high = (paid / most, paid / least if least > 0 else np.inf) if known else (np.nan, np.nan)
    ratio = clv / cost if known else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        down = np.hypot(np.log(clv / low), np.log(cost_high / cost))
        up = np.hypot(np.log(high / clv), np.log(cost / cost_low))
    return {
        "acquisition_cost": cost, "acquisition_cost_low": cost_low, "acquisition_cost_high": cost_high,
        "clv": clv, "clv_low": low, "clv_high": high,
        "ratio": ratio, "ratio_low": ratio * np.exp(-down), "ratio_high": ratio * np.exp(up),
    }  # fmt: skip


def _margin_since(facts: Facts, acquired: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
    """Customer, months since acquisition, and margin of each sale."""
    whose, day, earned = margins(facts)
    known = whose >= 0
    month = np.floor((day[known] - acquired[whose[known]]) / DAYS_A_MONTH).astype(np.int64)
    return whose[known], np.maximum(month, 0), earned[known]


def _payback(
    since: tuple[NDArray[np.int64], NDArray[np.int64], Float], acquired: NDArray[np.int64],
    own: NDArray[np.int64], paid: float, facts: Facts,
) -> float:  # fmt: skip
    """The first month by which the mean margin of a customer, over those watched so long, adds up to the cost."""
    if not len(own) or not paid > 0:
        return np.nan
    here = np.zeros(facts.n, dtype=bool)
    here[own] = True
    mine = here[since[0]]
    whose, month, earned = since[0][mine], since[1][mine], since[2][mine]
    watched = np.floor((facts.windows.last[-1] + 1 - acquired[own]) / DAYS_A_MONTH).astype(np.int64)
    longest = int(max(watched.max(initial=0), 1))
    whole = month < np.bincount(own, weights=watched, minlength=facts.n)[whose]
    sums = np.bincount(month[whole], weights=earned[whole], minlength=longest)[:longest]
    at_risk = np.array([(watched > m).sum() for m in range(longest)])
    with np.errstate(divide="ignore", invalid="ignore"):
        reached = np.cumsum(np.nan_to_num(sums / at_risk)) >= paid / len(own)
    return float(np.argmax(reached) + 1) if reached.any() else np.nan
