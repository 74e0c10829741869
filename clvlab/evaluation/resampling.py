"""Mean losses of many competitors in the same resamples of customers, each drawn with all rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

RESAMPLES = 1000
# Beyond this many customers the means of resamples are drawn from the normal distribution that they follow.
MOST_DRAWN = 20_000
DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class ResampledLosses:
    """Finite losses of several competitors relative to those of one of them.

    Attributes
    ----------
    keys : tuple of str
    means : array, shape (competitors,)
        Mean loss less that of ``beside``.
    own : array, shape (customers, competitors)
        What each customer adds to that mean, times the number of rows; columns add up to 0.
    size : array, shape (customers,)
        Rows of each customer.
    seed : int
    """

    keys: tuple[str, ...]
    means: Float
    own: Float
    size: Float
    seed: int

    @cached_property
    def errors(self) -> Float:
        """Standard error of the difference of each two means, shape (competitors, competitors)."""
        products = self.own.T @ self.own / self.size.sum() ** 2
        spread = np.diag(products)
        return np.sqrt(np.maximum(spread[:, None] + spread[None, :] - 2.0 * products, 0.0))

    @cached_property
    def drawn(self) -> Float:
        """How far means of resamples lie from ``means``, shape (resamples, competitors)."""
        rng = np.random.default_rng(self.seed)
        customers, competitors = self.own.shape
        if customers > MOST_DRAWN:
            spread, axes = np.linalg.eigh(self.own.T @ self.own / self.size.sum() ** 2)
            return (rng.standard_normal((RESAMPLES, competitors)) * np.sqrt(np.maximum(spread, 0.0))) @ axes.T
        found = []
        step = max(1, DRAWN_AT_ONCE // customers)
        for first, last in pairwise([*range(0, RESAMPLES, step), RESAMPLES]):
            rows = last - first
            which = rng.integers(0, customers, (rows, customers)) + customers * np.arange(rows)[:, None]
            times = np.bincount(which.ravel(), minlength=rows * customers).reshape(rows, customers).astype(float)
            found.append((times @ self.own) / (times @ self.size)[:, None])
        return np.concatenate(found)

    def intervals(self) -> dict[str, tuple[float, float, float]]:
        """Each mean with its 90 % interval: mean, low, high. Of one difference alone, whatever the others do."""
        low, high = np.quantile(self.drawn, [0.05, 0.95], axis=0)
        rows = np.column_stack([self.means, self.means + low, self.means + high]).tolist()
        return {key: (mean, left, right) for key, (mean, left, right) in zip(self.keys, rows, strict=True)}


def resampled(
    losses: Mapping[str, Float], beside: str, *, seed: int, clusters: NDArray[np.int64] | None = None
) -> ResampledLosses:
    """Losses relative to one competitor's, added up by customer.

    Parameters
    ----------
    losses : mapping of str to array, shape (rows,)
        Finite ones.
    beside : str
        One of the keys. What all lose alike would drown the differences in rounding.
    seed : int
    clusters : array of int, shape (rows,), optional
        The customer behind each row, from 0; each row its own unless given.
    """
    against = np.column_stack([loss - losses[beside] for loss in losses.values()])
    size = np.ones(len(against))
    if clusters is not None:
        size = np.bincount(clusters).astype(float)
        against = np.column_stack([np.bincount(clusters, weights=column) for column in against.T])
        against, size = against[size > 0], size[size > 0]
    means = against.sum(axis=0) / size.sum()
    return ResampledLosses(tuple(losses), means, against - means * size[:, None], size, seed)
