"""What a forecast is worth: the value of the customers it would have had you contact, against simpler rules."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.evaluation import scores
from clvlab.evaluation.result import Comparison

Float = NDArray[np.float64]
Strategy = tuple[str, str]  # kind and id
RESAMPLES = 300
MOST_ROWS = 20_000_000  # customers times resamples
GRID = np.linspace(0.0, 1.0, 101)


def targeting(comparison: Comparison, *, share: float = 0.10) -> pd.DataFrame:
    """Share of the holdout's value that contacting the predicted top customers would have reached.

    Parameters
    ----------
    share : float
        Of the customers of each calibration end.

    Returns
    -------
    DataFrame, indexed by (kind, strategy), best first
        value (money; purchases where amounts are unknown); captured, its share of all, with a 90 % bootstrap interval
        over customers: low, high. Kinds and their strategies: "competitor", by its key; "rule": "recency",
        "past_spend" ("frequency" where amounts are unknown), "rfm"; "random"; "hindsight".
    """
    worth = _worth(comparison)
    rng = np.random.default_rng(comparison.seed)
    number = int(comparison.clusters.max()) + 1
    resamples = max(20, min(RESAMPLES, MOST_ROWS // max(len(worth), 1)))
    drawn = [np.bincount(rng.integers(0, number, number), minlength=number) for _ in range(resamples)]
    rows = {}
    for strategy, score in _strategies(comparison).items():
        order, mean = scores.highest_first(score, worth)
        captured = _captured(mean, np.ones(len(worth)), share)
        weights = (counts[comparison.clusters][order].astype(float) for counts in drawn)
        low, high = np.quantile([_captured(mean, each, share) for each in weights], [0.05, 0.95])
        rows[strategy] = {
            "value": captured * worth.sum(),
            "captured": captured,
            "low": float(low),
            "high": float(high),
        }
    table = pd.DataFrame(list(rows.values()), index=_named(list(rows)))
    return table.sort_values("captured", ascending=False, kind="stable")


def lift_curves(comparison: Comparison) -> pd.DataFrame:
    """Share of value reached by share of customers contacted: index share, one column a (kind, strategy)."""
    worth = _worth(comparison)
    at = np.arange(len(worth) + 1) / max(len(worth), 1)
    curves = {}
    for strategy, score in _strategies(comparison).items():
        held = scores.lorenz(score, worth) if worth.sum() > 0 else np.full(len(worth), np.nan)
        curves[strategy] = np.interp(GRID, at, np.append(0.0, held))
    table = pd.DataFrame(np.column_stack(list(curves.values())), index=pd.Index(GRID, name="share"))
    return table.set_axis(_named(list(curves)), axis=1)


def profit_curves(comparison: Comparison, *, cost: float | None = None, gain: float = 1.0) -> pd.DataFrame:
    """Profit of contacting the predicted top customers, by share contacted.

    Parameters
    ----------
    cost : float, optional
        Of a contact, in money. Left out, such that contacting everybody breaks even.
    gain : float
        What a contact earns of the contacted customer's holdout value: margin times the part that comes of the contact.

    Returns
    -------
    DataFrame
        Index share, one column a (kind, strategy), in money; ``attrs["cost"]`` is the cost used.
    """
    worth = _worth(comparison)
    each = gain * float(worth.mean()) if cost is None else cost
    curves = lift_curves(comparison) * (gain * worth.sum())
    found = curves.sub(each * len(worth) * curves.index.to_numpy(), axis=0)
    found.attrs["cost"] = each
    return found


def _worth(comparison: Comparison) -> Float:
    held = pd.concat([run.split.holdout for run in comparison.runs])
    column = "frequency_holdout" if held["value_holdout"].isna().all() else "value_holdout"
    return held[column].to_numpy(dtype=float)


def _named(strategies: list[Strategy]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(strategies, names=["kind", "strategy"])


def _strategies(comparison: Comparison) -> dict[Strategy, Float]:
    """Kind and id to score; scores are ranks within a calibration end, so that shares hold at each."""
    known, worth = comparison.known, _worth(comparison)
    spent = bool(known["past_value"].notna().any())
    money = known["past_value"].fillna(0.0) if spent else known["frequency"]
    recent = -(known["T"] - known["recency"])
    thirds = [_within(comparison, each) for each in (recent, known["frequency"], money)]
    found: dict[Strategy, Float] = {}
    for key, outcome in comparison.outcomes.items():
        by = outcome["value_expected"] if "value_expected" in outcome else outcome["expected"]
        found["competitor", key] = _within(comparison, by)
    return found | {
        ("rule", "recency"): thirds[0],
        ("rule", "past_spend" if spent else "frequency"): thirds[2],
        ("rule", "rfm"): sum(np.ceil(5 * each) for each in thirds) + np.zeros(len(worth)),
        ("random", "random"): np.zeros(len(worth)),
        ("hindsight", "hindsight"): _within(comparison, pd.Series(worth, index=known.index)),
    }


def _within(comparison: Comparison, score: pd.Series) -> Float:
    """Rank within its calibration end, 0 to 1."""
    ranks = pd.Series(score.to_numpy(dtype=float)).groupby(comparison.known["origin"].to_numpy()).rank(pct=True)
    return ranks.to_numpy(dtype=float)


def _captured(worth: Float, weights: Float, share: float) -> float:
    """Share of the weighted total that the first ``share`` of the weight holds; customers come best first."""
    total = float(weights @ worth)
    if not total > 0:
        return float("nan")
    cumulated = np.cumsum(weights)
    part = np.clip(share * cumulated[-1] - (cumulated - weights), 0.0, weights)
    return float(part @ worth) / total
