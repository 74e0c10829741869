r"""BG/BB: beta-geometric / beta-Bernoulli, for purchases at discrete opportunities (a yearly drive, a monthly issue).

Before each opportunity a customer drops out for good with probability theta; while alive, the customer buys at an
opportunity with probability p. Across customers p ~ Beta(alpha, beta) and theta ~ Beta(gamma, delta), independently.

Source: Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing
Science 29(6); equation numbers below are that paper's. No parameter has a unit; time counts opportunities.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import sys
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import shifted_beta_geometric
from clvlab.formulas.beta_survival import HEAD
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number
from clvlab.formulas.shifted_beta_geometric import opportunities

NAME = "BG/BB"
PARAMETERS = ("alpha", "beta", "gamma", "delta")
TIME_POWERS: dict[str, int] = {}
DIFFERENCES = {
    "rate": {"alpha": 0.5, "beta": -0.5},
    "rate shape": {"alpha": 1.0, "beta": 1.0},
    "dropout": {"gamma": 0.5, "delta": -0.5},
    "dropout shape": {"gamma": 1.0, "delta": 1.0},
}
HISTORY = ("x", "t_x", "n")
STATE = ("x", "n")
FORWARD = sys.modules[__name__]  # an alive customer goes on as a new one, parameters updated

Float = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
NODES, WEIGHTS = (NODES + 1.0) / 2.0, WEIGHTS / 2.0


def log_likelihood(
    x: Known, t_x: Known, n: Known, alpha: Number, beta: Number, gamma: Number, delta: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-likelihood of each history, eq. (4).

    Parameters
    ----------
    x, t_x, n : array
        Opportunities bought at, the last of them (0 where x is 0), and opportunities in all (counts).

    Examples
    --------
    >>> round(float(log_likelihood(2, 4, 6, 1.2035, 0.7497, 0.6568, 2.7838)), 4)
    -5.1956
    """
    left_next = (
        xp.gammaln(alpha + x) - xp.gammaln(alpha) + xp.gammaln(beta + (t_x - x)) - xp.gammaln(beta)
        + xp.gammaln(alpha + beta) - xp.gammaln(alpha + beta + t_x)
        + xp.log(gamma) + xp.gammaln(delta + t_x) - xp.gammaln(delta)
        + xp.gammaln(gamma + delta) - xp.gammaln(gamma + delta + 1.0 + t_x)
    )  # fmt: skip
    return left_next + xp.log(_since_last(x, t_x, n, alpha, beta, gamma, delta, xp))


def _since_last(
    x: Known, t_x: Known, n: Known, alpha: Number, beta: Number, gamma: Number, delta: Number, xp: Namespace
) -> Number:
    """The likelihood over its term for dropping out right after t_x: at least 1.

    With f(i) the term for dropping out i opportunities later and ratio rho(i) = f(i + 1) / f(i) < 1, the sum over
    i < n - t_x and the term for being alive are 1 + rho(0) (1 + rho(1) (1 + ...)), from the inside out: no powers and
    no logarithms. Gaps longer than ``HEAD`` begin with ``_long_gap``.
    """
    gap = cast(Known, n - t_x)
    values: Any = getattr(gap, "values", gap)
    longest = int(np.max(values, initial=0))
    inside = (gamma + delta + n) / gamma  # the term for being alive over f(n - t_x)
    if longest > HEAD:
        inside = xp.where(gap > HEAD, _long_gap(x, t_x, n, alpha, beta, gamma, delta, xp), inside)
    for i in reversed(range(min(longest, HEAD))):
        m = t_x + i
        ratio = (beta + (m - x)) * (delta + m) / ((alpha + beta + m) * (gamma + delta + 1.0 + m))
        inside = xp.where(gap > i, 1.0 + ratio * inside, inside)
    return inside


def _long_gap(
    x: Known, t_x: Known, n: Known, alpha: Number, beta: Number, gamma: Number, delta: Number, xp: Namespace
) -> Number:
    """The sum of f(i) over i from HEAD to n - t_x - 1 and the term for being alive, over f(HEAD).

    f falls and log f is convex, so by i = HEAD it changes slowly or has vanished; the sum is an integral over log i
    with Euler and Maclaurin's first correction at either end.
    """
    gap = xp.maximum(n - t_x, HEAD + 2.0)

    def log_f(i: Number) -> Number:
        return (
            xp.gammaln(beta + (t_x - x) + i) - xp.gammaln(alpha + beta + t_x + i)
            + xp.gammaln(delta + t_x + i) - xp.gammaln(gamma + delta + 1.0 + t_x + i)
        )  # fmt: skip

    at_head = log_f(float(HEAD))
    first, last = np.log(HEAD - 0.5), xp.log(gap - 0.5)
    total = (xp.exp(log_f(HEAD - 1.0) - at_head) - 1.0) * (-1.0 / 24.0)
    total = total + (xp.exp(log_f(gap - 1.0) - at_head) - xp.exp(log_f(gap) - at_head)) * (1.0 / 24.0)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        i = xp.exp(first + (last - first) * node)
        total = total + (weight * (last - first) * i) * xp.exp(log_f(i) - at_head)
    return total + xp.exp(log_f(gap) - at_head) * ((gamma + delta + t_x + gap) / gamma)


def prob_alive(
    x: ArrayLike, t_x: ArrayLike, n: ArrayLike,
    alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike, *, ahead: ArrayLike = 0,
) -> Float:  # fmt: skip
    """P(alive at opportunity n + ahead | history).

    ``ahead = 0`` is being there at opportunity n; ``ahead = 1``, the paper's eq. (7), being there for the next one.

    Examples
    --------
    >>> round(float(prob_alive(6, 6, 6, 1.2035, 0.7497, 0.6568, 2.7838, ahead=1)), 4)
    0.9304
    """
    x, t_x, n = (np.asarray(v, dtype=float) for v in (x, t_x, n))
    alpha, beta, gamma, delta = (np.asarray(v, dtype=float) for v in (alpha, beta, gamma, delta))
    log_here = (
        special.gammaln(alpha + x) - special.gammaln(alpha) + special.gammaln(beta + n - x) - special.gammaln(beta)
        + special.gammaln(alpha + beta) - special.gammaln(alpha + beta + n)
        + special.gammaln(delta + n) - special.gammaln(delta)
        + special.gammaln(gamma + delta) - special.gammaln(gamma + delta + n)
    )  # fmt: skip
    now = np.exp(np.minimum(log_here - np.asarray(log_likelihood(x, t_x, n, alpha, beta, gamma, delta)), 0.0))
    found: Float = now * shifted_beta_geometric.survival(opportunities(ahead), gamma, delta + n)
    return found


def given_alive(
    x: ArrayLike, n: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike
) -> dict[str, Float]:
    """Parameters of the same story from now on, for a customer with x purchases who is alive at opportunity n.

    p ~ Beta(alpha + x, beta + n - x) and theta ~ Beta(gamma, delta + n): a forecast is a new customer's under these.
    """
    x, n = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    return {
        "alpha": np.asarray(alpha) + x,
        "beta": np.asarray(beta) + n - x,
        "gamma": np.asarray(gamma, dtype=float),
        "delta": np.asarray(delta) + n,
    }


def prob_alive_later(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike) -> Float:
    """P(still alive at the t-th opportunity from now) for a new (or, with ``given_alive``, an alive) customer."""
    del alpha, beta  # P(alive) is theta's alone
    return shifted_beta_geometric.survival(opportunities(t), gamma, delta)


def expected_purchases(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike) -> Float:
    """E[X(t)] of a new (or, with ``given_alive``, an alive) customer over t opportunities, eq. (9).

    Examples
    --------
    >>> expected_purchases(np.array([1, 11]), 1.20352, 0.74972, 0.65672, 2.78344).round(4)
    array([0.4985, 3.3886])
    """
    alpha = np.asarray(alpha, dtype=float)
    found: Float = alpha / (alpha + np.asarray(beta)) * shifted_beta_geometric.expected_renewals(t, gamma, delta)
    return found


def conditional_expected_purchases(
    t: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    n: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    delta: ArrayLike,
) -> Float:
    """Expected purchases over the next t opportunities of a customer with this history, eq. (13).

    Examples
    --------
    >>> round(float(conditional_expected_purchases(5, 6, 6, 6, 1.20352, 0.74972, 0.65672, 2.78344)), 2)
    3.75
    """
    alive = prob_alive(x, t_x, n, alpha, beta, gamma, delta)
    return alive * expected_purchases(t, **given_alive(x, n, alpha, beta, gamma, delta))


def discounted_expected_purchases(
    t: ArrayLike, discount_rate: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike
) -> Float:
    """Expected purchases over the next t opportunities (may be infinity), the j-th discounted by (1 + d)^-j.

    For a new or, with ``given_alive``, an alive customer.

    Raises
    ------
    FitError
        The sum is infinite: no end, no discount and gamma of 1 or less.
    """
    alpha, rate = np.asarray(alpha, dtype=float), np.asarray(discount_rate, dtype=float)
    alive = shifted_beta_geometric.expected_renewals(t, gamma, delta, discount_rate=rate)
    found: Float = alpha / (alpha + np.asarray(beta)) * alive / (1.0 + rate)
    return found


def discounted_expected_residual_transactions(
    discount_rate: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    n: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    delta: ArrayLike,
    *,
    t: ArrayLike = np.inf,
) -> Float:
    """DERT of a customer with this history, eq. (14); over the next ``t`` opportunities where that is finite.

    Parameters
    ----------
    discount_rate : array
        d, an opportunity: the j-th from now is discounted by (1 + d)^-j.

    Examples
    --------
    >>> round(float(discounted_expected_residual_transactions(0.1, 6, 6, 6, 1.20352, 0.74972, 0.65672, 2.78344)), 2)
    5.91
    """
    alive = prob_alive(x, t_x, n, alpha, beta, gamma, delta)
    after = given_alive(x, n, alpha, beta, gamma, delta)
    return alive * discounted_expected_purchases(t, discount_rate, **after)


def prob_no_purchase(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike) -> Float:
    """P(X(t) = 0): the likelihood of t opportunities without a purchase."""
    t = opportunities(t)
    zero = np.zeros_like(t)
    parameters = (np.asarray(v, dtype=float) for v in (alpha, beta, gamma, delta))
    none = np.exp(np.minimum(np.asarray(log_likelihood(zero, zero, t, *parameters)), 0.0))
    return np.where(t == 0, 1.0, none)  # to the last digit: nothing is bought at no opportunity


def pmf(y: ArrayLike, t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike) -> Float:
    """P(X(t) = y) for a new (or, with ``given_alive``, an alive) customer, eq. (8).

    The sum over when the customer drops out, from y opportunities on, is taken from the inside out as in the
    likelihood; the binomial coefficients in it may outgrow a double, so it is scaled on the way.

    Examples
    --------
    >>> round(float(pmf(0, 6, 1.20352, 0.74972, 0.65672, 2.78344)) * 11_104, 1)
    3454.9
    """
    y, t = np.asarray(y, dtype=float), opportunities(t)
    alpha, beta, gamma, delta = (np.asarray(v, dtype=float) for v in (alpha, beta, gamma, delta))
    some = np.minimum(y, t)
    log_first = (
        special.betaln(alpha + some, beta) - special.betaln(alpha, beta)
        + special.betaln(gamma + 1.0, delta + some) - special.betaln(gamma, delta)
    )  # fmt: skip
    inside = (gamma + delta + t) / gamma + np.zeros(np.broadcast_shapes(log_first.shape, t.shape))
    log_scale = np.zeros_like(inside)
    for i in reversed(range(int(some.min(initial=0.0)), int(t.max(initial=0.0)))):
        since = np.maximum(i - some, 0.0)
        ratio = (i + 1.0) / (since + 1.0) * (beta + since) / (alpha + beta + i)
        ratio = ratio * (delta + i) / (gamma + delta + 1.0 + i)
        counted = (i >= some) & (i < t)
        inside = np.where(counted, np.exp(-log_scale) + ratio * inside, inside)
        if inside.max(initial=0.0) > 1e200:
            large = inside > 1e200
            log_scale += np.where(large, np.log(1e200), 0.0)
            inside = np.where(large, inside * 1e-200, inside)
    return np.where(y <= t, np.exp(log_first + np.log(inside) + log_scale), 0.0)


def conditional_pmf(
    y: ArrayLike,
    t: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    n: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    delta: ArrayLike,
) -> Float:
    """P(y purchases over the next t opportunities | history), eq. (12)."""
    alive = prob_alive(x, t_x, n, alpha, beta, gamma, delta)
    bought = alive * pmf(y, t, **given_alive(x, n, alpha, beta, gamma, delta))
    return bought + np.where(np.asarray(y) == 0, 1.0 - alive, 0.0)


def distribution(t: int, alpha: ArrayLike, beta: ArrayLike, gamma: ArrayLike, delta: ArrayLike) -> Float:
    """P(X(t) = y) for y = 0..t along the last axis, for a new (or, with ``given_alive``, an alive) customer."""
    last = (np.asarray(v, dtype=float)[..., None] for v in (alpha, beta, gamma, delta))
    return pmf(np.arange(t + 1.0), t, *last)


def simulate(
    rng: np.random.Generator,
    duration: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    delta: ArrayLike,
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Draw the latent story for each customer: at each opportunity perhaps leave, and if not perhaps buy.

    Parameters
    ----------
    duration : array, shape (customers,)
        Opportunities each customer is watched for.

    Returns
    -------
    customer, time : arrays, shape (purchases,)
        Who bought and at which opportunity (1, 2, ...), in order of each customer's purchases.
    alive : array of bool, shape (customers,)
        Whether the customer is still alive at the last opportunity.
    """
    duration = opportunities(duration)
    count = len(duration)
    buys = rng.beta(np.broadcast_to(alpha, count), np.broadcast_to(beta, count))
    leaves = rng.beta(np.broadcast_to(gamma, count), np.broadcast_to(delta, count))
    alive = np.ones(count, dtype=bool)
    active = np.flatnonzero(duration > 0)
    customers, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    t = 0
    while active.size:
        t += 1
        left = rng.random(active.size) < leaves[active]
        alive[active[left]] = False
        active = active[~left]
        bought = active[rng.random(active.size) < buys[active]]
        customers.append(bought)
        times.append(np.full(bought.size, float(t)))
        active = active[duration[active] > t]
    customer, time = np.concatenate(customers), np.concatenate(times)
    order = np.lexsort((time, customer))
    return customer[order], time[order], alive
