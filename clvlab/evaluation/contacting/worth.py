"""What customers bring in a window without a contact, draw by draw of the population's parameters."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.inference.factored import Groups
from clvlab.models.forecast import BLOCK
from clvlab.models.outlook import thinned
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.in_purchases import EachPurchase

Float = NDArray[np.float64]

CELLS = 6_000_000  # draws x distinct histories, and a tenth of draws x customers: with more there are fewer draws
FEWEST = 20


@dataclass(frozen=True, eq=False)
class Worth:
    """Expected purchases of each distinct history under draws, and spend beside them.

    Attributes
    ----------
    purchases : array, shape (draws, histories)
    inverse : array of int, shape (customers,)
        The history of each customer.
    spend : SpendFit or EachPurchase
    money, much : mapping
        Columns and draws of spend.
    """

    purchases: NDArray[np.float32]
    inverse: NDArray[np.int64]
    spend: SpendFit | EachPurchase
    money: dict[str, Float]
    much: dict[str, Float]

    @property
    def draws(self) -> int:
        """How many."""
        return len(self.purchases)

    def blocks(self, order: NDArray[np.int64]) -> Iterator[tuple[slice, Float]]:
        """Customers in some order, some at a time: their places in it, and value (draws, customers)."""
        size = max(1, BLOCK // self.draws)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            own = {name: values[rows] for name, values in self.money.items()}
            each = self.spend.expected_spend(own, self.much)
            yield slice(start, start + len(rows)), each * self.purchases[:, self.inverse[rows]]


def worth_of(
    fit: TransactionFit | None, spend: SpendFit | EachPurchase, histories: pd.DataFrame, horizon: float, most: int
) -> Worth:
    """Forecast every distinct history under at most so many draws; one purchase each where ``fit`` is None."""
    money = spend.columns(histories)
    if fit is None:
        much = thinned(spend.posterior, most)
        count = len(next(iter(much.values())))
        return Worth(np.ones((count, 1), np.float32), np.zeros(len(histories), np.int64), spend, money, much)
    groups = Groups(fit.columns(histories))
    able = min(CELLS // len(groups), 10 * CELLS // len(histories))
    fewer = max(min(FEWEST, most), min(most, able))
    often, much = thinned(fit.posterior, fewer), thinned(spend.posterior, fewer)
    count = max(len(next(iter(each.values()))) for each in (often, much))
    purchases = np.empty((len(next(iter(often.values()))), len(groups)), dtype=np.float32)
    for rows, (outlook,) in fit.given(groups, often):
        purchases[:, rows] = outlook.expectations(horizon)["expected_purchases"]
    if len(purchases) != count:
        purchases = np.resize(purchases, (count, len(groups)))
    return Worth(purchases, groups.inverse, spend, money, {k: np.resize(v, count) for k, v in much.items()})
