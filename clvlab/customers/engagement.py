"""Components of engagement, and what engaged customers do more often."""

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts
from clvlab.customers.intervals import ratio
from clvlab.customers.measures.engaging import known_parts, part, score


def parts_of(facts: Facts, customer: str) -> pd.Series:
    """Parts of a customer's engagement in the last whole period, 0 to 100."""
    last, at = len(facts.windows) - 1, int(facts.ids.get_loc(customer))  # type: ignore[arg-type]
    return pd.Series({which: float(score(facts, last, which)[at]) for which in known_parts(facts)}, dtype=float)


def engagement_and_buying(facts: Facts) -> pd.DataFrame:
    """Whether customers who did more of something in one period bought more in the next.

    Returns
    -------
    DataFrame, index part ("web", "social", "contacts", "answers")
        customers (active, with it), share (of active customers); with_it, without (purchases in the next period,
        per customer), times (with_it over without) with times_low and times_high (95 %). What goes together: no proof
        that one brings the other about.
    """
    rows = {}
    for which in known_parts(facts):
        some, bought = [], []
        for t in range(len(facts.windows) - 1):
            here = facts.active(t + 1)
            did = part(facts, t, which) > 0
            first, last = facts.windows.first[t + 1], facts.windows.last[t + 1]
            cut = slice(*np.searchsorted(facts.orders.day, [first, last + 1]))
            count = np.bincount(facts.orders.customer[cut], minlength=facts.n)
            some.append(np.where(here, did, np.nan))
            bought.append(np.where(here, count, np.nan))
        if some:
            rows[which] = _compared(np.array(some), np.array(bought))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("part")


def _compared(some: np.ndarray, bought: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {"customers": int(np.nansum(some)), "share": float(np.nanmean(some))}
    logs, variances = [], []
    for name, flag in (("with_it", 1.0), ("without", 0.0)):
        chosen = some == flag
        num, den = np.where(chosen, np.nan_to_num(bought), 0.0).sum(axis=0), chosen.sum(axis=0).astype(float)
        own = den > 0
        num, den = num[own], den[own]
        value = float(ratio(len(num), num.sum(), den.sum(), (num**2).sum(), (den**2).sum(), (num * den).sum())[0])
        found[name] = value
        with np.errstate(divide="ignore", invalid="ignore"):
            logs.append(np.log(value))
            variances.append(((num - value * den) ** 2).sum() / num.sum() ** 2)
    half = 1.959963984540054 * np.sqrt(sum(variances))
    times = logs[0] - logs[1]
    return found | {"times": float(np.exp(times)), "times_low": float(np.exp(times - half)),
                    "times_high": float(np.exp(times + half))}  # fmt: skip
