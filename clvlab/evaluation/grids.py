"""A fit's forecast for customers of one age over a grid of histories."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.models.transactions import TransactionFit

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """P(alive) and expected purchases, arrays (frequencies, recencies); frequency, recency and age that they are of."""

    frequency: Float
    recency: Float
    age: float
    alive: Float
    expected: Float


def recency_frequency(fit: TransactionFit, histories: pd.DataFrame, horizon: float, *, steps: int = 60) -> Grid:
    """The forecast for customers as old as the oldest, from 1 purchase to what 99 in 100 customers stay below.

    Regularity of gaps, where the model knows it, is that of evenly spread purchases.
    """
    age = float(histories["T"].max())
    most = max(int(np.quantile(histories["frequency"], 0.99)), 3)
    frequency, recency = np.arange(1, most + 1, dtype=float), np.linspace(age / steps, age, steps)
    x, t = (each.ravel() for each in np.meshgrid(frequency, recency, indexing="ij"))
    customers = pd.DataFrame({"frequency": x, "recency": t, "T": age, "log_gap_sum": x * np.log(t / x)})
    for name in fit.encoding.levels:  # covariates at their most common value
        customers[name] = histories[name].mode().iloc[0]
    if fit.segments is not None:
        customers[fit.segments.by] = histories[fit.segments.by].mode().iloc[0]
    customers.attrs = histories.attrs
    found = fit.predict(customers, horizon)
    shape = len(frequency), len(recency)
    return Grid(
        frequency,
        recency,
        age,
        found["prob_alive"].to_numpy().reshape(shape),
        found["expected_purchases"].to_numpy().reshape(shape),
    )
