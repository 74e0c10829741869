r"""Weibull accelerated failure time: how long customers stay, where the risk of leaving rises or falls with time.

P(T > t) = exp(-(t / scale)^shape). With w = shape (log t - log scale), as in the log-normal and the log-logistic,
log S = -exp(w). A covariate that multiplies ``scale`` stretches everyone's time by the same factor: that is accelerated
failure time; for the Weibull alone it also multiplies the hazard by that factor to the power -shape.

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

NAME = "Weibull AFT"

Float = NDArray[np.float64]


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
    >>> round(float(log_likelihood(0.0, 12.0, 1.0, 20.0, 1.5)), 4)  # log of 1.5 / 20 (.6)^.5, less .6^1.5
    -3.3104
    """
    log_time = xp.log(time)
    w = shape * (log_time - xp.log(scale))
    # The hazard gathered since entry as a share of all: no difference of two large numbers.
    since = xp.where(entry > 0, xp.log1p((time - entry) / xp.where(entry > 0, entry, 1.0)), 1.0)
    share = xp.where(entry > 0, -xp.expm1(-(shape * since)), 1.0)
    return event * (xp.log(shape) - log_time + w) - xp.exp(w) * share


def survival(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """S(t): the share still without the event at t.

    Examples
    --------
    >>> round(float(survival(12.0, 20.0, 1.5)), 4)
    0.6283
    """
    return np.exp(-np.exp(scaled_log(t, scale, shape)))


def hazard(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Events a unit of time among those without one at t, above 0: falls with t where shape is below 1, else rises."""
    found: Float = np.asarray(shape) / np.asarray(t, dtype=float) * np.exp(scaled_log(t, scale, shape))
    return found


def quantile(p: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """The time by which a share p has had the event.

    Examples
    --------
    >>> round(float(quantile(0.5, 20.0, 1.5)), 3)
    15.664
    """
    return np.asarray(scale) * (-np.log1p(-np.asarray(p, dtype=float))) ** (1.0 / np.asarray(shape))


def mean(scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time to the event: scale Gamma(1 + 1 / shape).

    Examples
    --------
    >>> float(mean(20.0, 1.0))
    20.0
    """
    found: Float = np.asarray(scale) * special.gamma(1.0 + 1.0 / np.asarray(shape, dtype=float))
    return found


def restricted_mean(until: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time without the event within the first ``until``: the area under S up to there.

    Examples
    --------
    >>> round(float(restricted_mean(24.0, 20.0, 1.0)), 3)  # 20 (1 - exp(-1.2))
    13.976
    """
    shape = np.asarray(shape, dtype=float)
    gathered = special.gammainc(1.0 / shape, np.exp(scaled_log(until, scale, shape)))
    # Where shape is tiny the mean is beyond numbers, and nearly all of it lies after ``until``.
    with np.errstate(over="ignore", invalid="ignore"):
        found = mean(scale, shape) * gathered
    return np.where(np.isfinite(found), found, np.asarray(until) * survival(until, scale, shape))


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
    latent = np.asarray(scale) * rng.weibull(np.broadcast_to(shape, until.shape))
    return watched(latent, until, entry)
