"""Many campaigns seen together: each effect drawn towards their mean, so that the best of many is not overrated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from clvlab.customers.campaigns.estimate import Float
from clvlab.errors import InputError
from clvlab.shown import Shown

LEVEL = 0.95
GRID = 400


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Shown):
    """Effects of campaigns, each as the others make it likely.

    Attributes
    ----------
    table : DataFrame
        Index as given. value, error (as measured); pooled, low, high (posterior mean and 95 % credible interval);
        above (chance that the effect is above 0).
    mean, mean_low, mean_high : float
        Of all such campaigns.
    spread, spread_low, spread_high : float
        Standard deviation between true effects: posterior mean and 95 % credible interval.
    next_low, next_high : float
        95 % interval of the true effect of one more campaign of this kind.
    """

    table: pd.DataFrame
    mean: float
    mean_low: float
    mean_high: float
    spread: float
    spread_low: float
    spread_high: float
    next_low: float
    next_high: float


def pooled(value: ArrayLike, error: ArrayLike, *, index: pd.Index | None = None) -> Pooled:
    """Draw effects towards their mean by how little they differ more than chance makes them.

    Parameters
    ----------
    value, error : array_like, shape (campaigns,)
        Effects on one scale, and their standard errors.
    index : Index, optional
        Names.

    Returns
    -------
    Pooled

    Raises
    ------
    InputError
        No effects, of different number, or an error that is not above 0.

    Notes
    -----
    Effects are normal with an unknown mean (flat prior) and standard deviation tau, whose prior is DuMouchel's,
    s / (s + tau)^2, with s^2 the harmonic mean of squared errors: half the prior lies below s. The posterior of tau is
    summed over a grid; given tau everything is normal. Source: DuMouchel (1994); Gelman et al. (2013), ch. 5.

    Examples
    --------
    >>> found = pooled([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18])  # Rubin's eight schools
    >>> found.table["pooled"].round(0).astype(int).tolist()
    [10, 8, 7, 8, 6, 7, 10, 8]
    """
    y, se = np.asarray(value, dtype=float), np.asarray(error, dtype=float)
    if y.ndim != 1 or y.shape != se.shape or not len(y):
        raise InputError(f"value= and error= are of the same campaigns, one at least; found {y.shape} and {se.shape}.")
    if not (np.isfinite(y).all() and np.isfinite(se).all() and (se > 0).all()):
        raise InputError("Effects are numbers, with standard errors above 0: leave out what could not be measured.")
    tau, chance, middle, spread = _given_spread(y, se)
    # Given tau: the effect is normal, with what is not known of the mean carried.
    keep = tau[:, None] ** 2 / (tau[:, None] ** 2 + se**2)
    mean = keep * y + (1.0 - keep) * middle[:, None]
    sd = np.sqrt(keep * se**2 + ((1.0 - keep) * spread[:, None]) ** 2)
    ends = [_mixture(chance, mean[:, place], sd[:, place]) for place in range(len(y))]
    table = pd.DataFrame(
        {
            "value": y, "error": se, "pooled": chance @ mean, "low": [low for low, _ in ends],
            "high": [high for _, high in ends], "above": chance @ special.ndtr(mean / np.maximum(sd, 1e-300)),
        },
        index=pd.RangeIndex(len(y)) if index is None else index,
    )  # fmt: skip
    total = np.cumsum(chance)
    low, high = (float(np.interp(each, total, tau)) for each in (0.025, 0.975))
    return Pooled(
        table, float(chance @ middle), *_mixture(chance, middle, spread), float(chance @ tau), low, high,
        *_mixture(chance, middle, np.hypot(spread, tau)),
    )  # fmt: skip


def _given_spread(y: Float, se: Float) -> tuple[Float, Float, Float, Float]:
    """Grid of tau with its posterior, and mean and standard deviation of the mean given each."""
    typical = 1.0 / np.sqrt(np.mean(1.0 / se**2))
    # Quantiles of the prior: tau = s u / (1 - u), on which the prior is even.
    u = (np.arange(GRID) + 0.5) / GRID
    tau = typical * u / (1.0 - u)
    weight = 1.0 / (se**2 + tau[:, None] ** 2)
    total = weight.sum(axis=1)
    middle = (weight * y).sum(axis=1) / total
    log = (
        0.5 * np.log(weight).sum(axis=1) - 0.5 * np.log(total) - 0.5 * (weight * (y - middle[:, None]) ** 2).sum(axis=1)
    )
    chance = np.exp(log - log.max())
    return tau, chance / chance.sum(), middle, 1.0 / np.sqrt(total)


def _mixture(chance: Float, mean: Float, sd: Float) -> tuple[float, float]:
    """Ends of a mixture of normal distributions, by halving."""
    tails = []
    for wanted in ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0):
        low, high = float((mean - 12.0 * sd).min()), float((mean + 12.0 * sd).max())
        for _ in range(80):
            half = (low + high) / 2.0
            below = float(chance @ special.ndtr((half - mean) / sd)) < wanted
            low, high = (half, high) if below else (low, half)
        tails.append((low + high) / 2.0)
    return tails[0], tails[1]
