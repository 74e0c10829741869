"""Logistic regression by Newton's method."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from clvlab.customers.programmes.lives import Float

STEPS = 100
CLOSE = 1e-10
FARTHEST = 15.0  # log odds of an indicator or standardised number beyond which ones and zeros are told apart exactly


@dataclass(frozen=True, eq=False)
class Logistic:
    """Coefficients, their covariance, and whether the climb ended."""

    coefficients: Float
    covariance: Float
    converged: bool

    def chance(self, columns: Float) -> Float:
        """Probability of 1 in each row."""
        return np.asarray(special.expit(columns @ self.coefficients))


def logistic(columns: Float, happened: Float, *, ridge: float = 0.0) -> Logistic:
    """Fit P(1) = 1 / (1 + exp(-columns b)).

    Parameters
    ----------
    columns : array, shape (rows, coefficients)
        With a column of ones.
    happened : array of 0 and 1
    ridge : float
        Penalty on squares of all coefficients but the first: ``ridge`` / 2 x square. A little keeps estimates finite
        where a column tells the ones apart exactly.

    Examples
    --------
    >>> found = logistic(np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0]))
    >>> round(float(found.coefficients[0]), 6), round(float(found.chance(np.ones((1, 1)))[0]), 6)
    (1.098612, 0.75)
    """
    size = columns.shape[1]
    penalty = np.full(size, ridge)
    penalty[0] = 0.0
    at = np.zeros(size)
    value = _log_likelihood(columns, happened, at, penalty)
    for _ in range(STEPS):
        chance = special.expit(columns @ at)
        gradient = columns.T @ (happened - chance) - penalty * at
        information = (columns * (chance * (1.0 - chance))[:, None]).T @ columns + np.diag(penalty)
        step = np.linalg.lstsq(information, gradient, rcond=1e-13)[0]
        scale = 1.0
        while (moved := _log_likelihood(columns, happened, at + scale * step, penalty)) < value - 1e-12 * abs(value):
            scale /= 2.0
            if scale < 1e-8:
                break
        at, value = at + scale * step, moved
        if float(gradient @ step) < CLOSE:
            break
    chance = special.expit(columns @ at)
    information = (columns * (chance * (1.0 - chance))[:, None]).T @ columns + np.diag(penalty)
    converged = float(gradient @ step) < CLOSE and bool(np.abs(at).max() < FARTHEST)
    return Logistic(at, np.linalg.pinv(information), converged)


def _log_likelihood(columns: Float, happened: Float, at: Float, penalty: Float) -> float:
    score = columns @ at
    return float(happened @ score - np.logaddexp(0.0, score).sum() - (penalty * at**2).sum() / 2.0)
