"""What a measure's interval needs to be known of its rows: sums over customers, which add up over groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.measures import Parts

Float = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Sums:
    """Sums of each group, arrays of shape (groups,).

    Attributes
    ----------
    rows, customers : array
        How many rows; how many customers with a row (a row of nobody counts as one).
    num, den : array
        What is counted, of what.
    plus, minus : array
        Rows with something above and below 0 counted.
    num2, den2, cross : array
        Squares and product, each customer's rows added up first.
    """

    rows: Float
    customers: Float
    num: Float
    den: Float
    plus: Float
    minus: Float
    num2: Float
    den2: Float
    cross: Float

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(**{name: mine - getattr(other, name) for name, mine in vars(self).items()})

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{name: mine + getattr(other, name) for name, mine in vars(self).items()})


def sums_of(several: Sequence[Parts], group: Whole, groups: int) -> Sums:
    """Sums of rows of one or several periods.

    Parameters
    ----------
    several : sequence of Parts
    group : array of int, shape (customers + 1,)
        Group of each customer, and last of rows of nobody; -1 of none.
    groups : int
    """
    n = len(group) - 1
    each = np.zeros((5, n))  # rows, num, den, plus, minus
    nobody = np.zeros(9)
    for parts in several:
        known = parts.customer >= 0
        who, num, den = parts.customer[known], parts.num[known], parts.den[known]
        each[0] += np.bincount(who, minlength=n)
        for i, weights in enumerate((num, den, (num > 0) * 1.0, (num < 0) * 1.0), start=1):
            each[i] += np.bincount(who, weights=weights, minlength=n)
        nobody += _of_rows(parts.num[~known], parts.den[~known])
    some = np.flatnonzero((each[0] > 0) & (group[:-1] >= 0))
    rows, num, den, plus, minus = each[:, some]
    own = group[some]
    columns = (rows, np.ones(len(some)), num, den, plus, minus, num**2, den**2, num * den)
    found = [np.bincount(own, weights=column, minlength=groups) for column in columns]
    if group[-1] >= 0:
        for column, extra in zip(found, nobody, strict=True):
            column[group[-1]] += extra
    return Sums(*found)


def sums_by_rows(several: Sequence[Parts], by: str, labels: Sequence[str]) -> Sums:
    """Sums by segments that rows have of their own, each row by itself."""
    place = {label: i for i, label in enumerate(labels)}
    found = np.zeros((9, len(labels)))
    for parts in several:
        names = (parts.segment or {})[by]
        own = np.array([place.get(name, -1) for name in names], dtype=np.int64)
        for i in range(len(labels)):
            found[:, i] += _of_rows(parts.num[own == i], parts.den[own == i])
    return Sums(*found)


def _of_rows(num: Float, den: Float) -> Float:
    columns = (np.ones(len(num)), np.ones(len(num)), num, den, num > 0, num < 0, num**2, den**2, num * den)
    return np.array([float(np.sum(column)) for column in columns])


def moved(several: Sequence[Parts], customers: int, value: float, below: float) -> Float:
    """How far each customer moves a ratio of sums from ``value``: what estimates of two periods have in common."""
    found = np.zeros(customers)
    for parts in several:
        known = parts.customer >= 0
        deviation = parts.num[known] - value * parts.den[known]
        found += np.bincount(parts.customer[known], weights=deviation, minlength=customers)
    return found / below if below else found
