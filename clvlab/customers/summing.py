"""From sums to values with intervals: one method for each kind of measure."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.customers.intervals import net_share, rate, ratio, share
from clvlab.customers.measure import LEVEL
from clvlab.customers.measures.record import Kind
from clvlab.customers.sums import Sums

Float = NDArray[np.float64]

Z = float(special.ndtri((1.0 + LEVEL) / 2.0))
POINTS = 100.0
LEAST = 0.25  # of the variance of independent rows: few customers may agree by chance


class Values(NamedTuple):
    """For each group: value, its 95 % interval (NaN where none), and the number of observations."""

    value: Float
    low: Float
    high: Float
    n: Float


def valued(kind: Kind, sums: Sums) -> Values:
    """Values and intervals from sums.

    A share of rows is that of fewer where a customer's rows agree more than chance would have it, and of more where
    they exclude each other: rows and hits are divided by how much more their sum varies. Counts and sums of a period
    have the interval of what so many customers come to by chance: Poisson's, and compound Poisson's.
    """
    none = sums.rows <= 0
    if kind in ("share", "net"):
        few = _agreement(sums)
        if kind == "share":
            found = share(sums.num / few, sums.rows / few)
        else:
            plus, minus = sums.plus / few, sums.minus / few
            # Rounding must not make them more than all.
            parts = net_share(plus, minus, np.maximum(sums.rows / few, plus + minus))
            found = (POINTS * parts[0], POINTS * parts[1], POINTS * parts[2])
        return Values(*_where_some(none, found), sums.rows)
    if kind == "count":
        return Values(*rate(sums.num, np.ones_like(sums.num)), sums.customers)
    if kind == "total":
        half = Z * np.sqrt(sums.num2)
        return Values(sums.num, sums.num - half, sums.num + half, sums.customers)
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "cost":
            _, least, most = rate(sums.den, np.ones_like(sums.den))
            known = (sums.den > 0) & (sums.num > 0)
            value, low, high = (np.where(known, sums.num / each, np.nan) for each in (sums.den, most, least))
            return Values(value, low, high, sums.den)
        found = ratio(sums.customers, sums.num, sums.den, sums.num2, sums.den2, sums.cross)
    return Values(*_where_some(none, found), sums.customers)


def _where_some(none: NDArray[np.bool_], found: tuple[Float, Float, Float]) -> tuple[Float, Float, Float]:
    value, low, high = (np.where(none, np.nan, each) for each in found)
    return value, low, high


def _agreement(sums: Sums) -> Float:
    """How many times the variance of a sum is that of independent rows, a customer's rows taken together."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = sums.num / sums.rows
        of_customers = sums.num2 - 2.0 * value * sums.cross + value**2 * sums.den2
        middle = sums.rows - sums.plus - sums.minus
        of_rows = sums.plus * (1.0 - value) ** 2 + sums.minus * (1.0 + value) ** 2 + middle * value**2
        found = of_customers / of_rows
    # Whole numbers stay whole where nobody answered twice.
    several = (sums.customers < sums.rows) & np.isfinite(found) & (of_rows > 0)
    return np.where(several, np.maximum(found, LEAST), 1.0)


def scaled(kind: Kind, value: float) -> float:
    """A value as a ratio of sums: points are a hundredth each."""
    return value / POINTS if kind == "net" else value
