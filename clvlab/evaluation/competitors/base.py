"""What a competitor is: something fitted on the past that forecasts each customer's future."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in

Float = NDArray[np.float64]


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
    acquired_from, acquired_until : date, optional
        Whose histories they are, as for ``clv.histories``.
    """

    orders: Orders
    histories: pd.DataFrame
    end: pd.Timestamp
    unit: str
    acquired_from: Any = None
    acquired_until: Any = None
    _made: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)

    def forecast(self, competitor: Any, horizon: float, *, seed: int = 0) -> "Forecast":
        """What a model or competitor forecasts from this past; made once, however many ask (as ``Stacking`` does)."""
        from clvlab.evaluation.competitors.models import as_competitor

        def made() -> tuple[Any, Forecast]:  # the competitor is kept, so that its id stays its own
            return competitor, as_competitor(competitor, seed).fit(self).forecast(horizon)

        found: Forecast = self.once((id(competitor), horizon, seed), made)[1]
        return found

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What several competitors need of this past, made when the first one asks."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @property
    def span(self) -> float:
        """Length of the records so far, in units."""
        return (self.end - self.orders.first_date).days / days_in(self.unit)

    def earlier(self, units: float) -> "Past":
        """The past as it stood so many units before its end.

        Raises
        ------
        InputError
            Before the first order, or before the first customer asked for was acquired.
        """
        end = self.end - pd.Timedelta(days=round(units * days_in(self.unit)))
        known = histories(
            self.orders,
            end=end,
            unit=self.unit,  # type: ignore[arg-type]
            acquired_from=self.acquired_from,
            acquired_until=self.acquired_until,
        )
        return replace(self, orders=self.orders.until(end), histories=known, end=end)


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a competitor says of each customer's next ``horizon`` units.

    Attributes
    ----------
    expected_purchases : Series
        Indexed like the histories.
    expected_value : Series or None
        Money, where the competitor forecasts value itself; otherwise purchases are multiplied by the spend model.
    prob_purchase : Series or None
        Chance of at least one purchase.
    intervals : DataFrame or None
        ``purchases_low``, ``purchases_high``: 90 % predictive interval of the count; where the competitor forecasts
        value itself, perhaps also ``value_low``, ``value_high``.
    count_scores : callable or None
        Observed counts y to P(Y < y), P(Y = y) and the continuous ranked probability score of each customer.
    in_calibration : callable or None
        Period ends (units before the calibration end, negative) to expected repeat purchases of the base by then.
    by_period : DataFrame or None
        Index period 1, 2, ...; ``expected``, and ``low``, ``high``, ``cumulative_low``, ``cumulative_high``: 90 %
        predictive band of the base's purchases.
    fit : Any
        What was fitted, for those who want to look inside.
    notes : tuple of str
        What a reader of the scores has to know of how the forecast was made.
    """

    expected_purchases: pd.Series
    expected_value: pd.Series | None = None
    prob_purchase: pd.Series | None = None
    intervals: pd.DataFrame | None = None
    count_scores: Callable[[pd.Series], tuple[Float, Float, Float]] | None = None
    in_calibration: Callable[[Float], Float] | None = None
    by_period: pd.DataFrame | None = None
    fit: Any = field(default=None)
    notes: tuple[str, ...] = ()


class Fitted(Protocol):
    """A competitor that knows the past."""

    def forecast(self, horizon: float) -> Forecast:
        """Each customer's next ``horizon`` units."""
        ...


@dataclass(frozen=True, eq=False)
class Waiting:
    """A competitor that can learn only once the horizon is known.

    Attributes
    ----------
    learn : callable
        (past, horizon) to Forecast.
    """

    past: Past
    learn: Callable[[Past, float], Forecast]

    def forecast(self, horizon: float) -> Forecast:
        """Learn for this horizon, and forecast it."""
        return self.learn(self.past, horizon)


class Competitor(Protocol):
    """Anything that can be compared."""

    def fit(self, past: Past) -> Fitted:
        """Learn from the past, and from nothing else."""
        ...


def periods(expected: Any) -> pd.DataFrame:
    """``Forecast.by_period`` of expected purchases in period 1, 2, ..."""
    return pd.DataFrame({"expected": expected}, index=pd.RangeIndex(1, len(expected) + 1, name="period"))


def steadily(total: float, horizon: float) -> pd.DataFrame:
    """The same purchases a unit all along, ``total`` over the horizon."""
    return periods(np.diff(period_ends(horizon), prepend=0.0) * (total / horizon))


def period_ends(horizon: float) -> Float:
    """Ends of the whole units of a horizon; a remainder makes a last, shorter one.

    Examples
    --------
    >>> period_ends(2.5)
    array([1. , 2. , 2.5])
    """
    whole = np.arange(1.0, np.floor(horizon + 1e-9) + 1.0)
    return whole if horizon - len(whole) < 1e-9 else np.append(whole, horizon)
