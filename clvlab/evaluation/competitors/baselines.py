"""Naive forecasts that need no model. A model that does not beat them adds nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation.competitors.base import Past, Waiting
from clvlab.evaluation.competitors.forecast import Forecast, period_ends, periods, steadily


@dataclass(frozen=True, eq=False)
class Rates:
    """A steady rate of purchases and of spend for each customer."""

    purchases: pd.Series
    value: pd.Series

    def forecast(self, horizon: float) -> Forecast:
        """Rate times horizon."""
        value = None if self.value.isna().all() else self.value * horizon
        expected = self.purchases * horizon
        return Forecast(expected, expected_value=value, by_period=steadily(float(expected.sum()), horizon))


@dataclass(frozen=True)
class LastPeriod:
    """Repeats what a customer did in the last ``periods`` units.

    Parameters
    ----------
    periods : float, optional
        Length of the window before the calibration end, in units; by default a third of the records.
    """

    periods: float | None = None

    naive: ClassVar[bool] = True

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

    naive: ClassVar[bool] = True

    def fit(self, past: Past) -> Rates:
        """Frequency over age; a customer acquired on the last day has shown no rate, and gets 0."""
        histories = past.histories
        rate = (histories["frequency"] / histories["T"].where(histories["T"] > 0)).fillna(0.0)
        spend = histories["past_value"] / (histories["frequency"] + 1.0)
        return Rates(rate, rate * spend)


@dataclass(frozen=True)
class CohortMean:
    """The rate of repeat purchases, and mean spend, of all customers acquired in the same month."""

    naive: ClassVar[bool] = True

    def fit(self, past: Past) -> Rates:
        """Cohort totals over cohort totals."""
        histories = past.histories
        ages = pd.to_timedelta((histories["T"] * days_in(past.unit)).round(), unit="D")
        cohort = (past.end - ages).dt.to_period("M")
        sums = histories[["frequency", "T", "past_value"]].groupby(cohort).transform("sum", min_count=1)
        size = histories.groupby(cohort)["T"].transform("size")
        rate = (sums["frequency"] / sums["T"].where(sums["T"] > 0)).fillna(0.0)
        return Rates(rate, rate * sums["past_value"] / (sums["frequency"] + size))


@dataclass(frozen=True)
class SeasonalNaive:
    """A year ago again: purchases per customer known then, in the same days of the year before.

    Each customer's share of the total is that of their own rate (``CustomerMean``).
    """

    naive: ClassVar[bool] = True

    def fit(self, past: Past) -> Waiting:
        """Keep the past; which days are repeated depends on the horizon."""
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Period by period.

        Raises
        ------
        InputError
            The records reach back less than a year.
        """
        days, year = days_in(past.unit), pd.Timedelta(days=364)  # whole weeks, so that weekdays meet
        ends = period_ends(horizon)
        begin = past.end - year
        if begin < past.orders.first_date:
            raise InputError(
                f"A year ago there were no records yet: they begin on {past.orders.first_date:%Y-%m-%d}, and the "
                f"forecast on {past.end:%Y-%m-%d}. Leave the seasonal naive forecast out."
            )
        bought = past.orders.purchases()
        repeat = bought[bought.duplicated("customer_id")]
        repeat = repeat[repeat["customer_id"].isin(past.histories.index)]
        known = (bought.drop_duplicates("customer_id")["date"] <= begin).sum()
        since = (repeat["date"] - begin).dt.days / days
        period = np.searchsorted(ends, since[(since > 0) & (since <= horizon)] - 1e-9)
        # Beyond a year of horizon, the year before is repeated again.
        counts = np.bincount(period, minlength=len(ends)).astype(float)
        seen = min(len(ends), int(np.ceil(364 / days)))
        counts = np.resize(counts[:seen], len(ends)) * len(past.histories) / max(int(known), 1)
        own = CustomerMean().fit(past)
        share = own.purchases / own.purchases.sum() if own.purchases.sum() > 0 else 1.0 / len(own.purchases)
        each = own.value / own.purchases.where(own.purchases > 0)
        expected = share * counts.sum() + own.purchases * 0.0
        value = None if own.value.isna().all() else (expected * each).fillna(0.0)
        return Forecast(expected, expected_value=value, by_period=periods(counts))
