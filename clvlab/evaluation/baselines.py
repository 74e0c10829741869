"""What anyone could forecast without a model. A model that does not beat these is not worth its trouble."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.units import days_in
from clvlab.evaluation.competitors import Forecast, Past, period_ends


@dataclass(frozen=True, eq=False)
class Rates:
    """A steady rate of purchases and of spend for each customer."""

    purchases: pd.Series
    value: pd.Series

    def forecast(self, horizon: float) -> Forecast:
        """Rate times horizon."""
        widths = np.diff(period_ends(horizon), prepend=0.0)
        periods = pd.DataFrame(
            {"expected": widths * float(self.purchases.sum())},
            index=pd.RangeIndex(1, len(widths) + 1, name="period"),
        )
        value = None if self.value.isna().all() else self.value * horizon
        return Forecast(self.purchases * horizon, expected_value=value, by_period=periods)


@dataclass(frozen=True)
class LastPeriod:
    """What a customer did in the last ``periods`` units, again and again.

    Parameters
    ----------
    periods : float, optional
        Length of the window before the calibration end, in units; by default a third of the records.
    """

    periods: float | None = None

    def fit(self, past: Past) -> Rates:
        """Count purchases and spend in the window; a first purchase counts as any other."""
        span = (past.end - past.orders.first_date).days + 1
        days = span / 3.0 if self.periods is None else self.periods * days_in(past.unit)
        bought = past.orders.purchases()
        recent = bought[bought["date"] > past.end - pd.Timedelta(days=days)].groupby("customer_id")["amount"]
        units = min(days, span) / days_in(past.unit)
        index = past.histories.index
        value = recent.sum(min_count=1) if past.orders.has_amounts else recent.sum(min_count=1) * np.nan
        filled = value.reindex(index).fillna(0.0) if past.orders.has_amounts else value.reindex(index)
        return Rates(recent.size().reindex(index).fillna(0.0) / units, filled / units)


@dataclass(frozen=True)
class CustomerMean:
    """Each customer's own rate of repeat purchases since the first one, at their own mean spend."""

    def fit(self, past: Past) -> Rates:
        """Frequency over age; a customer acquired on the last day has shown no rate, and gets 0."""
        histories = past.histories
        rate = (histories["frequency"] / histories["T"].where(histories["T"] > 0)).fillna(0.0)
        spend = histories["past_value"] / (histories["frequency"] + 1.0)
        return Rates(rate, rate * spend)


@dataclass(frozen=True)
class CohortMean:
    """The rate of repeat purchases, and mean spend, of all customers acquired in the same month."""

    def fit(self, past: Past) -> Rates:
        """Cohort totals over cohort totals."""
        histories = past.histories
        ages = pd.to_timedelta((histories["T"] * days_in(past.unit)).round(), unit="D")
        cohort = (past.end - ages).dt.to_period("M")
        sums = histories[["frequency", "T", "past_value"]].groupby(cohort).transform("sum", min_count=1)
        size = histories.groupby(cohort)["T"].transform("size")
        rate = (sums["frequency"] / sums["T"].where(sums["T"] > 0)).fillna(0.0)
        return Rates(rate, rate * sums["past_value"] / (sums["frequency"] + size))
