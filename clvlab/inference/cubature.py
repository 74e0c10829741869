"""Few points that stand for many draws."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.link import Link

Float = NDArray[np.float64]

OF_SEGMENTS = 24  # draws that stand for all where each segment has its own parameters


def representatives(link: Link, draws: Mapping[str, Float]) -> dict[str, Float]:
    """Two points a parameter, equally weighted, with the mean and the covariance of the draws (of logarithms).

    A mean over them is that over a normal distribution, to the third degree of what is averaged. Where each segment
    has its own parameters, some of the draws themselves.

    Parameters
    ----------
    draws : mapping of estimated value's name to array, shape (draws,) or (draws, segments)

    References
    ----------
    Arasaratnam & Haykin (2009), Cubature Kalman filters, IEEE Transactions on Automatic Control 54, section IV.

    Examples
    --------
    >>> link = Link(("p", "q"))
    >>> found = representatives(link, {"p": np.exp([-1.0, 1.0, -1.0, 1.0]), "q": np.exp([2.0, 2.0, 4.0, 4.0])})
    >>> {name: np.log(values).round(3).tolist() for name, values in found.items()}
    {'p': [1.414, 0.0, -1.414, 0.0], 'q': [3.0, 4.414, 3.0, 1.586]}
    """
    count = len(next(iter(draws.values())))
    if count == 1:
        return {name: np.asarray(values) for name, values in draws.items()}
    if link.segment:
        kept = np.linspace(0, count - 1, min(count, OF_SEGMENTS)).round().astype(int)
        return {name: np.asarray(values)[kept] for name, values in draws.items()}
    theta = link.unconstrained(draws)
    away = theta - theta.mean(axis=1, keepdims=True)
    variances, axes = np.linalg.eigh(away @ away.T / count)
    # The symmetric root: the same whatever order the parameters stand in.
    root = (axes * np.sqrt(np.maximum(variances, 0.0) * len(theta))) @ axes.T
    return link.named(theta.mean(axis=1, keepdims=True) + np.hstack([root, -root]))
