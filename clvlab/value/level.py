"""The level of a model's totals: a small hierarchical model of the errors of its earlier forecasts.

Of log errors e_i = log(actual / forecast) at ends 1..n of the same records, v_i the variance of the log of the total by
the model itself (chance and parameters):

    e_i | m, q ~ N(m, q (s^2 + v_i)),   m | q ~ N(0, q t^2),   q ~ nu / chi^2_nu

m is the level that repeats, s the spread beyond the model's own, q says how much these records vary beside others. t, s
and nu are learned from other records. All is in closed form: with w_i = 1 / (s^2 + v_i), P = 1/t^2 + sum w_i and
Q = (nu + sum w_i e_i^2 - P M^2) / (nu + n), the level is a Student t of nu + n degrees of freedom around
M = sum w_i e_i / P, with squared scale Q / P, and the next error one around M with squared scale Q (1/P + s^2 + v).
Without errors that leaves the prior. Source: Gelman et al., Bayesian Data Analysis (3rd ed.), sections 3.3 and 14.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, stdtrit

from clvlab.errors import InputError

Float = NDArray[np.float64]

LEVEL = 0.90
Z = float(stdtrit(1e9, (1.0 + LEVEL) / 2.0))  # half-width of a normal's 90 % interval in standard deviations


@dataclass(frozen=True, kw_only=True)
class LevelPrior:
    """What other records say of errors of totals.

    Attributes
    ----------
    repeats : float
        t, the standard deviation (log) of the part of the error that repeats from end to end.
    spread : float
        s, that of the part that does not, beyond the model's own interval.
    freedom : float
        nu, degrees of freedom: the fewer, the more records differ in how much they vary.
    """

    repeats: float
    spread: float
    freedom: float


HELD = LevelPrior(repeats=0.05, spread=0.1, freedom=4.0)  # totals are off by a tenth, and half of that repeats
SHIPPED = LevelPrior(repeats=0.055, spread=0.09, freedom=3.9)  # of the data sets of docs/totals.md, which says how


@dataclass(frozen=True, kw_only=True)
class TotalLevel:
    """What earlier errors say of the next total.

    Attributes
    ----------
    ends : int
        Earlier forecasts it was learned from.
    shift : float
        M, the level of log(actual / forecast): a total is multiplied by exp(shift).
    freedom, scale, precision : float
        nu + n, Q and P of the module's statement.
    spread : float
        s of the prior.
    """

    ends: int
    shift: float
    freedom: float
    scale: float
    precision: float
    spread: float

    @property
    def factor(self) -> float:
        """What a total is multiplied by."""
        return float(np.exp(self.shift))

    def credible(self, total: ArrayLike, low: ArrayLike, high: ArrayLike) -> tuple[Float, Float]:
        """The 90 % credible interval of the expected total.

        Parameters
        ----------
        total, low, high : array-like
            The model's own totals, not shifted, and their credible intervals.
        """
        return self._around(total, low, high, 1.0 / self.precision)

    def prediction(self, total: ArrayLike, low: ArrayLike, high: ArrayLike) -> tuple[Float, Float]:
        """The 90 % prediction interval of the actual total.

        Parameters
        ----------
        total, low, high : array-like
            The model's own totals, not shifted, and their prediction intervals. Each side is widened by itself: an end
            at 0 stays there.
        """
        return self._around(total, low, high, 1.0 / self.precision + self.spread**2)

    def _around(self, total: ArrayLike, low: ArrayLike, high: ArrayLike, variance: float) -> tuple[Float, Float]:
        middle, *ends = (np.asarray(each, dtype=float) for each in (total, low, high))
        wide = stdtrit(self.freedom, (1.0 + LEVEL) / 2.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            own = [(np.log(end / middle) / Z) ** 2 for end in ends]
            below, above = (wide * np.sqrt(self.scale * (variance + each)) for each in own)
            return middle * self.factor * np.exp(-below), middle * self.factor * np.exp(above)


def level_of(errors: ArrayLike, own: ArrayLike, prior: LevelPrior = SHIPPED) -> TotalLevel:
    """What errors at earlier ends say of the next one.

    Parameters
    ----------
    errors : array-like, shape (ends,)
        log(actual / forecast); may be empty.
    own : array-like, shape (ends,)
        Variance of the log of each total by the model itself.
    prior : LevelPrior

    Raises
    ------
    InputError
        Errors that are not finite, or variances that are negative.

    Examples
    --------
    >>> prior = LevelPrior(repeats=0.1, spread=0.1, freedom=3.0)
    >>> found = level_of([-0.2, -0.2, -0.2], [0.0, 0.0, 0.0], prior)
    >>> round(found.shift, 3), [round(float(end), 1) for end in found.prediction(1000.0, 1000.0, 1000.0)]
    (-0.15, [692.6, 1069.6])
    """
    e, w = _checked(errors, own, prior)
    precision = 1.0 / prior.repeats**2 + w.sum()
    shift = float((w * e).sum() / precision)
    freedom = prior.freedom + len(e)
    scale = (prior.freedom + float((w * e**2).sum()) - precision * shift**2) / freedom
    return TotalLevel(
        ends=len(e), shift=shift, freedom=freedom, scale=scale, precision=float(precision), spread=prior.spread
    )


def log_evidence(errors: ArrayLike, own: ArrayLike, prior: LevelPrior) -> float:
    """Log density of one series of errors under a prior: a multivariate t around 0."""
    e, w = _checked(errors, own, prior)
    n, nu = len(e), prior.freedom
    precision = 1.0 / prior.repeats**2 + w.sum()
    # Of the matrix diag(1/w) + t^2: determinant and quadratic form by its rank-one update.
    log_determinant = -np.log(w).sum() + np.log(prior.repeats**2 * precision)
    squares = float((w * e**2).sum() - (w * e).sum() ** 2 / precision)
    tails = gammaln((nu + n) / 2) - gammaln(nu / 2) - n / 2 * np.log(nu * np.pi)
    return float(tails - log_determinant / 2 - (nu + n) / 2 * np.log1p(squares / nu))


def learned(series: Sequence[tuple[ArrayLike, ArrayLike]]) -> LevelPrior:
    """The prior under which several records' series of errors (and own variances) are likeliest.

    A few records do not tell it sharply, so the logs of its constants are held near those of ``HELD``, each with a
    standard deviation of log 2 / 2.
    """
    start = np.log([HELD.repeats, HELD.spread, HELD.freedom])

    def loss(logs: Float) -> float:
        repeats, spread, freedom = np.exp(logs)
        prior = LevelPrior(repeats=repeats, spread=spread, freedom=freedom)
        held = 0.5 * float((((logs - start) / (np.log(2.0) / 2.0)) ** 2).sum())
        return held - sum(log_evidence(errors, own, prior) for errors, own in series)

    repeats, spread, freedom = np.exp(minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6}).x)
    return LevelPrior(repeats=float(repeats), spread=float(spread), freedom=float(freedom))


def _checked(errors: ArrayLike, own: ArrayLike, prior: LevelPrior) -> tuple[Float, Float]:
    e, v = np.asarray(errors, dtype=float), np.asarray(own, dtype=float)
    if e.shape != v.shape or not (np.isfinite(e).all() and np.isfinite(v).all() and (v >= 0).all()):
        raise InputError(
            "A level is learned from log(actual / forecast) of each earlier end and the variance of its log by the "
            f"model itself, finite and 0 or more; found errors {e.tolist()} and variances {v.tolist()}."
        )
    return e, 1.0 / (prior.spread**2 + v)
