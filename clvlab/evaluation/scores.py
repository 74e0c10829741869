"""Scores of forecasts against what happened: functions of arrays with one value per customer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.inference.proportions import wilson

Float = NDArray[np.float64]
MOST_DISTINCT = 20_000
RESAMPLES = 1000


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


def ranking_scores(expected: Float, actual: Float, shares: Sequence[float] = (0.05, 0.10, 0.20)) -> dict[str, float]:
    """How well the order of forecasts is the order of outcomes: NaN where nothing happened.

    ``spearman``, the correlation of ranks; ``gini``, the normalised Gini index (1: as a perfect order, 0: as a random
    one); ``top_5`` and so on, the share of all that happened that the predicted top 5 % account for. Customers with the
    same forecast share alike in what happened to them.

    Examples
    --------
    >>> found = ranking_scores(np.array([3.0, 2.0, 1.0, 0.0]), np.array([6.0, 2.0, 2.0, 0.0]), shares=(0.25,))
    >>> {name: round(score, 3) for name, score in found.items()}
    {'spearman': 0.949, 'gini': 1.0, 'top_25': 0.6}
    """
    names = [f"top_{round(100 * share)}" for share in shares]
    if not actual.sum() > 0:
        return dict.fromkeys(["spearman", "gini", *names], float("nan"))
    held = lorenz(expected, actual)
    return {
        "spearman": spearman(expected, actual),
        "gini": gini(held, actual),
        **{name: top_share(held, share) for name, share in zip(names, shares, strict=True)},
    }


def spearman(expected: Float, actual: Float) -> float:
    """Correlation of ranks; NaN where forecasts or outcomes are all the same."""
    varies = np.ptp(expected) > 0 and np.ptp(actual) > 0
    return float(stats.spearmanr(expected, actual).statistic) if varies else float("nan")


def gini(held: Float, actual: Float) -> float:
    """Normalised Gini index of what the first 1, 2, ... customers hold (``lorenz``).

    1 is a perfect order, 0 a random one.
    """
    best, chance = lorenz(actual, actual).mean(), (len(actual) + 1) / (2 * len(actual))
    return float((held.mean() - chance) / (best - chance)) if best > chance + 1e-12 else float("nan")


def top_share(held: Float, share: float) -> float:
    """What the predicted top ``share`` of customers hold of all (``held``, from ``lorenz``)."""
    return float(np.interp(share, np.arange(1, len(held) + 1) / len(held), held))


def lorenz(expected: Float, actual: Float) -> Float:
    """Share of what happened that the first 1, 2, ... customers account for, highest forecast first."""
    order, worth = highest_first(expected, actual)
    del order
    return np.asarray(np.cumsum(worth) / worth.sum())


def highest_first(expected: Float, actual: Float) -> tuple[NDArray[np.intp], Float]:
    """Customers by forecast, highest first, and what happened to them; the same forecast shares its mean."""
    order = np.argsort(-expected, kind="stable")
    _, tie = np.unique(-expected[order], return_inverse=True)
    mean = np.bincount(tie, weights=actual[order]) / np.bincount(tie)
    return order, mean[tie]


def auc(score: Float, bought: NDArray[np.bool_]) -> float:
    """Chance that a customer who bought was scored above one who did not; NaN where all did or none.

    Examples
    --------
    >>> auc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
    0.875
    """
    yes = int(bought.sum())
    no = len(bought) - yes
    if not yes or not no:
        return float("nan")
    ranks = stats.rankdata(score)
    return float((ranks[bought].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def reliability(probability: Float, bought: NDArray[np.bool_], *, bins: int = 10) -> pd.DataFrame:
    """Forecast chances against the share that came true, in bins of as many customers each.

    Returns
    -------
    DataFrame, one row per bin
        customers, predicted (mean chance), observed (share), low and high (90 % Wilson interval of that share).
    """
    edges = np.unique(np.quantile(probability, np.linspace(0.0, 1.0, bins + 1)))
    which = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, max(len(edges) - 2, 0))
    size = np.bincount(which)
    kept = size > 0
    size = size[kept].astype(float)
    predicted = np.bincount(which, weights=probability)[kept] / size
    hits = np.bincount(which, weights=bought.astype(float))[kept]
    share, low, high = wilson(hits, size)
    return pd.DataFrame(
        {
            "customers": size.astype(np.int64),
            "predicted": predicted,
            "observed": share,
            "low": low,
            "high": high,
        }
    )


def calibration_error(probability: Float, bought: NDArray[np.bool_]) -> float:
    """Mean distance of forecast chances from what came true, over the bins of ``reliability``."""
    table = reliability(probability, bought)
    return float(np.average((table["predicted"] - table["observed"]).abs(), weights=table["customers"]))


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


def poisson_deviance(expected: Float, actual: Float) -> Float:
    """Deviance of each expected count: least, on average, for the mean of what happens.

    2 (y log(y / mu) - y + mu), infinite where zero (or less) was expected and a purchase came.

    Source: McCullagh & Nelder (1989), section 2.3; Gneiting (2011) on scores consistent for the mean.

    Examples
    --------
    >>> poisson_deviance(np.array([1.0, 0.5, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 2.0])).tolist()
    [0.0, 1.0, 0.0, inf]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        own = special.xlogy(actual, actual / expected) - actual + expected
    return np.where(expected > 0, 2.0 * np.maximum(own, 0.0), _of_nothing(expected, actual))


def tweedie_deviance(expected: Float, actual: Float) -> Float:
    """Deviance of each expected value, power 1.5: least, on average, for the mean of what happens.

    4 (sqrt(y) - sqrt(mu))^2 / sqrt(mu), infinite where nothing was expected and value came. A squared error would be
    decided by the few who spend most. The power between 1 (counts) and 2 (amounts) suits a number of purchases of
    random amounts, and the order of competitors is the same in any currency.

    Source: Jorgensen (1987), Exponential dispersion models; Gneiting (2011) on scores consistent for the mean.

    Examples
    --------
    >>> tweedie_deviance(np.array([4.0, 4.0, 0.0, 0.0]), np.array([4.0, 1.0, 0.0, 3.0])).tolist()
    [0.0, 2.0, 0.0, inf]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        own = 4.0 * (np.sqrt(np.maximum(actual, 0.0)) - np.sqrt(expected)) ** 2 / np.sqrt(expected)
    return np.where(expected > 0, own, _of_nothing(expected, actual))


def _of_nothing(expected: Float, actual: Float) -> Float:
    """Deviance where nothing was expected: right where nothing came. Less than nothing is never right."""
    return np.where((actual > 0) | (expected < 0), np.inf, 0.0)


def mean_interval(
    loss: Float, *, seed: int, clusters: NDArray[np.int64] | None = None, resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """The mean of a loss with its 90 % bootstrap interval, which is NaN where the mean is infinite.

    Parameters
    ----------
    clusters : array of int, shape like ``loss``
        Customers are drawn whole: rows of the same number stay together. Each row its own unless given.
    """
    rng = np.random.default_rng(seed)
    size = np.ones(len(loss))
    if clusters is not None:
        size = np.bincount(clusters).astype(float)
        loss, size = np.bincount(clusters, weights=loss)[size > 0], size[size > 0]
    mean = float(loss.sum() / size.sum())
    if not np.isfinite(mean):
        return mean, float("nan"), float("nan")
    # Customers alike in history and outcome are alike in loss: resampling distinct values by their counts is the same
    # bootstrap, at a fraction of the cost; beyond that many values the mean is normal. Alike means to rounding, or the
    # last bit of a loss would change which customers are drawn.
    kinds, counts = np.unique(np.column_stack([_rounded(loss), size]), axis=0, return_counts=True)
    n = len(loss)
    if len(kinds) <= MOST_DISTINCT:
        drawn = rng.multinomial(n, counts / n, size=resamples)
        means = (drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1])
    else:
        deviation = np.sqrt(((loss - mean * size) ** 2).sum()) / size.sum()
        means = rng.normal(mean, deviation, size=resamples)
    low, high = np.quantile(means, [0.05, 0.95])
    return mean, float(low), float(high)


def _rounded(loss: Float) -> Float:
    """To twelve digits of the largest."""
    largest = float(np.max(np.abs(loss[np.isfinite(loss)]), initial=0.0))
    return loss if largest == 0.0 else np.round(loss / largest, 12) * largest


def paired_difference(
    loss: Float, other: Float, *, seed: int, clusters: NDArray[np.int64] | None = None, resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """Mean of ``loss - other`` with its 90 % bootstrap interval, customers drawn in pairs.

    Infinite where ``loss`` is, NaN where ``other`` is; then without interval.
    """
    if not np.isfinite(other).all() or not np.isfinite(loss).all():
        return float("inf" if np.isfinite(other).all() else "nan"), float("nan"), float("nan")
    return mean_interval(loss - other, seed=seed, clusters=clusters, resamples=resamples)
