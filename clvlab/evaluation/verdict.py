"""Who forecasts best, said only as firmly as the customers allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.evaluation.scores import paired_difference

Float = NDArray[np.float64]

# Two implementations of one model differ in the ninth digit for every customer, which a bootstrap calls certain.
NEGLIGIBLE = 0.005
# The absolute error is least for a forecast of the median, which for most customers is 0: whoever forecasts too little
# for all of them is rewarded. A forecast whose total is off by more than this share cannot win.
FARTHEST_TOTAL = 0.5


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison, by mean absolute error of purchases a customer.

    Attributes
    ----------
    best : str
        Key of the competitor with the lowest error, or among those tied with it of the one with the lowest squared
        error, where that is lower beyond doubt; empty where every competitor failed.
    lower : str
        Key of the competitor with the lowest error where the squared error decided for another; empty otherwise.
    mae : float
        Its error.
    tied : tuple of str
        Others whose error cannot be told from the best one's: the 90 % interval of the difference includes 0, or the
        difference is below half a percent of the error.
    rival : str
        The best competitor that is not tied; empty where there is none.
    difference, low, high : float
        The rival's error less the best one's, with its 90 % interval.
    baseline : str
        The best naive baseline; empty where none was compared.
    baseline_difference, baseline_low, baseline_high : float
        The baseline's error less the best one's.
    beats_baseline : bool
        Whether the best is no baseline, and the best baseline is not tied with it.
    out : tuple of str
        Out of the running, though their error is lower than the best one's: their total is off by more than half.
    against : mapping
        Competitor to the difference, low and high of its error from the best one's, for all in the running.
    """

    best: str = ""
    lower: str = ""
    mae: float = float("nan")
    tied: tuple[str, ...] = ()
    rival: str = ""
    difference: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    baseline: str = ""
    baseline_difference: float = float("nan")
    baseline_low: float = float("nan")
    baseline_high: float = float("nan")
    beats_baseline: bool = False
    out: tuple[str, ...] = ()
    against: Mapping[str, tuple[float, float, float]] = field(default_factory=dict, repr=False)


def judge(
    table: pd.DataFrame,
    losses: Mapping[str, Float],
    baselines: list[str],
    *,
    seed: int,
    clusters: NDArray[np.int64] | None = None,
) -> Verdict:
    """Order competitors by error and say which differences are real.

    Parameters
    ----------
    table : DataFrame, indexed by competitor
        With ``mae`` and ``total_error``.
    losses : mapping of str to array, shape (customers,)
        Absolute error of each customer, best competitor first.
    baselines : list of str
        Keys of the naive ones.
    clusters : array of int, optional
        The customer behind each row, where customers have several.
    """
    if not losses:
        return Verdict()
    far = [key for key in losses if abs(table["total_error"][key]) > FARTHEST_TOTAL]
    if len(far) < len(losses):
        losses = {key: loss for key, loss in losses.items() if key not in far}
    first = next(iter(losses))
    against = _against(losses, first, seed, clusters)
    best = _by_squares(losses, first, _tied(losses, first, against), seed, clusters)
    if best != first:
        against = _against(losses, best, seed, clusters)
    tied = _tied(losses, best, against)
    others = [key for key in losses if key != best]
    mae = float(table["mae"][best])
    out = tuple(key for key in far if key not in losses and table["mae"][key] < mae)
    beaten = [key for key in others if key not in tied]
    found: dict[str, Any] = {
        "best": best,
        "lower": first if first != best else "",
        "mae": mae,
        "tied": tied,
        "out": out,
        "against": against,
    }
    if beaten:
        difference, low, high = against[beaten[0]]
        found |= {"rival": beaten[0], "difference": difference, "low": low, "high": high}
    naive = [key for key in losses if key in baselines]
    if naive:
        difference, low, high = against[naive[0]]
        found |= {
            "baseline": naive[0],
            "baseline_difference": difference,
            "baseline_low": low,
            "baseline_high": high,
            "beats_baseline": best not in baselines and naive[0] not in tied,
        }
    return Verdict(**found)


def _against(
    losses: Mapping[str, Float], best: str, seed: int, clusters: NDArray[np.int64] | None
) -> dict[str, tuple[float, float, float]]:
    """Each competitor's loss less that of the best one, with its interval."""
    found = {
        key: paired_difference(loss, losses[best], seed=seed, clusters=clusters)
        for key, loss in losses.items()
        if key != best
    }
    return found | {best: (0.0, 0.0, 0.0)}


def _tied(losses: Mapping[str, Float], best: str, against: Mapping[str, tuple[float, float, float]]) -> tuple[str, ...]:
    """Keys of those whose loss is not surely higher than the best one's."""
    least = float(losses[best].mean())
    return tuple(key for key in losses if key != best and not _surely(against[key], least))


def _by_squares(
    losses: Mapping[str, Float], best: str, tied: tuple[str, ...], seed: int, clusters: NDArray[np.int64] | None
) -> str:
    """Of the best and those that tie with it, the one with the lowest squared error, if surely lower.

    The squared error is least for the mean, which is what forecasts of expected purchases claim to be.
    """
    squares = {key: losses[key] ** 2 for key in (best, *tied)}
    candidate = min(squares, key=lambda key: float(squares[key].mean()))
    if candidate == best:
        return best
    difference = paired_difference(squares[best], squares[candidate], seed=seed, clusters=clusters)
    return candidate if _surely(difference, float(squares[candidate].mean())) else best


def _surely(difference: tuple[float, float, float], least: float) -> bool:
    """Whether a loss is higher than ``least`` beyond doubt, and by more than a trifle."""
    mean, low, _ = difference
    return low > 0 and mean >= NEGLIGIBLE * least
