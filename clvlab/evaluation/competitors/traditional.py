"""Traditional estimates of customer value: historic value, a retention formula, RFM cells."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.evaluation.competitors.base import Past, Waiting
from clvlab.evaluation.competitors.baselines import Rates
from clvlab.evaluation.competitors.forecast import Forecast, period_ends, periods, steadily
from clvlab.evaluation.competitors.label_window import label_window

MONTH = 365.25 / 12.0
QUARTER = 365.25 / 4.0


@dataclass(frozen=True)
class HistoricValue:
    """What a customer has bought and spent so far, first purchase included, goes on at the same pace.

    Someone acquired less than a month ago is taken to have been here for a month.
    """

    def fit(self, past: Past) -> Rates:
        """Totals over age."""
        known = past.histories
        age = known["T"].clip(lower=MONTH / days_in(past.unit))
        return Rates((known["frequency"] + 1.0) / age, known["past_value"] / age)


@dataclass(frozen=True)
class RetentionFormula:
    """Margin x retention: the active stay with one retention rate, the others are lost.

    The calibration is cut into quarters, counted back from its end. Retention is the share of customers active in a
    quarter who are active in the next; purchases and spend are those of an active customer in a quarter. An active
    customer then brings their sum over the coming quarters, each with one more power of retention. Source: Gupta &
    Lehmann (2003), here over a finite horizon and without discount.
    """

    def fit(self, past: Past) -> "QuarterlyActivity":
        """Count active customers by quarter."""
        bought = past.orders.purchases()
        bought = bought[bought["customer_id"].isin(past.histories.index)]
        quarter = ((past.end - bought["date"]).dt.days // QUARTER).astype(int)
        whole = max(int(past.span * days_in(past.unit) // QUARTER), 1)
        active = bought.assign(quarter=quarter)[quarter < whole].groupby(["customer_id", "quarter"])["amount"]
        table = pd.DataFrame({"purchases": active.size(), "value": active.sum(min_count=1)})
        customer, quarter = (table.index.get_level_values(i) for i in (0, 1))  # quarter 0 is the latest
        earlier = quarter > 0
        stayed = pd.MultiIndex.from_arrays([customer, quarter - 1]).isin(table.index)
        retention = float(stayed[earlier].mean()) if earlier.any() else 0.0
        now = past.histories.index.isin(customer[~earlier])
        return QuarterlyActivity(past, retention, now, float(table["purchases"].mean()), float(table["value"].mean()))


@dataclass(frozen=True, eq=False)
class QuarterlyActivity:
    """Purchases and value of an active customer per quarter, and the share who stay active."""

    past: Past
    retention: float
    active: NDArray[np.bool_]
    purchases: float
    value: float

    def forecast(self, horizon: float) -> Forecast:
        """A geometric sum over quarters, the last one in part."""
        index = self.past.histories.index
        ends = period_ends(horizon) * days_in(self.past.unit) / QUARTER
        reached = np.array([self._quarters(end) for end in ends])
        expected = pd.Series(np.where(self.active, self.purchases * reached[-1], 0.0), index=index)
        value = pd.Series(np.where(self.active, self.value * reached[-1], 0.0), index=index)
        total = self.purchases * float(self.active.sum()) * np.diff(reached, prepend=0.0)
        return Forecast(
            expected,
            expected_value=value if self.past.orders.has_amounts else None,
            by_period=periods(total),
        )

    def _quarters(self, end: float) -> float:
        """Quarters of activity to be expected within ``end`` quarters."""
        whole = int(end)
        powers = self.retention ** np.arange(1, whole + 2)
        return float(powers[:whole].sum() + (end - whole) * powers[whole])


@dataclass(frozen=True)
class RFMCells:
    """Customers in cells by recency, frequency and past value, each at what its like did in the latest window.

    Thirds of recency and of past value, and frequency 0, 1, 2 to 3 and more, at the start of the window (see
    ``label_window``); a cell without customers then takes what its recency and frequency did, else what all did.
    """

    def fit(self, past: Past) -> Waiting:
        """Nothing is learned until the horizon is known."""
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Cell means of the window, for customers in the same cells now."""
        window = label_window(past, horizon)
        cuts = _cuts(window.before.histories)
        before, now = _cells(window.before.histories, cuts), _cells(past.histories, cuts)
        purchases = _means(before, window.purchases, now) * window.growth
        some = _means(before, (window.purchases > 0).astype(float), now)
        value = _means(before, window.value, now) * window.growth if window.value.notna().all() else None
        return Forecast(
            purchases,
            expected_value=value,
            prob_purchase=1.0 - (1.0 - some) ** window.growth,
            by_period=steadily(float(purchases.sum()), horizon),
            notes=window.notes,
        )


def _cuts(known: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    idle = known["T"] - known["recency"]
    thirds = [1 / 3, 2 / 3]
    return {
        "R": np.quantile(idle, thirds),
        "F": np.array([0.5, 1.5, 3.5]),
        "M": np.quantile(known["past_value"].fillna(0.0), thirds),
    }


def _cells(known: pd.DataFrame, cuts: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    measures = {
        "R": known["T"] - known["recency"],
        "F": known["frequency"],
        "M": known["past_value"].fillna(0.0),
    }
    return pd.DataFrame({k: np.searchsorted(cuts[k], v) for k, v in measures.items()}, index=known.index)


def _means(before: pd.DataFrame, actual: pd.Series, now: pd.DataFrame) -> pd.Series:
    found = pd.Series(np.nan, index=now.index)
    for keys in (["R", "F", "M"], ["R", "F"]):
        mean = actual.groupby([before[key] for key in keys]).mean().rename("mean")
        found = found.fillna(now.join(mean, on=keys)["mean"])
    return found.fillna(float(actual.mean()))
