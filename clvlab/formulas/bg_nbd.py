r"""BG/NBD: beta-geometric / negative binomial distribution.

While alive, a customer buys at a Poisson rate lambda; after each repeat purchase the customer drops out with
probability p. Across customers lambda ~ Gamma(r, rate alpha) and p ~ Beta(a, b), independently.

Source: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2); equation
numbers below are that paper's. ``alpha`` is a rate, in the unit of time; r, a and b have no unit.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import thinned_poisson
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "BG/NBD"
PARAMETERS = ("r", "alpha", "a", "b")
TIME_POWERS = {"alpha": 1}
DIFFERENCES = {
    "rate": {"alpha": -1.0},
    "rate shape": {"r": 1.0, "alpha": 1.0},
    "dropout": {"a": 0.5, "b": -0.5},
    "dropout shape": {"a": 1.0, "b": 1.0},
}
HISTORY = ("x", "t_x", "T")
STATE = ("x", "T")
FORWARD = sys.modules[__name__]  # an alive customer goes on as a new one, parameters updated

Float = NDArray[np.float64]


def log_likelihood(
    x: Known, t_x: Known, T: Known, r: Number, alpha: Number, a: Number, b: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-likelihood of each history, eq. (6), in log space throughout.

    Parameters
    ----------
    x, t_x, T : array
        Repeat purchases (count), age at the last one and age now (units of time).
    r, alpha, a, b : array
        Parameters; ``alpha`` in units of time.
    xp : Namespace
        Where to evaluate: NumPy, jets or a recording.

    Examples
    --------
    >>> round(float(log_likelihood(200, 38.0, 40.0, 0.25, 4.0, 0.8, 2.5)), 4)
    100.7957
    """
    purchases = xp.gammaln(r + x) - xp.gammaln(r) + r * xp.log(alpha)
    survivals = xp.gammaln(a + b) - xp.gammaln(b) + xp.gammaln(b + x) - xp.gammaln(a + b + x)
    alive = -(r + x) * xp.log(alpha + T)
    # maximum() keeps the unused branch finite at x = 0, where log(b - 1) would poison gradients.
    dropped = xp.log(a) - xp.log(b + (xp.maximum(x, 1.0) - 1.0)) - (r + x) * xp.log(alpha + t_x)
    return purchases + survivals + xp.logaddexp(alive, xp.where(x > 0, dropped, -np.inf))


def prob_alive(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> Float:
    """P(alive at T | history). 1 where x is 0: the model lets nobody leave before a repeat purchase.

    Examples
    --------
    >>> round(float(prob_alive(2, 30.43, 38.86, 0.243, 4.414, 0.793, 2.426)), 4)
    0.7266
    """
    x, t_x, T = (np.asarray(v, dtype=float) for v in (x, t_x, T))
    log_odds_dropped = (
        np.log(a)
        - np.log(np.asarray(b) + np.maximum(x, 1.0) - 1.0)
        + (np.asarray(r) + x) * np.log1p((T - t_x) / (np.asarray(alpha) + t_x))
    )
    return np.where(x > 0, special.expit(-log_odds_dropped), 1.0)


def given_alive(
    x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> dict[str, Float]:
    """Parameters of the same story from now on, for a customer with x repeat purchases who is alive at T.

    lambda ~ Gamma(r + x, alpha + T) and p ~ Beta(a, b + x): so a forecast is a new customer's under these.
    """
    x = np.asarray(x, dtype=float)
    return {
        "r": np.asarray(r) + x,
        "alpha": np.asarray(alpha) + np.asarray(T, dtype=float),
        "a": np.asarray(a, dtype=float),
        "b": np.asarray(b) + x,
    }


def prob_alive_later(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(still alive after a further t) for a new (or, with ``given_alive``, an alive) customer: E[exp(-lambda p t)]."""
    return thinned_poisson.prob_alive(t, r, alpha, a, b)


def expected_purchases(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """E[X(t)]: expected purchases of a new (or, with ``given_alive``, an alive) customer in (0, t], eq. (9).

    Examples
    --------
    >>> round(float(expected_purchases(78.0, 0.243, 4.414, 0.793, 2.426)), 3)
    1.861
    """
    return thinned_poisson.expected_purchases(t, r, alpha, a, b)


def pmf(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(X(t) = y) for a new (or, with ``given_alive``, an alive) customer, eq. (8).

    Examples
    --------
    >>> round(float(pmf(0, 39.0, 0.243, 4.414, 0.793, 2.426)), 7)
    0.5737864
    """
    return thinned_poisson.pmf(y, t, r, alpha, a, b)


def prob_no_purchase(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, **_: ArrayLike) -> Float:
    """P(X(t) = 0) for an alive customer: no purchase means no chance to drop out, so it is the NBD's."""
    found: Float = np.exp(-np.asarray(r) * np.log1p(np.asarray(t, dtype=float) / np.asarray(alpha)))
    return found


def simulate(
    rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Draw the latent story for each customer over (0, duration]: buy, then perhaps leave, and again.

    Parameters
    ----------
    duration : array, shape (customers,)
        How long each customer is watched, in units of time.

    Returns
    -------
    customer, time : arrays, shape (purchases,)
        Who bought and when (age, in units), in order of each customer's purchases.
    alive : array of bool, shape (customers,)
        Whether the customer is still alive at the end.
    """
    n = len(duration)
    rate = rng.gamma(np.broadcast_to(r, n), 1.0 / np.broadcast_to(alpha, n))
    leaves = rng.beta(np.broadcast_to(a, n), np.broadcast_to(b, n))
    return thinned_poisson.walk(rng, duration, rate, leaves, np.ones(n, dtype=bool))
