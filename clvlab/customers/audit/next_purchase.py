"""How long it takes from a customer's n-th purchase to the next."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.curves import log_log, product_limit
from clvlab.customers.summing import Z
from clvlab.errors import InputError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

WITHIN = (30, 60, 90, 180, 365)  # days


def time_to_next(
    customer: Whole, day: Whole, until: int, *, most: int = 5, within: tuple[int, ...] = WITHIN
) -> pd.DataFrame:
    """Share of customers who made their next purchase within given numbers of days, by purchases so far.

    Customers whose n-th purchase is too recent count as long as they were watched (Kaplan and Meier's estimate).

    Parameters
    ----------
    customer, day : arrays of int, shape (purchases,)
        Whose, and days since 1970.
    until : int
        Last day of the records.
    most : int
        How many purchases to follow.
    within : tuple of int
        Days.

    Returns
    -------
    DataFrame, index purchase, 1 to ``most``
        customers; median (days until half of them had bought again; missing where fewer than half did); for each
        length "within_30" with _low and _high (95 % confidence interval); missing where nobody was watched so long.
    """
    if most < 1:
        raise InputError(f"most= is a number of purchases, 1 or more; found {most!r}.")
    order = np.lexsort((day, customer))
    who, when = customer[order], day[order]
    begins = np.flatnonzero(np.diff(who, prepend=-1))
    nth = np.arange(len(who)) - np.repeat(begins, np.diff(np.append(begins, len(who)))) + 1
    follows = np.append(who[1:] == who[:-1], False) if len(who) else np.zeros(0, dtype=bool)
    gap = np.where(follows, np.append(when[1:], 0) - when, until - when)
    rows = {}
    for n in range(1, most + 1):
        own = nth == n
        if own.any():
            rows[n] = _row(gap[own], follows[own], within)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("purchase")


def _row(gap: Whole, bought: NDArray[np.bool_], within: tuple[int, ...]) -> dict[str, float]:
    longest = int(gap.max(initial=0))
    events = np.bincount(gap[bought], minlength=longest + 1).astype(float)
    leaving = np.bincount(gap, minlength=longest + 1).astype(float)
    staying, greenwood = product_limit(len(gap) - np.cumsum(leaving) + leaving, events)
    low, high = (1.0 - end for end in reversed(log_log(staying, greenwood, Z)))
    found: dict[str, float] = {"customers": len(gap)}
    half = np.flatnonzero(staying <= 0.5)
    found["median"] = float(half[0]) if half.size else np.nan
    for days in within:
        for name, share in (("", 1.0 - staying), ("_low", low), ("_high", high)):
            found[f"within_{days}{name}"] = float(share[days]) if days <= longest else np.nan
    return found
