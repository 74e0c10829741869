"""A simple outlook on next year: the same cohorts a year older, and new customers as in the last year."""

import numpy as np
import pandas as pd

from clvlab.customers.audit.cohorts import c3
from clvlab.customers.audit.table import BEFORE, PeriodTable
from clvlab.errors import InputError


def outlook(table: PeriodTable, cohorts: pd.DataFrame) -> pd.DataFrame:
    """Profit of next year, cohort by cohort.

    Each cohort's profit changes as that of the cohort a year older changed in the last year; that of the oldest, and of
    customers of before the records, as its own did. New customers are as many as last year's and bring as much.

    Parameters
    ----------
    table : PeriodTable
    cohorts : DataFrame
        Its cohorts in each period, as ``cohorts.cohorts`` returns them.

    Returns
    -------
    DataFrame, index cohort, the oldest first, and "new"
        last (profit of the last year), ratio (to next year), next. NaN where there is no ratio: the cohort's
        elder made no profit in the year before.

    Raises
    ------
    InputError
        Periods are no years, or there are fewer than two.
    """
    if table.a_year != 1:
        raise InputError("The outlook is of years, as seasons would pass for growth: take period='year'.")
    last = len(table.periods) - 1
    if last < 1:
        raise InputError("The outlook needs two whole years of records, which these are not.")
    labels = [table.label(i) for i in range(BEFORE, last + 1)]
    made = c3(cohorts).reindex(columns=labels).to_numpy(float).T
    now, then = made[:, last], made[:, last - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(then > 0, now / then, np.nan)  # of "before" and cohorts 0 to last
    ratio = np.full(last + 2, np.nan)
    ratio[0] = own[0]
    ratio[1] = own[1]
    ratio[2:] = own[1:-1]
    rows = pd.DataFrame({"last": now, "ratio": ratio, "next": now * ratio},
                        index=pd.Index(labels, name="cohort"))  # fmt: skip
    rows = rows[~np.isnan(now)]
    fresh = float(now[-1])
    return pd.concat([rows, pd.DataFrame({"last": [fresh], "ratio": [1.0], "next": [fresh]},
                                         index=pd.Index(["new"], name="cohort"))])  # fmt: skip


def new_customers_needed(table: PeriodTable, found: pd.DataFrame, target: float) -> float:
    """How many new customers a profit of ``target`` needs, each as profitable as last year's on average.

    Parameters
    ----------
    found : DataFrame
        As ``outlook`` returns it.
    target : float
        Profit of next year.

    Returns
    -------
    float
        Not below 0; NaN where last year's new customers brought no profit.
    """
    last = len(table.periods) - 1
    size = int((table.acquired == last).sum())
    fresh = float(found["next"].to_numpy()[-1])
    if not (size and fresh > 0):
        return float("nan")
    existing = float(found["next"].to_numpy()[:-1].sum())
    return max((target - existing) / (fresh / size), 0.0)
