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
    """One stratum, its rows in order of leaving the risk set.

    Attributes
    ----------
    columns : array, shape (rows, coefficients)
    out, come : arrays of int, shape (rows,)
        At how many times of leaving each row has been at risk at the end, and how many are before it came.
    late : array of int
        Rows that came later than at the beginning, in order of ``come``.
    left : array of int
        Rows that left, in order of time.
    leaving : array, shape (rows that left, coefficients)
        Their columns.
    place : array of int, shape (rows that left,)
        Which time of leaving.
    gone : array, shape (rows that left,)
        Of each leaving, the share of those who leave then that are gone.
    begins : tuple of arrays of int
        Where each run of ``out``, of ``come`` of those that came late, and of ``place`` begins.
    times : int
        How many times of leaving there are.
    """

    rows: Codes
    columns: Float
    out: Codes
    come: Codes
    late: Codes
    left: Codes
    leaving: Float
    place: Codes
    gone: Float
    begins: tuple[Codes, Codes, Codes]
    times: int

    @classmethod
    def of(cls, columns: Float, rows: Codes, entry: Float, duration: Float, event: NDArray[np.bool_]) -> Self:
        """Sort once."""
        rows = rows[np.argsort(duration[rows], kind="stable")]
        time = np.unique(duration[rows][event[rows]])
        out = np.searchsorted(time, duration[rows], side="right")
        # Who enters at a time of leaving is at risk only after it.
        come = np.where(entry[rows] > 0, np.searchsorted(time, entry[rows], side="right"), 0)
        late = np.flatnonzero(come)
        left = np.flatnonzero(event[rows])
        place = out[left] - 1
        d = np.bincount(place, minlength=len(time))
        gone = (np.arange(len(left)) - np.repeat(np.cumsum(d) - d, d)) / d[place]
        late = late[np.argsort(come[late], kind="stable")]
        begins = (_begins(out), _begins(come[late]), _begins(place))
        own = columns[rows]
        return cls(rows, own, out, come, late, left, own[left], place, gone, begins, len(time))

    def at_risk(self, values: Float) -> Float:
        """Sums over those at risk at each time of leaving, shape (times, ...)."""
        found = from_the_end(_by_place(values, self.out, self.begins[0], self.times + 1))[1:-1]
        if len(self.late):
            came = _by_place(values[self.late], self.come[self.late], self.begins[1], self.times + 1)
            found = found - from_the_end(came)[1:-1]
        return found

    def by_time(self, values: Float) -> Float:
        """Sums over those who leave at each time, of one value each of rows that left, shape (times, ...)."""
        return _by_place(values, self.place, self.begins[2], self.times)


def _begins(place: Codes) -> Codes:
    """Where each run of equal places begins."""
    return np.flatnonzero(np.diff(place, prepend=-1))


def _by_place(values: Float, place: Codes, begins: Codes, places: int) -> Float:
    """Sums of rows with each place; places ascend."""
    found = np.zeros((places, *values.shape[1:]))
    if len(begins):
        found[place[begins]] = np.add.reduceat(values, begins, axis=0)
    return found


@dataclass(frozen=True, eq=False)
class _Sums:
    """What a stratum's likelihood is made of: at each time the sums of weights and weighted columns, and over those
    who leave together, of whom ever more are gone, the sums of 1 / total, gone / total and their products.
    """

    at_risk: Float
    leaving: Float
    log_total: float
    one: Float
    gone: Float
    squares: tuple[Float, Float, Float]

    @classmethod
    def of(cls, part: Stratum, weight: Float) -> Self:
        of_leaving = weight[part.left]
        at_risk = part.at_risk(part.columns * weight[:, None])
        leaving = part.by_time(part.leaving * of_leaving[:, None])
        total = part.at_risk(weight)[part.place] - part.gone * part.by_time(of_leaving)[part.place]
        # Where weights underflow, coefficients run away: what is not finite then is refused by who maximises.
        with np.errstate(all="ignore"):
            one, log_total = 1.0 / total, float(np.log(total).sum())
            share = part.gone * one
            each = one, share, one * one, one * share, share**2
            sums = [part.by_time(values) for values in each]
        return cls(at_risk, leaving, log_total, sums[0], sums[1], (sums[2], sums[3], sums[4]))

    def means(self) -> Float:
        """Means of those at risk, summed over the leavings of each time, shape (times, coefficients)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.at_risk * self.one[:, None] - self.leaving * self.gone[:, None])

    def covariance(self, part: Stratum, weight: Float, factor: Float) -> Float:
        """Covariances of those at risk, summed over leavings times a factor of their time.

        A row counts for its own square as often as it was at risk: squares of columns are summed over rows, once.
        """
        with np.errstate(all="ignore"):
            reached = np.append(0.0, np.cumsum(self.one * factor))
            often = reached[part.out] - reached[part.come]
            often[part.left] -= (self.gone * factor)[part.place]
            found = part.columns.T @ (part.columns * (weight * often)[:, None])
            of_one, of_both, of_gone = (each * factor for each in self.squares)
            mixed = self.at_risk.T @ (self.leaving * of_both[:, None])
            found += mixed + mixed.T - self.at_risk.T @ (self.at_risk * of_one[:, None])
            return np.asarray(found - self.leaving.T @ (self.leaving * of_gone[:, None]))


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
    strata = in_strata(columns, entry, duration, event, stratum)
    beta = np.zeros(columns.shape[1])
    value, gradient, hessian = _derivatives(strata, beta)
    for _ in range(STEPS):
        step = inverse(-hessian) @ gradient
        if gradient @ step < ENOUGH * event.sum():
            value, _, hessian = _derivatives(strata, beta + step)
            return beta + step, value, inverse(-hessian)
        for _ in range(HALVINGS):
            found = _derivatives(strata, beta + step)
            if np.isfinite(found[0]) and found[0] >= value:
                break
            step = step / 2.0
        else:
            raise FitError("no step rises")
        beta = beta + step
        value, gradient, hessian = found
    raise FitError("no maximum")


def in_strata(columns: Float, entry: Float, duration: Float, event: NDArray[np.bool_], stratum: Codes) -> list[Stratum]:
    """Every stratum in which somebody left."""
    order = np.argsort(stratum, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1)
    return [Stratum.of(columns, rows, entry, duration, event) for rows in parts if event[rows].any()]


def of_change(strata: list[Stratum], beta: Float, when: Float) -> tuple[Float, Float]:
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
    score, information = np.zeros(len(beta)), np.zeros((3, len(beta), len(beta)))
    for part, _, weight in _weighted(strata, beta):
        own = when[part.rows[part.left]]
        g = np.zeros(part.times)
        g[part.place] = own
        sums = _Sums.of(part, weight)
        score += own @ part.leaving - g @ sums.means()
        information += np.array([sums.covariance(part, weight, each) for each in (np.ones_like(g), g, g**2)])
    return score, information


def from_the_end(values: Float) -> Float:
    """Sums of values from each on, 0 after the last: those at risk late are not the difference of large sums."""
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    sums[:-1] = np.cumsum(values[::-1], axis=0)[::-1]
    return sums


def _weighted(strata: list[Stratum], beta: Float) -> list[tuple[Stratum, Float, Float]]:
    """Each stratum with its rows' log hazards, up to a constant, and their exponentials."""
    scores = [part.columns @ beta for part in strata]
    # A factor of all hazards of a stratum cancels.
    scores = [score - score.max() for score in scores]
    return [(part, score, np.exp(score)) for part, score in zip(strata, scores, strict=True)]


def _derivatives(strata: list[Stratum], beta: Float) -> tuple[float, Float, Float]:
    count = len(beta)
    value, gradient, hessian = 0.0, np.zeros(count), np.zeros((count, count))
    for part, score, weight in _weighted(strata, beta):
        sums = _Sums.of(part, weight)
        value += float(score[part.left].sum() - sums.log_total)
        gradient += part.leaving.sum(axis=0) - sums.means().sum(axis=0)
        hessian -= sums.covariance(part, weight, np.ones(part.times))
    return value, gradient, hessian
