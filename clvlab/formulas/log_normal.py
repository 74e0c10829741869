r"""Log-normal accelerated failure time: how long customers stay, where the risk of leaving rises, then falls.

log T is normal around log scale with standard deviation 1 / shape, so ``scale`` is the median. With
w = shape (log t - log scale), as in the Weibull and the log-logistic, S = Phi(-w).

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

NAME = "Log-normal AFT"

Float = NDArray[np.float64]
LOG_ROOT_TWO_PI = 0.5 * float(np.log(2.0 * np.pi))


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
    density = xp.log(shape) - log_time - 0.5 * (w * w) - LOG_ROOT_TWO_PI
    return xp.where(event > 0, density, xp.log_ndtr(-w)) - xp.where(entry > 0, xp.log_ndtr(-at_entry), 0.0)


def survival(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """S(t): the share still without the event at t.

    Examples
    --------
    >>> round(float(survival(12.0, 20.0, 1.5)), 4)
    0.7782
    """
    return np.asarray(special.ndtr(-scaled_log(t, scale, shape)))


def hazard(t: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Events a unit of time among those without one at t, above 0: rises, then falls."""
    mills = np.sqrt(2.0 / np.pi) / special.erfcx(scaled_log(t, scale, shape) / np.sqrt(2.0))
    found: Float = np.asarray(shape) / np.asarray(t, dtype=float) * mills
    return found


def quantile(p: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """The time by which a share p has had the event.

    Examples
    --------
    >>> float(quantile(0.5, 20.0, 1.5))
    20.0
    """
    found: Float = np.asarray(scale) * np.exp(special.ndtri(np.asarray(p, dtype=float)) / np.asarray(shape))
    return found


def mean(scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time to the event: scale exp(1 / (2 shape^2)).

    Examples
    --------
    >>> round(float(mean(20.0, 1.5)), 3)
    24.977
    """
    with np.errstate(over="ignore"):
        return np.asarray(scale) * np.exp(0.5 / np.asarray(shape, dtype=float) ** 2)


def restricted_mean(until: ArrayLike, scale: ArrayLike, shape: ArrayLike) -> Float:
    """Expected time without the event within the first ``until``: the area under S up to there.

    Examples
    --------
    >>> round(float(restricted_mean(24.0, 20.0, 1.5)), 3)
    18.083
    """
    sigma, w = 1.0 / np.asarray(shape, dtype=float), scaled_log(until, scale, shape)
    within = np.exp(np.log(scale) + 0.5 * sigma**2 + special.log_ndtr(w - sigma))
    found: Float = within + np.asarray(until) * special.ndtr(-w)
    return found


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
    latent = rng.lognormal(np.broadcast_to(np.log(scale), until.shape), 1.0 / np.asarray(shape))
    return watched(latent, until, entry)
