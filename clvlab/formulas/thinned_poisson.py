r"""A Poisson buyer who may leave after each purchase: what BG/NBD and its relatives share.

lambda ~ Gamma(r, rate alpha), p ~ Beta(a, b); purchases arrive at rate lambda, and after each the customer leaves
with probability p. Given lambda and p the expected number by t is (1 - exp(-lambda p t)) / p, so

    E[X(t)] = E_p[ (1 - (1 + p tau)^-r) / p ],   tau = t / alpha,                                        (*)

whose integrand is positive. The closed form with 2F1 (Fader, Hardie & Lee 2005, eq. 9) cancels near a = 1, for
small t, and where the hypergeometric series loses digits; there (*) is integrated instead.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.formulas import beta_mixture

Float = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
NODES, WEIGHTS = (NODES + 1.0) / 2.0, WEIGHTS / 2.0
DROP = 40.0  # parts of the integrand below exp(-40) of its peak are left out


def expected_purchases(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """E[X(t)], relative error below 1e-8 for parameters from 1e-3 to 1e4 (tests: against mpmath)."""
    tau = np.asarray(t, dtype=float) / np.asarray(alpha, dtype=float)
    tau, r, a, b = np.broadcast_arrays(tau, *(np.asarray(v, dtype=float) for v in (r, a, b)))
    value, trusted = _closed_form(tau, r, a, b)
    doubtful = ~trusted & (tau > 0)
    if doubtful.any():
        value = np.array(value)
        value[doubtful] = _integral(tau[doubtful], r[doubtful], a[doubtful], b[doubtful])
    return np.where(tau > 0, value, 0.0)


def _closed_form(tau: Float, r: Float, a: Float, b: Float) -> tuple[Float, NDArray[np.bool_]]:
    """Eq. (9), and where it was found to be right to 1e-8 (tests: against the integral and mpmath)."""
    with np.errstate(all="ignore"):
        z = tau / (1.0 + tau)
        series = special.hyp2f1(a + b - 1.0 - r, a - 1.0, a + b - 1.0, z)
        bracket = -special.expm1(-(a - 1.0) * np.log1p(tau) + np.log(series))
        value = (a + b - 1.0) / (a - 1.0) * bracket
        # Near z = 1 the series is continued by Gammas that cancel where r - a is whole, r or a small, b large.
        pole = np.abs(r - a - np.round(r - a))
        near_one = (z > 0.85) & ((pole < 1e-3) | (np.minimum(r, a) < 0.1) | (b > 100.0))
        trusted = (
            ~near_one
            & (np.maximum(r, b) < 5000.0)
            & ((r < 10.0) | (tau > 1e-3))
            & (a < 100.0)
            & (np.abs(a - 1.0) > 0.01)
            & (np.abs(a + b - 1.0) > 0.01)
            & (a + b > 0.05)
            & (np.abs(bracket) > 1e-5)
        )
    return value, trusted & np.isfinite(value)


def _integral(tau: Float, r: Float, a: Float, b: Float) -> Float:
    """(*) over u = logit p, where the integrand exp(h(u)) is log-concave with bends near 0 and -log(tau max(r, 1)).

    The range is cut where h has dropped by ``DROP``. Between the bends the nodes are evenly laid; outside them,
    where the integrand decays at rates a and b, a step grows with its distance from the bend.
    """
    bend = -np.log(tau) - np.log(np.maximum(r, 1.0))
    first, last = np.minimum(bend, 0.0), np.maximum(bend, 0.0)
    low, high, peak = _support(tau, r, a, b, first, last)
    left, right = np.clip(first, low, high), np.clip(last, low, high)
    total = np.zeros_like(tau)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        reach = np.log1p(left - low)
        out = np.exp(reach * node)
        total += weight * reach * out * np.exp(_h(left - (out - 1.0), tau, r, a, b) - peak)
        total += weight * (right - left) * np.exp(_h(left + (right - left) * node, tau, r, a, b) - peak)
        reach = np.log1p(high - right)
        out = np.exp(reach * node)
        total += weight * reach * out * np.exp(_h(right + (out - 1.0), tau, r, a, b) - peak)
    found: Float = np.exp(np.log(total) + peak - special.betaln(a, b))
    return found


def _h(u: Float, tau: Float, r: Float, a: Float, b: Float) -> Float:
    """Log integrand of (*) over u = logit p, the Beta's normalising constant left out."""
    log_p = -np.logaddexp(0.0, -u)
    y = np.exp(log_p) * tau
    # log(log1p(y)) from log y where y is tiny, so that nothing underflows at u = -40 / a.
    log_w = np.log(r) + np.where(y > 1e-5, np.log(np.log1p(np.maximum(y, 1e-5))), log_p + np.log(tau) - y / 2)
    found: Float = log_w + np.log(special.exprel(-np.exp(log_w))) + (a - 1.0) * log_p - b * np.logaddexp(0.0, u)
    return found


def _slope(u: Float, tau: Float, r: Float, a: Float, b: Float) -> Float:
    """h'(u): falls from a to -b."""
    p, q = special.expit(u), special.expit(-u)
    y = p * tau
    ratio = np.where(y > 1e-12, y / np.log1p(np.maximum(y, 1e-12)), 1.0)
    found: Float = q / (1.0 + y) * ratio / special.exprel(r * np.log1p(y)) + (a - 1.0) * q - b * p
    return found


def _support(tau: Float, r: Float, a: Float, b: Float, first: Float, last: Float) -> tuple[Float, Float, Float]:
    """Where h peaks and where it has dropped by ``DROP`` on either side: (low, high, h at the peak), by bisection."""
    reach = 2.0 * DROP / np.minimum(np.minimum(a, b), 1.0) + 40.0
    low, high = first - reach, last + reach
    left, right = low.copy(), high.copy()
    for _ in range(40):
        middle = (left + right) / 2.0
        rising = _slope(middle, tau, r, a, b) > 0.0
        left, right = np.where(rising, middle, left), np.where(rising, right, middle)
    mode = (left + right) / 2.0
    peak = _h(mode, tau, r, a, b)
    ends = []
    for outside in (low, high):
        inside = mode
        for _ in range(25):
            middle = (inside + outside) / 2.0
            within = _h(middle, tau, r, a, b) > peak - DROP
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        ends.append(outside)
    return ends[0], ends[1], peak


def prob_alive(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """E[exp(-lambda p t)]: purchases that lead to leaving are a Poisson process of rate lambda p.

    It equals E_p[(1 + p tau)^-r] = 1 - E_p[p (1 - (1 + p tau)^-r) / p], where the last factor is the integrand of (*)
    under Beta(a + 1, b): so 1 - a / (a + b) E[X(t)] with a + 1 for a. Below a half that difference loses digits, and
    the expectation is integrated directly: relative error below 1e-8 however small it is.
    """
    tau = np.asarray(t, dtype=float) / np.asarray(alpha, dtype=float)
    tau, r, a, b = np.broadcast_arrays(tau, *(np.asarray(v, dtype=float) for v in (r, a, b)))
    value = 1.0 - a / (a + b) * expected_purchases(tau, r, 1.0, a + 1.0, b)
    small = np.asarray(value < 0.5)
    if small.any():
        value = np.array(value)
        value[small] = beta_mixture.expected_power(tau[small], r[small], a[small], b[small])
    found: Float = value
    return found


def pmf(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """P(X(t) = y): still alive after y purchases, or left with the y-th, which came by t (eq. 8)."""
    y = np.asarray(y, dtype=float)
    tau = np.asarray(t, dtype=float) / np.asarray(alpha, dtype=float)
    y, tau, r, a, b = np.broadcast_arrays(y, tau, *(np.asarray(v, dtype=float) for v in (r, a, b)))
    some = np.maximum(y, 1.0)
    # xlogy is 0 at y = tau = 0 and -inf at tau = 0 beyond it: t = 0 leaves only y = 0.
    arrivals = special.xlogy(y, tau) - (r + y) * np.log1p(tau)
    log_alive = (
        special.gammaln(r + y) - special.gammaln(r) - special.gammaln(y + 1.0) + arrivals
        + special.betaln(a, b + y) - special.betaln(a, b)
    )  # fmt: skip
    log_left = special.betaln(a + 1.0, b + some - 1.0) - special.betaln(a, b)
    left = np.exp(log_left) * special.betainc(some, r, tau / (1.0 + tau))
    found: Float = np.exp(log_alive) + np.where(y > 0, left, 0.0)
    return found


def walk(
    rng: np.random.Generator, duration: Float, rate: Float, leaves: Float, alive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:
    """Simulate (0, duration]: wait an exponential gap, buy, leave with probability ``leaves``, and repeat.

    Returns who bought and when (in order of each customer's purchases), and who is alive at the end.
    """
    alive = alive.copy()
    active = np.flatnonzero(alive & (duration > 0))
    # A column each of who is still there: when watching ends, rate of buying, risk of leaving, time.
    still = np.stack([duration[active], rate[active], leaves[active], np.zeros(active.size)])
    customers, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    while active.size:
        # A rate drawn so small that it underflows never buys.
        with np.errstate(divide="ignore", over="ignore"):
            still[3] += rng.standard_exponential(active.size) / still[1]
        buys = still[3] <= still[0]
        active, still = active[buys], still[:, buys]
        customers.append(active)
        times.append(still[3])
        stays = rng.random(active.size) >= still[2]
        alive[active[~stays]] = False
        active, still = active[stays], still[:, stays]
    customer, time = np.concatenate(customers), np.concatenate(times)
    order = np.argsort(customer, kind="stable")  # rounds came in order of time
    return customer[order], time[order], alive
