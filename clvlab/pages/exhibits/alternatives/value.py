"""What figures of how value is spread show."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.pages.exhibits.alternatives.items import extremes


def concentration(*, curve: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """What the top tenth, fifth and half of customers hold."""
    customers, held = (curve[name].to_numpy(dtype=float) for name in ("customers", "held"))
    tenth, fifth, half = (float(np.interp(mark, customers, held)) for mark in (0.1, 0.2, 0.5))
    return {"tenth": tenth, "fifth": fifth, "half": half}


def value_distribution(*, table: pd.DataFrame, median: float, mean: float, **_: object) -> Mapping[str, object]:
    """Median and mean, and the bar of most customers."""
    fullest = table.iloc[int(np.argmax(table["customers"]))]
    return {
        "median": median, "mean": mean, "low": float(fullest["low"]), "high": float(fullest["high"]),
        "most": int(fullest["customers"]), "customers": int(table["customers"].sum()),
    }  # fmt: skip


def value_by_cohort(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The cohorts of which most and least is expected, and what all have brought and are expected to bring."""
    found = extremes(table["clv"])
    return {
        "high": found.high, "highest": str(found.highest), "low": found.low, "lowest": str(found.lowest),
        "past": float(table["past_value"].sum(min_count=1)), "expected": float(table["clv"].sum()),
    }  # fmt: skip


def top_customers(*, table: pd.DataFrame, most: int = 15, **_: object) -> Mapping[str, object]:
    """The first and the last customer drawn, the first with both intervals."""
    top = table.sort_values("clv", ascending=False).head(most)
    first = {name: float(top[name].iloc[0]) for name in ("clv", "clv_low", "clv_high", "value_low", "value_high")}
    return {"customer": str(top.index[0]), **first, "n": len(top), "last": float(top["clv"].iloc[-1])}


def spend_by_frequency(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Mean spend of the least and the most frequent buyers, and what independence would give the latter."""
    return {
        "least": str(table.index[0]), "start": float(table["mean_spend"].iloc[0]), "most": str(table.index[-1]),
        "end": float(table["mean_spend"].iloc[-1]), "low": float(table["low"].iloc[-1]),
        "high": float(table["high"].iloc[-1]),
    }  # fmt: skip
