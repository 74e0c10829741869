r"""E[(1 - theta)^u] for theta ~ Beta(alpha, beta) and real u: what BG/BB and the contractual models share.

A customer who leaves with probability theta at each step is still there after u steps with this probability,
B(alpha, beta + u) / B(alpha, beta). Minus its logarithm is a second difference
of log Gamma,

    log Gamma(beta) + log Gamma(beta + alpha + u) - log Gamma(beta + alpha) - log Gamma(beta + u)
        = sum over k >= 0 of log(1 + alpha u / ((beta + k) (beta + alpha + u + k))),

which four calls of gammaln lose where alpha and u are small beside beta, or where u is large. Here the first factors
of the product are multiplied out and the rest is Stirling's series with its differences taken by hand, so that every
term is of the order of the result: relative error below 1e-9 for any alpha, beta and u.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas.namespace import NUMPY, Namespace, Number

Float = NDArray[np.float64]

FACTORS = 12  # Stirling from here on: 4e-10 at worst; more make PyTensor compile for minutes
LARGE = 200.0  # log u above which only alpha log(u) still changes

HEAD = 64  # terms of a sum taken one by one
DROP = 45.0  # parts of an integrand below exp(-45) of its start are left out
PANEL = 3.0
MOST_PANELS = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
NODES, WEIGHTS = (NODES + 1.0) / 2.0, WEIGHTS / 2.0


def minus_log(log_u: Number, alpha: Number, beta: Number, *, xp: Namespace = NUMPY) -> Number:
    """-log E[(1 - theta)^u], theta ~ Beta(alpha, beta).

    Parameters
    ----------
    log_u : array
        log u, of any size: u itself may overflow.

    Examples
    --------
    >>> round(float(minus_log(np.log(1.0), 1.0, 3.0)), 9), round(float(np.log(4.0 / 3.0)), 9)
    (0.287682072, 0.287682072)
    """
    u = xp.exp(xp.minimum(log_u, LARGE))
    product: Number = 0.0  # of the factors, less 1
    for k in range(FACTORS):
        factor = (alpha / (beta + k)) * (u / (beta + alpha + u + k))
        product = factor + product * (1.0 + factor)
    z = beta + float(FACTORS)
    z_au = z + alpha + u
    y, y_a, y_u, y_au = 1.0 / z, 1.0 / (z + alpha), 1.0 / (z + u), 1.0 / z_au
    leading = (
        alpha * xp.log1p(u * y_a)
        + u * xp.log1p(alpha * y_u)
        - (z - 0.5) * xp.log1p((alpha * y) * (u * y_au))
    )  # fmt: skip
    # Second differences of 1/x and 1/x^3, over alpha.
    low, high = y * y_a, y_u * y_au
    first = (u * y_u) * ((z + z_au) * y_au) * low
    rest = (u * y_u) * y * (y + y_u) + first + (u * y_au) * y_a * (y_a + y_au)
    third = first * (y * y + low + y_a * y_a) + high * rest
    return xp.log1p(product) + leading + alpha * (first / 12.0 - third / 360.0) + alpha * xp.maximum(log_u - LARGE, 0.0)


def tail_sum(log_term: Callable[[Float], Float], log_last: ArrayLike, *, endless: ArrayLike = False) -> Float:
    """Sum of exp(log_term(log t)) over whole t from HEAD + 1 up to exp(log_last) - 1/2, by Euler and Maclaurin.

    The terms fall smoothly with t, and t times the term rises and falls at most once (log-concave in log t), which
    survival with or without a discount does. The integral runs over log t, cut where the integrand has dropped by
    ``DROP``; the corrections at the ends are written as differences of terms.

    Parameters
    ----------
    log_last : array
        log(N + 1/2), where N is the last term.
    endless : array of bool
        Whether the sum goes on (the caller adds what lies beyond, if anything): then no correction at the end.
    """
    start = np.asarray(np.log(HEAD + 0.5))
    log_last = np.maximum(np.asarray(log_last, dtype=float), start)
    at_start = log_term(start) + start
    high = np.broadcast_to(log_last, np.broadcast_shapes(np.shape(log_last), np.shape(at_start))).copy()
    low, far = np.full_like(high, start), log_term(high) + high < at_start - DROP
    if far.any():
        for _ in range(40):
            middle = (low + high) / 2.0
            within = log_term(middle) + middle > at_start - DROP
            low, high = np.where(far & within, middle, low), np.where(far & ~within, middle, high)
    panels = int(np.clip(np.ceil((high - start).max(initial=0.0) / PANEL), 1, MOST_PANELS))
    width = (high - start) / panels
    total = np.zeros_like(high)
    for panel in range(panels):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            v = start + width * (panel + node)
            with np.errstate(over="ignore"):  # an undiscounted lifetime may pass 1e308: the caller refuses it
                total += weight * width * np.exp(log_term(v) + v)
    near = np.minimum(log_last, 40.0)
    at_head, at_last = _correction(log_term, np.asarray(HEAD + 0.5)), _correction(log_term, np.exp(near))
    return total - at_head + np.where(np.asarray(endless) | (log_last > near), 0.0, at_last)


def _correction(log_term: Callable[[Float], Float], end: Float) -> Float:
    """What Euler and Maclaurin's midpoint rule adds at an end: -f'/24 + 7 f'''/5760, in central differences."""
    far_below, below, above, far_above = (np.exp(log_term(np.log(end + step))) for step in (-1.5, -0.5, 0.5, 1.5))
    found: Float = -(above - below) / 24.0 + 17.0 / 5760.0 * (far_above - 3.0 * above + 3.0 * below - far_below)
    return found
