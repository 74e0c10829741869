r"""NBD: purchases at a Poisson rate that differs between customers, and nobody ever drops out.

lambda ~ Gamma(r, rate alpha) across customers. The yardstick: what dropout adds to a forecast is seen against it.

Source: Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1); Morrison & Schmittlein (1988),
Generalizing the NBD Model for Customer Purchases, J. Business & Economic Statistics 6(2). ``alpha`` is a rate, in the
unit of time; r has no unit.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import thinned_poisson
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "NBD"
PARAMETERS = ("r", "alpha")
TIME_POWERS = {"alpha": 1}
DIFFERENCES = {"rate": {"alpha": -1.0}, "rate shape": {"r": 1.0, "alpha": 1.0}}
HISTORY = ("x", "T")
STATE = ("x", "T")
FORWARD = sys.modules[__name__]  # a customer goes on as a new one, parameters updated

Float = NDArray[np.float64]


def log_likelihood(x: Known, T: Known, r: Number, alpha: Number, *, xp: Namespace = NUMPY) -> Number:
    """Log-likelihood of each history: of the times of the purchases, as in models with dropout.

    So log-likelihoods and AICs compare; that of the count alone adds log(T^x / x!). Where nobody drops out the time
    of the last purchase says nothing, and is not asked for.

    Parameters
    ----------
    x, T : array
        Repeat purchases (count) and age now (units of time).
    r, alpha : array
        Parameters; ``alpha`` in units of time.
    xp : Namespace
        Where to evaluate: NumPy, jets or a recording.

    Examples
    --------
    >>> round(float(log_likelihood(2, 38.86, 0.385, 12.072)), 4)
    -9.044
    """
    n = r + x
    return xp.gammaln(n) - xp.gammaln(r) + r * xp.log(alpha) - n * xp.log(alpha + T)


def prob_alive(x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> Float:
    """P(alive at T | history): 1."""
    return np.ones(np.broadcast_shapes(*(np.shape(value) for value in (x, T, r, alpha))))


def given_alive(x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> dict[str, Float]:
    """Parameters from now on, for a customer with x repeat purchases by T: lambda ~ Gamma(r + x, alpha + T)."""
    x, T, r, alpha = _floats(x, T, r, alpha)
    return {"r": r + x, "alpha": alpha + T}


def prob_alive_later(t: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> Float:
    """P(still alive after a further t): 1."""
    return np.ones(np.broadcast_shapes(*(np.shape(value) for value in (t, r, alpha))))


def expected_purchases(t: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> Float:
    """E[X(t)] = r t / alpha: expected purchases of a new (or, with ``given_alive``, a known) customer in (0, t].

    Examples
    --------
    >>> float(expected_purchases(39.0, **given_alive(2, 38.0, 0.4, 12.0))).__round__(3)
    1.872
    """
    t, r, alpha = _floats(t, r, alpha)
    return r * (t / alpha)


def pmf(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> Float:
    """P(X(t) = y) for a new (or, with ``given_alive``, a known) customer: negative binomial.

    Examples
    --------
    >>> round(float(pmf(0, 12.0, 1.0, 12.0)), 10)
    0.5
    """
    y, t, r, alpha = _floats(y, t, r, alpha)
    counted = special.gammaln(r + y) - special.gammaln(r) - special.gammaln(y + 1.0)
    found: Float = np.exp(counted + special.xlogy(y, t / (alpha + t)) - r * np.log1p(t / alpha))
    return found


def prob_no_purchase(t: ArrayLike, r: ArrayLike, alpha: ArrayLike) -> Float:
    """P(X(t) = 0) = (alpha / (alpha + t))^r."""
    t, r, alpha = _floats(t, r, alpha)
    return np.exp(-r * np.log1p(t / alpha))


def simulate(
    rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Draw each customer's rate, then purchases over (0, duration].

    Parameters
    ----------
    duration : array, shape (customers,)
        How long each customer is watched, in units of time.

    Returns
    -------
    customer, time : arrays, shape (purchases,)
        Who bought and when (age, in units), in order of each customer's purchases.
    alive : array of bool, shape (customers,)
        All true.
    """
    n = len(duration)
    rate = rng.gamma(np.broadcast_to(r, n), 1.0 / np.broadcast_to(alpha, n))
    return thinned_poisson.walk(rng, duration, rate, np.zeros(n), np.ones(n, dtype=bool))


def _floats(*values: ArrayLike) -> tuple[Float, ...]:
    return tuple(np.asarray(value, dtype=float) for value in values)
