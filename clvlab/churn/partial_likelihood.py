"""Cox's partial likelihood with Efron's ties, its gradient and Hessian, in time n log n once and n for each step.

Source: Efron (1977). With d leaving together, the k-th of them (k = 0 .. d - 1) is taken to leave a risk set from which
k/d of those who leave then are gone.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clvlab.errors import FitError
from clvlab.inference.information import inverse

Float = NDArray[np.float64]
Codes = NDArray[np.int64]
STEPS, HALVINGS = 50, 30
ENOUGH = 1e-10  # Newton decrement a customer who left


@dataclass(frozen=True, eq=False)
class Stratum:
    """One stratum, in order.

    Attributes
    ----------
    by_exit, by_entry : arrays of int
        Rows in order of duration, and those truncated in order of entry.
    before_exit, before_entry : arrays of int, shape (times,)
        How many of them have gone, and have come, before each time of leaving.
    left : array of int
        Rows that left.
    place : array of int, shape (rows that left,)
        Which time of leaving.
    tie : arrays
        For each leaving: its time, and the share of those who leave then that are gone.
    """

    by_exit: Codes
    by_entry: Codes
    before_exit: Codes
    before_entry: Codes
    left: Codes
    place: Codes
    tie: tuple[Codes, Float]

    @classmethod
    def of(cls, rows: Codes, entry: Float, duration: Float, event: NDArray[np.bool_]) -> Self:
        """Sort once."""
        time = np.unique(duration[rows][event[rows]])
        by_exit = rows[np.argsort(duration[rows], kind="stable")]
        late = rows[entry[rows] > 0]
        by_entry = late[np.argsort(entry[late], kind="stable")]
        left = rows[event[rows]]
        place = np.searchsorted(time, duration[left])
        d = np.bincount(place, minlength=len(time))
        at = np.repeat(np.arange(len(time)), d)
        gone = (np.arange(len(at)) - np.repeat(np.cumsum(d) - d, d)) / d[at]
        return cls(
            by_exit,
            by_entry,
            np.searchsorted(duration[by_exit], time, side="left"),
            # Who enters at a time of leaving is at risk only after it.
            np.searchsorted(entry[by_entry], time, side="left"),
            left,
            place,
            (at, gone),
        )

    def at_risk(self, values: Float) -> Float:
        """Sum of values over those at risk at each leaving, those who leave together gone in part."""
        sums = from_the_end(values[self.by_exit])[self.before_exit]
        if len(self.by_entry):
            sums -= from_the_end(values[self.by_entry])[self.before_entry]
        together = np.bincount(self.place, weights=values[self.left], minlength=len(sums))
        at, share = self.tie
        return np.asarray(sums[at] - share * together[at])


def maximize(
    columns: Float, entry: Float, duration: Float, event: NDArray[np.bool_], stratum: Codes
) -> tuple[Float, float, Float]:
    """Coefficients, log partial likelihood and covariance at its maximum.

    Parameters
    ----------
    columns : array, shape (rows, coefficients)
        Of like size: standardised.

    Raises
    ------
    FitError
        No maximum was reached, or the Hessian is singular.
    """
    strata = in_strata(entry, duration, event, stratum)
    beta = np.zeros(columns.shape[1])
    value, gradient, hessian = _derivatives(columns, strata, beta)
    for _ in range(STEPS):
        step = inverse(-hessian) @ gradient
        if gradient @ step < ENOUGH * event.sum():
            value, _, hessian = _derivatives(columns, strata, beta + step)
            return beta + step, value, inverse(-hessian)
        for _ in range(HALVINGS):
            found = _derivatives(columns, strata, beta + step)
            if np.isfinite(found[0]) and found[0] >= value:
                break
            step = step / 2.0
        else:
            raise FitError("no step rises")
        beta = beta + step
        value, gradient, hessian = found
    raise FitError("no maximum")


def in_strata(entry: Float, duration: Float, event: NDArray[np.bool_], stratum: Codes) -> list[Stratum]:
    """Every stratum in which somebody left."""
    order = np.argsort(stratum, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1)
    return [Stratum.of(rows, entry, duration, event) for rows in parts if event[rows].any()]


def of_change(columns: Float, strata: list[Stratum], beta: Float, when: Float) -> tuple[Float, Float]:
    """Score and information of coefficients that change with tenure, where they do not: beta + theta g(tenure).

    Parameters
    ----------
    when : array, shape (rows,)
        g at each row's duration.

    Returns
    -------
    score : array, shape (coefficients,)
        Derivatives in theta at 0.
    information : array, shape (3, coefficients, coefficients)
        Of beta; of beta with theta; of theta: sums of the covariance of those at risk times 1, g and its square.
    """
    relative = columns @ beta
    weight = np.exp(relative - relative.max())
    weighted = columns * weight[:, None]
    score, information = np.zeros(len(beta)), np.zeros((3, len(beta), len(beta)))
    for part in strata:
        g = np.zeros(len(part.before_exit))
        g[part.place] = when[part.left]
        g = g[part.tie[0]]
        total, first = _means(part, weight, weighted)
        score += when[part.left] @ columns[part.left] - g @ first
        information += _covariances(part, columns, weighted, total, first, np.array([np.ones_like(g), g, g**2]))
    return score, information


def from_the_end(values: Float) -> Float:
    """Sums of values from each on, 0 after the last: those at risk late are not the difference of large sums."""
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    sums[:-1] = np.cumsum(values[::-1], axis=0)[::-1]
    return sums


def _derivatives(columns: Float, strata: list[Stratum], beta: Float) -> tuple[float, Float, Float]:
    score = columns @ beta
    score -= score.max()  # a factor of all hazards cancels
    weight = np.exp(score)
    count = len(beta)
    value, gradient, hessian = 0.0, np.zeros(count), np.zeros((count, count))
    weighted = columns * weight[:, None]
    for part in strata:
        total, first = _means(part, weight, weighted)
        value += float(score[part.left].sum() - np.log(total).sum())
        gradient += columns[part.left].sum(axis=0) - first.sum(axis=0)
        hessian -= _covariances(part, columns, weighted, total, first, np.ones((1, len(total))))[0]
    return value, gradient, hessian


def _means(part: Stratum, weight: Float, weighted: Float) -> tuple[Float, Float]:
    """Weight of those at risk at each leaving, and their mean columns: (leavings,), (leavings, coefficients)."""
    total = part.at_risk(weight)
    return total, np.column_stack([part.at_risk(column) for column in weighted.T]) / total[:, None]


def _covariances(part: Stratum, columns: Float, weighted: Float, total: Float, first: Float, factors: Float) -> Float:
    """Covariance of those at risk, summed over leavings with each row of factors."""
    count = columns.shape[1]
    found = np.zeros((len(factors), count, count))
    for i in range(count):
        for j in range(i + 1):
            second = part.at_risk(weighted[:, i] * columns[:, j]) / total
            found[:, i, j] = found[:, j, i] = factors @ (second - first[:, i] * first[:, j])
    return found
