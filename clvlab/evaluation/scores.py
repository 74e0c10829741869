"""Scores of forecasts against what happened: functions on arrays, one value a customer in, numbers out."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
MOST_DISTINCT = 20_000


def point_scores(expected: Float, actual: Float) -> dict[str, float]:
    """Total, its relative error, bias (expected less actual), MAE and RMSE, a customer.

    Examples
    --------
    >>> point_scores(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
    {'total': 1.0, 'total_error': -0.5, 'bias': -0.5, 'mae': 0.5, 'rmse': 0.7071067811865476}
    """
    error = expected - actual
    observed = float(actual.sum())
    return {
        "total": float(expected.sum()),
        "total_error": float(error.sum()) / observed if observed else float("nan"),
        "bias": float(error.mean()),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
    }


def coverage(low: Float, high: Float, actual: Float) -> float:
    """Share of customers whose count fell within their interval. Whole numbers make 90 % intervals hold more."""
    return float(((actual >= low) & (actual <= high)).mean())


def randomised_pit(below: Float, at: Float, *, seed: int) -> Float:
    """U = P(Y < y) + v P(Y = y), v uniform: uniform on (0, 1) exactly when the forecast distributions are right.

    Source: Smith (1985); Czado, Gneiting & Held (2009).
    """
    return below + at * np.random.default_rng(seed).random(len(below))


def share_within(u: Float, level: float = 0.90) -> float:
    """Share of PIT values in the central ``level``: ``level`` itself when calibrated."""
    tail = (1.0 - level) / 2.0
    return float(((u > tail) & (u < 1.0 - tail)).mean())


def paired_difference(loss: Float, other: Float, *, seed: int, resamples: int = 1000) -> tuple[float, float, float]:
    """Mean of ``loss - other`` over customers with its 90 % bootstrap interval, customers drawn in pairs."""
    difference = loss - other
    rng = np.random.default_rng(seed)
    n = len(difference)
    # Customers alike in history and outcome differ alike: resampling distinct values by their counts is the same
    # bootstrap, at a fraction of the cost; beyond that many values the mean is normal.
    values, counts = np.unique(difference, return_counts=True)
    if len(values) <= MOST_DISTINCT:
        means = rng.multinomial(n, counts / n, size=resamples) @ values / n
    else:
        means = rng.normal(difference.mean(), difference.std() / np.sqrt(n), size=resamples)
    low, high = np.quantile(means, [0.05, 0.95])
    return float(difference.mean()), float(low), float(high)
