r"""Log-logistic accelerated failure time: like the log-normal, with a tail of customers who stay very long.

P(T > t) = 1 / (1 + (t / scale)^shape), so ``scale`` is the median. With w = shape (log t - log scale), as in the
Weibull and the log-normal, log S = -log(1 + exp(w)). The odds of staying are multiplied by the same factor at all
times when ``scale`` is. The mean is infinite where shape is 1 or less.

Source: Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., sections 2.2 and 7.2,
where shape is 1 / sigma and log scale is mu; left truncation as in section 1.3. ``scale`` is in the unit of time,
``shape`` has none.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas.failure_time import DIFFERENCES as DIFFERENCES
from clvlab.formulas.failure_time import HISTORY as HISTORY
from clvlab.formulas.failure_time import PARAMETERS as PARAMETERS
from clvlab.formulas.failure_time import TIME_POWERS as TIME_POWERS
from clvlab.formulas.failure_time import scaled_log, watched
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "Log-logistic AFT"

Float = NDArray[np.float64]
FAR = 500.0  # w beyond which nothing of the tail is left that a number could hold
NEAR_ONE = 1e-8


def log_likelihood(
    entry: Known, time: Known, event: Known, scale: Number, shape: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-density of an event at ``time``, or log-probability of none by then, given none by ``entry``.

    Parameters
    ----------
    entry : array
        Since when the customer is watched (time since their start, below ``time``); 0 is from the start.
    time : array
        When the event happened, or until when it had not (time since the start, above 0).
    event : array
        1 where it happened, 0 where not yet.

    Examples
    --------
    >>> round(float(log_likelihood(0.0, 20.0, 0.0, 20.0, 1.5)), 4)  # half of all stay beyond the median
    -0.6931
    """
    log_time, log_scale = xp.log(time), xp.log(scale)
    w = shape * (log_time - log_scale)
    at_entry = shape * (xp.log(xp.where(entry > 0, entry, 1.0)) - log_scale)
    log_hazard = xp.log(shape) - log_time - xp.logaddexp(0.0, -w)
    return event * log_hazard - xp.logaddexp(0.0, w) + xp.where(entry > 0, xp.logaddexp(0.0, at_entry), 0.0)


def survival(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """S(t): the share still without the event at t.

    Examples
    --------
    >>> round(float(survival(12.0, 20.0, 1.5)), 4)
    0.6827
    """
    return np.asarray(special.expit(-scaled_log(t, scale, shape)))


def hazard(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Events a unit of time among those without one at t, above 0: where shape is above 1, rises, then falls."""
    found: Float = np.asarray(shape) / np.asarray(t, dtype=float) * special.expit(scaled_log(t, scale, shape))
    return found


def quantile(p: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """The time by which a share p has had the event.

    Examples
    --------
    >>> float(quantile(0.5, 20.0, 1.5))
    20.0
    """
    found: Float = np.asarray(scale) * np.exp(special.logit(np.asarray(p, dtype=float)) / np.asarray(shape))
    return found


def mean(scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time to the event: scale (pi / shape) / sin(pi / shape); infinite where shape is 1 or less.

    Examples
    --------
    >>> round(float(mean(20.0, 2.0)), 3)
    31.416
    """
    shape = np.asarray(shape, dtype=float)
    angle = np.pi / np.maximum(shape, 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(scale) * np.where(shape > 1.0, angle / np.sin(angle), np.inf)


def restricted_mean(until: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time without the event within the first ``until``: the area under S up to there.

    Examples
    --------
    >>> round(float(restricted_mean(24.0, 20.0, 1.0)), 3)  # 20 log(1 + 24 / 20)
    15.769
    """
    shape, w = np.asarray(shape, dtype=float), scaled_log(until, scale, shape)
    odds, inverse = np.exp(np.minimum(w, FAR)), 1.0 / shape
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = np.where(odds > 0.0, np.log1p(odds) / odds, 1.0)  # shape 1, close to which SciPy's 2F1 gives up
        share = np.where(np.abs(shape - 1.0) < NEAR_ONE, straight, special.hyp2f1(1.0, inverse, 1.0 + inverse, -odds))
    return np.where(w > FAR, mean(scale, shape), np.asarray(until) * share)


def simulate(
    rng: np.random.Generator, until: ArrayLike, scale: ArrayLike, shape: ArrayLike, *, entry: ArrayLike = 0.0
) -> tuple[Float, NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw each customer's time to the event, then look at them from ``entry`` to ``until``.

    Parameters
    ----------
    until, entry : array, shape (customers,)
        When the watching ends and begins, in time since the customer's start.

    Returns
    -------
    time : array, shape (customers,)
        Of the event, or ``until``.
    event : array of bool, shape (customers,)
    seen : array of bool, shape (customers,)
        False where the event came before ``entry``: such customers never enter the records.
    """
    until = np.asarray(until, dtype=float)
    latent = np.asarray(scale) * np.exp(rng.logistic(size=until.shape) / np.asarray(shape))
    return watched(latent, until, entry)
