"""The same scores among customers of one kind: by earlier frequency, by recency, by any attribute."""

import numpy as np
import pandas as pd

from clvlab.errors import InputError
from clvlab.evaluation import scores
from clvlab.evaluation.compared import Compared

TOP_FREQUENCY = 7
COLUMNS = ["customers", "actual", "expected"]


def by_frequency(comparison: Compared) -> pd.DataFrame:
    """Holdout means by calibration frequency, the last for more: competitor, frequency, customers, actual, expected."""
    frequency = comparison.known["frequency"].clip(upper=TOP_FREQUENCY).astype(int)
    return _means(comparison, frequency.rename("frequency"))


def by_recency(comparison: Compared, *, bins: int = 8) -> pd.DataFrame:
    """Holdout means by time since the last purchase (in bins of about as many customers), as ``by_frequency``."""
    idle = comparison.known["T"] - comparison.known["recency"]
    edges = np.unique(np.quantile(idle, np.linspace(0.0, 1.0, bins + 1)))
    which = np.clip(np.searchsorted(edges, idle, side="right") - 1, 0, max(len(edges) - 2, 0))
    middle = idle.groupby(which).mean()
    return _means(comparison, pd.Series(middle.to_numpy()[which], index=idle.index, name="time_since_last_purchase"))


def by_segment(comparison: Compared, by: str) -> pd.DataFrame:
    """Each competitor's scores in each segment, none left out however small.

    Parameters
    ----------
    by : str
        Attribute of the histories (its value at the first order).

    Returns
    -------
    DataFrame
        competitor, segment, customers, actual, expected (totals), total_error, deviance, and its difference from that
        of the best competitor over all customers with its 90 % interval: difference, low, high.
    """
    if by not in comparison.known:
        raise InputError(f"The histories have no attribute {by}; read_orders(attributes=[{by!r}]) adds it.")
    segment = comparison.known[by].astype("string").fillna("–").astype(str)
    best, losses = comparison.verdict.best, comparison.losses("deviance")
    rows = []
    for name in sorted(segment.unique()):
        mine = (segment == name).to_numpy()
        for key, outcome in comparison.outcomes.items():
            own, deviance = outcome[mine], losses[key][mine]
            difference, low, high = (
                scores.paired_difference(
                    deviance, losses[best][mine], seed=comparison.seed, clusters=comparison.clusters[mine]
                )
                if key != best
                else (0.0, 0.0, 0.0)
            )
            of = scores.point_scores(own["expected"].to_numpy(), own["actual"].to_numpy())
            rows.append(
                {
                    "competitor": key,
                    "segment": name,
                    "customers": len(own),
                    "actual": own["actual"].sum(),
                    "expected": of["total"],
                    "total_error": of["total_error"],
                    "deviance": float(deviance.mean()),
                    "difference": difference,
                    "low": low,
                    "high": high,
                }
            )
    columns = ["competitor", "segment", *COLUMNS, "total_error", "deviance", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def reliability(comparison: Compared, *, bins: int = 10) -> dict[str, pd.DataFrame]:
    """Competitor to forecast chances of buying against the share that bought, for competitors that give chances."""
    return {
        key: scores.reliability(outcome["prob"].to_numpy(), outcome["actual"].to_numpy() > 0, bins=bins)
        for key, outcome in comparison.outcomes.items()
        if "prob" in outcome
    }


def _means(comparison: Compared, by: pd.Series) -> pd.DataFrame:
    tables = [
        outcome.groupby(by.to_numpy())
        .agg(customers=("actual", "size"), actual=("actual", "mean"), expected=("expected", "mean"))
        .rename_axis(str(by.name))
        .reset_index()
        .assign(competitor=key)
        for key, outcome in comparison.outcomes.items()
    ]
    columns = ["competitor", str(by.name), *COLUMNS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
