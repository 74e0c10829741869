"""Confidence interval of the difference of two shares of the same answers, such as a net promoter score."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.intervals.arrays import Float, Interval, refuse, root, tail, together


def net_share(plus: ArrayLike, minus: ArrayLike, of: ArrayLike, *, level: float = 0.95) -> Interval:
    """(plus - minus) / of, with a score interval.

    Tango's interval for the difference of paired shares, corrected for skewness: a difference is kept where the
    observed one is within the quantiles of its distribution, with the shares most likely under that difference.
    Without the correction coverage falls below 90 % where nearly all are promoters.

    Parameters
    ----------
    plus, minus, of : array_like, any shape
        How many for, how many against, of how many; one per group.
    level : float
        Confidence of the interval.

    Returns
    -------
    value, low, high : ndarray
        Between -1 and 1; NaN of none, or where a count is.

    Raises
    ------
    InputError
        Counts below 0, or more for and against than all.

    Notes
    -----
    Source: Tango (1998), eq. 6 to 8; skewness as Gart & Nam (1988), here as a Cornish-Fisher quantile.

    Examples
    --------
    >>> [round(float(each), 3) for each in net_share(45, 25, 100)]
    [0.2, 0.037, 0.354]
    >>> [round(float(each), 3) for each in net_share(10, 0, 10)]
    [1.0, 0.52, 1.0]
    """
    b, c, n = together(plus, minus, of)
    refuse((b < 0) | (c < 0) | (b + c > n), "A net share is of counts of 0 or more, together at most all",
           plus=b, minus=c, of=n)  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (b - c) / n
    beyond = tail(level)
    return value, _low(b, c, n, beyond), -_low(c, b, n, beyond)


def _low(b: Float, c: Float, n: Float, beyond: float) -> Float:
    known = (n > 0) & ~np.isnan(b) & ~np.isnan(c)
    found = np.where(known, -1.0, np.nan)
    some = known & (c < n)
    plus, minus, of = b[some], c[some], n[some]
    z = np.full_like(plus, -special.ndtri(beyond))
    most = (plus - minus) / of
    # Just inside the ends: at -1 and 1 nothing varies.
    found[some] = root(_excess, np.full_like(most, -1.0 + 1e-12), np.minimum(most, 1.0 - 1e-12), plus, minus, of, z)
    return found


def _excess(d: Float, b: Float, c: Float, n: Float, z: Float) -> Float:
    """How far the observed difference is above the upper quantile under a true difference d, in standard errors."""
    linear, constant = -b - c + (2.0 * n - b + c) * d, -c * d * (1.0 - d)
    against = (np.sqrt(np.maximum(linear**2 - 8.0 * n * constant, 0.0)) - linear) / (4.0 * n)
    moved = np.maximum(2.0 * against + d, np.abs(d))  # for and against together
    variance = np.maximum(moved - d**2, 1e-15)
    skewness = (d - 3.0 * d * moved + 2.0 * d**3) / (variance**1.5 * np.sqrt(n))
    # The expansion of the quantile breaks down where next to nothing varies.
    quantile = np.clip(z + skewness * (z**2 - 1.0) / 6.0, z / 2.0, 3.0 * z)
    return np.asarray((b - c - n * d) / np.sqrt(n * variance) - quantile)
