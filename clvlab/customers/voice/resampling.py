"""Covariances of many bootstrap samples of respondents at once."""

from collections.abc import Iterator

import numpy as np

from clvlab.customers.voice.answers import Float

AT_ONCE = 2_000_000  # counts held in memory


def covariance(given: Float) -> Float:
    """Covariances of the columns (n - 1 below), shape (columns, columns)."""
    return np.atleast_2d(np.cov(given, rowvar=False))


def resampled_covariances(given: Float, *, draws: int, seed: int) -> Float:
    """Covariances of respondents drawn with replacement.

    Parameters
    ----------
    given : ndarray, shape (respondents, columns)
    draws : int
        How many samples of as many respondents.
    seed : int

    Returns
    -------
    ndarray, shape (draws, columns, columns)

    Examples
    --------
    >>> resampled_covariances(np.eye(3), draws=2, seed=1).shape
    (2, 3, 3)
    """
    # Respondents who answered alike are drawn together: their number is multinomial.
    rows, counts = np.unique(given - given.mean(axis=0), axis=0, return_counts=True)
    size, n = rows.shape[1], len(given)
    products = np.concatenate([rows, (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)], axis=1)
    sums = np.concatenate([drawn @ products for drawn in _counts(counts, draws, seed)]) / n
    means, squares = sums[:, :size], sums[:, size:].reshape(-1, size, size)
    return np.asarray((squares - means[:, :, None] * means[:, None, :]) * n / (n - 1.0))


def correlations(covariances: Float) -> Float:
    """Correlations from covariances; a constant column has correlation 0 with all others.

    >>> correlations(np.array([[4.0, 1.0], [1.0, 1.0]]))[0, 1]
    np.float64(0.5)
    """
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    spread = np.sqrt(np.where(variances > 1e-12, variances, np.inf))
    found = covariances / (spread[..., :, None] * spread[..., None, :])
    each = np.arange(found.shape[-1])
    found[..., each, each] = 1.0
    return np.asarray(found)


def _counts(of: np.ndarray, draws: int, seed: int) -> Iterator[Float]:
    rng = np.random.default_rng(seed)
    block = max(1, AT_ONCE // len(of))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        yield rng.multinomial(int(of.sum()), of / of.sum(), size=size).astype(float)
