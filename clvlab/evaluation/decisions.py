"""The worth of a forecast's list: the value it would have reached, against the best simple rule.

The best simple rule is the one that reached most at the same share contacted, known afterwards, and stays the same over
resamples. That favours the rule: it is chosen by the holdout, as no forecast is. So "better than the best simple rule"
is claimed too seldom rather than too often.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.evaluation.reached import SHARES, Reached
from clvlab.evaluation.strategies import named

Float = NDArray[np.float64]
LEVEL = 0.90
LEAST_ERROR = 0.25  # of the largest along a curve
ROUNDING = 1e-9  # of all value: differences below are those of sums in another order


def targeting(found: Reached, *, share: float = 0.10) -> pd.DataFrame:
    """Share of the holdout's value that contacting the predicted top customers would have reached.

    Parameters
    ----------
    share : float
        Of the customers of each calibration end: a whole percent, or one that ``reached`` was asked for.

    Returns
    -------
    DataFrame, indexed by (kind, strategy), best first
        value (money; purchases where amounts are unknown); captured, its share of all, with its 90 % bootstrap interval
        over customers: low, high; and beside the best simple rule at that share: rule, difference (of captured),
        difference_low, difference_high, its interval paired over customers.
    """
    g = found.at(share)
    drawn = found.drawn_captured[:, :, g]
    captured = found.captured[:, g]
    best = _best(found, found.value[:, g])
    low, high = _interval(drawn)
    apart_low, apart_high = _interval(drawn - drawn[:, [best]])
    table = pd.DataFrame(
        {
            "value": found.value[:, g],
            "captured": captured,
            "low": low,
            "high": high,
            "rule": found.strategies[best][1],
            "difference": captured - captured[best],
            "difference_low": apart_low,
            "difference_high": apart_high,
        },
        index=named(list(found.strategies)),
    )
    return table.sort_values("captured", ascending=False, kind="stable")


def rankings(found: Reached, *, share: float = 0.10) -> pd.DataFrame:
    """How much more each list reaches than the best simple rule: at shares contacted, and over the whole curve.

    Returns
    -------
    DataFrame, one row per share and strategy
        share (0.05, 0.10, 0.20 and ``share``; NaN is the mean over all shares), kind, strategy, captured (share of the
        holdout's value), rule (the best at that share), difference, low, high (90 %, paired over customers).
    """
    parts = []
    for each in sorted({*SHARES, share}):
        at = targeting(found, share=each).drop(columns=["low", "high"])
        at = at.rename(columns={"difference_low": "low", "difference_high": "high"})
        parts.append(at.reset_index().assign(share=each))
    captured, drawn = found.captured.mean(axis=1), found.drawn_captured.mean(axis=2)
    best = _best(found, captured)
    low, high = _interval(drawn - drawn[:, [best]])
    whole = pd.DataFrame(
        {"captured": captured, "rule": found.strategies[best][1], "difference": captured - captured[best],
         "low": low, "high": high},
        index=named(list(found.strategies)),
    )  # fmt: skip
    parts.append(whole.reset_index().assign(share=np.nan))
    columns = ["share", "kind", "strategy", "captured", "rule", "difference", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def lift_curves(found: Reached) -> pd.DataFrame:
    """Share of value reached by share of customers contacted: index share, one column per (kind, strategy)."""
    return pd.DataFrame(
        found.captured.T, index=pd.Index(found.shares, name="share"), columns=named([*found.strategies])
    )


def profit_curves(found: Reached, *, cost: float | None = None, gain: float = 1.0) -> pd.DataFrame:
    """Profit of contacting the predicted top customers, by share contacted, beside the best simple rule at that share.

    Parameters
    ----------
    cost : float, optional
        Of a contact, in what value is in: money, or purchases where amounts are unknown. Left out, such that contacting
        everybody breaks even.
    gain : float
        What a contact earns of the contacted customer's holdout value: margin times the part that comes of the contact.

    Returns
    -------
    DataFrame, one row per strategy and share
        kind, strategy, share, profit, rule (the best at that share), difference (of profit to that rule's), low, high:
        its 90 % band, paired over customers, which covers the whole curve at once. ``attrs["cost"]`` is the cost used.
    """
    each = break_even(found.total, found.customers, gain) if cost is None else cost
    profit = gain * found.value - each * found.customers * found.shares
    places = np.array([_best(found, found.value[:, g]) for g in range(len(found.shares))])
    across = np.arange(len(found.shares))
    parts = []
    for i, (kind, strategy) in enumerate(found.strategies):
        apart = gain * (found.value[i] - found.value[places, across])
        apart[np.abs(apart) <= ROUNDING * gain * found.total] = 0.0
        drawn = gain * (found.drawn[:, i] - found.drawn[:, places, across])
        same = np.array([np.array_equal(found.drawn[:, i], found.drawn[:, place]) for place in found.rules])
        inside = (found.shares > 0.0) & (found.shares < 1.0)
        low, high = _band(apart, drawn, inside & ~same[places - found.rules[0]])
        parts.append(
            pd.DataFrame(
                {"kind": kind, "strategy": strategy, "share": found.shares, "profit": profit[i],
                 "rule": [found.strategies[place][1] for place in places], "difference": apart, "low": low,
                 "high": high}
            )
        )  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table.attrs["cost"] = each
    return table


def break_even(total: float, customers: int, gain: float) -> float:
    """The cost of a contact at which contacting everybody earns nothing."""
    return gain * total / customers


def _best(found: Reached, reached: Float) -> int:
    """Place of the rule that reaches most."""
    return max(found.rules, key=lambda place: float(reached[place]))


def _interval(drawn: Float) -> tuple[Float, Float]:
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    return low, high


def _band(apart: Float, drawn: Float, differs: NDArray[np.bool_]) -> tuple[Float, Float]:
    """A band that holds the whole curve: as many standard errors wide as the largest excursion of 90 % of resamples.

    Where the few customers left bring nothing, all resamples agree and would leave no doubt; a standard error is taken
    as a part of the largest at least, unless both lists are the same or hold everybody.
    """
    error = drawn.std(axis=0)
    error = np.where(differs, np.maximum(error, LEAST_ERROR * error.max(initial=0.0)), 0.0)
    moves = error > 0.0
    excursions = np.abs(drawn - apart)[:, moves] / error[moves]
    wide = np.quantile(np.max(excursions, axis=1, initial=0.0), LEVEL) * error
    return apart - wide, apart + wide
