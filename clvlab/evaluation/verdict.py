"""Who forecasts best, said only as firmly as the customers allow."""

from collections.abc import Mapping
from dataclasses import dataclass
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
        Label with the lowest error, or among those tied with it the one with the lowest squared error, where that is
        lower beyond doubt; empty where every competitor failed.
    lower : str
        Label with the lowest error where the squared error decided for another; empty otherwise.
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
    table : DataFrame, indexed by label
        With ``mae`` and ``total_error``.
    losses : mapping of label to array, shape (customers,)
        Absolute error of each customer, best label first.
    baselines : list of str
        Labels of the naive ones.
    clusters : array of int, optional
        The customer behind each row, where customers have several.
    """
    if not losses:
        return Verdict()
    far = [label for label in losses if abs(table["total_error"][label]) > FARTHEST_TOTAL]
    if len(far) < len(losses):
        losses = {label: loss for label, loss in losses.items() if label not in far}
    best, *others = losses
    first = best
    best = _by_squares(losses, best, seed, clusters)
    others = [label for label in losses if label != best]
    out = tuple(label for label in far if label not in losses and table["mae"][label] < table["mae"][best])
    against = {label: paired_difference(losses[label], losses[best], seed=seed, clusters=clusters) for label in others}
    mae = float(table["mae"][best])
    tied = tuple(label for label, (mean, low, _) in against.items() if not low > 0 or mean < NEGLIGIBLE * mae)
    beaten = [label for label in others if label not in tied]
    found: dict[str, Any] = {
        "best": best,
        "lower": first if first != best else "",
        "mae": mae,
        "tied": tied,
        "out": out,
    }
    if beaten:
        difference, low, high = against[beaten[0]]
        found |= {"rival": beaten[0], "difference": difference, "low": low, "high": high}
    naive = [label for label in losses if label in baselines]
    if naive:
        difference, low, high = against.get(naive[0], (0.0, 0.0, 0.0))
        found |= {
            "baseline": naive[0],
            "baseline_difference": difference,
            "baseline_low": low,
            "baseline_high": high,
            "beats_baseline": best not in baselines and naive[0] not in tied,
        }
    return Verdict(**found)


def _by_squares(losses: Mapping[str, Float], best: str, seed: int, clusters: NDArray[np.int64] | None) -> str:
    """Among those whose error cannot be told from the lowest, the one with the lowest squared error, if surely lower.

    The squared error is least for the mean, which is what forecasts of expected purchases claim to be.
    """
    squares = {label: loss**2 for label, loss in losses.items()}
    tied = [label for label in losses if not _surely(losses[label], losses[best], seed, clusters)]
    candidate = min(tied, key=lambda label: float(squares[label].mean()))
    return candidate if _surely(squares[best], squares[candidate], seed, clusters) else best


def _surely(loss: Float, other: Float, seed: int, clusters: NDArray[np.int64] | None) -> bool:
    """Whether a loss is higher than another beyond doubt, and by more than a trifle."""
    mean, low, _ = paired_difference(loss, other, seed=seed, clusters=clusters)
    return low > 0 and mean >= NEGLIGIBLE * float(other.mean())
