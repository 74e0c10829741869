"""From the profit of one period to that of the next: what each factor adds."""

from itertools import combinations
from math import factorial, prod

import numpy as np
import pandas as pd

FACTORS = ("customers", "aof", "aov", "margin")


def bridge(before: pd.Series, after: pd.Series) -> pd.Series:
    """The change of profit = customers x aof x aov x margin, shared among the factors.

    Each factor's part is what its change adds, averaged over all orders in which the four can change (Shapley's
    values): the parts add up to the whole change, and no factor's place in the product matters. A factor that is not
    known in one of the two periods, as nobody bought, counts as unchanged.

    Parameters
    ----------
    before, after : Series
        customers, aof, aov, margin and profit.

    Returns
    -------
    Series
        A part of each factor, in money; remainder: what the factors cannot say, as profit without any spend; else 0.

    Notes
    -----
    Source: Shapley (1953); Sun (1998), who shows it to be the exact decomposition that treats factors alike.

    Examples
    --------
    >>> before = pd.Series({"customers": 10, "aof": 2.0, "aov": 5.0, "margin": 0.5, "profit": 50.0})
    >>> after = pd.Series({"customers": 10, "aof": 3.0, "aov": 4.0, "margin": 0.5, "profit": 60.0})
    >>> bridge(before, after).round(2).to_dict()
    {'customers': 0.0, 'aof': 22.5, 'aov': -12.5, 'margin': 0.0, 'remainder': 0.0}
    """
    then, now = (np.nan_to_num(each["profit"]) for each in (before, after))
    old, new = {}, {}
    for name in FACTORS:
        own, later = float(before[name]), float(after[name])
        old[name] = later if np.isnan(own) else own
        new[name] = own if np.isnan(later) else later
        if np.isnan(own) and np.isnan(later):
            old[name] = new[name] = 0.0
    found = dict.fromkeys(FACTORS, 0.0)
    for name in FACTORS:
        others = [each for each in FACTORS if each != name]
        for size in range(len(FACTORS)):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(FACTORS))
            for changed in combinations(others, size):
                rest = prod(new[each] if each in changed else old[each] for each in others)
                found[name] += weight * (new[name] - old[name]) * rest
    return pd.Series(found | {"remainder": float(now - then) - sum(found.values())})
