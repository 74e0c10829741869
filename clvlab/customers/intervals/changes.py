"""Whether a change is more than noise, and which of many are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from clvlab.customers.intervals.arrays import Float, refuse, tail, together
from clvlab.customers.intervals.shares import share


class Difference(NamedTuple):
    """A difference with its interval, and the two-sided p value of there being none; arrays, one value per group."""

    value: Float
    low: Float
    high: Float
    p_value: Float


def difference(
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    value_before: ArrayLike,
    low_before: ArrayLike,
    high_before: ArrayLike,
    *,
    correlation: ArrayLike = 0.0,
    level: float = 0.95,
) -> Difference:
    """A value less another, each with its interval, by the method of variance estimates recovery (MOVER).

    Parameters
    ----------
    value, low, high : array_like, any shape
        What there is now, or here, with its interval; one per group.
    value_before, low_before, high_before : array_like
        What there was before, or elsewhere.
    correlation : array_like
        Of the two estimates: above 0 where they share customers who stay as they are; 0 of other customers or answers.
    level : float
        Confidence of the given intervals, and so of the difference's.

    Returns
    -------
    Difference
        In the values' unit. The p value is below 1 - level exactly where the interval excludes 0. NaN where an
        interval is missing.

    Notes
    -----
    Source: Zou & Donner (2008).

    Examples
    --------
    >>> found = difference(0.30, 0.25, 0.36, 0.20, 0.16, 0.25)
    >>> [round(float(each), 3) for each in found]
    [0.1, 0.029, 0.172, 0.006]
    """
    now, low_now, high_now, then, low_then, high_then, related = together(
        value, low, high, value_before, low_before, high_before, correlation
    )
    by = now - then
    down, up = _side(now - low_now, high_then - then, related), _side(high_now - now, then - low_then, related)
    towards_zero = np.where(by > 0, down, up)
    with np.errstate(invalid="ignore", divide="ignore"):
        # No width and no difference: nothing has changed.
        distance = np.where(by == 0, 0.0 * towards_zero, np.abs(by) / towards_zero)
    p_value = 2.0 * special.ndtr(distance * special.ndtri(tail(level)))
    return Difference(by, by - down, by + up, np.asarray(p_value))


def _side(one: Float, other: Float, related: Float) -> Float:
    """Length of a side of the interval, from those of both values."""
    return np.sqrt(np.maximum(one**2 - 2.0 * related * one * other + other**2, 0.0))


def change(
    hits: ArrayLike, of: ArrayLike, hits_before: ArrayLike, of_before: ArrayLike, *, level: float = 0.95
) -> Difference:
    """A share less an independent one, as this month's less last month's.

    Parameters
    ----------
    hits, of : array_like, any shape
        How many, of how many, now or here; one per group.
    hits_before, of_before : array_like
        The same before or elsewhere, of other customers or answers.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        Of shares, -1 to 1; NaN where one is of none.

    Raises
    ------
    InputError
        Hits below 0 or above all.

    Notes
    -----
    Source: Newcombe (1998), method 10, with mid-P intervals of the two shares in place of Wilson's.

    Examples
    --------
    >>> found = change(60, 200, 40, 200)
    >>> [round(float(each), 3) for each in found]
    [0.1, 0.015, 0.184, 0.021]
    """
    return difference(*share(hits, of, level=level), *share(hits_before, of_before, level=level), level=level)


def false_discovery(p_values: ArrayLike, *, rate: float = 0.10) -> NDArray[np.bool_]:
    """Which of many differences to report, so that on average at most a given share of those reported is noise.

    Parameters
    ----------
    p_values : array_like, any shape
        One a difference; NaN where none could be had, which is neither counted nor reported.
    rate : float
        Largest expected share of noise among those reported.

    Returns
    -------
    ndarray of bool
        Of the same shape.

    Raises
    ------
    InputError
        A p value or the rate is not between 0 and 1.

    Notes
    -----
    Source: Benjamini & Hochberg (1995).

    Examples
    --------
    >>> false_discovery([0.001, 0.04, 0.5, float("nan")]).tolist()
    [True, True, False, False]
    """
    (p,) = together(p_values)
    refuse((p < 0) | (p > 1), "p values lie between 0 and 1", p_value=p)
    refuse(np.asarray(not 0 < rate < 1), "rate= is a share between 0 and 1, such as 0.10", rate=np.asarray(rate))
    known = ~np.isnan(p)
    found = np.zeros(p.shape, dtype=bool)
    if known.any():
        found[known] = stats.false_discovery_control(p[known]) <= rate
    return found
