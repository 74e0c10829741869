"""The inverse of an information matrix, or the finding that it has none, by a rule that works on every processor."""

import numpy as np
from numpy.typing import NDArray

from clvlab.errors import FitError

Float = NDArray[np.float64]

# Relative to the largest, an eigenvalue below this is rounding: LAPACK's own test for singularity is an exact 0, which
# one kernel meets and another misses by the last bit.
SINGULAR = 1e-13


def inverse(information: Float) -> Float:
    """The covariance that belongs to an information matrix.

    Parameters
    ----------
    information : array, shape (parameters, parameters)
        Symmetric; of any scale, since it is judged with its diagonal scaled to 1.

    Raises
    ------
    FitError
        It is singular to rounding, not positive definite, or not finite: some parameters are not told apart.

    Examples
    --------
    >>> inverse(np.array([[4.0, 0.0], [0.0, 1e-12]])).diagonal().tolist()
    [0.25, 1000000000000.0]
    >>> inverse(np.array([[1.0, 1.0], [1.0, 1.0]]))
    Traceback (most recent call last):
    clvlab.errors.FitError: singular
    """
    diagonal = np.diag(information)
    if not np.isfinite(information).all() or not (diagonal > 0).all():
        raise FitError("singular")
    scale = np.sqrt(diagonal)
    values, vectors = eigenvectors(information / np.outer(scale, scale))
    if not values[0] > SINGULAR * values[-1]:
        raise FitError("singular")
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))


def eigenvectors(symmetric: Float) -> tuple[Float, Float]:
    """Eigenvalues, the smallest first, and eigenvectors (columns) of a symmetric matrix.

    Raises
    ------
    FitError
        It is not finite, or LAPACK finds none.
    """
    if not np.isfinite(symmetric).all():
        raise FitError("singular")
    try:
        values, vectors = np.linalg.eigh(symmetric)
    except np.linalg.LinAlgError as error:
        raise FitError("singular") from error
    return values, vectors


def root(covariance: Float) -> Float:
    """The lower triangular root of a covariance.

    Raises
    ------
    FitError
        It is not positive definite, or not finite.
    """
    if not np.isfinite(covariance).all():
        raise FitError("singular")
    try:
        return np.asarray(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError as error:
        raise FitError("singular") from error
