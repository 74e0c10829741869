"""Confidence interval of a rate of events, such as complaints per 1,000 orders."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.intervals.arrays import Float, Interval, refuse, root, tail, together


def rate(events: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> Interval:
    """Events over exposure, with the mid-P interval of a Poisson count.

    Parameters
    ----------
    events : array_like, any shape
        How many happened; one per group.
    exposure : array_like
        Over how much: orders, customer-months.
    level : float
        Confidence of the interval.

    Returns
    -------
    value, low, high : ndarray
        Events per unit of exposure; NaN of no exposure, or where a number is.

    Raises
    ------
    InputError
        Events or exposure below 0.

    Notes
    -----
    Source: Lancaster (1961); Cohen & Yang (1994).

    Examples
    --------
    >>> [round(float(each), 2) for each in rate(5, 1)]
    [5.0, 1.83, 11.08]
    """
    x, over = together(events, exposure)
    refuse((x < 0) | (over < 0), "A rate is of events and exposure of 0 or more", events=x, exposure=over)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(over > 0, x / over, np.nan)
    low, high = np.where(np.isnan(value), np.nan, 0.0), np.full(x.shape, np.nan)
    some, any_event = ~np.isnan(value), ~np.isnan(value) & (x > 0)
    low[any_event] = _low(x[any_event], tail(level)) / over[any_event]
    high[some] = _high(x[some], tail(level)) / over[some]
    return value, low, high


def _low(x: Float, tail: float) -> Float:
    """The mean under which as many events or more have a mid-P chance of a tail."""
    beyond = np.full_like(x, tail)
    return root(_above, _exact(x, beyond), _exact(x + 1.0, beyond), x, beyond)


def _high(x: Float, tail: float) -> Float:
    """The mean under which as few events or fewer have that chance."""
    beyond = np.full_like(x, tail)
    return root(_below, _exact(np.maximum(x, 1e-9), 1.0 - beyond), _exact(x + 1.0, 1.0 - beyond), x, beyond)


def _exact(x: Float, chance: Float) -> Float:
    """The mean under which x events or more have this chance: half a quantile of chi-square."""
    return np.asarray(special.gammaincinv(x, chance))


def _above(mean: Float, x: Float, beyond: Float) -> Float:
    return np.asarray((special.gammainc(x, mean) + special.gammainc(x + 1.0, mean)) / 2.0 - beyond)


def _below(mean: Float, x: Float, beyond: Float) -> Float:
    fewer = np.where(x > 0, special.gammaincc(np.maximum(x, 1e-9), mean), 0.0)
    return np.asarray((special.gammaincc(x + 1.0, mean) + fewer) / 2.0 - beyond)
