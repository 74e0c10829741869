r"""Gamma-Gamma: what a customer spends per purchase, independent of how often they buy.

Each purchase's spend is Gamma(p, rate nu), so a customer's mean is p / nu; nu ~ Gamma(q, rate v) across customers.

Source: Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves, J. Marketing Research 42; Fader & Hardie
(2013), The Gamma-Gamma Model of Monetary Value, equation numbers below. ``v`` is in the unit of money; p and q have
no unit.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "Gamma-Gamma"
PARAMETERS = ("p", "q", "v")
TIME_POWERS: dict[str, int] = {}
DIFFERENCES = {"spend": {"v": 1.0}, "regularity": {"p": 1.0, "v": -1.0}}
HISTORY = ("x", "m_x")

Float = NDArray[np.float64]
LARGE = 1000.0


def log_likelihood(x: Known, m_x: Known, p: Number, q: Number, v: Number, *, xp: Namespace = NUMPY) -> Number:
    """Log-density of each customer's mean spend, eq. (1a).

    Parameters
    ----------
    x : array
        Repeat purchases, above 0.
    m_x : array
        Mean spend a repeat purchase (money), above 0.

    Examples
    --------
    >>> round(float(log_likelihood(2, 22.345, 6.25, 3.74, 15.44)), 4)
    -3.5512
    """
    px, xm = p * x, x * m_x
    # Both shares of (v + x m) in ratio form, so that p x in the millions loses no digits.
    shares = q * xp.log1p(xm / v) + px * xp.log1p(v / xm)
    return _log_rising(px, q, xp) - xp.gammaln(q) - shares - xp.log(m_x)


def _log_rising(z: Number, q: Number, xp: Namespace) -> Number:
    """Log Gamma(z + q) / Gamma(z); beyond z = 1000 by Stirling's series, term by term, which does not cancel."""

    def by_stirling(z: Number) -> Number:
        y, u, v = z + q, 1.0 / z, 1.0 / (z + q)
        tail = (v - u) / 12.0 - (v * v * v - u * u * u) / 360.0
        return (y - 0.5) * xp.log1p(q / z) + q * xp.log(z) - q + tail

    near, far = xp.minimum(z, LARGE), xp.maximum(z, LARGE)
    return xp.gammaln(near + q) - xp.gammaln(near) + by_stirling(far) - by_stirling(LARGE)


def expected_spend(x: ArrayLike, m_x: ArrayLike, p: ArrayLike, q: ArrayLike, v: ArrayLike) -> Float:
    """E[mean spend per purchase | x, m_x] = p (v + x m_x) / (p x + q - 1), eq. (5); NaN where p x + q <= 1.

    A weighted mean of the customer's own average and the population's; x = 0 gives the population's.

    Examples
    --------
    >>> round(float(expected_spend(2, 22.345, 6.2488, 3.74459, 15.44775)), 2)
    24.65
    """
    x, p = np.asarray(x, dtype=float), np.asarray(p, dtype=float)
    spent = np.where(x > 0, x * np.where(x > 0, np.asarray(m_x, dtype=float), 0.0), 0.0)
    below = p * x + np.asarray(q) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, p * (np.asarray(v) + spent) / below, np.nan)


def given_history(x: ArrayLike, m_x: ArrayLike, p: ArrayLike, q: ArrayLike, v: ArrayLike) -> dict[str, Float]:
    """Parameters for a customer with this history: nu ~ Gamma(p x + q, rate v + x m_x)."""
    x = np.asarray(x, dtype=float)
    spent = np.where(x > 0, x * np.where(x > 0, np.asarray(m_x, dtype=float), 0.0), 0.0)
    return {
        "p": np.asarray(p, dtype=float),
        "q": np.asarray(p) * x + np.asarray(q),
        "v": np.asarray(v) + spent,
    }


def simulate(
    rng: np.random.Generator, purchases: NDArray[np.int64], p: ArrayLike, q: ArrayLike, v: ArrayLike
) -> tuple[NDArray[np.int64], Float]:
    """Draw each customer's nu, then the spend of each purchase.

    Parameters
    ----------
    purchases : array of int, shape (customers,)
        How many purchases each customer makes.

    Returns
    -------
    customer, spend : arrays, shape (sum of purchases,)
    """
    n = len(purchases)
    nu = rng.gamma(np.broadcast_to(q, n), 1.0 / np.broadcast_to(v, n))
    customer = np.repeat(np.arange(n), purchases)
    return customer, rng.gamma(np.broadcast_to(p, n)[customer], 1.0 / nu[customer])
