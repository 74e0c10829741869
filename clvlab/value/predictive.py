"""Predictive intervals of each customer's value, from its distribution: no seed moves them but that of the draws."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.inference.factored import Groups
from clvlab.models.outlook import Counts
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.compound import Discounts, value_interval
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.members import members_of, runs

Float = NDArray[np.float64]

CUSTOMERS_AT_ONCE = 20_000  # whose values' distributions are in memory


def predictive(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    histories: pd.DataFrame,
    groups: Groups,
    horizon: float,
    delta: float,
    kept: Float,
    discounts: Discounts,
) -> tuple[Float, Float]:
    """Predictive interval of each customer's value, a margin of 1, from its distribution."""
    low, high = np.zeros(len(histories)), np.zeros(len(histories))
    money, members, draws = spend.columns(histories), members_of(groups), fit.engine.draws
    for block, (outlook,) in fit.given(groups, draws):
        if isinstance(spend, EachPurchase) and not delta:
            rows = np.concatenate([rows for rows, _ in runs(members, block, len(histories))])
            group = np.repeat(np.arange(len(block)), members[2][block])
            low[rows], high[rows] = (end[group] for end in outlook.count_interval(horizon))
            continue
        counts = outlook.count_distribution(horizon)
        found = discounts.of(block).meeting(counts, kept[block])
        begins = np.searchsorted(counts.row, np.arange(len(block) + 1))
        for rows, group in runs(members, block, CUSTOMERS_AT_ONCE):
            # Customers who are alike in all that matters are worked out once.
            alike = Groups({"group": group.astype(float), **{name: values[rows] for name, values in money.items()}})
            one = alike.values["group"].astype(np.int64)
            own = {name: alike.values[name] for name in money}
            ends = value_interval(_each(counts, begins, one), spend.law(own), found.of(one))
            low[rows], high[rows] = (end[alike.inverse] for end in ends)
    return low, high


def _each(counts: Counts, begins: NDArray[np.int64], group: NDArray[np.int64]) -> Counts:
    """Each customer's own entries, by group."""
    length = np.diff(begins)[group]
    row = np.repeat(np.arange(len(group)), length)
    entry = np.arange(len(row)) - np.repeat(np.cumsum(length) - length - begins[group], length)
    return Counts(row, counts.purchases[entry], counts.chance[entry])
