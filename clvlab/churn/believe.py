"""Which of two views of leaving came closer to what happened: squared error and log loss, customer by customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.churn.level import SURE

Float = NDArray[np.float64]
Z = 1.6448536269514722  # of a 90 % interval


@dataclass(frozen=True, eq=False)
class Belief:
    """The inactivity rule and the purchase model, judged by who bought nothing within the horizon.

    Attributes
    ----------
    scores : DataFrame, indexed by view
        brier (mean squared error of the chance; 0 is perfect) and log_loss (NaN of certainties, of which one miss costs
        everything). Views: ``inactivity_rule`` (certain of all it calls lost, and of all others);
        ``inactivity_rule_with_shares`` (each of its two groups gets the share lost in that group at the end before;
        not with a single end); ``purchase_model`` (chances corrected by earlier ends).
    against : str
        The view that the model is compared with: the rule with shares, where there is one.
    difference, low, high : float
        Mean squared error of the model less that of the rule, with its 90 % interval: ends of one customer belong
        together.
    customers, ends : int
        How many were judged.
    """

    scores: pd.DataFrame
    against: str
    difference: float
    low: float
    high: float
    customers: int
    ends: int

    @property
    def closer(self) -> Literal["model", "rule", "neither"]:
        """Which was closer to what happened, by more than chance."""
        if self.high < 0.0:
            return "model"
        return "rule" if self.low > 0.0 else "neither"


def believe(judged: Sequence[pd.DataFrame]) -> Belief | None:
    """Judge both views at all ends except the first, which gives the rule's shares; at the first if it is the only one.

    Parameters
    ----------
    judged : sequence of DataFrame, indexed by customer_id
        Of each end, the earliest first: group, chance, lost.

    Returns
    -------
    Belief or None
        None without an end.
    """
    if not judged:
        return None
    seen = [_with_shares(at, before) for before, at in zip([None, *judged[:-1]], judged, strict=True)]
    rows = pd.concat(seen[1:] or seen)
    lost = np.asarray(rows["lost"], dtype=np.float64)
    views: dict[str, Float] = {"inactivity_rule": np.asarray(rows["group"] == "left", dtype=np.float64)}
    if len(seen) > 1:
        views["inactivity_rule_with_shares"] = rows["rule_share"].to_numpy()
    against = list(views)[-1]
    views["purchase_model"] = rows["chance"].to_numpy()
    error = {view: (chance - lost) ** 2 for view, chance in views.items()}
    scores = pd.DataFrame(
        {
            "brier": {view: float(each.mean()) for view, each in error.items()},
            "log_loss": {view: float("nan") if view == "inactivity_rule" else _log_loss(chance, lost)
                         for view, chance in views.items()},
        }
    ).loc[list(views)].rename_axis("view")  # fmt: skip
    difference = error["purchase_model"] - error[against]
    mean, spread = clustered_mean(difference, rows.index)
    return Belief(
        scores, against, mean, mean - Z * spread, mean + Z * spread, rows.index.nunique(), len(seen[1:] or seen)
    )


def clustered_mean(values: ArrayLike, clusters: pd.Index) -> tuple[float, float]:
    """The mean of values, shape (rows,), and its standard error where rows of one cluster belong together.

    Examples
    --------
    >>> clustered_mean([1.0, 1.0, 3.0, 3.0], pd.Index(["a", "a", "b", "b"]))
    (2.0, 1.0)
    """
    each = np.asarray(values, dtype=float)
    mean = float(each.mean())
    codes, labels = pd.factorize(clusters)
    sums = np.bincount(codes, weights=each - mean)
    few = len(labels) / max(len(labels) - 1, 1)
    return mean, float(np.sqrt(few * (sums**2).sum()) / len(each))


def _with_shares(at: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """The share lost in each of the rule's two groups at the end before, half a customer added on either side."""
    if before is None:
        return at.assign(rule_share=np.nan)
    groups = before["lost"].groupby(before["group"] == "left")
    shares = (groups.sum() + 0.5) / (groups.size() + 1.0)
    return at.assign(rule_share=(at["group"] == "left").map(shares).fillna(0.5).astype(float))


def _log_loss(chance: Float, happened: Float) -> float:
    sure = np.clip(chance, SURE, 1.0 - SURE)
    return float(-np.mean(happened * np.log(sure) + (1.0 - happened) * np.log1p(-sure)))
