"""Events in time: Poisson processes of many customers at once, whose pace may go with the calendar."""

import numpy as np

from clvlab.data.simulate.calendar import DAYS, EVEN, YEAR


def passed(pace: np.ndarray, since: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Years of a pace between two times, in day numbers; 0 where the second is not after the first.

    Examples
    --------
    >>> passed(EVEN, np.array([0, 500]), np.array([730.5, 400.0])).tolist()
    [2.0, 0.0]
    """
    place = np.arange(DAYS + 1, dtype=float)
    years: np.ndarray = (np.interp(until, place, pace) - np.interp(since, place, pace)) / YEAR
    years = np.maximum(years, 0.0)
    return years


def arrivals(
    rng: np.random.Generator, rate: np.ndarray | float, since: np.ndarray, until: np.ndarray, *, pace: np.ndarray = EVEN
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the events of customers.

    Parameters
    ----------
    rng : Generator
    rate : float, or array, one per customer
        Events a year at a pace of 1.
    since, until : array, one per customer
        Day numbers between which they come.
    pace : array of 1,097 floats
        As ``clock`` makes it.

    Returns
    -------
    customer, day : array of int, one an event
        In the order of customers.
    """
    mean = rate * passed(pace, since, until)
    customer = np.repeat(np.arange(len(since), dtype=np.int32), rng.poisson(mean))
    place = np.arange(DAYS + 1, dtype=float)
    began, ended = np.interp(since, place, pace), np.interp(until, place, pace)
    at = began[customer] + rng.random(len(customer)) * (ended - began)[customer]
    # A last bit that differs between processors moves a day only where it crosses midnight: the floor hides it.
    day = np.minimum(np.floor(np.interp(at, pace, place)), DAYS - 1).astype(np.int16)
    return customer, day


def picked(rng: np.random.Generator, shares: tuple[float, ...], n: int) -> np.ndarray:
    """Draw places in a list by their shares, which add up to 1."""
    edges = np.cumsum(shares)[:-1]
    return np.searchsorted(edges, rng.random(n), side="right").astype(np.int8)
