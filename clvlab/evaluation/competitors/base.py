"""The interface of a competitor: fitted to the past, it forecasts each customer's future."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, cast

import pandas as pd

from clvlab.data.histories import Unit, histories
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.dates import DateLike


@dataclass(frozen=True, eq=False)
class Past:
    """All that a competitor may know.

    Attributes
    ----------
    orders : Orders
        As they stood at the calibration end.
    histories : DataFrame
        As at the calibration end, one row per customer.
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
    acquired_from: DateLike | None = None
    acquired_until: DateLike | None = None
    _made: dict[Hashable, object] = field(init=False, default_factory=dict, repr=False)

    def __getattr__(self, name: str) -> object:
        if name == "forecast":
            raise AttributeError(
                "Past.forecast is gone: call clv.competitors.forecast_by(competitor, past, horizon, seed=)."
            )
        raise AttributeError(f"Past has no attribute {name!r}; it knows histories, orders, end, unit and span.")

    def once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """What several competitors need of this past, made when the first one asks."""
        if key not in self._made:
            self._made[key] = make()
        return cast(T, self._made[key])

    @property
    def span(self) -> float:
        """Length of the records so far, in units."""
        return (self.end - self.orders.first_date).days / days_in(self.unit)

    def earlier(self, units: float) -> Self:
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
            unit=cast(Unit, self.unit),
            acquired_from=self.acquired_from,
            acquired_until=self.acquired_until,
        )
        return replace(self, orders=self.orders.until(end), histories=known, end=end)


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
        """Learn from the past only."""
        ...
