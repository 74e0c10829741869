r"""MBG/NBD: BG/NBD in which a customer may also drop out right after the first purchase.

While alive, a customer buys at a Poisson rate lambda; after every purchase, the first included, the customer drops
out with probability p. Across customers lambda ~ Gamma(r, rate alpha) and p ~ Beta(a, b), independently. Under
BG/NBD a customer with no repeat purchase is alive for certain; here not.

Source: Batislam, Denizel & Filiztekin (2007), Empirical Validation and Comparison of Models for Customer Base
Analysis, Intern. J. Research in Marketing 24; Hoppe & Wagner (2007), Customer Base Analysis: The Case for a Central
Variant of the Betageometric/NBD Model, Marketing JRM 3(2). ``alpha`` is a rate, in the unit of time; r, a and b have
no unit.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import bg_nbd, thinned_poisson
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "MBG/NBD"
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
FORWARD = bg_nbd  # who is alive now has stayed after the last purchase: the next trial is at the next one

Float = NDArray[np.float64]


def log_likelihood(
    x: Known, t_x: Known, T: Known, r: Number, alpha: Number, a: Number, b: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-likelihood of each history, in log space throughout.

    x + 1 trials survived and no purchase since t_x, or x survived and dropout with the last purchase.

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
    >>> round(float(log_likelihood(0, 0.0, 40.0, 0.25, 4.0, 0.8, 2.5)), 8)
    -0.41792826
    """
    purchases = xp.gammaln(r + x) - xp.gammaln(r) + r * xp.log(alpha)
    survivals = xp.gammaln(a + b) - xp.gammaln(b) + xp.gammaln(b + x) - xp.gammaln(a + b + (x + 1.0))
    alive = xp.log(b + x) - (r + x) * xp.log(alpha + T)
    dropped = xp.log(a) - (r + x) * xp.log(alpha + t_x)
    return purchases + survivals + xp.logaddexp(alive, dropped)


def prob_alive(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> Float:
    """P(alive at T | history).

    Examples
    --------
    >>> round(float(prob_alive(0, 0.0, 39.0, 0.525, 6.183, 0.891, 1.614)), 4)
    0.3893
    """
    x, t_x, T, r, alpha, a, b = _floats(x, t_x, T, r, alpha, a, b)
    log_odds_dropped = np.log(a) - np.log(b + x) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    found: Float = special.expit(-log_odds_dropped)
    return found


def given_alive(
    x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> dict[str, Float]:
    """Parameters of BG/NBD from now on, for a customer with x repeat purchases who is alive at T.

    lambda ~ Gamma(r + x, alpha + T) and p ~ Beta(a, b + x + 1), all x + 1 trials survived.
    """
    x, T, r, alpha, a, b = _floats(x, T, r, alpha, a, b)
    return {"r": r + x, "alpha": alpha + T, "a": a, "b": b + x + 1.0}


def prob_alive_later(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(still alive at age t) for a new customer; for an alive one see ``bg_nbd`` with ``given_alive``."""
    t, r, alpha, a, b = _floats(t, r, alpha, a, b)
    return b / (a + b) * thinned_poisson.prob_alive(t, r, alpha, a, b + 1.0)


def expected_purchases(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """E[X(t)]: expected purchases of a new customer in (0, t], the first purchase not counted.

    Whoever survives the trial at time 0 goes on as a BG/NBD customer with b + 1 for b.

    Examples
    --------
    >>> round(float(expected_purchases(78.0, 0.525, 6.183, 0.891, 1.614)), 3)
    1.805
    """
    t, r, alpha, a, b = _floats(t, r, alpha, a, b)
    return b / (a + b) * thinned_poisson.expected_purchases(t, r, alpha, a, b + 1.0)


def pmf(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(X(t) = y) for a new customer; 0 purchases also where the trial at time 0 is lost.

    Examples
    --------
    >>> round(float(sum(pmf(y, 39.0, 0.525, 6.183, 0.891, 1.614) for y in range(300))), 10)
    1.0
    """
    y, t, r, alpha, a, b = _floats(y, t, r, alpha, a, b)
    stayed = b / (a + b) * thinned_poisson.pmf(y, t, r, alpha, a, b + 1.0)
    return np.where(y == 0, a / (a + b), 0.0) + stayed


def prob_no_purchase(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(X(t) = 0) for a new customer: lost at time 0, or no purchase yet."""
    t, r, alpha, a, b = _floats(t, r, alpha, a, b)
    return a / (a + b) + b / (a + b) * np.exp(-r * np.log1p(t / alpha))


def simulate(
    rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Draw the latent story for each customer over (0, duration]: perhaps leave at once; buy, perhaps leave, again.

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
    stays = rng.random(n) >= leaves
    return thinned_poisson.walk(rng, duration, rate, leaves, stays)


def _floats(*values: ArrayLike) -> tuple[Float, ...]:
    return tuple(np.asarray(value, dtype=float) for value in values)
