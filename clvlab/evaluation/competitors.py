"""What a competitor is: something fitted on the past that forecasts each customer's future."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data import lifetimes_bridge
from clvlab.data.order_book import Orders
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

Float = NDArray[np.float64]
FUTURES = 200  # simulated futures of the whole base behind a tracking band


@dataclass(frozen=True, eq=False)
class Past:
    """All that a competitor may know.

    Attributes
    ----------
    orders : Orders
        As they stood at the calibration end.
    histories : DataFrame
        As at the calibration end, one row a customer.
    end : Timestamp
        The calibration end.
    unit : str
    """

    orders: Orders
    histories: pd.DataFrame
    end: pd.Timestamp
    unit: str


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a competitor says of each customer's next ``horizon`` units.

    Attributes
    ----------
    expected_purchases : Series
        Indexed like the histories.
    expected_value : Series or None
        Money, where the competitor forecasts value itself; otherwise purchases are multiplied by the spend model.
    intervals : DataFrame or None
        ``purchases_low``, ``purchases_high``: 90 % predictive interval of the count.
    probabilities : callable or None
        Observed counts to (P(Y < y), P(Y = y)) of each customer.
    in_calibration : callable or None
        Period ends (units before the calibration end, negative) to expected repeat purchases of the base by then.
    by_period : DataFrame or None
        Index period 1, 2, ...; ``expected``, and ``low``, ``high``, ``cumulative_low``, ``cumulative_high``: 90 %
        predictive band of the base's purchases.
    fit : Any
        What was fitted, for those who want to look inside.
    """

    expected_purchases: pd.Series
    expected_value: pd.Series | None = None
    intervals: pd.DataFrame | None = None
    probabilities: Callable[[pd.Series], tuple[Float, Float]] | None = None
    in_calibration: Callable[[Float], Float] | None = None
    by_period: pd.DataFrame | None = None
    fit: Any = field(default=None)


class Fitted(Protocol):
    """A competitor that knows the past."""

    def forecast(self, horizon: float) -> Forecast:
        """Each customer's next ``horizon`` units."""
        ...


class Competitor(Protocol):
    """Anything that can be compared."""

    def fit(self, past: Past) -> Fitted:
        """Learn from the past, and from nothing else."""
        ...


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A transaction model of ours as a competitor."""

    fit: TransactionFit
    past: Past
    seed: int

    def forecast(self, horizon: float) -> Forecast:
        """By the model's own predictions; the band by simulating the latent story."""
        histories = self.past.histories
        table = self.fit.predict(histories, horizon)
        return Forecast(
            table["expected_purchases"],
            intervals=table[["purchases_low", "purchases_high"]],
            probabilities=lambda observed: self.fit.count_probabilities(histories, horizon, observed),
            in_calibration=lambda ends: self.fit.expected_so_far(histories, ends),
            by_period=self._by_period(horizon),
            fit=self.fit,
        )

    def _by_period(self, horizon: float) -> pd.DataFrame:
        ends = period_ends(horizon)
        total = np.append(0.0, self.fit.expected_totals(self.past.histories, ends))
        draw, _, time = self.fit.simulate_futures(self.past.histories, horizon, draws=FUTURES, seed=self.seed)
        period = np.minimum(np.ceil(time).astype(int), len(ends)) - 1
        cell = draw * len(ends) + np.maximum(period, 0)
        counts = np.bincount(cell, minlength=FUTURES * len(ends)).reshape(FUTURES, len(ends))
        low, high = np.quantile(counts, [0.05, 0.95], axis=0)
        cumulative_low, cumulative_high = np.quantile(counts.cumsum(axis=1), [0.05, 0.95], axis=0)
        return pd.DataFrame(
            {
                "expected": np.diff(total),
                "low": low,
                "high": high,
                "cumulative_low": cumulative_low,
                "cumulative_high": cumulative_high,
            },
            index=pd.RangeIndex(1, len(ends) + 1, name="period"),
        )


@dataclass(frozen=True, eq=False)
class ModelCompetitor:
    """Makes a competitor of a ``Model``."""

    model: Model
    seed: int = 0

    def fit(self, past: Past) -> FittedModel:
        """Fit the model to the histories."""
        return FittedModel(self.model.fit(past.histories, seed=self.seed), past, self.seed)


@dataclass(frozen=True)
class LifetimesBGNBD:
    """BG/NBD as the ``lifetimes`` package fits and forecasts it: a second implementation beside ours."""

    def fit(self, past: Past) -> "FittedLifetimes":
        """Fit with lifetimes' defaults."""
        columns = (past.histories[name].to_numpy() for name in ("frequency", "recency", "T"))
        return FittedLifetimes(lifetimes_bridge.fit_bg_nbd(*columns), past)


@dataclass(frozen=True, eq=False)
class FittedLifetimes:
    """What lifetimes found."""

    found: dict[str, Any]
    past: Past

    def forecast(self, horizon: float) -> Forecast:
        """Expected purchases; lifetimes gives no intervals."""
        index = self.past.histories.index
        totals = [0.0, *(float(np.nansum(self.found["predict"](end))) for end in period_ends(horizon))]
        periods = pd.DataFrame({"expected": np.diff(totals)}, index=pd.RangeIndex(1, len(totals), name="period"))
        expected = pd.Series(self.found["predict"](horizon), index=index)
        return Forecast(expected, by_period=periods, fit=self.found)


def period_ends(horizon: float) -> Float:
    """Ends of the whole units of a horizon; a remainder makes a last, shorter one.

    Examples
    --------
    >>> period_ends(2.5)
    array([1. , 2. , 2.5])
    """
    whole = np.arange(1.0, np.floor(horizon + 1e-9) + 1.0)
    return whole if horizon - len(whole) < 1e-9 else np.append(whole, horizon)
