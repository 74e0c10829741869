"""Confidence interval of a share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Float = NDArray[np.float64]


def wilson(hits: ArrayLike, of: ArrayLike, *, level: float = 0.90) -> tuple[Float, Float, Float]:
    """A share out of ``of``, with its Wilson interval; NaN where ``of`` is 0.

    Source: Wilson (1927).

    Examples
    --------
    >>> [round(float(each), 3) for each in wilson(8, 10)]
    [0.8, 0.541, 0.931]
    """
    n = np.asarray(of, dtype=float)
    z = float(stats.norm.ppf(0.5 + level / 2.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.asarray(hits, dtype=float) / n
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return share, middle - half, middle + half
