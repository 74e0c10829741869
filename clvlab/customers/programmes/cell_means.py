"""Weighted means of cells and their covariance, clustered by customer."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.programmes.lives import Float, Whole

Complex = NDArray[np.complex128]
STEP = 1e-30


@dataclass(frozen=True, eq=False)
class CellMeans:
    """Means of cells: a group in a period, of one quantity.

    Attributes
    ----------
    value : array, shape (cells,)
    covariance : array, shape (cells, cells)
        Robust to anything that is common to a cluster's rows, in whatever cells they are.
    clusters : int
    """

    value: Float
    covariance: Float
    clusters: int

    def function(self, found: Callable[[Complex], Complex]) -> tuple[Float, Float]:
        """Values of a function of the means, made of + - * /, and their covariance by its exact slopes (delta method).

        Slopes are complex steps: Squire & Trapp (1998).
        """
        value = np.atleast_1d(found(self.value.astype(complex))).real
        slopes = np.empty((len(value), len(self.value)))
        for place in range(len(self.value)):
            moved = self.value.astype(complex)
            moved[place] += 1j * STEP
            slopes[:, place] = np.atleast_1d(found(moved)).imag / STEP
        return value, slopes @ self.covariance @ slopes.T


def cell_means(cell: Whole, weighted: Float, weight: Float, cluster: Whole, cells: int) -> CellMeans:
    """Weighted means of rows by cell, with their covariance.

    Parameters
    ----------
    cell : array of int, one entry per row
    weighted, weight : array of float
        The row's value times its weight, and the weight.
    cluster : array of int
        The customer.
    cells : int

    Returns
    -------
    CellMeans
        Means are those of weighted least squares on indicators of cells; the covariance is its sandwich by clusters,
        times G/(G - 1) x (N - 1)/(N - cells), of G clusters and N rows.

    Notes
    -----
    Source: Liang & Zeger (1986); Cameron & Miller (2015), section II.

    Examples
    --------
    >>> found = cell_means(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 4.0, 8.0]), np.ones(4), np.arange(4), 2)
    >>> found.value.tolist(), found.covariance.round(3).tolist()
    ([2.0, 6.0], [[1.0, 0.0], [0.0, 4.0]])
    """
    total = np.bincount(cell, weights=weight, minlength=cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.bincount(cell, weights=weighted, minlength=cells) / total
    # Customers are numbered anew, so that the table holds only those with rows.
    known, at = np.unique(cluster, return_inverse=True)
    apart = (weighted - weight * value[cell]) / total[cell]
    summed = np.bincount(at * cells + cell, weights=apart, minlength=len(known) * cells).reshape(len(known), cells)
    groups, rows = len(known), len(cell)
    scale = groups / max(groups - 1, 1) * (rows - 1) / max(rows - cells, 1)
    covariance: NDArray[np.float64] = scale * summed.T @ summed
    return CellMeans(value, covariance, groups)
