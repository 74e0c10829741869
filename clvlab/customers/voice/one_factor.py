"""One factor behind several items, by maximum likelihood, for many covariances at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.voice.answers import Float
from clvlab.customers.voice.resampling import correlations

LEAST = 0.005  # share of an item's variance that is its own, at least: below it is a Heywood case
STEPS = 2_000


class OneFactor(NamedTuple):
    """Loadings and own variances of items, in the items' units; shape (..., items)."""

    loadings: Float
    own: Float
    discrepancy: Float  # of the likelihood, shape (...)
    heywood: NDArray[np.bool_]  # items at the bound, shape (..., items)


def one_factor(covariances: Float, *, tolerance: float = 1e-8) -> OneFactor:
    """Fit one factor to covariances.

    Own variances p and loadings are iterated to the stationary point of the likelihood: given p, loadings come from the
    first eigenvector of the correlations scaled by p. The factor's sign is that of most loadings.

    Parameters
    ----------
    covariances : ndarray, shape (..., items, items)
    tolerance : float
        Of own variances, as parts of an item's variance, from one step to the next.

    Returns
    -------
    OneFactor

    Notes
    -----
    Source: Joreskog (1967); Lawley & Maxwell (1971), ch. 4.

    Examples
    --------
    >>> planted = np.array([0.9, 0.8, 0.7, 0.6])
    >>> found = one_factor(np.outer(planted, planted) + np.diag(1 - planted**2))
    >>> found.loadings.round(3).tolist()
    [0.9, 0.8, 0.7, 0.6]
    """
    shape = covariances.shape[:-1]
    size = shape[-1]
    of = correlations(covariances).reshape(-1, size, size)
    # Start: what an item shares with none of the others.
    own = np.clip(1.0 / np.diagonal(np.linalg.inv(of + 1e-6 * np.eye(size)), axis1=1, axis2=2), LEAST, 1.0)
    moving = np.arange(len(of))
    for _ in range(STEPS):
        loadings = _loadings(of[moving], own[moving])[0]
        new = np.clip(1.0 - loadings**2, LEAST, 1.0)
        still = np.abs(new - own[moving]).max(axis=1) > tolerance
        own[moving] = new
        moving = moving[still]
        if not len(moving):
            break
    loadings, values = _loadings(of, own)
    rest = np.maximum(values[:, :-1], 1e-12)
    discrepancy = (rest - np.log(rest) - 1.0).sum(axis=1)
    spread = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    return OneFactor(
        loadings.reshape(shape) * spread,
        own.reshape(shape) * spread**2,
        discrepancy.reshape(shape[:-1]),
        (own <= LEAST).reshape(shape),
    )


def _loadings(of: Float, own: Float) -> tuple[Float, Float]:
    """Loadings given own variances, and the eigenvalues of scaled correlations, rising."""
    scale = np.sqrt(own)
    values, vectors = np.linalg.eigh(of / (scale[:, :, None] * scale[:, None, :]))
    found = scale * vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:] - 1.0, 0.0))
    return found * np.where(found.sum(axis=1, keepdims=True) < 0, -1.0, 1.0), values
