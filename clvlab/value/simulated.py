"""Values of simulated futures, purchase by purchase: the latent stories of purchases and of spend."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.in_purchases import EachPurchase

Float = NDArray[np.float64]

FUTURES = 500  # of each customer
FUTURES_AT_ONCE = 2_000_000  # customers x futures in memory


def simulated_values(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    histories: pd.DataFrame,
    horizon: float,
    *,
    delta: float = 0.0,
    seed: int,
) -> Iterator[tuple[slice, Float]]:
    """Values drawn from the latent stories of purchases and spend, some customers at a time.

    Parameters
    ----------
    horizon : float
        In the fit's unit.
    delta : float
        Continuous rate of discount a unit.

    Yields
    ------
    rows, worth : slice, array (futures, customers of the slice)
    """
    size = max(1, FUTURES_AT_ONCE // FUTURES)
    for start in range(0, len(histories), size):
        part = histories.iloc[start : start + size]
        part.attrs = histories.attrs
        draw, customer, time = fit.simulate_futures(part, horizon, draws=FUTURES, seed=seed + start)
        amount = spend.simulate_spend(spend.columns(part), draw, customer, seed + start + 1)
        discount, cell = np.exp(-delta * time), draw * len(part) + customer
        summed = np.bincount(cell, weights=amount * discount, minlength=FUTURES * len(part))
        yield slice(start, start + len(part)), summed.reshape(FUTURES, len(part))
