"""Does spend vary with frequency? The Gamma-Gamma assumes not, and so does value as purchases x spend."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from clvlab.models.spend import SpendFit
from clvlab.shown import Shown

Float = NDArray[np.float64]

GREEN, AMBER = 0.1, 0.3
SIMULATIONS, FEWEST = 200, 40
NUMBERS = 4_000_000  # simulated in all: of many customers fewer simulations tell as much
BANDS = (1, 2, 3, 5, 8, 13)


@dataclass(frozen=True, repr=False)
class Independence(Shown):
    """The observed correlation of frequency and mean spend, and its distribution under independence.

    Attributes
    ----------
    correlation : float
        Spearman's, between frequency and mean repeat spend, over customers with repeat purchases.
    expected, low, high : float
        Mean and 90 % interval of the same correlation in customers simulated from the fitted Gamma-Gamma at the
        observed frequencies. Not zero-centred by decree: a mean of many purchases is less skewed than one purchase.
    excess : float
        Observed less expected.
    light : {"green", "amber", "red"}
        |excess| below .1, below .3, above. The size decides, not a p-value, which a large base always makes small.
    by_frequency : DataFrame
        Mean spend and customers by band of frequency, with the band simulation gives (low, high).
    """

    correlation: float
    expected: float
    low: float
    high: float
    excess: float
    light: str
    by_frequency: pd.DataFrame


def independence(spend: SpendFit, histories: pd.DataFrame, *, seed: int = 0) -> Independence:
    """Compare the observed correlation with its distribution under the fitted model.

    Parameters
    ----------
    spend : SpendFit
        A fitted Gamma-Gamma.
    histories : DataFrame
        With frequency and monetary_value; customers without positive repeat spend play no part.
    """
    usable, _ = spend.model.usable(histories)
    x = usable["frequency"].to_numpy(dtype=float)
    m = usable["monetary_value"].to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    edges = [edge for edge in BANDS if edge <= x.max()] if len(x) else []
    band = np.digitize(x, edges) - 1
    simulated, means = [], []
    times = int(np.clip(NUMBERS // max(len(x), 1), FEWEST, SIMULATIONS)) if len(x) > 2 else 0
    rank = _rank(x)
    for s in range(times):
        draw = {name: values[s % len(values)] for name, values in spend.posterior.items()}
        nu = rng.gamma(draw["q"], 1.0 / draw["v"], size=len(x))
        # The mean of x Gamma(p, nu) purchases is Gamma(p x, nu x).
        drawn = rng.gamma(draw["p"] * x, 1.0 / (nu * x))
        simulated.append(_correlation(rank, drawn))
        means.append(np.bincount(band, weights=drawn, minlength=len(edges)))
    observed = _correlation(rank, m)
    null = np.array(simulated) if simulated else np.array([np.nan])
    if np.isnan(observed) or np.isnan(null).any():
        return Independence(observed, np.nan, np.nan, np.nan, np.nan, "amber", _bands(x, m, band, edges, means))
    excess = observed - float(null.mean())
    light = "green" if abs(excess) < GREEN else "amber" if abs(excess) < AMBER else "red"
    low, high = np.quantile(null, [0.05, 0.95])
    table = _bands(x, m, band, edges, means)
    return Independence(observed, float(null.mean()), float(low), float(high), excess, light, table)


def _rank(values: Float) -> Float:
    """Ranks, those of equal values their mean."""
    return np.asarray(rankdata(values))


def _correlation(rank: Float, m: Float) -> float:
    """Spearman's."""
    if len(rank) < 3 or np.ptp(rank) == 0 or np.ptp(m) == 0:
        return float("nan")
    return float(np.corrcoef(rank, _rank(m))[0, 1])


def _bands(x: Float, m: Float, band: NDArray[np.int64], edges: list[int], means: list[Float]) -> pd.DataFrame:
    if not edges:
        return pd.DataFrame(columns=["customers", "mean_spend", "low", "high"], dtype=float)
    customers = np.bincount(band, minlength=len(edges))
    kept = customers > 0
    tops = [*(edge - 1 for edge in edges[1:]), int(x.max())]
    labels = [f"{lo}" if lo == hi else f"{lo}-{hi}" for lo, hi in zip(edges, tops, strict=True)]
    share = np.maximum(customers, 1)
    ends = np.quantile(np.array(means) / share, [0.05, 0.95], axis=0) if means else np.full((2, len(edges)), np.nan)
    table = pd.DataFrame(
        {
            "customers": customers,
            "mean_spend": np.bincount(band, weights=m, minlength=len(edges)) / share,
            "low": ends[0],
            "high": ends[1],
        },
        index=pd.Index(labels, name="frequency"),
    )
    return table[kept]
