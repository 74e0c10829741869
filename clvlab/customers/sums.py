"""Sums over customers that a measure's interval needs; they add up over groups."""

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


def joined(each: Sequence[Sums]) -> Sums:
    """Groups of several, one after the other."""
    columns = zip(*(vars(one).values() for one in each), strict=True)
    return Sums(*(np.concatenate(column) for column in columns))


def sums_of(several: Sequence[Parts], group: Whole, groups: int) -> Sums:
    """Sums of rows of one or several periods.

    Parameters
    ----------
    several : sequence of Parts
    group : array of int, shape (customers + 1,)
        Group of each customer, and last of rows of nobody; -1 of none.
    groups : int
    """
    if len(several) == 1 and _once(several[0].customer):
        parts = several[0]
        plus, minus = (parts.num > 0).astype(float), (parts.num < 0).astype(float)
        return _grouped(np.ones(len(plus)), parts.num, parts.den, plus, minus, group[parts.customer], groups)
    n = len(group) - 1
    who, num, den = (np.concatenate([getattr(each, name) for each in several]) for name in ("customer", "num", "den"))
    known = who >= 0
    nobody = np.zeros(9)
    if not known.all():
        nobody += _of_rows(num[~known], den[~known])
        who, num, den = who[known], num[known], den[known]
    every = np.bincount(who, minlength=n)
    some = np.flatnonzero(every)
    # Customers' rows added up: how many, counted, of what, and those with something above and below 0 counted.
    num, den, plus, minus = (np.bincount(who, weights=each, minlength=n)[some] for each in (num, den, num > 0, num < 0))
    found = _grouped(every[some].astype(float), num, den, plus, minus, group[some], groups)
    if group[-1] >= 0:
        for column, extra in zip(vars(found).values(), nobody, strict=True):
            column[group[-1]] += extra
    return found


def _once(customer: Whole) -> bool:
    """Whether every row is of another customer, in order."""
    return bool(not len(customer) or (customer[0] >= 0 and (customer[1:] > customer[:-1]).all()))


def _grouped(rows: Float, num: Float, den: Float, plus: Float, minus: Float, group: Whole, groups: int) -> Sums:
    """Sums over customers, one row each."""
    kept = group >= 0
    if not kept.all():
        rows, num, den, plus, minus = (each[kept] for each in (rows, num, den, plus, minus))
        group = group[kept]
    columns = (rows, np.ones(len(rows)), num, den, plus, minus, num**2, den**2, num * den)
    if groups == 1:
        return Sums(*(np.array([column.sum()]) for column in columns))
    return Sums(*(np.bincount(group, weights=column, minlength=groups) for column in columns))


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


def moved(parts: Parts, customers: int, value: float) -> Float:
    """Influence of each customer on a ratio of sums, relative to ``value``: what two periods have in common."""
    known = parts.customer >= 0
    deviation = parts.num[known] - value * parts.den[known]
    return np.bincount(parts.customer[known], weights=deviation, minlength=customers)
