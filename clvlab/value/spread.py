"""How unevenly value is spread over customers."""

import numpy as np
import pandas as pd

CURVE = 1000  # points of the concentration curve: a larger base is drawn through as many


def top_share(value: pd.Series, top: float = 0.1) -> float:
    """Share of all value held by the most valuable ``top`` of customers.

    Examples
    --------
    >>> top_share(pd.Series([91.0, 1, 1, 1, 1, 1, 1, 1, 1, 1]))
    0.91
    """
    ranked = np.sort(value.to_numpy(dtype=float))[::-1]
    held = ranked.sum()
    return float(ranked[: max(1, round(top * len(ranked)))].sum() / held) if held > 0 else float("nan")


def lorenz(value: pd.Series) -> pd.DataFrame:
    """Share of all value (``held``) by share of ``customers``, most valuable first, at ``CURVE`` places at most.

    Examples
    --------
    >>> lorenz(pd.Series([1.0, 3.0])).to_numpy().tolist()
    [[0.0, 0.0], [0.5, 0.75], [1.0, 1.0]]
    """
    ranked = np.sort(value.to_numpy(dtype=float))[::-1]
    total = float(ranked.sum())
    share = np.linspace(0.0, 1.0, len(ranked) + 1)
    held = np.append(0.0, ranked.cumsum()) / total if total > 0 else share
    if len(share) > 5 * CURVE:
        kept = np.unique(np.round(np.linspace(0, len(share) - 1, CURVE + 1)).astype(int))
        share, held = share[kept], held[kept]
    return pd.DataFrame({"customers": share, "held": held})


def bins(value: pd.Series, count: int = 36) -> pd.DataFrame:
    """Customers by value on a logarithmic scale: low, high, customers. Values of 0 are counted in the lowest bin."""
    amounts = value.to_numpy(dtype=float)
    floor = max(float(np.quantile(amounts, 0.01)), float(amounts.max()) / 1e5, 1e-9)
    counts, edges = np.histogram(np.log10(np.maximum(amounts, floor)), bins=count)
    return pd.DataFrame({"low": 10.0 ** edges[:-1], "high": 10.0 ** edges[1:], "customers": counts})


def histogram(value: pd.Series) -> dict[str, object]:
    """``bins`` as ``table``, with ``median`` and ``mean``."""
    return {"table": bins(value), "median": float(value.median()), "mean": float(value.mean())}
