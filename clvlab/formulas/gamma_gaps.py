r"""One customer who buys in a rhythm of their own, until they leave: what follows once k, lambda and mu are known.

Gaps between purchases are Gamma(shape k, rate k lambda), with mean 1 / lambda whatever k: 1 random, larger more
regular, below 1 clumpy. The lifetime is exponential with rate mu. Times are in one unit, lambda and mu a unit.

Source: Platzer & Reutterer (2016), Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer
Activity, Marketing Science 35(5).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Float = NDArray[np.float64]

LEAST_K = 1e-3


def survival(k: ArrayLike, rate: ArrayLike, waited: ArrayLike) -> Float:
    """P(a gap exceeds ``waited``) for gaps Gamma(k, rate k lambda), lambda = ``rate``."""
    k = np.asarray(k, dtype=float)
    found: Float = special.gammaincc(k, k * np.asarray(rate, dtype=float) * np.asarray(waited, dtype=float))
    return found


def unbought(k: ArrayLike, rate: ArrayLike, mu: ArrayLike, waited: ArrayLike) -> Float:
    """P(no purchase for ``waited`` after one), whether the customer stayed or left at rate mu: all terms positive.

    Examples
    --------
    >>> round(float(unbought(2.0, 0.5, 0.1, 6.0)), 4)  # of which .0095 by somebody who stayed
    0.1821
    """
    k, mu = np.asarray(k, dtype=float), np.asarray(mu, dtype=float)
    scaled = k * np.asarray(rate, dtype=float)
    silent = special.gammaincc(k, (scaled + mu) * np.asarray(waited, dtype=float))
    found: Float = silent - (1.0 - silent) * np.expm1(-k * np.log1p(mu / scaled))
    return found


def log_density_of_gaps(x: ArrayLike, t_x: ArrayLike, log_gap_sum: ArrayLike, k: ArrayLike, rate: ArrayLike) -> Float:
    """Log-density of the gaps up to the last purchase of customers whose k and lambda are known.

    With log ``survival`` over the time alive and watched since, it is the log-likelihood of the purchases given k,
    lambda and the lifetime, eq. (2).

    Parameters
    ----------
    x, t_x : array
        Repeat purchases (count) and age at the last one (units of time).
    log_gap_sum : array
        Sum of the logs of the gaps between purchases; 0 where x is 0.
    k, rate : array
        Regularity, and lambda (purchases a unit of time).

    Examples
    --------
    >>> round(float(log_density_of_gaps(2, 6.0, 2.08, 2.0, 0.5)), 4)
    -3.92
    """
    x, k, rate = (np.asarray(v, dtype=float) for v in (x, k, rate))
    gaps = x * (k * np.log(k * rate) - special.gammaln(k)) + (k - 1.0) * np.asarray(log_gap_sum)
    found: Float = gaps - k * rate * np.asarray(t_x)
    return found


def simulate_individuals(
    rng: np.random.Generator, duration: ArrayLike, t_x: ArrayLike, T: ArrayLike, k: Float, rate: Float, tau: Float
) -> tuple[NDArray[np.int64], Float]:
    """Draw the next ``duration`` of customers whose k, lambda and lifetime are known, from T on.

    The gap under way at T is one that exceeds T - t_x.

    Parameters
    ----------
    duration : float or array
        How long from T, in units of time.
    t_x, T : array, shape (customers,)
    k, rate, tau : arrays, shape (customers,)
        Regularity, lambda, and age at which the customer leaves; below T who has left.

    Returns
    -------
    customer, time : arrays, shape (purchases,)
        Who bought and when (time from T), in order of each customer's purchases.
    """
    k, rate = np.asarray(k, dtype=float), np.asarray(rate, dtype=float)
    waited = np.broadcast_to(np.asarray(T, dtype=float) - t_x, k.shape)
    left = np.minimum(np.asarray(duration, dtype=float), np.asarray(tau, dtype=float) - T)
    u = 1.0 - rng.random(k.shape)
    with np.errstate(divide="ignore", over="ignore"):
        gap = special.gammainccinv(k, u * survival(k, rate, waited)) / (k * rate)
    return walk(rng, left, np.maximum(gap - waited, 0.0), k, rate)


def walk(
    rng: np.random.Generator, until: Float, first: Float, k: Float, rate: Float
) -> tuple[NDArray[np.int64], Float]:
    """Buy after ``first``, then after each gap, up to ``until``: (customer, time).

    Gaps too short for a number (in bursts, k near 0) are the shortest there is, so that no two purchases coincide. A
    burst has some 1 / (2 k) purchases: k is taken as ``LEAST_K`` at least, so that there is an end to it.
    """
    k = np.maximum(k, LEAST_K)
    clock = np.maximum(np.array(first, dtype=float), np.nextafter(0.0, 1.0))
    active = np.flatnonzero(clock <= until)
    customers, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    while active.size:
        customers.append(active)
        times.append(clock[active].copy())
        with np.errstate(divide="ignore", over="ignore"):
            later = clock[active] + rng.standard_gamma(k[active]) / (k[active] * rate[active])
            clock[active] = np.maximum(later, np.nextafter(clock[active], np.inf))
        active = active[clock[active] <= until[active]]
    customer, time = np.concatenate(customers), np.concatenate(times)
    order = np.lexsort((time, customer))
    return customer[order], time[order]
