"""Confidence interval of the mean of a skewed quantity, such as spend or days."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.intervals.arrays import ROUNDING, Float, Interval, refuse, tail, together


def mean(
    n: ArrayLike, total: ArrayLike, squares: ArrayLike, cubes: ArrayLike | None = None, *, level: float = 0.95
) -> Interval:
    """A mean with its t interval, corrected for skewness where the sum of cubes is given.

    Parameters
    ----------
    n : array_like, any shape
        How many values; one per group.
    total, squares, cubes : array_like
        Sum of the values, of their squares and of their cubes. Without cubes the interval is Student's.
    level : float
        Confidence of the interval.

    Returns
    -------
    value, low, high : ndarray
        In the values' unit; NaN of none. Of right-skewed values the interval reaches further up than down; it is NaN
        of one value, and of values all alike, which do not say how far others would be from them.

    Raises
    ------
    InputError
        A count below 0.

    Notes
    -----
    Source: Hall (1992), the monotone cubic transformation of Student's t.

    Examples
    --------
    >>> spend = np.array([10.0, 12.0, 15.0, 20.0, 80.0])
    >>> sums = len(spend), spend.sum(), (spend**2).sum(), (spend**3).sum()
    >>> [round(float(each), 1) for each in mean(*sums[:3])]
    [27.4, -9.4, 64.2]
    >>> [round(float(each), 1) for each in mean(*sums)]
    [27.4, 3.0, 147.8]
    """
    count, first, second = together(n, total, squares)
    refuse(count < 0, "A mean is of a count of 0 or more", n=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = first / count
        variance = second / count - value**2
        variance = np.where(variance > ROUNDING * second / count, variance, np.nan)
        half = np.sqrt(variance / (count - 1.0))  # standard error
        t = special.stdtrit(np.where(count > 1, count - 1.0, np.nan), 1.0 - tail(level))
        if cubes is None:
            return value, value - t * half, value + t * half
        third = together(cubes, count)[0] / count - 3.0 * value * second / count + 2.0 * value**3
        skewness = third / variance**1.5
    return value, value - half * _untransformed(t, skewness, count), value + half * _untransformed(t, -skewness, count)


def _untransformed(t: Float, skewness: Float, n: Float) -> Float:
    """Student's t whose transform by Hall's cubic is t."""
    with np.errstate(invalid="ignore", divide="ignore"):
        small = skewness / np.sqrt(n)
        exact = 3.0 / small * (np.cbrt(1.0 + small * (t - small / 6.0)) - 1.0)
    # As skewness vanishes the cubic becomes t itself.
    return np.asarray(np.where(np.abs(small) < 1e-7, t, exact))
