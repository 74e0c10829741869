"""A whole study of what customers are worth: models fitted, values computed, and who was there before the records."""

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from clvlab.data.days import DateLike
from clvlab.data.histories import histories as histories_of
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in, units_in_a_year
from clvlab.errors import FitError, InputError
from clvlab.models import BGNBD, GammaGamma
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.customer_value import CustomerValue, customer_value


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueStudy:
    """What ``value_study`` returns.

    Attributes
    ----------
    orders : Orders
    histories : DataFrame
    purchases : TransactionFit
    spend : SpendFit or None
        None where amounts are unknown: values are then numbers of purchases.
    value : CustomerValue
        With totals by month of the first purchase.
    seed : int
    """

    orders: Orders
    histories: pd.DataFrame
    purchases: TransactionFit
    spend: SpendFit | None
    value: CustomerValue
    seed: int

    @property
    def fits(self) -> tuple[TransactionFit | SpendFit, ...]:
        """The models behind the values."""
        return (self.purchases,) if self.spend is None else (self.purchases, self.spend)

    @cached_property
    def acquired_later(self) -> "ValueStudy | str":
        """The same study of customers acquired after the first month of the records, or why there can be none."""
        end, unit = self.histories.attrs["end"], self.histories.attrs["unit"]
        try:
            later = histories_of(self.orders, end=end, unit=unit, acquired_from=self.orders.opening.acquired_from)
            often = BGNBD().fit(later, method=self.purchases.method, seed=self.seed)
            much = None if self.spend is None else GammaGamma().fit(later, method=self.spend.method, seed=self.seed)
            told = self.value
            value = customer_value(
                often,
                much,
                later,
                horizon=told.horizon,
                discount_rate=told.discount_rate,
                margin=told.margin,
                by=cohorts(later),
                seed=self.seed,
            )
        except (InputError, FitError) as error:
            return str(error)
        return replace(self, histories=later, purchases=often, spend=much, value=value)


def value_study(
    orders: Orders,
    *,
    as_of: DateLike | None = None,
    unit: Unit = "week",
    horizon: float | None = None,
    discount_rate: float = 0.10,
    margin: float = 1.0,
    method: str = "laplace",
    seed: int = 1,
) -> ValueStudy:
    """Fit BG/NBD and Gamma-Gamma, and value every customer.

    Parameters
    ----------
    orders : Orders
        Without amounts, what is valued is purchases: their expected number, not discounted.
    as_of : date, optional
        Value customers as of this day; the last order unless given.
    unit : {"day", "week", "month", "year"}
    horizon : float, optional
        How far ahead, in units; one year unless given.
    discount_rate : float
        A year.
    margin : float
        Share of spend that is earned.
    method : {"laplace", "nuts", "ml"}
        How models are fitted.
    seed : int
        Of every random draw.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = value_study(datasets.cdnow(), method="ml")
    >>> len(found.value.table), found.value.horizon
    (2357, 52.0)
    """
    histories = histories_of(orders, end=as_of, unit=unit)
    purchases = BGNBD().fit(histories, method=method, seed=seed)
    spend = GammaGamma().fit(histories, method=method, seed=seed) if orders.has_amounts else None
    value = customer_value(
        purchases,
        spend,
        histories,
        horizon=horizon or units_in_a_year(unit),
        discount_rate=discount_rate if orders.has_amounts else 0.0,
        margin=margin if orders.has_amounts else 1.0,
        by=cohorts(histories),
        seed=seed,
    )
    return ValueStudy(orders=orders, histories=histories, purchases=purchases, spend=spend, value=value, seed=seed)


def cohorts(histories: pd.DataFrame) -> pd.Series:
    """The month of each customer's first purchase, as text that sorts."""
    ages = pd.to_timedelta((histories["T"] * days_in(histories.attrs["unit"])).round(), unit="D")
    first = pd.Timestamp(histories.attrs["end"]) - ages
    return first.dt.strftime("%Y-%m").rename("cohort")
