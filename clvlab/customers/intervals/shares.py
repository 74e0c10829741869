"""Confidence interval of a share."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.intervals.arrays import Float, Interval, refuse, root, tail, together


def share(hits: ArrayLike, of: ArrayLike, *, level: float = 0.95) -> Interval:
    """A share with its mid-P interval.

    The interval holds the shares under which what was observed is not in either tail, half of its own chance counted.
    Coverage is near the level on average over shares and at every single share (``docs/measures.md``), unlike
    Wilson's and Jeffreys' intervals, which fall below 90 % at rare shares.

    Parameters
    ----------
    hits, of : array_like, any shape
        How many, of how many; one per group.
    level : float
        Confidence of the interval.

    Returns
    -------
    value, low, high : ndarray
        Shares, 0 to 1; NaN of none, or where a count is.

    Raises
    ------
    InputError
        Hits below 0 or above ``of``.

    Notes
    -----
    Source: Lancaster (1961); Berry & Armitage (1995).

    Examples
    --------
    >>> [round(float(each), 3) for each in share(8, 10)]
    [0.8, 0.48, 0.965]
    >>> [round(float(each), 3) for each in share(0, 10)]
    [0.0, 0.0, 0.259]
    """
    x, n = together(hits, of)
    refuse((x < 0) | (x > n), "A share is of hits between 0 and all", hits=x, of=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = x / n
    return value, _low(x, n, tail(level)), 1.0 - _low(n - x, n, tail(level))


def _low(x: Float, n: Float, beyond: float) -> Float:
    """The share under which at least as many hits have a mid-P chance ``beyond``."""
    found = np.where((n > 0) & ~np.isnan(x), 0.0, np.nan)
    some = (x > 0) & (n > 0)
    hits, of = x[some], n[some]
    # Between Clopper and Pearson's lower end and that of one hit more.
    least = special.betaincinv(hits, of - hits + 1.0, beyond)
    most = np.where(hits < of, special.betaincinv(hits + 1.0, np.maximum(of - hits, 1e-9), beyond), 1.0)
    found[some] = root(_excess, least, most, hits, of, np.full_like(hits, beyond))
    return found


def _excess(p: Float, x: Float, n: Float, beyond: Float) -> Float:
    more = np.where(x < n, special.betainc(x + 1.0, np.maximum(n - x, 1e-9), p), 0.0)
    return np.asarray((special.betainc(x, n - x + 1.0, p) + more) / 2.0 - beyond)
