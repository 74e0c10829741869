"""Features of each customer on one day, for machine learning."""

import numpy as np
import pandas as pd

from clvlab.data.units import days_in
from clvlab.evaluation.competitors.base import Past

WINDOWS = (0.125, 0.25, 0.5)  # recent parts of the records whose purchases and spend are counted apart
MOST_LEVELS = 30


def features(past: Past) -> pd.DataFrame:
    """One row per customer, from orders up to ``past.end`` alone.

    Returns
    -------
    DataFrame, indexed like ``past.histories``
        frequency, recency, T, time_since_last_purchase, mean_gap and gap_spread (units; NaN with fewer than one and two
        gaps), monetary_value, past_value, last_amount, purchases and value in the last eighth, quarter and half of the
        records, month of acquisition, and the attributes as categories.
    """
    known, days = past.histories, days_in(past.unit)
    bought = past.orders.purchases()
    bought = bought[bought["customer_id"].isin(known.index)]
    found = pd.DataFrame(index=known.index)
    for name in ("frequency", "recency", "T", "monetary_value", "past_value"):
        found[name] = known[name].to_numpy(dtype=float)
    found["time_since_last_purchase"] = found["T"] - found["recency"]
    gaps = bought["date"].diff().dt.days.where(bought["customer_id"].eq(bought["customer_id"].shift())) / days
    by_customer = gaps.groupby(bought["customer_id"])
    found["mean_gap"] = by_customer.mean()
    found["gap_spread"] = by_customer.std()
    found["last_amount"] = bought.groupby("customer_id")["amount"].last()
    age = (past.end - bought["date"]).dt.days / days
    for part in WINDOWS:
        recent = bought[age < part * past.span].groupby("customer_id")["amount"]
        found[f"purchases_{part:g}"] = recent.size().reindex(known.index).fillna(0.0)
        found[f"value_{part:g}"] = recent.sum(min_count=1).reindex(known.index).fillna(0.0)
    for name in past.orders.attributes:
        found[name] = _attribute(known[name])
    return found


def varying(frame: pd.DataFrame) -> pd.DataFrame:
    """Without columns that do not vary between customers, or are empty."""
    return frame.loc[:, [name for name in frame if len(frame[name].dropna().unique()) > 1]]


def _attribute(values: pd.Series) -> pd.Series:
    """A number as it is; anything else as a category, all but the most frequent levels together."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    text = values.astype(str)
    frequent = text.value_counts().index[:MOST_LEVELS]
    return text.where(text.isin(frequent), "other").astype("category")


def aligned(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """The same columns, with the categories of ``like``; a level it lacks is missing."""
    own = frame.copy()
    for name in like.columns:
        if isinstance(like[name].dtype, pd.CategoricalDtype):
            own[name] = pd.Categorical(frame[name].astype(str), categories=like[name].cat.categories)
    return own[like.columns].replace([np.inf, -np.inf], np.nan)
