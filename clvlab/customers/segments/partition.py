"""Customers divided into k groups by k-means or a mixture of normals: the fit, its criterion and how stable it is."""

import warnings
from itertools import combinations
from typing import Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

type Method = Literal["kmeans", "mixture"]
METHODS = ("kmeans", "mixture")
CRITERIA = {"kmeans": "silhouette", "mixture": "bic"}
RESAMPLES = 8
OF_SILHOUETTES = 1500  # customers
# Added to the variances of a mixture's groups, of features with variance 1: a value that many share is no group.
LEAST_VARIANCE = 0.05


class Partition(Protocol):
    """Groups that anybody can be put into."""

    def predict(self, points: Float) -> Whole:
        """Number of the group of each customer, from 0."""


def partition(points: Float, k: int, *, method: Method, seed: int, starts: int = 5) -> Partition:
    """Divide customers into k groups."""
    with warnings.catch_warnings():
        # Fewer distinct customers than groups, or EM stopped early: both end in a partition that can be judged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        if method == "kmeans":
            return cast(Partition, KMeans(k, n_init=starts, random_state=seed).fit(points))
        made = GaussianMixture(k, reg_covar=LEAST_VARIANCE, n_init=1, max_iter=50, tol=1e-3, random_state=seed)
        return cast(Partition, made.fit(points))


def criterion(points: Float, found: Partition, *, seed: int) -> float:
    """The mean silhouette of k-means (higher is better), the BIC of a mixture (lower is better)."""
    return float(found.bic(points)) if isinstance(found, GaussianMixture) else silhouette(points, found, seed=seed)


def silhouette(points: Float, found: Partition, *, seed: int) -> float:
    """Mean silhouette of a seeded sample of 1,500 customers; NaN where it holds one group alone."""
    if len(points) > OF_SILHOUETTES:
        points = points[np.random.default_rng(seed).choice(len(points), OF_SILHOUETTES, replace=False)]
    label = found.predict(points)
    return float(silhouette_score(points, label)) if 1 < len(np.unique(label)) < len(points) else float("nan")


def resampled(train: Float, held: Float, k: int, *, method: Method, seed: int) -> Whole:
    """Groups of held customers by partitions of samples of others drawn with replacement, (samples, held)."""
    rng = np.random.default_rng([seed, k])
    found = np.empty((RESAMPLES, len(held)), dtype=np.int64)
    for i in range(RESAMPLES):
        rows = rng.integers(0, len(train), len(train))
        found[i] = partition(train[rows], k, method=method, seed=seed + i, starts=3).predict(held)
    return found


def stability(labels: Whole) -> float:
    """Mean adjusted Rand index over pairs of partitions of the same customers.

    Examples
    --------
    >>> stability(np.array([[0, 0, 1, 1], [1, 1, 0, 0]]))
    1.0
    """
    return float(np.mean([adjusted_rand_score(one, other) for one, other in combinations(labels, 2)]))


def agreement(own: Whole, labels: Whole, k: int) -> Float:
    """How well each group is found again: Jaccard index with the most alike group, mean over samples (Hennig 2007).

    Examples
    --------
    >>> agreement(np.array([0, 0, 1, 1]), np.array([[1, 1, 0, 1]]), 2).round(2).tolist()
    [0.67, 0.5]
    """
    found = np.zeros(k)
    for label in labels:
        both = np.bincount(own * k + label, minlength=k * k).reshape(k, k).astype(float)
        either = both.sum(axis=1)[:, None] + both.sum(axis=0) - both
        found += np.divide(both, either, out=np.zeros_like(both), where=either > 0).max(axis=1)
    return np.where(np.bincount(own, minlength=k) > 0, found / len(labels), np.nan)
