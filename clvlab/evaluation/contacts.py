"""How many to contact: the number a forecast's own amounts choose, against the number a rule learned from the past.

A forecast says what a contact brings, so it says where to stop. A rule only orders customers. It stops where it would
best have stopped the last time: as at one horizon before the calibration end (half the records where they are shorter
than two horizons), customers are ordered by the rule, and the share of them is found that would have earned most until
the calibration end, what they brought being stretched to the horizon in proportion. That share is contacted now.
Nothing of it sees the holdout. Which of the rules is the best is known afterwards, which favours the rule.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.evaluation.decisions import LEVEL, break_even
from clvlab.evaluation.one_origin import Run
from clvlab.evaluation.reached import customers_drawn
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.scores import highest_first
from clvlab.evaluation.strategies import Strategy, amounts, in_money, named, rules, worth

Float = NDArray[np.float64]


def contacts(comparison: Comparison, orders: Orders, *, cost: float | None = None, gain: float = 1.0) -> pd.DataFrame:
    """Profit from contacting the customers who are expected to be worth it.

    Parameters
    ----------
    comparison : Comparison
    orders : Orders
        Those it was made of: rules learn from what customers did before each calibration end.
    cost : float, optional
        Of a contact, in what value is in: money, or purchases where amounts are unknown. Left out, such that contacting
        everybody would have broken even.
    gain : float
        What a contact earns of the contacted customer's value.

    Returns
    -------
    DataFrame, indexed by (kind, strategy), most profit first
        contacted (customers, over all calibration ends), profit, rule (that with the most profit), difference (of
        profit to that rule's), low, high (90 %, paired over customers). A competitor that forecasts no value where that
        is known is left out. ``attrs["cost"]`` is the cost used.
    """
    brought = worth(comparison)
    each = break_even(float(brought.sum()), len(brought), gain) if cost is None else cost
    chosen = {**by_amounts(comparison, each, gain), **by_rules(comparison, orders, each, gain)}
    margin = gain * brought - each
    profit = np.array([float((margin * part).sum()) for part in chosen.values()])
    best = max((i for i, (kind, _) in enumerate(chosen) if kind == "rule"), key=lambda i: float(profit[i]))
    of_the_rule = list(chosen.values())[best]
    apart = np.column_stack([margin * (part - of_the_rule) for part in chosen.values()])
    low, high = paired_interval(comparison, apart)
    table = pd.DataFrame(
        {
            "contacted": [float(part.sum()) for part in chosen.values()],
            "profit": profit,
            "rule": list(chosen)[best][1],
            "difference": apart.sum(axis=0),
            "low": low,
            "high": high,
        },
        index=named(list(chosen)),
    ).sort_values("profit", ascending=False, kind="stable")
    table.attrs["cost"] = each
    return table


def paired_interval(comparison: Comparison, apart: Float) -> tuple[Float, Float]:
    """90 % confidence interval of the sum of each column, for each row of the comparison; customers are drawn whole."""
    drawn = np.array([times @ apart for times in customers_drawn(comparison)])
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    return low, high


def share_that_paid(score: Float, value: Float, *, cost: float, gain: float) -> float:
    """Share of a list, highest score first, that would have earned most: 0 where no contact pays.

    Examples
    --------
    >>> share_that_paid(np.array([4.0, 3.0, 2.0, 1.0]), np.array([9.0, 1.0, 5.0, 0.0]), cost=2.0, gain=1.0)
    0.75
    """
    _, brought = highest_first(score, value)  # the same score stops, or goes on, together: its mean decides
    return int(np.argmax(np.append(0.0, np.cumsum(gain * brought - cost)))) / len(value)


def by_amounts(comparison: Comparison, cost: float, gain: float) -> dict[Strategy, Float]:
    """1 where a contact is expected to earn more than it costs."""
    column = "value_expected" if in_money(comparison) else "expected"
    able = [key for key, outcome in comparison.outcomes.items() if column in outcome]
    return {("competitor", key): (gain * amounts(comparison, key) > cost).astype(float) for key in able}


def by_rules(comparison: Comparison, orders: Orders, cost: float, gain: float) -> dict[Strategy, Float]:
    """How much of each customer a rule contacts: 1, 0, or a part of those who share its last place."""
    by_end = []
    for run in comparison.runs:
        paid = _learned(run, orders, cost, gain, money=in_money(comparison))
        now = rules(run.split.calibration)
        by_end.append({rule: first_of(now[rule], paid[rule]) for rule in now})
    return {("rule", rule): np.concatenate([each[rule] for each in by_end]) for rule in by_end[0]}


def _learned(run: Run, orders: Orders, cost: float, gain: float, *, money: bool) -> dict[str, float]:
    """Share that each rule would best have contacted in the latest window before the calibration end."""
    end, unit, horizon = run.split.calibration_end, run.split.unit, run.split.duration
    past = orders.until(end)
    days = min(round(horizon * days_in(unit)), max((end - orders.first_date).days // 2, 1))
    begin = max(end - pd.Timedelta(days=days), orders.first_date)
    then = histories(past.until(begin), end=begin, unit=unit)
    bought = past.purchases()
    inside = bought[bought["date"] > begin].groupby("customer_id")["amount"]
    brought = (inside.sum() if money else inside.size()).reindex(then.index).fillna(0.0).to_numpy(dtype=float)
    stretched = brought * horizon * days_in(unit) / days
    return {rule: share_that_paid(score, stretched, cost=cost, gain=gain) for rule, score in rules(then).items()}


def first_of(score: Float, share: float) -> Float:
    """The first ``share`` of the list, in whole customers."""
    _, place, size = np.unique(-score, return_inverse=True, return_counts=True)
    before = np.cumsum(size) - size
    return np.clip((round(share * len(score)) - before) / size, 0.0, 1.0)[place]
