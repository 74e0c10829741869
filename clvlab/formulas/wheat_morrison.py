r"""Regularity of purchases: the estimate of Wheat & Morrison from two gaps per customer.

If a customer's gaps are Gamma with shape k, M = last gap / (last gap + the one before) is Beta(k, k) whatever the
customer's rate, with variance 1 / (4 (2 k + 1)). So k = (1 - 4 Var M) / (8 Var M): 1 for random (exponential) gaps,
larger for regular ones, below 1 for clumpy ones.

Source: Wheat & Morrison (1990), Estimating Purchase Regularity with Two Interpurchase Times, J. Marketing Research 27.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError

Float = NDArray[np.float64]
FEWEST = 3


def regularity(gaps: ArrayLike, customer: ArrayLike) -> float:
    """Shape k of the gaps, assumed common to all customers.

    Parameters
    ----------
    gaps : array, shape (gaps,)
        Times between purchases, in any unit, in order within each customer; positive.
    customer : array, shape (gaps,)
        Whose gap it is; a customer's gaps stand together. Customers with a single gap say nothing.

    Returns
    -------
    float
        Infinite where everybody's last two gaps are equal.

    Raises
    ------
    InputError
        A gap is not positive, or fewer than three customers have two gaps.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> gaps = rng.gamma(3.0, 1.0, size=(5000, 2)) / rng.gamma(1.0, 1.0, size=(5000, 1))
    >>> round(regularity(gaps.ravel(), np.repeat(np.arange(5000), 2)), 1)
    3.0
    """
    shares = last_shares(gaps, customer)
    if len(shares) < FEWEST:
        raise InputError(
            f"Regularity needs at least {FEWEST} customers with two gaps (three purchases); found {len(shares)}."
        )
    variance = float(np.var(shares, ddof=1))
    return (1.0 - 4.0 * variance) / (8.0 * variance) if variance > 0 else float("inf")


def last_shares(gaps: ArrayLike, customer: ArrayLike) -> Float:
    """M of each customer who has two gaps or more: the last gap's share in the last two; for a histogram."""
    gaps, customer = np.asarray(gaps, dtype=float), np.asarray(customer)
    if gaps.shape != customer.shape or gaps.ndim != 1:
        raise InputError(f"gaps and customer must be of one length; found shapes {gaps.shape} and {customer.shape}.")
    bad = ~(np.isfinite(gaps) & (gaps > 0))
    if bad.any():
        raise InputError(
            f"Gaps between purchases must be positive; found {gaps[bad][:3].tolist()} at rows "
            f"{np.flatnonzero(bad)[:3].tolist()}. Purchases on one day count once."
        )
    if len(gaps) < 2:
        return np.empty(0)
    last = np.append(customer[1:] != customer[:-1], True)
    paired = np.flatnonzero(last[1:] & (customer[1:] == customer[:-1])) + 1
    found: Float = gaps[paired] / (gaps[paired] + gaps[paired - 1])
    return found
