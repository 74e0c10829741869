"""Which competitors cannot be told apart from the best: a model confidence set.

Source: Hansen, Lunde & Nason (2011), The Model Confidence Set, Econometrica 79(2), 453-497, with the range statistic
T_R. Customers are the units that are drawn: each one with all its rows, over all calibration ends.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

LEVEL = 0.90
RESAMPLES = 1000
# Beyond this many customers the means of resamples are drawn from the normal distribution that they follow.
MOST_DRAWN = 20_000
# Of the best one's loss. Two implementations of one model differ in the ninth digit for every customer, which no
# resample would doubt. Standard errors never fall below this, and a difference of one standard error never eliminates.
NEGLIGIBLE = 1e-4
DRAWN_AT_ONCE = 4_000_000


def p_values(
    losses: Mapping[str, Float],
    *,
    seed: int,
    clusters: NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
) -> dict[str, float]:
    """How plausible it is that each competitor is among the best: its MCS p-value.

    Parameters
    ----------
    losses : mapping of str to array, shape (rows,)
        Lower is better. A competitor whose mean loss is infinite gets 0 and stays out of the comparison of the others;
        where all are infinite nobody can be told apart, and all get 1.
    seed : int
    clusters : array of int, shape (rows,), optional
        The customer behind each row, from 0; each row its own unless given.
    resamples : int

    Returns
    -------
    dict
        Competitor to p-value, in the order given. Those above 1 - ``LEVEL`` are the set: with that probability it holds
        every competitor whose expected loss is the least.

    Examples
    --------
    >>> one = np.random.default_rng(1).exponential(1.0, 500)
    >>> p_values({"good": one, "same": one + 1e-9, "bad": one + 0.5}, seed=1)
    {'good': 1.0, 'same': 1.0, 'bad': 0.0}
    """
    means = {key: float(loss.mean()) for key, loss in losses.items()}
    finite = [key for key in losses if np.isfinite(means[key])]
    if not finite:
        return dict.fromkeys(losses, 1.0)
    least = min(finite, key=means.__getitem__)
    # Relative to the best one: what all lose alike would drown the differences in rounding.
    against = np.column_stack([losses[key] - losses[least] for key in finite])
    size = np.ones(len(against))
    if clusters is not None:
        size = np.bincount(clusters).astype(float)
        against = np.column_stack([np.bincount(clusters, weights=column) for column in against.T])
        against, size = against[size > 0], size[size > 0]
    found = _eliminated(against, size, NEGLIGIBLE * abs(means[least]), np.random.default_rng(seed), resamples)
    at = dict(zip(finite, found.tolist(), strict=True))
    return {key: at.get(key, 0.0) for key in losses}


def _eliminated(against: Float, size: Float, negligible: float, rng: np.random.Generator, resamples: int) -> Float:
    """MCS p-values, shape (competitors,), from sums of each customer's losses, shape (customers, competitors)."""
    mean = against.sum(axis=0) / size.sum()
    own = against - mean * size[:, None]
    error = _pairwise_errors(own, size.sum(), negligible)
    # t[i, j]: by how many standard errors i is worse than j.
    t = _ratio(mean[:, None] - mean[None, :], error)
    drawn = _drawn_means(own, size, rng, resamples)
    left, p, found = list(range(len(mean))), 0.0, np.ones(len(mean))
    if len(size) == 1:  # one customer says nothing of others
        return found
    while len(left) > 1:
        inside = np.ix_(left, left)
        worst = left[int(t[inside].max(axis=1).argmax())]
        p = max(p, float((_widest(drawn[:, left], error[inside]) >= t[inside].max()).mean()))
        found[worst] = p
        left.remove(worst)
    return found


def _pairwise_errors(own: Float, rows: float, negligible: float) -> Float:
    """Standard error of the difference of each two means, shape (competitors, competitors)."""
    products = own.T @ own / rows**2
    spread = np.diag(products)
    return np.sqrt(np.maximum(spread[:, None] + spread[None, :] - 2.0 * products, 0.0) + negligible**2)


def _drawn_means(own: Float, size: Float, rng: np.random.Generator, resamples: int) -> Float:
    """How far means lie from those found, shape (resamples, competitors), where customers are drawn with replacement."""
    customers, competitors = own.shape
    if customers > MOST_DRAWN:
        spread, axes = np.linalg.eigh(own.T @ own / size.sum() ** 2)
        return (rng.standard_normal((resamples, competitors)) * np.sqrt(np.maximum(spread, 0.0))) @ axes.T
    found = []
    step = max(1, DRAWN_AT_ONCE // customers)
    for first, last in pairwise([*range(0, resamples, step), resamples]):
        rows = last - first
        which = rng.integers(0, customers, (rows, customers)) + customers * np.arange(rows)[:, None]
        times = np.bincount(which.ravel(), minlength=rows * customers).reshape(rows, customers).astype(float)
        found.append((times @ own) / (times @ size)[:, None])
    return np.concatenate(found)


def _widest(means: Float, error: Float) -> Float:
    """The largest difference of two competitors in each resample, in its standard errors, 1 at least: (resamples,)."""
    widest = np.ones(len(means))
    for i in range(means.shape[1] - 1):
        apart = np.abs(means[:, i, None] - means[:, i + 1 :])
        widest = np.maximum(widest, _ratio(apart, np.broadcast_to(error[i, i + 1 :], apart.shape)).max(axis=1))
    return widest


def _ratio(difference: Float, error: Float) -> Float:
    """In standard errors; 0 of 0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0.0, 0.0, difference / error)
