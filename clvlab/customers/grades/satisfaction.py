"""A customer's satisfaction from few answers: drawn towards the mean of all by what answers are worth."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

UNKNOWN = 1.0  # variance within over between customers, where nobody answered twice


def shrunk(customer: NDArray[np.int64], score: Float, n: int) -> Float:
    """Best linear predictor of each customer's mean: m + k / (k + within / between) x (own mean - m), of k answers.

    Parameters
    ----------
    customer, score : arrays, shape (answers,)
    n : int
        Number of customers.

    Returns
    -------
    array, shape (n,)
        NaN of who gave none. m is the mean over answers, variances between and within customers are those of the
        one-way random effects model by analysis of variance; where all differences are within, everybody is m.

    Notes
    -----
    Source: Searle, Casella & McCulloch (1992), Variance Components, ch. 3.

    Examples
    --------
    >>> shrunk(np.array([0, 0, 1, 1]), np.array([5.0, 4.0, 2.0, 1.0]), 3).round(2)
    array([4.42, 1.58,  nan])
    """
    k = np.bincount(customer, minlength=n).astype(float)
    some = k > 0
    total = np.bincount(customer, weights=score, minlength=n)
    own = np.divide(total, k, out=np.zeros(n), where=some)
    everybody = float(score.mean())
    customers, answers = int(some.sum()), len(score)
    ratio = UNKNOWN
    if answers > customers > 1:
        within = float(((score - own[customer]) ** 2).sum()) / (answers - customers)
        between = float((k * (own - everybody) ** 2)[some].sum()) / (customers - 1)
        each = (answers - float((k**2).sum()) / answers) / (customers - 1)
        spread = max((between - within) / each, 0.0)
        ratio = within / spread if spread > 0 else np.inf
    weight = np.divide(k, k + ratio, out=np.zeros(n), where=some)
    return np.where(some, everybody + weight * (own - everybody), np.nan)
