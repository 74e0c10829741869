r"""Pareto/NBD: purchases at a Poisson rate until an unseen dropout.

While alive, a customer buys at a Poisson rate lambda; the customer drops out after an exponential lifetime of rate
mu. Across customers lambda ~ Gamma(r, rate alpha) and mu ~ Gamma(s, rate beta), independently.

Source: Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1); Fader & Hardie
(2005), A Note on Deriving the Pareto/NBD Model and Related Expressions (numbers below are its sections). ``alpha``
and ``beta`` are rates, in the unit of time; r and s have no unit.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.errors import FitError
from clvlab.formulas import pareto_integrals, thinned_poisson
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "Pareto/NBD"
PARAMETERS = ("r", "alpha", "s", "beta")
TIME_POWERS = {"alpha": 1, "beta": 1}
DIFFERENCES = {
    "rate": {"alpha": -1.0},
    "rate shape": {"r": 1.0, "alpha": 1.0},
    "dropout": {"beta": -1.0},
    "dropout shape": {"s": 1.0, "beta": 1.0},
}
HISTORY = ("x", "t_x", "T")
STATE = ("x", "T")
FORWARD = sys.modules[__name__]  # an alive customer goes on as a new one, parameters updated

Float = NDArray[np.float64]


def log_likelihood(
    x: Known, t_x: Known, T: Known, r: Number, alpha: Number, s: Number, beta: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-likelihood of each history (section 3), in log space, from integrals over the time of dropout.

    With n = r + x, the likelihood is Gamma(n) / Gamma(r) alpha^r beta^s times

        (alpha + T)^-n (beta + T)^-s + s [integral from t_x to T of (alpha + y)^-n (beta + y)^-(s+1) dy].

    The first term is, by parts, its value at any later U plus two integrals from T to U; one of them joins the
    integral above. What is left separates into a part of (x, T) and a part of (x, t_x), every term positive:

        (alpha + U)^-n (beta + U)^-s + n [integral from T to U of (alpha + y)^-(n+1) (beta + y)^-s dy]
                                     + s [integral from t_x to U of (alpha + y)^-n (beta + y)^-(s+1) dy].

    Parameters
    ----------
    x, t_x, T : array
        Repeat purchases (count), age at the last one and age now (units of time).
    r, alpha, s, beta : array
        Parameters; ``alpha`` and ``beta`` in units of time.
    xp : Namespace
        Where to evaluate: NumPy, jets or a recording.

    Examples
    --------
    >>> round(float(log_likelihood(2, 30.43, 38.86, 0.553, 10.58, 0.606, 11.67)), 4)
    -9.5542
    """
    n, end = r + x, _later(T)
    at_end = -n * xp.log(alpha + end) - s * xp.log(beta + end)
    bought = pareto_integrals.log_two_powers(n + 1.0, s, T, end, alpha, beta, xp=xp)
    dropped = pareto_integrals.log_two_powers(n, s + 1.0, t_x, end, alpha, beta, xp=xp)
    alive = xp.logaddexp(at_end, xp.log(n) + bought)
    rates = xp.gammaln(n) - xp.gammaln(r) + r * xp.log(alpha) + s * xp.log(beta)
    return xp.logaddexp(rates + alive, xp.log(s) + dropped + rates)


def prob_alive(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> Float:
    """P(alive at T | history), section 4. 1 where the last purchase is at T.

    Examples
    --------
    >>> round(float(prob_alive(26, 30.86, 31.0, 0.5534, 10.5802, 0.6061, 11.6562)), 6)
    0.997918
    """
    found: Float = special.expit(-pareto_integrals.log_odds_dropped(*_floats(x, t_x, T, r, alpha, s, beta)))
    return found


def given_alive(
    x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> dict[str, Float]:
    """Parameters of the same story from now on, for a customer with x repeat purchases who is alive at T.

    lambda ~ Gamma(r + x, alpha + T) and mu ~ Gamma(s, beta + T), independent: a forecast is a new customer's.
    """
    x, T, r, alpha, s, beta = _floats(x, T, r, alpha, s, beta)
    return {"r": r + x, "alpha": alpha + T, "s": s, "beta": beta + T}


def prob_alive_later(t: ArrayLike, s: ArrayLike, beta: ArrayLike, **_: ArrayLike) -> Float:
    """P(still alive after a further t) for a new (or, with ``given_alive``, an alive) customer."""
    t, s, beta = _floats(t, s, beta)
    return np.exp(-s * np.log1p(t / beta))


def expected_purchases(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike) -> Float:
    """E[X(t)]: expected purchases of a new (or, with ``given_alive``, an alive) customer in (0, t], section 2.

    r beta / alpha l exprel((1 - s) l), l = log(1 + t / beta): nothing happens at s = 1.

    Examples
    --------
    >>> history, params = (26, 30.86, 31.0), (0.5534, 10.5802, 0.6061, 11.6562)
    >>> alive = given_alive(26, 31.0, *params)
    >>> round(float(prob_alive(*history, *params) * expected_purchases(52.0, **alive)), 4)
    25.4549
    """
    t, r, alpha, s, beta = _floats(t, r, alpha, s, beta)
    reach = np.log1p(t / beta)
    found: Float = r * beta / alpha * reach * special.exprel((1.0 - s) * reach)
    return found


def discounted_residual_purchases(
    delta: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> Float:
    """Purchases expected over all the future, each discounted by exp(-delta t), of an alive or a new customer.

    Times ``prob_alive`` it is DERT of Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves, J. Marketing
    Research 42, eq. (2): r beta / alpha e^kappa E_s(kappa), kappa = delta beta, with the generalised exponential
    integral for Tricomi's function.

    Parameters
    ----------
    delta : array
        Continuous discount rate a unit of time, above 0.
    r, alpha, s, beta : array
        As ``given_alive`` returns them.

    Raises
    ------
    FitError
        delta is not above 0: the sum need not be finite.

    Examples
    --------
    >>> history, params = (2, 30.43, 38.86), (0.5534, 10.5802, 0.6061, 11.6562)
    >>> alive = given_alive(2, 38.86, *params)
    >>> round(float(prob_alive(*history, *params) * discounted_residual_purchases(0.0027, **alive)), 4)
    6.4826
    """
    delta, r, alpha, s, beta = _floats(delta, r, alpha, s, beta)
    if not (delta > 0).all():
        raise FitError(
            "Purchases over all the future need a discount rate above 0, or their sum may be infinite; "
            f"found {float(np.min(delta))!r}. Discount, or ask for a finite horizon."
        )
    return r * beta / alpha * pareto_integrals.scaled_exponential_integral(s, delta * beta)


def pmf(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike) -> Float:
    """P(X(t) = y) for a new (or, with ``given_alive``, an alive) customer.

    Alive until t, or dropped out at u before: NBD probabilities mixed over the time of dropout, all terms positive,
    where Fader & Hardie (2006), Deriving an Expression for P(X(t) = x) Under the Pareto/NBD Model, subtract 2F1s.

    Examples
    --------
    >>> round(float(sum(pmf(y, 39.0, 0.553, 10.58, 0.606, 11.67) for y in range(400))), 10)
    1.0
    """
    y, t, r, alpha, s, beta = _floats(y, t, r, alpha, s, beta)
    counted = special.gammaln(r + y) - special.gammaln(r) - special.gammaln(y + 1.0)
    alive = special.xlogy(y, t / (alpha + t)) - r * np.log1p(t / alpha) - s * np.log1p(t / beta)
    dropped = pareto_integrals.log_counted(y, t, r, alpha, s, beta) + np.log(s) + r * np.log(alpha) + s * np.log(beta)
    found: Float = np.exp(counted + np.logaddexp(alive, dropped))
    return found


def prob_no_purchase(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike) -> Float:
    """P(X(t) = 0) for a new (or, with ``given_alive``, an alive) customer."""
    return pmf(0.0, t, r, alpha, s, beta)


def simulate(
    rng: np.random.Generator, duration: Float, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Draw the latent story for each customer over (0, duration]: a lifetime, and purchases until it ends.

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
    dropout = rng.gamma(np.broadcast_to(s, n), 1.0 / np.broadcast_to(beta, n))
    # A rate drawn so small that it underflows never drops out.
    with np.errstate(divide="ignore", over="ignore"):
        lifetime = rng.standard_exponential(n) / dropout
    watched = np.minimum(lifetime, duration)
    stays = np.zeros(n)
    customer, time, _ = thinned_poisson.walk(rng, watched, rate, stays, np.ones(n, dtype=bool))
    return customer, time, lifetime > duration


def _floats(*values: ArrayLike) -> tuple[Float, ...]:
    return tuple(np.asarray(value, dtype=float) for value in values)


def _later(T: Known) -> Number:
    """A time after every T, the same for all customers."""
    ages = getattr(T, "values", T)
    return 2.0 * (ages.max() if hasattr(ages, "max") else ages) + 1.0
