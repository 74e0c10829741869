"""Recent churn rates, counted in several ways, over the same whole periods."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.inference.proportions import wilson


@dataclass(frozen=True)
class RecentRates:
    """Churn of the last whole periods together.

    Attributes
    ----------
    months : int
        How many periods of ``rates`` there really are: those asked for, or fewer where the records hold fewer.
    first, last : Period
        The first and the last of them.
    active : float
        Customers here at the start of each, added up.
    lost : int
        Customers lost in them.
    churn, low, high : float
        Mean share of customers lost a period, with its 90 % interval (Wilson).
    value_churn : float
        The same by value, weighted alike; NaN where values are not known in each of the periods.
    lifecycle_churn, churn_beside : float
        At a fixed mix of tenures, and by customer count over the very periods in which that mix can be told: the two to
        be compared. NaN where it can be told in none.
    """

    months: int
    first: pd.Period
    last: pd.Period
    active: float
    lost: int
    churn: float
    low: float
    high: float
    value_churn: float
    lifecycle_churn: float
    churn_beside: float


def recent_rates(rates: pd.DataFrame, periods: int = 12) -> RecentRates | None:
    """Churn over the last whole periods that had customers.

    Parameters
    ----------
    rates : DataFrame
        ``churn_rates``. From orders, periods that begin before the rule of silence could call anybody gone
        (``attrs["rule_from"]``) do not count.
    periods : int
        How many at most.

    Returns
    -------
    RecentRates or None
        None where no period counts.

    Examples
    --------
    >>> months = pd.period_range("2024-01", periods=3, freq="M")
    >>> table = pd.DataFrame({"active": [100, 100, 50], "lost": [2, 4, 1]}, index=months)
    >>> found = recent_rates(table.assign(lifecycle_churn=[np.nan, 0.05, 0.02]))
    >>> found.months, found.lost, found.churn
    (3, 7, 0.028)
    >>> round(found.lifecycle_churn, 3), round(found.churn_beside, 3)
    (0.04, 0.033)
    """
    counted = rates[rates["active"] > 0]
    rule_from = rates.attrs.get("rule_from")
    if rule_from is not None:
        counted = counted[pd.PeriodIndex(counted.index).start_time >= rule_from]
    last = counted.tail(periods)
    if last.empty:
        return None
    active, lost = float(last["active"].sum()), int(last["lost"].sum())
    churn, low, high = (float(each) for each in wilson(lost, active))
    known = last[last["lifecycle_churn"].notna()]
    return RecentRates(
        months=len(last),
        first=last.index[0],
        last=last.index[-1],
        active=active,
        lost=lost,
        churn=churn,
        low=low,
        high=high,
        value_churn=_mean(last, "value_churn") if "value_churn" in last else float("nan"),
        lifecycle_churn=_mean(known, "lifecycle_churn"),
        churn_beside=float(known["lost"].sum() / known["active"].sum()) if len(known) else float("nan"),
    )


def _mean(rows: pd.DataFrame, column: str) -> float:
    """Weighted by customers, as the rate by customer count is."""
    return float(np.average(rows[column], weights=rows["active"])) if len(rows) else float("nan")
