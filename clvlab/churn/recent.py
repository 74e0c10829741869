"""How many left a period recently: each way of counting over the same periods."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.inference.proportions import wilson


@dataclass(frozen=True)
class RecentRates:
    """Churn of the last whole periods together.

    Attributes
    ----------
    periods : int
        How many there are: those asked for, or fewer where the records hold fewer.
    lost : int
        Customers lost in them.
    churn, low, high : float
        Mean share of customers lost a period, with its 90 % interval (Wilson).
    value_churn : float
        The same by value, weighted alike; NaN where values are not known.
    lifecycle_churn, churn_beside : float
        At a fixed mix of tenures, and by customer count over the very periods in which that mix can be told: the two to
        be compared. NaN where it can be told in none.
    """

    periods: int
    lost: int
    churn: float
    low: float
    high: float
    value_churn: float
    lifecycle_churn: float
    churn_beside: float


def recent_rates(rates: pd.DataFrame, *, periods: int = 12) -> RecentRates | None:
    """The last whole periods in which customers were here; None where there are none.

    Parameters
    ----------
    rates : DataFrame
        ``churn_rates``.
    periods : int
        How many at most.

    Examples
    --------
    >>> table = pd.DataFrame({"active": [100, 100, 50], "lost": [2, 4, 1], "lifecycle_churn": [np.nan, 0.05, 0.02]})
    >>> found = recent_rates(table)
    >>> found.periods, found.lost, found.churn
    (3, 7, 0.028)
    >>> round(found.lifecycle_churn, 3), round(found.churn_beside, 3)
    (0.04, 0.033)
    """
    last = rates[rates["active"] > 0].tail(periods)
    if last.empty:
        return None
    lost = int(last["lost"].sum())
    share, low, high = (float(each) for each in wilson(lost, float(last["active"].sum())))
    known = last[last["lifecycle_churn"].notna()]
    return RecentRates(
        periods=len(last),
        lost=lost,
        churn=share,
        low=low,
        high=high,
        value_churn=_mean(last, "value_churn") if "value_churn" in last else float("nan"),
        lifecycle_churn=_mean(known, "lifecycle_churn"),
        churn_beside=float(known["lost"].sum() / known["active"].sum()) if len(known) else float("nan"),
    )


def _mean(rows: pd.DataFrame, column: str) -> float:
    """Weighted by customers, as the rate by customer count is."""
    return float(np.average(rows[column], weights=rows["active"])) if len(rows) else float("nan")
