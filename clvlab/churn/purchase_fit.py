"""What churn asks of a fitted model of purchases."""

from typing import Protocol, Self, runtime_checkable

import pandas as pd


@runtime_checkable
class PurchaseFit(Protocol):
    """A fit that tells who is probably still alive: any ``TransactionFit``, and Pareto/GGG's."""

    @property
    def unit(self) -> str | None:
        """Of time."""

    @property
    def name(self) -> str:
        """The model's name."""

    def to_unit(self, unit: str) -> Self:
        """The same fit in another unit of time."""

    def prob_alive(self, histories: pd.DataFrame, *, ahead: float = 0.0) -> pd.DataFrame:
        """P(alive) some time after the end of each history."""

    def prob_dropout(self, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Chance of being alive now and dropping out within the horizon."""
