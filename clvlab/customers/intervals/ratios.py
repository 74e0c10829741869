"""Confidence interval of a ratio of sums over customers, such as mean order value: revenue over orders."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.intervals.arrays import ROUNDING, Interval, refuse, tail, together


def ratio(
    n: ArrayLike,
    num: ArrayLike,
    den: ArrayLike,
    num2: ArrayLike,
    den2: ArrayLike,
    cross: ArrayLike,
    *,
    level: float = 0.95,
) -> Interval:
    """sum(num) / sum(den) over independent units, with Fieller's interval.

    Units are customers, whose orders are alike: their spread, not that of orders, says how sure the ratio is.

    Parameters
    ----------
    n : array_like, any shape
        How many units; one per group.
    num, den : array_like
        Sums over units of what is divided and of what it is divided by.
    num2, den2, cross : array_like
        Sums over units of the squares of both, and of their product.
    level : float
        Confidence of the interval.

    Returns
    -------
    value, low, high : ndarray
        NaN where the sum below is 0. The interval is NaN of fewer than two units, of units whose ratios are all alike,
        and where the sum below cannot be told from 0, so that any ratio is possible.

    Raises
    ------
    InputError
        A count below 0.

    Notes
    -----
    Source: Fieller (1954); where the sum below is sure it is the linearised interval (Cochran 1977, ch. 6).

    Examples
    --------
    >>> revenue, orders = np.array([30.0, 50.0, 55.0, 80.0]), np.array([2.0, 2.0, 3.0, 4.0])
    >>> sums = revenue.sum(), orders.sum(), (revenue**2).sum(), (orders**2).sum(), (revenue * orders).sum()
    >>> [round(float(each), 1) for each in ratio(4, *sums)]
    [19.5, 13.6, 25.5]
    """
    count, above, below, above2, below2, product = together(n, num, den, num2, den2, cross)
    refuse(count < 0, "A ratio is of a count of units of 0 or more", n=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(below != 0, above / below, np.nan)
        t = special.stdtrit(np.where(count > 1, count - 1.0, np.nan), 1.0 - tail(level))
        scale = t**2 * count / (count - 1.0)  # of a centred sum of squares, to squared half widths
        a = below**2 - scale * np.maximum(below2 - below**2 / count, 0.0)
        b = above * below - scale * (product - above * below / count)
        c = above**2 - scale * np.maximum(above2 - above**2 / count, 0.0)
        root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        low, high = (b - root) / a, (b + root) / a
        spread = above2 - 2.0 * value * product + value**2 * below2
        known = (a > 0) & (spread > ROUNDING * above2)
    return value, np.where(known, low, np.nan), np.where(known, high, np.nan)
